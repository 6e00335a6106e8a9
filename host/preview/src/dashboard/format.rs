//! Numbers and times, for people.

use crate::client::{ago, bytes};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long ago a time was, given in seconds since 1970.
pub(super) fn since(at: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let passed = now
        .unwrap_or_default()
        .saturating_sub(Duration::from_secs(at));
    ago(passed)
}

/// A number of bytes.
pub(super) fn size(count: u64) -> String {
    bytes(count)
}
