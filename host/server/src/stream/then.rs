//! What a stream is told of what comes next.

/// What follows the bytes that are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// More, at once: the system may wait for that with a packet that isn't full.
    More,
    /// Nothing for now.
    Nothing,
}
