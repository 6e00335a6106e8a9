//! Why what a handler answers is no response, and the bounds of one.

/// The most bytes of a head, and of the lines around chunks.
pub(super) const MAX_HEAD: usize = 128 * 1024;

/// The most interim responses before the last one.
pub(super) const MAX_INTERIM: usize = 16;

/// Why what a handler answers is no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(in crate::gateway) enum NoAnswer {
    #[error("it closed its connection without one")]
    Missing,
    #[error("its head isn't one of HTTP/1.1")]
    Head,
    #[error("its head is longer than 128 KiB")]
    LongHead,
    #[error("a line of it doesn't end with CR and LF")]
    LineEnd,
    #[error("it has two lengths, or one that is none")]
    Length,
    #[error("its Transfer-Encoding isn't just \"chunked\"")]
    Coding,
    #[error("a chunk of it is malformed")]
    Chunk,
    #[error("its trailers are malformed")]
    Trailers,
    #[error("nobody has asked it to switch protocols")]
    Switching,
    #[error("it began with more than {MAX_INTERIM} interim responses")]
    Interim,
    #[error("it ended before its content was whole")]
    CutShort,
}
