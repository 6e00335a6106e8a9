//! Signals that processes don't die of which end when their server does.

use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Catches the signals that would end this process, which ends when the server
/// does. They aren't ignored: scripts would inherit that.
pub(crate) fn catch_signals() -> io::Result<Vec<Signal>> {
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

/// The same for good, where there is no runtime.
pub(crate) fn outlive_signals() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let _entered = runtime.enter();
    // What catches them stays when nobody waits for them any more.
    catch_signals().map(drop)
}
