//! How a process begins that a server starts to do something for it.

use rustix::net::SocketType;
use rustix::net::sockopt::socket_type;
use rustix::process::{chdir, setsid};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

/// Gives the socket by which the server tells it what to do: its standard input.
///
/// # Errors
///
/// It wasn't started by a server, which `refusal` says.
pub(super) fn begin(refusal: &'static str) -> io::Result<UnixStream> {
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
    if socket_type(&socket) != Ok(SocketType::STREAM) {
        return Err(io::Error::other(refusal));
    }
    // Ctrl-C is for the server. This fails for a leader of a group, which Ctrl-C doesn't
    // reach either.
    let _ = setsid();
    // No directory is kept busy.
    chdir("/")?;
    Ok(UnixStream::from(socket))
}
