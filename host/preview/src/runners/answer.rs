//! What a client is told when a site's code has no answer.

use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use std::time::Duration;
use wasm_host_server::{OwnResponse, own_content};

/// Why a site's code has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failed {
    /// Its runner can't be started.
    #[error("the site's code can't be started: {0}")]
    Start(String),
    /// Its runners die as soon as they are started.
    #[error("the site's code ends as soon as it is started; it is tried again in {0:?}")]
    Dies(Duration),
    /// There are as many runners as there may be, and all of them have something to do.
    #[error("{0} other sites' code is running, which is the most")]
    Crowded(usize),
    /// Its runner has as many requests as it may.
    #[error("the site's code has as many requests as it may")]
    Busy,
    /// What it answers isn't one response of HTTP/1.1.
    #[error("the answer of the site's code isn't a response of HTTP/1.1: {0}")]
    Answer(String),
}

/// The answer.
pub(super) fn failure(failed: &Failed) -> OwnResponse {
    let (status, text, again) = match failed {
        Failed::Start(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The site's code can't be started; its log says why.\n",
            Some(Duration::from_secs(1)),
        ),
        Failed::Dies(rest) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The site's code ends as soon as it is started; its log says why.\n",
            Some(*rest),
        ),
        Failed::Crowded(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many sites' code is running; try again in a moment.\n",
            Some(Duration::from_secs(1)),
        ),
        Failed::Busy => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The site has as many requests as it may for now.\n",
            Some(Duration::from_secs(1)),
        ),
        Failed::Answer(_) => (
            StatusCode::BAD_GATEWAY,
            "The answer of the site's code isn't a response of HTTP/1.1; its log says why.\n",
            None,
        ),
    };
    let mut response = Response::new(own_content(text));
    *response.status_mut() = status;
    let fields = response.headers_mut();
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    fields.insert(CONTENT_TYPE, plain);
    if let Some(again) = again {
        fields.insert(RETRY_AFTER, HeaderValue::from(again.as_secs().max(1)));
    }
    response
}
