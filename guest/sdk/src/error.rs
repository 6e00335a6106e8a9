//! What can go wrong while a request is handled.

use crate::file::FileError;
use crate::status::HttpStatus;
use crate::transport::TransportError;
use std::io;

/// A result whose error ends the request.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request couldn't be handled to its end.
///
/// A handler's methods pass these on with `?`. What then becomes of the
/// connection, [`base::handle_one_request`](crate::base::handle_one_request)
/// decides: an answer if none was begun, and a close.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The client has gone.
    #[error("the client closed the connection")]
    Closed,
    /// The client was too slow.
    #[error("the client was too slow")]
    TimedOut,
    /// The request is left to another, who reads it from its start: the rest of its head
    /// is slow to arrive, or it is the host's own to answer.
    #[error("the request is left to another")]
    Incomplete,
    /// The request's head is larger than what the host keeps.
    #[error("the request's head is too large")]
    HeadTooLarge,
    /// The request's content isn't framed as RFC 9112 section 7.1 says.
    #[error("bad request content: {0}")]
    BadContent(&'static str),
    /// The request is answered with this status, by
    /// [`send_error`](crate::BaseHttpRequestHandler::send_error), unless an
    /// answer has begun. With an empty message, the status' own.
    #[error("{code} {message}")]
    Status {
        /// The status.
        code: HttpStatus,
        /// What the answer says.
        message: String,
    },
    /// A reason phrase has a control character.
    #[error("{0:?} can't stand in a status line")]
    InvalidReason(String),
    /// A header field's name isn't a token (RFC 9110 section 5.6.2).
    #[error("{0:?} is not a field name")]
    InvalidFieldName(String),
    /// A header field's value has a character that a value can't have: CR, LF,
    /// NUL, another control, or one beyond Latin-1.
    #[error("the value of field {0} has a character that isn't allowed")]
    InvalidFieldValue(String),
    /// More content was written than the response's Content-Length announced.
    #[error("more content was written than Content-Length says")]
    ContentTooLong,
    /// A file couldn't be opened or read.
    #[error(transparent)]
    File(#[from] FileError),
    /// Any other error of input or output.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Closed => Self::Closed,
            TransportError::TimedOut => Self::TimedOut,
            TransportError::Incomplete => Self::Incomplete,
            TransportError::BufferFull => Self::HeadTooLarge,
            TransportError::File => Self::File(FileError::Unreadable),
        }
    }
}

/// ```
/// use wasm_host_sdk::{Error, HttpStatus, Result};
///
/// fn colour(query: &str) -> Result<&str> {
///     Ok(query.strip_prefix("colour=").ok_or(HttpStatus::BAD_REQUEST)?)
/// }
/// assert!(matches!(colour("?"), Err(Error::Status { code: HttpStatus::BAD_REQUEST, .. })));
/// ```
impl From<HttpStatus> for Error {
    fn from(code: HttpStatus) -> Self {
        Self::status(code, "")
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Io(error) => error,
            Error::Closed => Self::new(io::ErrorKind::ConnectionReset, Error::Closed),
            Error::TimedOut => Self::new(io::ErrorKind::TimedOut, Error::TimedOut),
            other => Self::new(io::ErrorKind::InvalidData, other),
        }
    }
}

impl Error {
    /// An error that is answered with this status and message.
    pub fn status(code: HttpStatus, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::Status { code, message }
    }

    /// Undoes a trip through [`io::Error`], as errors of `rfile` and `wfile`
    /// make it.
    pub(crate) fn unwrapped(self) -> Self {
        match self {
            Self::Io(error)
                if error
                    .get_ref()
                    .is_some_and(<dyn std::error::Error + Send + Sync>::is::<Self>) =>
            {
                match error
                    .into_inner()
                    .map(<dyn std::error::Error + Send + Sync>::downcast::<Self>)
                {
                    Some(Ok(inner)) => *inner,
                    _ => Self::Closed,
                }
            }
            other => other,
        }
    }
}
