//! What pages have in common: their frame, their styles, and a script for comfort.

use super::sessions::Session;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

/// A page. `session`: whose it is, if anybody has logged in.
pub(super) fn page(title: &str, session: Option<&Session>, content: &Markup) -> Html<String> {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · wasm-host previews" }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/style.css";
                script src="/live.js" defer {}
            }
            body {
                @if let Some(session) = session {
                    header {
                        a.home href="/" { "Previews" }
                        form method="post" action="/logout" {
                            (word(session))
                            button.plain { "Log out" }
                        }
                    }
                }
                main { (content) }
            }
        }
    };
    Html(page.into_string())
}

/// By which a form is told from those of other hosts.
pub(super) fn word(session: &Session) -> Markup {
    html! { input type="hidden" name="form" value=(session.form); }
}

/// A button that is a form.
pub(super) fn button(session: &Session, action: &str, said: &[(&str, &str)], text: &str) -> Markup {
    html! {
        form.inline method="post" action=(action) {
            (word(session))
            @for (name, value) in said { input type="hidden" name=(name) value=(value); }
            button.plain { (text) }
        }
    }
}

pub(super) async fn style() -> Response {
    asset("text/css; charset=utf-8", include_str!("style.css"))
}

pub(super) async fn script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("live.js"))
}

fn asset(media_type: &'static str, text: &'static str) -> Response {
    let fields = [(CONTENT_TYPE, media_type), (CACHE_CONTROL, "max-age=300")];
    (fields, text).into_response()
}
