//! The server's side.

use super::NAME;
use super::bounds::RunnerBounds;
use crate::parcel;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::thread;

/// Has runners started by another process. Dropping it ends that, and all of them.
#[derive(Debug)]
pub struct RunnerSpawner {
    /// None only while it is dropped.
    socket: Option<OwnedFd>,
    process: Option<Child>,
}

/// A process that serves. Dropping it, or its life, kills the process.
#[derive(Debug)]
pub struct Runner {
    /// Its standard input: what it is told to do.
    pub orders: UnixStream,
    /// Its standard error.
    pub said: UnixStream,
    /// Closed by the other end when it is dead. Nothing is ever written to it.
    pub life: UnixStream,
}

impl RunnerSpawner {
    /// Starts a process that starts runners, for one that can't any more later. `command`: a
    /// program that calls [`run_runner_spawner`](super::run_runner_spawner), and its
    /// arguments; `runner`: those of a runner, which is the same program.
    ///
    /// # Errors
    ///
    /// It can't be started.
    pub fn open(command: &[OsString], runner: &[OsString]) -> io::Result<Self> {
        let (program, arguments) = command.split_first().ok_or(io::ErrorKind::NotFound)?;
        let kind = SocketType::SEQPACKET;
        let (socket, theirs) = socketpair(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None)?;
        let process = Command::new(program)
            .arg0(NAME)
            .args(arguments)
            .args(runner)
            .env_clear()
            .stdin(theirs)
            .spawn()?;
        Ok(Self {
            socket: Some(socket),
            process: Some(process),
        })
    }

    /// Has a runner started. That it can't be shows by the end of its life.
    ///
    /// # Errors
    ///
    /// The process that starts them is gone, or there is no descriptor to be had.
    pub fn start(&self, bounds: RunnerBounds) -> io::Result<Runner> {
        let socket = self.socket.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        let (orders, standard_input) = UnixStream::pair()?;
        let (said, standard_error) = UnixStream::pair()?;
        let (life, its_life) = UnixStream::pair()?;
        let theirs = [
            standard_input.as_fd(),
            standard_error.as_fd(),
            its_life.as_fd(),
        ];
        parcel::send(socket, bounds.to_argument().as_bytes(), theirs)?;
        Ok(Runner { orders, said, life })
    }
}

impl Drop for RunnerSpawner {
    fn drop(&mut self) {
        // It ends by that.
        drop(self.socket.take());
        if let Some(mut process) = self.process.take() {
            // Without a thread, it is reaped when this process has ended.
            let _ = thread::Builder::new().spawn(move || process.wait());
        }
    }
}
