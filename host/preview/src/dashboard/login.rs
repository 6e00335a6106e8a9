//! Who sees the pages: whoever has the token, or the link that was printed.

use super::parts::page;
use super::sessions::{LASTS, Session};
use super::state::{Shared, State};
use crate::api::{Peer, Verdict};
use axum::Extension;
use axum::extract::{Form, FromRequestParts, Path};
use axum::http::header::{COOKIE, HOST, ORIGIN, RETRY_AFTER, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use maud::html;
use serde::Deserialize;
use std::sync::Arc;

/// Whoever has logged in.
pub(super) struct Operator {
    pub(super) session: Session,
    cookie: String,
}

impl FromRequestParts<Arc<State>> for Operator {
    type Rejection = Redirect;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Self, Redirect> {
        let cookie = cookie(&parts.headers, cookie_name(state)).unwrap_or_default();
        match state.sessions.of(cookie) {
            Some(session) => Ok(Self {
                session,
                cookie: cookie.to_owned(),
            }),
            None => Err(Redirect::to("/login")),
        }
    }
}

/// A form of these pages, sent by whoever has logged in.
pub(super) struct Act<T> {
    pub(super) said: T,
}

#[derive(Deserialize)]
struct Sent<T> {
    /// The session's word.
    form: String,
    #[serde(flatten)]
    said: T,
}

impl<T: serde::de::DeserializeOwned + Send> axum::extract::FromRequest<Arc<State>> for Act<T> {
    type Rejection = Response;

    async fn from_request(
        request: axum::extract::Request,
        state: &Arc<State>,
    ) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let operator = Operator::from_request_parts(&mut parts, state)
            .await
            .map_err(IntoResponse::into_response)?;
        let foreign = || refused(StatusCode::FORBIDDEN, "This form isn't one of these pages.");
        if !is_own(&parts.headers) {
            return Err(foreign());
        }
        let request = axum::extract::Request::from_parts(parts, body);
        let Ok(Form(sent)) = Form::<Sent<T>>::from_request(request, state).await else {
            return Err(foreign());
        };
        if !super::state::same(&sent.form, &operator.session.form) {
            return Err(foreign());
        }
        Ok(Self { said: sent.said })
    }
}

/// Whether a form comes from a page of this host: browsers say so of every POST.
fn is_own(headers: &HeaderMap) -> bool {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let (Some(origin), Some(host)) = (text(ORIGIN), text(HOST)) else {
        return false;
    };
    let origin = origin.split_once("://").map(|(_, authority)| authority);
    origin.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

pub(super) async fn form() -> Response {
    login_page(StatusCode::OK, None)
}

fn login_page(status: StatusCode, wrong: Option<&str>) -> Response {
    let content = html! {
        h1 { "Previews" }
        @if let Some(wrong) = wrong { p.wrong { (wrong) } }
        form.login method="post" action="/login" {
            label for="token" { "The operator's token" }
            input #token type="password" name="token" autocomplete="current-password" required autofocus;
            button { "Log in" }
        }
        p.quiet { "It is in the file that the server named at its start; the server also printed a link that lets in once." }
    };
    (status, page("Log in", None, &content)).into_response()
}

#[derive(Deserialize)]
pub(super) struct Login {
    token: String,
}

pub(super) async fn by_token(
    state: Shared,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    form: Form<Login>,
) -> Response {
    if !is_own(&headers) {
        return refused(StatusCode::FORBIDDEN, "This form isn't one of these pages.");
    }
    let peer = peer.map(|Extension(peer)| peer);
    match state
        .options
        .gate
        .try_token(form.token.trim().as_bytes(), peer)
        .await
    {
        Verdict::Right => begin(&state),
        Verdict::Wrong => login_page(
            StatusCode::FORBIDDEN,
            Some("This isn't the server's token."),
        ),
        Verdict::TooMany(wait) => {
            let wait = [(RETRY_AFTER, wait.as_secs().max(1).to_string())];
            let said = "Too many wrong tokens came from this address.";
            (wait, login_page(StatusCode::TOO_MANY_REQUESTS, Some(said))).into_response()
        }
    }
}

/// By the link that the server prints once, as Jupyter does.
pub(super) async fn by_link(state: Shared, Path(code): Path<String>) -> Response {
    if state.takes_code(&code) {
        return begin(&state);
    }
    login_page(
        StatusCode::FORBIDDEN,
        Some("This link has been used, or is of another start of the server."),
    )
}

fn begin(state: &State) -> Response {
    let (name, cookie) = (cookie_name(state), state.sessions.begin());
    let secure = if state.options.is_encrypted {
        "; Secure"
    } else {
        ""
    };
    let lasts = LASTS.as_secs();
    let set =
        format!("{name}={cookie}; Path=/; HttpOnly; SameSite=Strict; Max-Age={lasts}{secure}");
    // A cookie that is strict isn't sent where a link of another program leads, so that a
    // redirect from there would ask for the login again.
    let content = html! {
        meta http-equiv="refresh" content="0; url=/";
        p { a href="/" { "Go on" } }
    };
    ([(SET_COOKIE, set)], page("Welcome", None, &content)).into_response()
}

pub(super) async fn out(state: Shared, operator: Operator, headers: HeaderMap) -> Response {
    if is_own(&headers) {
        state.sessions.end(&operator.cookie);
    }
    Redirect::to("/login").into_response()
}

/// Only over HTTPS can a cookie's name have browsers refuse what a site sets in its place
/// (RFC 6265bis, section 4.1.3.2).
fn cookie_name(state: &State) -> &'static str {
    if state.options.is_encrypted {
        "__Host-wasm-host-session"
    } else {
        "wasm-host-session"
    }
}

/// A cookie's value: the first of that name which a session has is looked for by nobody,
/// as a site that set one as well would only keep its own visitors out.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let fields = headers.get_all(COOKIE).iter();
    let pairs = fields.filter_map(|field| field.to_str().ok());
    pairs
        .flat_map(|field| field.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

/// An answer that is a word why not.
pub(super) fn refused(status: StatusCode, why: &str) -> Response {
    let content =
        html! { h1 { "That can't be done" } p { (why) } p { a href="/" { "To the start" } } };
    (status, page("No", None, &content)).into_response()
}
