//! What a server answers.

use crate::client::failure::Failure;
use crate::client::text::plain;
use crate::wire;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// The most content of an answer, in bytes.
pub(super) const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// How much of a foreign answer is shown.
const SHOWN: usize = 100;

/// How to give a token that is right.
const TOKEN_HINT: &str =
    "; give that of the server's data folder by --token-file FILE, or in WASM_HOST_TOKEN";

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) fields: HeaderMap,
    pub(crate) content: Bytes,
}

impl Answer {
    /// The number that a field has.
    pub(crate) fn number(&self, field: &str) -> Option<u64> {
        self.fields.get(field)?.to_str().ok()?.trim().parse().ok()
    }

    /// How long the server asks to wait (RFC 9110 section 10.2.3), if in seconds.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.number(RETRY_AFTER.as_str()).map(Duration::from_secs)
    }

    /// What a server says that does what it is asked for.
    pub(crate) fn json<T: DeserializeOwned>(&self, server: &str) -> Result<T, Failure> {
        if !self.status.is_success() {
            return Err(self.failure(server));
        }
        serde_json::from_slice(&self.content).map_err(|_| self.strange(server))
    }

    /// What a server says that doesn't do what it is asked for.
    pub(crate) fn failure(&self, server: &str) -> Failure {
        if self.status == StatusCode::UNAUTHORIZED {
            let server = server.to_owned();
            return Failure::Token {
                server,
                hint: TOKEN_HINT,
            };
        }
        match self.said() {
            Some(said) if !self.status.is_success() => Failure::of_answer(self.status, said),
            _ => self.strange(server),
        }
    }

    /// The failure that the answer tells of, if it is one of this API's.
    pub(crate) fn said(&self) -> Option<wire::Failure> {
        serde_json::from_slice(&self.content).ok()
    }

    fn strange(&self, server: &str) -> Failure {
        let status = self.status;
        let text = |name| self.fields.get(name).and_then(|value| value.to_str().ok());
        let mut what = match text(LOCATION) {
            Some(location) if status.is_redirection() => {
                format!("{status} to {}", plain(location))
            }
            _ => format!(
                "{status} with {}",
                plain(text(CONTENT_TYPE).unwrap_or("no content type"))
            ),
        };
        what.truncate(what.floor_char_boundary(SHOWN));
        let server = server.to_owned();
        Failure::Strange { server, what }
    }
}
