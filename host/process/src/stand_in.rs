//! What the processes have in common that start others for a server which can't any more:
//! they wait for its orders, and outlive it by no more than a moment.

use crate::launch::FIRST_DESCRIPTOR;
use crate::signals::outlive_signals;
use rustix::net::SocketType;
use rustix::net::sockopt::socket_type;
use rustix::process::{DumpableBehavior, chdir, set_dumpable_behavior, setsid};
use std::io;
use std::os::fd::{AsFd, OwnedFd};

/// Has this process be one: the socket by which it gets orders, which was its standard
/// input. It inherits nothing else to those that it starts.
///
/// # Errors
///
/// It wasn't started to be one, or the system refuses what it needs.
pub(crate) fn begin() -> io::Result<OwnedFd> {
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
    if socket_type(&socket) != Ok(SocketType::SEQPACKET) {
        return Err(io::Error::other(
            "this is for `wasm-host` to start by itself",
        ));
    }
    close_fds::set_fds_cloexec_threadsafe(FIRST_DESCRIPTOR, &[]);
    // No directory is kept busy.
    chdir("/")?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    outlive_signals()?;
    // Ctrl-C is for the server, whose end is this one's. (An error: it leads a group.)
    let _ = setsid();
    Ok(socket)
}
