//! What is said of a file that isn't taken: a line of text, which `curl` shows as well as
//! the form's script does.

use crate::status::HttpStatus;
use crate::upload::UploadError;
use crate::{BaseHttpRequestHandler, Result};
use std::borrow::Cow;
use std::io::Write;

/// Why a file isn't taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: HttpStatus,
    /// In words that follow a colon.
    pub(super) reason: Cow<'static, str>,
}

impl Refusal {
    pub(super) fn new(status: HttpStatus, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            reason: reason.into(),
        }
    }

    /// Whether no other file of the same form will be taken, either.
    pub(super) fn is_for_all(&self) -> bool {
        self.status.code() >= 500
    }

    pub(super) fn send<H: BaseHttpRequestHandler>(&self, handler: &mut H) -> Result<()> {
        handler.log_error(&format!("upload refused: {}", self.reason));
        let text = format!("not uploaded: {}\n", self.reason);
        handler.send_response(self.status)?;
        if handler.closes_on_error(self.status) {
            handler.send_header("Connection", "close")?;
        }
        handler.send_header("Content-Type", "text/plain; charset=utf-8")?;
        handler.send_header("Content-Length", text.len())?;
        handler.end_headers()?;
        Ok(handler.exchange().wfile.write_all(text.as_bytes())?)
    }
}

impl From<UploadError> for Refusal {
    fn from(error: UploadError) -> Self {
        let status = match error {
            UploadError::Off => HttpStatus::NOT_IMPLEMENTED,
            UploadError::BadName => HttpStatus::BAD_REQUEST,
            UploadError::HiddenName | UploadError::NotPermitted | UploadError::NotWritable => {
                HttpStatus::FORBIDDEN
            }
            UploadError::Exists | UploadError::InTheWay => HttpStatus::CONFLICT,
            UploadError::TooLarge => HttpStatus::CONTENT_TOO_LARGE,
            UploadError::QuotaExceeded | UploadError::NoSpace => HttpStatus::INSUFFICIENT_STORAGE,
            UploadError::Failed => HttpStatus::INTERNAL_SERVER_ERROR,
            UploadError::Busy => HttpStatus::SERVICE_UNAVAILABLE,
            UploadError::TimedOut | UploadError::ClientClosed => HttpStatus::REQUEST_TIMEOUT,
        };
        Self::new(status, error.to_string())
    }
}
