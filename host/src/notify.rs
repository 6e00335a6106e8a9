//! What systemd is told of the server, by the protocol of sd_notify(3): a datagram to the
//! socket that the variable NOTIFY_SOCKET names. Where there is none, nothing is.
//!
//! 1. The socket is connected before the process is locked down: after that it could
//!    neither make one nor reach another.
//! 2. `ready` once the server listens; `reloading` and `ready` around SIGHUP; `stopping`.
//! 3. With WatchdogSec=, a thread says that the server lives, as long as each worker turns.

use std::env::var_os;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::time::Duration;
use wasm_host_server::Heartbeat;

/// Whom to tell: nobody, if there is no socket.
#[derive(Debug, Clone, Default)]
pub(super) struct Notifier {
    socket: Option<Arc<UnixDatagram>>,
    watchdog: Option<Watchdog>,
}

/// A watchdog that has to be told that the server lives.
#[derive(Debug, Clone)]
struct Watchdog {
    /// Half of the time after which it ends the server.
    interval: Duration,
    heartbeat: Heartbeat,
}

impl Notifier {
    /// By this process's environment.
    pub(super) fn of_this_process() -> Self {
        let Some(address) = var_os("NOTIFY_SOCKET").filter(|address| !address.is_empty()) else {
            return Self::default();
        };
        match connect(&address) {
            Ok(socket) => Self {
                socket: Some(Arc::new(socket)),
                watchdog: Watchdog::of_this_process(),
            },
            Err(error) => {
                tracing::warn!(
                    "systemd can't be told that the server is ready, at {address:?} (NOTIFY_SOCKET): {error}"
                );
                Self::default()
            }
        }
    }

    /// The server listens, and serves.
    pub(super) fn ready(&self) {
        self.tell("READY=1\nSTATUS=Serving");
    }

    /// It loads something anew, and says so by [`ready`](Self::ready) when that is done.
    pub(super) fn reloading(&self) {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let microseconds = i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1_000;
        self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={microseconds}"));
    }

    /// It takes no more connections, and ends when its requests have.
    pub(super) fn stopping(&self) {
        self.tell("STOPPING=1\nSTATUS=Finishing requests");
    }

    /// What the server's workers are to count in, if somebody asks whether they turn.
    pub(super) fn heartbeat(&self) -> Option<Heartbeat> {
        let watchdog = self.watchdog.as_ref()?;
        Some(watchdog.heartbeat.clone())
    }

    /// Starts the thread that tells the watchdog, if there is one, until the process ends.
    ///
    /// # Errors
    ///
    /// There is no thread to be had.
    pub(super) fn watch(&self) -> io::Result<()> {
        let Some(watchdog) = self.watchdog.clone() else {
            return Ok(());
        };
        let notifier = self.clone();
        let watch = move || {
            let mut before = Vec::new();
            loop {
                std::thread::sleep(watchdog.interval);
                let now = watchdog.heartbeat.counts();
                if all_turned(&before, &now) {
                    notifier.tell("WATCHDOG=1");
                }
                before = now;
            }
        };
        std::thread::Builder::new()
            .name("watchdog".to_owned())
            .spawn(watch)
            .map(drop)
    }

    fn tell(&self, what: &str) {
        if let Some(socket) = &self.socket
            && let Err(error) = socket.send(what.as_bytes())
        {
            tracing::debug!("systemd can't be told {what:?}: {error}");
        }
    }
}

impl Watchdog {
    /// By this process's environment.
    fn of_this_process() -> Option<Self> {
        let number = |name| var_os(name)?.to_str()?.parse::<u64>().ok();
        // It may be another process's, whose environment this one has.
        let is_ours = number("WATCHDOG_PID").is_none_or(|id| id == u64::from(std::process::id()));
        let within = Duration::from_micros(number("WATCHDOG_USEC")?);
        (is_ours && !within.is_zero()).then(|| Self {
            interval: within / 2,
            // Several times in an interval, so that a worker that is slow isn't taken for
            // one that is stuck.
            heartbeat: Heartbeat::every(within / 10),
        })
    }
}

/// Whether each worker has turned since it was asked before. A worker that has begun since
/// then has.
fn all_turned(before: &[u64], now: &[u64]) -> bool {
    let known = before.iter().zip(now);
    !now.is_empty() && known.into_iter().all(|(before, now)| now > before)
}

/// A socket by its path, or an abstract one by `@` and its name.
fn connect(address: &OsStr) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    match address.as_bytes() {
        [b'/', ..] => socket.connect(address)?,
        #[cfg(target_os = "linux")]
        [b'@', name @ ..] => {
            use std::os::linux::net::SocketAddrExt;
            let address = std::os::unix::net::SocketAddr::from_abstract_name(name)?;
            socket.connect_addr(&address)?;
        }
        _ => {
            return Err(io::Error::other(
                "it is neither a path nor an abstract socket",
            ));
        }
    }
    // Nothing that systemd doesn't read may hold up the server.
    socket.set_nonblocking(true)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_is_stuck_is_noticed() {
        assert!(all_turned(&[], &[0, 0]), "they have begun");
        assert!(all_turned(&[1, 7], &[2, 8]));
        assert!(!all_turned(&[1, 7], &[2, 7]), "the second is stuck");
        assert!(!all_turned(&[], &[]), "there is none yet");
    }

    #[test]
    fn nobody_is_told_where_there_is_nobody() {
        let notifier = Notifier::default();
        notifier.ready();
        notifier.stopping();
        assert!(notifier.heartbeat().is_none());
    }
}
