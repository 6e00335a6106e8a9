//! The spawner's parent, which starts another when that has died, was stopped or is
//! silent.
//!
//! The server can't: once it is locked down it starts no program, and sends no signal.
//! So it starts this process before, which gets the spawner's end of their socket, and
//! isn't the scripts' user where the server is root: then they can neither kill nor stop
//! it. What the server sends while there is no spawner waits in that socket for the next
//! one.
//!
//! Another socket is for the two of them, this process's standard input: it says whether
//! the first spawner could be started, and the server asks for another ([`ANOTHER`]).

use super::arguments::{Arguments, Identity};
use super::capabilities::keep_few_capabilities;
use super::control::send_report;
use super::report::Report;
use super::role::{NAME, PROGRAM};
use crate::descendants;
use crate::signals::catch_signals;
use crate::user::ScriptUser;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use std::ffi::OsString;
use std::future::pending;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream as StdStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::select;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, sleep_until};

/// What the server sends when a spawner is silent.
pub(super) const ANOTHER: u8 = 1;

/// How long a spawner has to start a script: far longer than it takes.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// How long after a failure it is tried again: the system may be short of processes.
const PAUSE: Duration = Duration::from_secs(1);

/// What it takes to start spawners.
pub(super) struct Spawners {
    /// The spawner's end of its socket with the server.
    socket: OwnedFd,
    arguments: Vec<OsString>,
    identity: Identity,
    user: Option<ScriptUser>,
}

/// Has a spawner run until the server is gone.
struct Guard {
    spawners: Spawners,
    server: Server,
    changes: Signal,
}

/// The server, as far as it speaks to this process.
struct Server {
    socket: UnixStream,
    is_gone: bool,
}

/// How a spawner came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// By a signal, its guard's own included.
    Killed,
    /// By itself: the server is gone, or it couldn't begin.
    Ended,
}

impl Spawners {
    /// Spawners that a command starts, which is told these.
    pub(super) fn new(
        socket: OwnedFd,
        command: &[OsString],
        told: Arguments,
        user: Option<ScriptUser>,
    ) -> Self {
        Self {
            socket,
            arguments: told.after(command),
            identity: told.identity,
            user,
        }
    }

    /// Starts the first, once this process can do no more than what all take.
    fn start_first(&self) -> io::Result<Child> {
        if self.identity != Identity::ServersUser {
            keep_few_capabilities()?;
        }
        self.start()
    }

    fn start(&self) -> io::Result<Child> {
        let mut command = Command::new(PROGRAM);
        command
            .arg0(NAME)
            .args(&self.arguments)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(self.socket.try_clone()?);
        if let Some(user) = self.user {
            user.put_on(&mut command);
        }
        command.spawn()
    }
}

/// Runs this process as a guard, until the server is gone and nothing is left of the
/// scripts.
///
/// # Errors
///
/// The system refuses what it needs, or the first spawner. The server knows it then.
pub(super) fn run(spawners: Spawners) -> io::Result<()> {
    let server = StdStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    server.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        // Those that a service manager sends to all: it ends with the spawner.
        let _caught = catch_signals()?;
        let guard = Guard {
            spawners,
            server: Server {
                socket: UnixStream::from_std(server)?,
                is_gone: false,
            },
            changes: signal(SignalKind::child())?,
        };
        guard.run().await
    })
}

impl Guard {
    async fn run(mut self) -> io::Result<()> {
        let first = self.spawners.start_first();
        let report = match &first {
            Ok(_) => Report::Started,
            Err(error) => Report::Refused(error.raw_os_error().unwrap_or_default()),
        };
        // An error: the server is gone, as the spawner sees, too.
        let _ = send_report(&self.server.socket, report);
        let mut spawner = Some(first?);
        while let Some(running) = spawner {
            let fate = self.see_to_end(running).await?;
            if fate == Fate::Ended {
                self.server.pause().await;
            }
            spawner = self.start_another().await;
        }
        Ok(())
    }

    /// Waits for a spawner's end, which comes soon for one that was stopped, or that the
    /// server finds silent. What it leaves of its scripts ends with it.
    async fn see_to_end(&mut self, mut spawner: Child) -> io::Result<Fate> {
        let began = Instant::now();
        let id = Pid::from_child(&spawner);
        let options = WaitIdOptions::EXITED | WaitIdOptions::STOPPED;
        let options = options | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        loop {
            match waitid(WaitId::Pid(id), options)? {
                Some(status) if status.stopped() => end(&mut spawner),
                Some(status) => {
                    bury(spawner);
                    return Ok(match status.exit_status() {
                        Some(_) => Fate::Ended,
                        None => Fate::Killed,
                    });
                }
                None => {}
            }
            select! {
                _ = self.changes.recv() => {}
                () = self.server.wants_another() => {
                    // Else it is about one before.
                    if began.elapsed() >= PATIENCE {
                        end(&mut spawner);
                    }
                }
            }
        }
    }

    /// None: the server is gone. Should that not be known yet, the spawner sees it.
    async fn start_another(&mut self) -> Option<Child> {
        let mut is_told = false;
        loop {
            if self.server.is_gone {
                return None;
            }
            match self.spawners.start() {
                Ok(spawner) => return Some(spawner),
                Err(error) if !is_told => {
                    eprintln!("cannot start the process that starts CGI scripts: {error}");
                    is_told = true;
                }
                Err(_) => {}
            }
            self.server.pause().await;
        }
    }
}

impl Server {
    /// Waits until it wants another spawner, as this one is silent.
    async fn wants_another(&mut self) {
        let mut said = [0; 64];
        while !self.is_gone {
            match self.socket.read(&mut said).await {
                Ok(0) | Err(_) => self.is_gone = true,
                Ok(length) if said[..length].contains(&ANOTHER) => return,
                Ok(_) => {}
            }
        }
        pending::<()>().await;
    }

    /// Waits a little, but no longer than the server is there.
    async fn pause(&mut self) {
        let until = Instant::now() + PAUSE;
        let mut said = [0; 64];
        while !self.is_gone {
            select! {
                () = sleep_until(until) => return,
                read = self.socket.read(&mut said) => {
                    self.is_gone = matches!(read, Ok(0) | Err(_));
                }
            }
        }
    }
}

/// Kills a spawner, whose end is seen then.
fn end(spawner: &mut Child) {
    // It hasn't been reaped, so the number is its own, and the right to do it is there.
    let _ = spawner.kill();
}

/// Ends what is left of a dead spawner's scripts, which this process has taken in, and
/// reaps it. It hasn't been reaped before.
fn bury(mut dead: Child) {
    let id = Pid::from_child(&dead);
    if !descendants::end_all(|child| child == id) {
        tracing::debug!("something is left of the scripts' processes");
    }
    let _ = dead.wait();
}
