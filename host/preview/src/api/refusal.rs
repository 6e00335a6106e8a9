//! A request that isn't done: its status, and a sentence that says why.

use crate::manifest::ManifestError;
use crate::names::NameError;
use crate::store::{CommitError, StoreError, TooMuch};
use crate::wire::{Failure, Problem, UPLOAD_OFFSET};
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use std::fmt::Display;
use std::time::Duration;

/// A request that isn't done.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    failure: Box<Failure>,
    retry_after: Option<Duration>,
    offset: Option<u64>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        let error = error.into();
        Self {
            status,
            failure: Box::new(Failure {
                error,
                ..Failure::default()
            }),
            retry_after: None,
            offset: None,
        }
    }

    /// It makes no sense as it is.
    pub(super) fn unprocessable(error: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, error)
    }

    pub(super) fn not_found(error: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, error)
    }

    /// It is more than a limit lets it be.
    pub(super) fn too_large(error: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, error)
    }

    /// A site's own settings are wrong.
    pub(super) fn problems(problems: Vec<Problem>) -> Self {
        let first = problems.first().map(Problem::to_string).unwrap_or_default();
        let mut refusal = Self::unprocessable(format!("the site's settings are wrong: {first}"));
        refusal.failure.problems = problems;
        refusal
    }

    /// The part of a blob that is there ends elsewhere.
    pub(super) fn elsewhere(there: u64) -> Self {
        let error = format!("{there} bytes of it are there; go on behind those");
        let mut refusal = Self::new(StatusCode::CONFLICT, error);
        refusal.offset = Some(there);
        refusal
    }

    /// The server's own fault. What it is, is its operator's to know.
    pub(super) fn fault(error: impl Display) -> Self {
        tracing::error!("a request to the API fails: {error}");
        let text = "the server fails to do this, and its log says why";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, text)
    }

    pub(super) fn of_entry(mut self, entry: impl Into<String>) -> Self {
        self.failure.entry = Some(entry.into());
        self
    }

    pub(super) fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.failure)).into_response();
        let fields = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"wasm-host\"");
            fields.insert(WWW_AUTHENTICATE, scheme);
        }
        if let Some(wait) = self.retry_after {
            // In whole seconds (RFC 9110 section 10.2.3): rather too late.
            fields.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
        }
        if let Some(offset) = self.offset {
            fields.insert(UPLOAD_OFFSET, HeaderValue::from(offset));
        }
        response
    }
}

impl From<NameError> for Refusal {
    fn from(error: NameError) -> Self {
        Self::unprocessable(error.to_string())
    }
}

impl From<TooMuch> for Refusal {
    fn from(error: TooMuch) -> Self {
        let text = error.to_string();
        match error {
            TooMuch::FileSize { .. } | TooMuch::ProjectSize { .. } => Self::too_large(text),
            // Something has to be removed before.
            _ => Self::new(StatusCode::CONFLICT, text),
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        let text = error.to_string();
        match error {
            StoreError::Full { .. } => {
                tracing::warn!("{text}");
                Self::new(StatusCode::INSUFFICIENT_STORAGE, text)
            }
            StoreError::NoDeploy(_) => Self::not_found(text),
            StoreError::NotInProject { .. }
            | StoreError::Size { .. }
            | StoreError::Digest { .. } => Self::unprocessable(text),
            StoreError::NoLabel { .. } => Self::new(StatusCode::CONFLICT, text),
            StoreError::Busy(_) | StoreError::Taken(_) => {
                Self::new(StatusCode::CONFLICT, text).retry_after(Duration::ZERO)
            }
            StoreError::TooMuch(error) => error.into(),
            _ => Self::fault(text),
        }
    }
}

impl From<ManifestError> for Refusal {
    fn from(error: ManifestError) -> Self {
        let text = error.to_string();
        match error {
            ManifestError::Files { .. } => Self::too_large(text),
            ManifestError::FileSize { path, .. } | ManifestError::TotalSize { path, .. } => {
                Self::too_large(text).of_entry(path)
            }
            ManifestError::CaseTwins { other, .. } => Self::unprocessable(text).of_entry(other),
            ManifestError::FileIsFolder { within, .. } => {
                Self::unprocessable(text).of_entry(within)
            }
            ManifestError::TwoSizes { path, .. } => Self::unprocessable(text).of_entry(path),
            _ => Self::unprocessable(text),
        }
    }
}

impl From<CommitError> for Refusal {
    fn from(error: CommitError) -> Self {
        let text = error.to_string();
        match error {
            CommitError::Missing(missing) => {
                let mut refusal = Self::new(StatusCode::CONFLICT, text + "; send those first");
                refusal.failure.missing = missing;
                refusal
            }
            CommitError::Manifest(error) => error.into(),
            CommitError::TooMuch(error) => error.into(),
            CommitError::WrongSize { path, .. } => Self::unprocessable(text).of_entry(path),
            CommitError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn a_full_disk_is_told_and_the_servers_own_faults_are_not() {
        let source = || io::Error::other("/srv/secret/path is on fire");
        let doing = || "keep uploads".to_owned();
        let full = Refusal::from(StoreError::Full {
            doing: doing(),
            source: source(),
        });
        assert_eq!(full.status, StatusCode::INSUFFICIENT_STORAGE);
        assert_eq!(
            full.failure.error,
            "cannot keep uploads, as the server's disk is full"
        );
        let faults = [
            StoreError::Io {
                doing: doing(),
                source: source(),
            },
            StoreError::Damaged("/srv/secret/path".to_owned()),
        ];
        for fault in faults {
            let refusal = Refusal::from(fault);
            assert_eq!(refusal.status, StatusCode::INTERNAL_SERVER_ERROR);
            assert!(!refusal.failure.error.contains("secret"), "{refusal:?}");
        }
    }
}
