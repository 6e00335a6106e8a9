//! Who starts a worker, and sees to its end: the foreman, or this process where there is
//! none.

use super::NAME;
use super::order::Order;
use super::outcome::{WorkFailure, of_end};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, retry_on_intr};
use rustix::time::Timespec;
use std::ffi::OsString;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How much is kept of what a worker says, in bytes: the end is what matters.
const KEPT: usize = 4096;

/// How often a worker is looked at that is about to end: it has closed its standard
/// error.
const LOOK: Duration = Duration::from_millis(2);

/// What a worker works on, and where it puts what comes of it.
pub(super) struct Files {
    pub(super) material: OwnedFd,
    pub(super) result: OwnedFd,
}

/// A worker that runs. It is killed and reaped when this is dropped.
struct Running {
    child: Child,
    stderr: ChildStderr,
    /// What it has said of late.
    said: Vec<u8>,
    deadline: Instant,
}

/// What happened.
enum Event {
    Said,
    /// It has closed its standard error.
    Silent,
    TimeUp,
    /// Nobody waits for the result.
    Unwanted,
}

/// Has a worker do a piece of work, started by a program and its arguments. Returns when
/// it is dead. `customer`: a socket whose other end is closed when nobody waits any more.
///
/// # Errors
///
/// There is no result, or it isn't all of it.
pub(super) fn oversee(
    command: &[OsString],
    order: &Order,
    files: Files,
    customer: Option<&OwnedFd>,
) -> Result<(), WorkFailure> {
    let mut running = Running::start(command, order, files)?;
    loop {
        match running.next_event(customer)? {
            Event::Said => {}
            Event::Silent => {
                let status = running.end()?.ok_or(WorkFailure::TimeUp)?;
                return of_end(status, &running.said);
            }
            Event::TimeUp | Event::Unwanted => return Err(WorkFailure::TimeUp),
        }
    }
}

impl Running {
    fn start(command: &[OsString], order: &Order, files: Files) -> io::Result<Self> {
        let command = order.after(command);
        let (program, arguments) = command.split_first().ok_or(io::ErrorKind::NotFound)?;
        let deadline = Instant::now() + order.limits.by_the_clock();
        let mut child = Command::new(program)
            .arg0(NAME)
            .args(arguments)
            .env_clear()
            .stdin(files.material)
            .stdout(files.result)
            .stderr(Stdio::piped())
            .spawn()?;
        let stderr = child.stderr.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self {
            child,
            stderr,
            said: Vec::new(),
            deadline,
        })
    }

    fn next_event(&mut self, customer: Option<&OwnedFd>) -> io::Result<Event> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(Event::TimeUp);
        }
        let mut polled = vec![PollFd::new(&self.stderr, PollFlags::IN)];
        // It says nothing, so that its end is all that can be.
        polled.extend(customer.map(|socket| PollFd::new(socket, PollFlags::IN)));
        let left = Timespec::try_from(left).map_err(|_| Errno::INVAL)?;
        retry_on_intr(|| poll(&mut polled, Some(&left)))?;
        let happened = |at: usize| polled.get(at).is_some_and(|it| !it.revents().is_empty());
        if happened(1) {
            return Ok(Event::Unwanted);
        }
        if !happened(0) {
            return Ok(Event::TimeUp);
        }
        let mut piece = [0; KEPT];
        let length = self.stderr.read(&mut piece)?;
        self.said.extend_from_slice(&piece[..length]);
        self.said.drain(..self.said.len().saturating_sub(KEPT));
        Ok(if length == 0 {
            Event::Silent
        } else {
            Event::Said
        })
    }

    /// Waits for the end of one that has closed its standard error: as a rule, by that.
    /// None: its time is up before.
    fn end(&mut self) -> io::Result<Option<ExitStatus>> {
        loop {
            let status = self.child.try_wait()?;
            if status.is_some() || Instant::now() >= self.deadline {
                return Ok(status);
            }
            sleep(LOOK);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // An error: it is dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A copy of a standard stream's descriptor.
pub(super) fn copy(stream: impl AsFd) -> io::Result<OwnedFd> {
    stream.as_fd().try_clone_to_owned()
}
