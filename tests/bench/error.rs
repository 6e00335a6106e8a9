//! What ends the benchmark early.

use std::io;
use std::path::Path;

pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Why the benchmark, or one server's part in a case, ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A server or a tool can't do this, which is no fault: it is left out.
    #[error("{0}")]
    Unavailable(String),
    /// A server answered something else than the files say.
    #[error("{peer} answered {target} wrongly: {what}")]
    WrongAnswer {
        peer: &'static str,
        target: String,
        what: String,
    },
    /// A server ended, or never began to listen.
    #[error("{peer} {what}; it said: {said}")]
    Server {
        peer: &'static str,
        what: String,
        said: String,
    },
    /// A load generator failed, or the server under its load.
    #[error("{command} failed: {what}")]
    Tool { command: String, what: String },
    /// The system said no.
    #[error("{what}: {source}")]
    Io { what: String, source: io::Error },
    /// An option's value that isn't one.
    #[error("{0}")]
    Usage(String),
}

impl Error {
    /// For `map_err`: what was being done when the system said no.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    /// [`Error::io`] about a file.
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        Self::io(path.display().to_string())
    }
}
