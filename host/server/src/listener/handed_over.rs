//! Sockets that a service manager has made, and handed over to this process
//! (`sd_listen_fds(3)`): they outlive it, so that no client is refused while it starts
//! anew, and it needn't be root for a port below 1024.

use crate::error::Error;
use listenfd::ListenFd;
use socket2::Socket;
use std::io;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;

/// By which a process knows that they are meant for it, and not for its parent.
const WHOSE: &str = "LISTEN_PID";

/// Whether there are sockets for this process.
#[must_use]
pub fn sockets_are_handed_over() -> bool {
    let own = std::process::id().to_string();
    std::env::var(WHOSE).is_ok_and(|id| id == own) && std::env::var_os("LISTEN_FDS").is_some()
}

/// All sockets that this process was given. They are this process's alone from then on,
/// and the variables that tell of them are gone.
///
/// # Errors
///
/// There are none, or one of them isn't a stream's that listens.
pub(super) fn take() -> Result<Vec<Socket>, Error> {
    if !sockets_are_handed_over() {
        return Err(Error::HandedOver(
            "there are none for this process: LISTEN_FDS and LISTEN_PID, which systemd sets for a service that has a .socket unit, aren't set for it".to_owned(),
        ));
    }
    let mut given = ListenFd::from_env();
    if given.len() == 0 {
        return Err(Error::HandedOver(
            "LISTEN_FDS says that there are none".to_owned(),
        ));
    }
    (0..given.len())
        .map(|index| take_one(&mut given, index))
        .collect()
}

fn take_one(given: &mut ListenFd, index: usize) -> Result<Socket, Error> {
    let number = index + 1;
    let refused = |reason: String| {
        Error::HandedOver(format!(
            "number {number} of them {reason}; give a .socket unit only ListenStream= with Accept=no"
        ))
    };
    let tcp = given
        .take_tcp_listener(index)
        .map(|it| it.map(socket_of_tcp));
    let socket = match tcp {
        Ok(socket) => socket,
        Err(_) => {
            let unix = given.take_unix_listener(index);
            let unix = unix.map_err(|error| refused(format!("is of another kind ({error})")))?;
            unix.map(socket_of_unix)
        }
    };
    let socket = socket.ok_or_else(|| refused("isn't there".to_owned()))?;
    match is_listening(&socket) {
        Ok(true) => Ok(socket),
        Ok(false) => Err(refused("doesn't listen".to_owned())),
        Err(error) => Err(refused(format!("can't be looked at ({error})"))),
    }
}

fn socket_of_tcp(listener: TcpListener) -> Socket {
    listener.into()
}

fn socket_of_unix(listener: UnixListener) -> Socket {
    listener.into()
}

fn is_listening(socket: &Socket) -> io::Result<bool> {
    let address = socket.local_addr()?;
    let known = address.is_ipv4() || address.is_ipv6() || address.is_unix();
    Ok(known && socket.is_listener()?)
}
