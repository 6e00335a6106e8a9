//! The process that starts runners for a server that can't, once it is locked down.

use super::NAME;
use super::bounds::RunnerBounds;
use crate::parcel::{Received, receive};
use crate::stand_in;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::retry_on_intr;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;

/// Runs this process as the one that
/// [`RunnerSpawner::open`](super::RunnerSpawner::open) has started, until its server is
/// gone. The command is followed by the arguments of a runner, and this function takes
/// them from [`std::env::args_os`]: all but the first, which name what calls this.
///
/// # Errors
///
/// It wasn't started so, or the system refuses what it needs.
pub fn run_runner_spawner() -> io::Result<()> {
    let socket = stand_in::begin()?;
    let arguments: Arc<[OsString]> = std::env::args_os().skip(2).collect();
    while let Some(received) = receive(&socket)? {
        // The runner's death signal is for the end of the thread that started it, which
        // is why a thread stays with each. Without one, its life's end is closed.
        let arguments = Arc::clone(&arguments);
        let _ = thread::Builder::new().spawn(move || see_to(&arguments, received));
    }
    Ok(())
}

/// Starts a runner, and stays with it until it is dead.
fn see_to(arguments: &[OsString], received: Received) {
    let [standard_input, standard_error, life] = received.descriptors;
    let bounds = RunnerBounds::from_argument(OsStr::from_bytes(&received.message));
    let Some(bounds) = bounds else {
        return;
    };
    let started = Command::new("/proc/self/exe")
        .arg0(NAME)
        .args(arguments)
        .arg(bounds.to_argument())
        .env_clear()
        .stdin(standard_input)
        .stdout(Stdio::null())
        .stderr(standard_error)
        .spawn();
    // An error: the server learns of it by the life's end.
    if let Ok(mut child) = started {
        let _ = wait(&child, &life);
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// Waits until the runner has ended, or nobody wants it any more.
fn wait(child: &Child, life: &OwnedFd) -> io::Result<()> {
    let pid = Pid::from_child(child);
    let process = pidfd_open(pid, PidfdFlags::empty())?;
    let mut polled = [
        PollFd::new(&process, PollFlags::IN),
        PollFd::new(life, PollFlags::IN),
    ];
    retry_on_intr(|| poll(&mut polled, None))?;
    Ok(())
}
