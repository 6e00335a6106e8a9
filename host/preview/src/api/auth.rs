//! Who may use the API: whoever has the operator's token (RFC 6750 section 2.1).
//!
//! The token is compared before anything else of the request is looked at, its content
//! above all.

use super::guard::Sentence;
use super::refusal::Refusal;
use super::state::{Shared, State};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::AUTHORIZATION;
use std::net::IpAddr;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// The address that a request comes from, to be put into its extensions by whoever
/// accepts connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// Lets a request through that has the token.
pub(super) async fn require(state: Shared, request: Request, next: Next) -> Response {
    match check(&state, &request) {
        Ok(()) => next.run(request).await,
        Err(Refused { refusal, after }) => {
            // Its content isn't waited for.
            drop(request);
            sleep(after).await;
            refusal.into_response()
        }
    }
}

/// A request without the token, which is told so after a while.
struct Refused {
    refusal: Refusal,
    after: Duration,
}

fn check(state: &State, request: &Request) -> Result<(), Refused> {
    let unauthorized = |error: &str, after| Refused {
        refusal: Refusal::new(StatusCode::UNAUTHORIZED, error),
        after,
    };
    let Some(said) = token(request) else {
        let error = "there is no token; send the field \"Authorization: Bearer TOKEN\"";
        return Err(unauthorized(error, Duration::ZERO));
    };
    if state.setup.token.is(said) {
        return Ok(());
    }
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    match state.guard.failed(peer, Instant::now()) {
        Sentence::Wait(after) => Err(unauthorized("this isn't the server's token", after)),
        Sentence::TooMany(rest) => {
            let error = "too many wrong tokens came from this address";
            let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, error).retry_after(rest);
            let after = Duration::ZERO;
            Err(Refused { refusal, after })
        }
    }
}

/// What the request says. A field that occurs twice has no meaning.
fn token(request: &Request) -> Option<&[u8]> {
    let mut values = request.headers().get_all(AUTHORIZATION).iter();
    let value = values.next()?.as_bytes();
    if values.next().is_some() {
        return None;
    }
    let (scheme, token) = value.split_at_checked("Bearer ".len())?;
    scheme
        .eq_ignore_ascii_case(b"Bearer ")
        .then(|| token.trim_ascii())
}
