//! Signals that the spawner and its keepers don't die of.

use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Catches the signals that would end this process, which ends when the server
/// does. They aren't ignored: scripts would inherit that.
pub(super) fn catch_signals() -> io::Result<Vec<Signal>> {
    [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
        SignalKind::quit(),
    ]
    .into_iter()
    .map(signal)
    .collect()
}
