//! How long it is worth to try.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// How often and after how long a request is sent again.
#[derive(Debug)]
pub(crate) struct Patience {
    /// How often altogether.
    pub(crate) tries: u32,
    /// Before the second try; each wait is twice the one before.
    pub(crate) first: Duration,
    /// The longest wait, also of those that a server asks for.
    pub(crate) longest: Duration,
    /// Whether the server has answered before. Nobody waits for one that was never there.
    pub(crate) answered: AtomicBool,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries: 8,
            first: Duration::from_millis(200),
            longest: Duration::from_secs(10),
            answered: AtomicBool::new(false),
        }
    }
}
