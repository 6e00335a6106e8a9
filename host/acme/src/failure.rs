//! Why no certificate came of an attempt.

use std::time::Duration;

/// The longest part of what an authority says that is passed on, in characters.
const MAX_SAID: usize = 300;

/// Why an attempt failed, and what that means for the next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    pub(crate) reason: String,
    /// How long the authority asks to wait.
    pub(crate) retry_after: Option<Duration>,
}

/// What is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The authority didn't see what it asked for, or doesn't ask in that way.
    NotShown,
    /// The request's nonce was too old (RFC 8555 section 6.5).
    BadNonce,
    /// The authority has no such account any more.
    NoAccount,
    Other,
}

impl Failure {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self::of(Kind::Other, reason)
    }

    pub(crate) fn of(kind: Kind, reason: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
            retry_after: None,
        }
    }

    /// Something that the authority said makes no sense.
    pub(crate) fn nonsense(what: &str) -> Self {
        Self::new(format!("the authority's answer has {what}"))
    }
}

/// What somebody else has said, cut to what fits into a line of a log.
pub(crate) fn excerpt(said: &str) -> String {
    let mut characters = said.chars();
    let start: String = characters.by_ref().take(MAX_SAID).collect();
    match characters.next() {
        None => start,
        Some(_) => start + "…",
    }
}
