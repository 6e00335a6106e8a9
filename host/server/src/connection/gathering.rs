//! Whether a request is gathered before an instance handles it: `slow_content` does
//! that.

/// How far a request that is gathered has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Gathering {
    /// Nobody has asked for it.
    #[default]
    NotAsked,
    /// So many bytes are waited for, head included.
    Until(usize),
    /// They have come, or are waited for no longer.
    Done,
}
