//! Signals. Ctrl-C and SIGTERM: the first stops the server gracefully, the
//! second at once. SIGHUP has the component and the rules loaded anew, unless it means
//! what it did first: that the terminal has gone. SIGUSR1 has the log's file opened anew.
//!
//! SIGXFSZ, for a file that is as long as this process may make one (`ulimit -f`), does
//! nothing: the write fails, which whoever asked for it is told. It is caught and not
//! ignored, which other programs would inherit.

use crate::log_output::LogFile;
use crate::notify::Notifier;
use crate::rules::RuleSource;
use rustix::process::Signal as Number;
use std::fs::File;
use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};
use wasm_host_server::{ReloadHandle, RulesHandle, ShutdownHandle};

/// What is loaded anew on SIGHUP.
pub(super) struct Reload {
    /// The component and the certificates.
    pub(super) loaded: ReloadHandle,
    /// The rules of the site, and what obeys them.
    pub(super) rules: Option<(RuleSource, RulesHandle)>,
    /// Whom to tell of it.
    pub(super) notifier: Notifier,
}

impl Reload {
    fn reload(&self) {
        self.notifier.reloading();
        if let Some((source, served)) = &self.rules {
            source.read_anew(served);
            if !self.loaded.has_anything() {
                return self.notifier.ready();
            }
        }
        let notifier = self.notifier.clone();
        self.loaded.reload_and(move || notifier.ready());
    }
}

/// Starts a thread that waits for signals.
pub(super) fn obey(
    shutdown: ShutdownHandle,
    reload: Reload,
    log: Option<LogFile>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let terminal = Terminal::of_this_process();
    let mut signals = {
        let _entered = runtime.enter();
        Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            rotated: signal(SignalKind::user_defined1())?,
            _too_long: signal(SignalKind::from_raw(Number::XFSZ.as_raw()))?,
        }
    };
    let wait = move || {
        runtime.block_on(async {
            signals.wait_for_end(&terminal, &reload, log.as_ref()).await;
            reload.notifier.stopping();
            shutdown.shutdown();
            signals.wait_for_end(&terminal, &reload, log.as_ref()).await;
            std::process::exit(1);
        });
    };
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(wait)?;
    Ok(())
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
    /// The log's file was moved away.
    rotated: Signal,
    /// A file can't be made longer.
    _too_long: Signal,
}

impl Signals {
    /// Resolves when the server is to end.
    async fn wait_for_end(&mut self, terminal: &Terminal, reload: &Reload, log: Option<&LogFile>) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => return,
                _ = self.terminate.recv() => return,
                _ = self.hangup.recv() => {}
                _ = self.rotated.recv() => {
                    // Without a file there is nothing to open.
                    log.inspect(|log| log.reopen());
                    continue;
                }
            }
            if terminal.is_gone() {
                return;
            }
            reload.reload();
        }
    }
}

/// The terminal that this process was started from.
enum Terminal {
    /// Its end is the server's.
    Ours,
    /// There is none, or `nohup` has cut the tie.
    None,
}

impl Terminal {
    fn of_this_process() -> Self {
        if can_be_opened() && !hangups_are_ignored() {
            Self::Ours
        } else {
            Self::None
        }
    }

    fn is_gone(&self) -> bool {
        matches!(self, Self::Ours) && !can_be_opened()
    }
}

fn can_be_opened() -> bool {
    File::open("/dev/tty").is_ok()
}

/// Whether this process was started with SIGHUP ignored, as `nohup` does: bit 0
/// of the mask in proc_pid_status(5).
fn hangups_are_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & 1 != 0)
}
