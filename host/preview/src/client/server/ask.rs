//! A request to the API, and why one has no answer.

use super::content::Content;
use http::Method;

/// A request.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    /// Below the API's prefix, with its slash.
    pub(crate) path: String,
    pub(crate) fields: Vec<(&'static str, u64)>,
    pub(crate) content: Content,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// No connection was made.
    NoConnection(String),
    /// It broke.
    Broken(String),
    /// What was to be sent can't be read.
    Unreadable(String),
}

impl Ask {
    pub(crate) fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            fields: Vec::new(),
            content: Content::Nothing,
        }
    }

    pub(crate) fn with(mut self, content: Content) -> Self {
        self.content = content;
        self
    }
}
