//! A spawner that runs, as the server sees it: what it is sent, and its guard, which
//! starts another in its place without the server's knowing.

use super::control::Control;
use super::guard::{ANOTHER, PATIENCE};
use super::report::Report;
use super::role::NAME;
use super::wire::Request;
use crate::descendants;
use crate::group::GroupEnd;
use crate::launch::Streams;
use crate::orphans;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socketpair,
};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use rustix::time::Timespec;
use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream as StdStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::time::timeout;

/// How long a guard has to start a spawner, in the system's terms.
const PATIENCE_FOR_START: Timespec = Timespec {
    tv_sec: PATIENCE.as_secs().cast_signed(),
    tv_nsec: 0,
};

/// How long one whose socket was closed is given to be dead, and how often it is
/// looked.
const DEATH: Duration = Duration::from_millis(200);
const DEATH_LOOK: Duration = Duration::from_millis(5);

/// The guards of this process that haven't been reaped.
static LIVE: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// A spawner that runs. Dropping it has it end.
#[derive(Debug)]
pub(super) struct LiveSpawner {
    /// The spawner's: that which runs, or the next.
    socket: OwnedFd,
    /// The guard's.
    guard: OwnedFd,
    /// The guard. None once it has been reaped.
    child: Mutex<Option<Child>>,
}

/// Why a script wasn't started.
pub(super) enum LaunchFailure {
    /// The spawner was dead before it was asked.
    Dead,
    /// Anything else.
    Error(io::Error),
}

impl LiveSpawner {
    /// Starts a guard, by its command, and waits until that has started a spawner.
    pub(super) fn start(command: &[OsString]) -> io::Result<Self> {
        let Some((program, arguments)) = command.split_first() else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let (socket, theirs) = pair(SocketType::SEQPACKET)?;
        let (guard, guards) = pair(SocketType::STREAM)?;
        let mut command = Command::new(program);
        command
            .arg0(NAME)
            .args(arguments)
            .env_clear()
            .stdin(guards)
            .stdout(theirs);
        let mut live = lock(&LIVE);
        let child = command.spawn()?;
        live.push(Pid::from_child(&child));
        drop(live);
        // It has their ends, and nobody else: so they are closed when it is dead.
        drop(command);
        let started = Self {
            socket,
            guard,
            child: Mutex::new(Some(child)),
        };
        started.wait_for_spawner()?;
        Ok(started)
    }

    /// Waits for what the guard says of its first spawner.
    fn wait_for_spawner(&self) -> io::Result<()> {
        let mut readable = [PollFd::new(&self.guard, PollFlags::IN)];
        retry_on_intr(|| poll(&mut readable, Some(&PATIENCE_FOR_START)))?;
        let mut bytes = [0; Report::LENGTH];
        let received = recv(&self.guard, &mut bytes[..], RecvFlags::DONTWAIT);
        match (received, Report::decode(bytes)) {
            (Ok(_), Some(Report::Started)) => Ok(()),
            (Ok(_), Some(Report::Refused(number))) => Err(io::Error::from_raw_os_error(number)),
            (Err(Errno::AGAIN), _) => Err(Errno::TIMEDOUT.into()),
            _ => Err(io::Error::other("it ended before it had begun")),
        }
    }

    /// Has a script started. Its control socket, before it is known whether it
    /// runs.
    pub(super) async fn launch(
        self: &Arc<Self>,
        request: &Request,
        streams: &Streams,
    ) -> Result<Control, LaunchFailure> {
        match timeout(PATIENCE, self.order(request, streams)).await {
            Ok(ordered) => ordered,
            Err(_) => Err(LaunchFailure::Error(self.give_up())),
        }
    }

    async fn order(
        self: &Arc<Self>,
        request: &Request,
        streams: &Streams,
    ) -> Result<Control, LaunchFailure> {
        let (control, theirs) = pair(SocketType::STREAM)?;
        self.send(request, theirs.as_fd(), streams).await?;
        drop(theirs);
        if request.follows.is_empty() {
            return Ok(Control::new(control, Interest::READABLE)?);
        }
        let control = Control::new(control, Interest::READABLE | Interest::WRITABLE)?;
        match control.write_all(&request.follows).await {
            Ok(()) => Ok(control),
            Err(_) => Err(LaunchFailure::Error(self.lost().await)),
        }
    }

    /// Waits until a script has started, which may be known by its end only.
    pub(super) async fn started(
        self: &Arc<Self>,
        control: &Control,
    ) -> io::Result<Option<GroupEnd>> {
        match timeout(PATIENCE, control.report()).await {
            Ok(Ok(Report::Started)) => Ok(None),
            Ok(Ok(Report::Ended(end))) => Ok(Some(end)),
            Ok(Ok(Report::Refused(0))) => Err(io::ErrorKind::InvalidInput.into()),
            Ok(Ok(Report::Refused(number))) => Err(io::Error::from_raw_os_error(number)),
            // It may have started the script: that isn't done again.
            Ok(Err(_)) => Err(self.lost().await),
            Err(_) => Err(self.give_up()),
        }
    }

    /// Has the guard start another, as it is silent. (One that was stopped isn't for as
    /// long as this takes: its guard sees that.) The error is [`Errno::TIMEDOUT`].
    fn give_up(&self) -> io::Error {
        tracing::warn!("the process that starts CGI scripts doesn't answer; another is started");
        let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
        // An error: it is dead, or has been asked often enough.
        let _ = send(&self.guard, &[ANOTHER], flags);
        Errno::TIMEDOUT.into()
    }

    /// For when a control socket was closed, or worse.
    async fn lost(self: &Arc<Self>) -> io::Error {
        self.bury_if_dead().await;
        io::Error::other("the process that starts scripts was killed")
    }

    async fn send(
        &self,
        request: &Request,
        control: BorrowedFd<'_>,
        streams: &Streams,
    ) -> Result<(), LaunchFailure> {
        loop {
            match request.send(self.socket.as_fd(), control, streams) {
                Ok(()) => return Ok(()),
                Err(Errno::AGAIN) => self.writable().await?,
                Err(Errno::PIPE | Errno::CONNRESET | Errno::NOTCONN) => {
                    return Err(LaunchFailure::Dead);
                }
                Err(error) => return Err(io::Error::from(error).into()),
            }
        }
    }

    /// Waits until the spawner has taken some of what was sent.
    async fn writable(&self) -> io::Result<()> {
        // Another descriptor, as each worker has an event loop of its own.
        let socket = StdStream::from(self.socket.try_clone()?);
        UnixStream::from_std(socket)?.writable().await
    }

    /// Reaps the guard if it is dead, or about to be, and ends what is left of its
    /// scripts. A server that is locked down can only reap it.
    pub(super) async fn bury_if_dead(self: &Arc<Self>) {
        let running = Arc::clone(self);
        let look = move || {
            let mut child = lock(&running.child);
            if child.as_ref().is_some_and(has_died)
                && let Some(dead) = child.take()
            {
                bury(dead);
            }
        };
        // An error: the runtime stops, and everything with it.
        let _ = tokio::task::spawn_blocking(look).await;
    }
}

impl Drop for LiveSpawner {
    fn drop(&mut self) {
        let Some(mut child) = lock(&self.child).take() else {
            return;
        };
        // It ends when its sockets are closed, after its scripts have ended.
        // Without a thread, it is reaped when the server has ended.
        let _ = std::thread::Builder::new().spawn(move || {
            let _ = child.wait();
            lock(&LIVE).retain(|&live| live != Pid::from_child(&child));
        });
    }
}

/// Whether a process has ended, or does so soon, without reaping it.
fn has_died(child: &Child) -> bool {
    let id = Pid::from_child(child);
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    for _ in 0..DEATH.as_millis() / DEATH_LOOK.as_millis() {
        match waitid(WaitId::Pid(id), options) {
            Ok(None) => std::thread::sleep(DEATH_LOOK),
            Ok(Some(_)) | Err(_) => return true,
        }
    }
    false
}

/// Ends what is left of a dead guard's scripts, which this process has taken in, and
/// reaps it.
fn bury(mut dead: Child) {
    let id = Pid::from_child(&dead);
    // What this process starts for other purposes stays in its session.
    let spared = |child: Pid| {
        child == id || lock(&LIVE).contains(&child) || orphans::is_in_own_session(child)
    };
    if !descendants::end_all(spared) {
        tracing::debug!("something is left of the scripts' processes");
    }
    let _ = dead.wait();
    lock(&LIVE).retain(|&live| live != id);
}

/// Connected sockets that don't block.
pub(super) fn pair(kind: SocketType) -> rustix::io::Result<(OwnedFd, OwnedFd)> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    socketpair(AddressFamily::UNIX, kind, flags, None)
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<E: Into<io::Error>> From<E> for LaunchFailure {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}
