//! The server's side: the spawner that runs, and another when that has died.

use super::super::launch::Streams;
use super::super::order::Order;
use super::super::orphans;
use super::super::user::ScriptUser;
use super::script::Script;
use super::wire::{Report, frame, send_script};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use std::ffi::OsString;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream as StdStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::time::timeout;

/// How long the spawner has to start a script: far longer than it takes. One
/// that doesn't has been stopped.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long one that closed a socket is given to be dead, and how often it is
/// looked.
const DEATH: Duration = Duration::from_secs(1);
const LOOK: Duration = Duration::from_millis(5);

/// What `ps` shows.
const NAME: &str = "wasm-host";

/// Starts scripts, by a process that is started again when it has died.
#[derive(Debug)]
pub(in super::super) struct Spawner {
    command: Vec<OsString>,
    user: Option<ScriptUser>,
    running: Mutex<Option<Arc<Running>>>,
}

/// A spawner that runs. Dropping it has it end.
#[derive(Debug)]
pub(super) struct Running {
    socket: OwnedFd,
    /// None once it has been reaped.
    child: Mutex<Option<Child>>,
}

/// Why a script wasn't started.
enum Failure {
    /// The spawner was dead before it was asked.
    Dead,
    /// Anything else.
    Error(io::Error),
}

impl Spawner {
    /// Starts the process: a program and its arguments.
    ///
    /// # Errors
    ///
    /// It can't be started, or not as that user.
    pub(in super::super) fn start(
        command: Vec<OsString>,
        user: Option<ScriptUser>,
    ) -> io::Result<Self> {
        let spawner = Self {
            command,
            user,
            running: Mutex::default(),
        };
        spawner.running()?;
        Ok(spawner)
    }

    /// Starts a script. Must be called on a runtime.
    ///
    /// # Errors
    ///
    /// The system's, if it has one.
    pub(in super::super) async fn launch(
        &self,
        order: &Order,
        streams: &Streams,
    ) -> io::Result<Script> {
        let frame = frame(&order.encode())?;
        let mut running = self.running()?;
        let mut launched = running.launch(&frame, streams).await;
        if let Err(Failure::Dead) = launched {
            self.replace(&running).await;
            running = self.running()?;
            launched = running.launch(&frame, streams).await;
        }
        match launched {
            Ok(control) => Ok(Script::new(control, running)),
            Err(Failure::Error(error)) => Err(error),
            Err(Failure::Dead) => Err(io::Error::other("the process that starts scripts has died")),
        }
    }

    /// The one that runs, or a new one.
    fn running(&self) -> io::Result<Arc<Running>> {
        let mut running = lock(&self.running);
        if let Some(running) = &*running {
            return Ok(Arc::clone(running));
        }
        let new = Arc::new(Running::start(&self.command, self.user)?);
        *running = Some(Arc::clone(&new));
        Ok(new)
    }

    /// Gives a dead one up. The next script gets another.
    async fn replace(&self, dead: &Arc<Running>) {
        dead.bury_if_dead().await;
        let mut running = lock(&self.running);
        if running.as_ref().is_some_and(|it| Arc::ptr_eq(it, dead)) {
            tracing::warn!("the process that starts CGI scripts was killed; starting another");
            *running = None;
        }
    }
}

impl Running {
    fn start(command: &[OsString], user: Option<ScriptUser>) -> io::Result<Self> {
        let Some((program, arguments)) = command.split_first() else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let (socket, theirs) = socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
            None,
        )?;
        let mut command = Command::new(program);
        command
            .arg0(NAME)
            .args(arguments)
            .env_clear()
            .stdin(theirs)
            .stdout(Stdio::null());
        if let Some(user) = user {
            user.put_on(&mut command);
        }
        let child = Mutex::new(Some(command.spawn()?));
        Ok(Self { socket, child })
    }

    /// Has a script started. Its control socket, once it runs.
    async fn launch(
        self: &Arc<Self>,
        frame: &[u8],
        streams: &Streams,
    ) -> Result<UnixStream, Failure> {
        match timeout(PATIENCE, self.exchange(frame, streams)).await {
            Ok(launched) => launched,
            Err(_) => {
                self.kill();
                let message = "the process that starts scripts didn't answer, and was killed";
                Err(Failure::Error(io::Error::other(message)))
            }
        }
    }

    async fn exchange(
        self: &Arc<Self>,
        frame: &[u8],
        streams: &Streams,
    ) -> Result<UnixStream, Failure> {
        let (mut control, theirs) = StdStream::pair()?;
        control.set_nonblocking(true)?;
        // All of it, mostly: it is there when the spawner looks.
        let written = match control.write(frame) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            written => written?,
        };
        self.send(&theirs.into(), streams).await?;
        let mut control = UnixStream::from_std(control)?;
        let report = async {
            control.write_all(&frame[written..]).await?;
            Report::read(&mut control).await
        };
        match report.await {
            Ok(Report::Started) => Ok(control),
            Ok(Report::Refused(0)) => Err(io::Error::from(io::ErrorKind::InvalidInput).into()),
            Ok(Report::Refused(number)) => Err(io::Error::from_raw_os_error(number).into()),
            // It may have started the script: that isn't done again.
            Ok(Report::Ended(_)) | Err(_) => {
                self.bury_if_dead().await;
                let message = "the process that starts scripts was killed";
                Err(io::Error::other(message).into())
            }
        }
    }

    async fn send(&self, control: &OwnedFd, streams: &Streams) -> Result<(), Failure> {
        loop {
            match send_script(self.socket.as_fd(), control.as_fd(), streams) {
                Ok(()) => return Ok(()),
                Err(Errno::AGAIN) => self.writable().await?,
                Err(Errno::PIPE | Errno::CONNRESET | Errno::NOTCONN) => return Err(Failure::Dead),
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

    fn kill(&self) {
        if let Some(child) = &mut *lock(&self.child) {
            // It has been reaped by nobody else, so the number is its own.
            let _ = child.kill();
        }
    }

    /// Reaps it if it is dead, or about to be, and ends what is left of its
    /// scripts.
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

impl Drop for Running {
    fn drop(&mut self) {
        let Some(mut child) = lock(&self.child).take() else {
            return;
        };
        // It ends when its socket is closed, after its scripts have ended.
        // Without a thread, it is reaped when the server has ended.
        let _ = std::thread::Builder::new().spawn(move || child.wait());
    }
}

/// Whether a process has ended, or does so soon, without reaping it.
fn has_died(child: &Child) -> bool {
    let id = Pid::from_child(child);
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    for _ in 0..DEATH.as_millis() / LOOK.as_millis() {
        match waitid(WaitId::Pid(id), options) {
            Ok(None) => std::thread::sleep(LOOK),
            Ok(Some(_)) | Err(_) => return true,
        }
    }
    false
}

/// Ends what is left of a dead spawner's scripts, which this process has taken
/// in, and reaps it.
fn bury(mut dead: Child) {
    orphans::end_session(Pid::from_child(&dead));
    let _ = dead.wait();
    orphans::reap_strays();
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Error(error)
    }
}
