//! The server's side of a workshop.

use super::NAME;
use super::limits::WorkLimits;
use super::order::Order;
use super::outcome::{WorkFailure, decode};
use super::overseer::{Files, oversee};
use crate::parcel;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, recv, socketpair};
use rustix::time::Timespec;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

/// How much longer than a worker a foreman may take.
const FOREMANS: Duration = Duration::from_secs(10);

/// The longest answer, in bytes.
const MAX_ANSWER: usize = 4096;

/// Has work done in processes of their own, each within limits: see
/// [`run_workshop`](super::run_workshop).
#[derive(Debug)]
pub struct Workshop(Foreman);

/// Who starts workers.
#[derive(Debug)]
enum Foreman {
    /// This process, by this command.
    Here(Vec<OsString>),
    /// Another, at the other end of a socket.
    There {
        /// None only while it is dropped.
        socket: Option<OwnedFd>,
        process: Option<Child>,
    },
}

impl Workshop {
    /// Workers that this process starts itself, by a program that calls
    /// [`run_workshop`](super::run_workshop), and its arguments. Nothing is started yet.
    ///
    /// # Errors
    ///
    /// There is no program.
    pub fn new(command: Vec<OsString>) -> io::Result<Self> {
        if command.is_empty() {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(Self(Foreman::Here(command)))
    }

    /// Starts a process by the same command, which starts workers when this one can't
    /// any more. It ends when the workshop is dropped, or this process is dead.
    ///
    /// # Errors
    ///
    /// It can't be started.
    pub fn open(command: &[OsString]) -> io::Result<Self> {
        let (program, arguments) = command.split_first().ok_or(io::ErrorKind::NotFound)?;
        let (socket, theirs) = pair()?;
        let process = Command::new(program)
            .arg0(NAME)
            .args(arguments)
            .env_clear()
            .stdin(theirs)
            .spawn()?;
        Ok(Self(Foreman::There {
            socket: Some(socket),
            process: Some(process),
        }))
    }

    /// Has a worker do a job: `job` in at most some hundred bytes. All that it has
    /// written, once it is dead.
    ///
    /// # Errors
    ///
    /// It has exceeded a limit, or failed otherwise, or there is none.
    pub fn work(
        &self,
        job: &str,
        limits: WorkLimits,
        material: &[u8],
    ) -> Result<Vec<u8>, WorkFailure> {
        let job = job.to_owned();
        let order = Order { job, limits };
        let mut given = memory()?;
        given.write_all(material)?;
        given.rewind()?;
        let mut result = memory()?;
        let files = Files {
            material: given.into(),
            result: result.try_clone()?.into(),
        };
        match &self.0 {
            Foreman::Here(command) => oversee(command, &order, files, None)?,
            Foreman::There { socket, .. } => {
                let closed = || io::Error::from(io::ErrorKind::NotConnected);
                let socket = socket.as_ref().ok_or_else(closed)?;
                commission(socket, &order, &files)?;
            }
        }
        let mut bytes = Vec::new();
        result.rewind()?;
        result.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Sends an order, and waits for what comes of it.
fn commission(foreman: &OwnedFd, order: &Order, files: &Files) -> Result<(), WorkFailure> {
    let (answer, theirs) = pair()?;
    let descriptors = [files.material.as_fd(), files.result.as_fd(), theirs.as_fd()];
    match parcel::send(foreman, order.encode().as_bytes(), descriptors) {
        // It is dead: so would be whoever read it.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return decode(&[]),
        sent => sent?,
    }
    drop(theirs);
    let patience = order.limits.by_the_clock().saturating_add(FOREMANS);
    let patience = Timespec::try_from(patience).map_err(|_| io::Error::from(Errno::INVAL))?;
    let mut polled = [PollFd::new(&answer, PollFlags::IN)];
    let come = retry_on_intr(|| poll(&mut polled, Some(&patience))).map_err(io::Error::from)?;
    if come == 0 {
        return Err(io::Error::from(Errno::TIMEDOUT).into());
    }
    let mut bytes = [0; MAX_ANSWER];
    let (length, _) = recv(&answer, &mut bytes[..], RecvFlags::empty()).map_err(io::Error::from)?;
    decode(&bytes[..length])
}

/// A file that is nowhere but in memory.
fn memory() -> io::Result<File> {
    Ok(memfd_create("work", MemfdFlags::CLOEXEC)?.into())
}

fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let kind = SocketType::SEQPACKET;
    let pair = socketpair(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None)?;
    Ok(pair)
}

impl Drop for Foreman {
    fn drop(&mut self) {
        let Self::There { socket, process } = self else {
            return;
        };
        // It ends by that.
        drop(socket.take());
        if let Some(mut process) = process.take() {
            // Without a thread, it is reaped when this process has ended.
            let _ = thread::Builder::new().spawn(move || process.wait());
        }
    }
}
