//! What is deployed, as pages for the operator, at the server's own host.
//!
//! 1. `login` lets in whoever has the token, or the link that the server prints once.
//! 2. `pages` show projects, aliases, deploys, their files and what happens on them.
//! 3. `actions` move and remove, by forms of these pages alone.
//!
//! All of it is HTML of the server's: nothing has to run in the browser, and what does is
//! for comfort. What comes from deploys (names, messages, log lines) is text.

mod actions;
mod format;
mod login;
mod pages;
mod parts;
mod sessions;
mod state;

pub use state::{DashboardOptions, OneTimeLink};

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, post};
use state::State;
use std::sync::Arc;

/// Nothing but this host's own styles, script and forms, and in nobody's frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
                      connect-src 'self'; img-src 'self' data:; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// The pages, and the link that lets in once.
pub fn dashboard(options: DashboardOptions) -> (Router, OneTimeLink) {
    let (state, link) = State::new(options);
    let router = Router::new()
        .route("/", get(pages::projects))
        .route("/login", get(login::form).post(login::by_token))
        .route("/login/{code}", get(login::by_link))
        .route("/logout", post(login::out))
        .route("/projects/{project}", get(pages::project))
        .route("/deploys/{id}", get(pages::deploy))
        .route("/deploys/{id}/logs", get(pages::logs))
        .route("/deploys/{id}/remove", post(actions::remove_deploy))
        .route(
            "/projects/{project}/aliases/{alias}/move",
            post(actions::move_alias),
        )
        .route(
            "/projects/{project}/aliases/{alias}/remove",
            post(actions::remove_alias),
        )
        .route("/style.css", get(parts::style))
        .route("/live.js", get(parts::script))
        .fallback(pages::nothing)
        .layer(map_response(protect))
        .with_state(Arc::new(state));
    (router, link)
}

/// What every answer has: it is nobody else's to keep, to frame, or to guess the type of.
async fn protect(mut response: Response) -> Response {
    let fields = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not less: browsers would say `null` for the origin of this host's own forms.
        (REFERRER_POLICY, "same-origin"),
    ] {
        fields.insert(name, HeaderValue::from_static(value));
    }
    fields
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests;
