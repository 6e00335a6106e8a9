//! A sign of life on a terminal while something takes long.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How long something may take before it is worth a word.
const PATIENCE: Duration = Duration::from_millis(500);

/// How often the spinner turns.
const TURN: Duration = Duration::from_millis(100);

/// Does `work`. If it takes over half a second, and standard error is a
/// terminal, `what` is shown there until it is done.
pub(super) fn during<T>(what: &str, quiet: bool, work: impl FnOnce() -> T) -> T {
    if quiet || !stderr().is_terminal() {
        return work();
    }
    std::thread::scope(|scope| {
        // Dropped when the work is done, or panics: that ends the spinner.
        let (_done, ended): (Sender<()>, _) = channel();
        let spin = move || {
            if ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                let spinner = spinner(what);
                let _ = ended.recv();
                spinner.finish_and_clear();
            }
        };
        let spinning = std::thread::Builder::new()
            .name("progress".to_owned())
            .spawn_scoped(scope, spin);
        if let Err(error) = spinning {
            tracing::debug!("no progress is shown: {error}");
        }
        work()
    })
}

fn spinner(what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})");
    let spinner = ProgressBar::new_spinner()
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
        .with_message(what.to_owned());
    spinner.enable_steady_tick(TURN);
    spinner
}
