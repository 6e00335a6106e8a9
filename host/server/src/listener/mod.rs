//! Where connections come from: addresses and ports, Unix sockets, and sockets that a
//! service manager has made.
//!
//! 1. [`bind`] takes each of these, as root if need be. At an address and port nobody is
//!    let in yet; who connects to a Unix socket waits.
//! 2. [`BoundSockets::listen`] lets clients in, once the component is loaded.
//!
//! Each worker has a socket of its own for an address and port ([`tcp`]). Of a Unix
//! socket, or one that was handed over, there is only one, which all workers listen on.

mod accepting;
mod backlog;
mod brought;
mod handed_over;
mod tcp;
mod unix;

pub(crate) use accepting::Accepting;
use brought::Brought;
pub use brought::ConnectionSource;
pub use handed_over::sockets_are_handed_over;
pub use unix::{UnixSocket, UnixSocketError, UnixSocketFile, run_socket_keeper};

use crate::error::Error;
use backlog::BACKLOG;
use socket2::Socket;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
pub(crate) use unix::SocketFile;

/// Where a server takes connections.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListenOn {
    /// An address of this machine's, or a host name, with the server's
    /// [`port`](crate::HttpServerBuilder::port). None: all interfaces, IPv6 and IPv4.
    Tcp(Option<String>),
    /// A Unix socket.
    Unix(UnixSocket),
    /// The sockets that a service manager has handed over to this process, TCP or Unix
    /// (`sd_listen_fds(3)`). They are taken once: a second server gets none.
    HandedOver,
    /// Connections that another process has made, and hands over.
    Brought(ConnectionSource),
}

/// An address that a server listens on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListenAddress {
    /// An address and port.
    Tcp(SocketAddr),
    /// A Unix socket's path.
    Unix(PathBuf),
    /// Where another process brings connections.
    Brought,
}

impl ListenAddress {
    /// The address and port, if it is one.
    #[must_use]
    pub fn tcp(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(*address),
            Self::Unix(_) | Self::Brought => None,
        }
    }
}

/// As `--bind` takes it.
impl fmt::Display for ListenAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(formatter),
            Self::Unix(path) => write!(formatter, "unix:{}", path.display()),
            Self::Brought => formatter.write_str("connections that are brought"),
        }
    }
}

/// A socket that clients come to.
#[derive(Debug)]
pub(crate) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
    Brought(Brought),
}

/// Sockets that clients can be let in at.
#[derive(Debug)]
pub(crate) struct BoundSockets {
    places: Vec<Bound>,
    files: Vec<SocketFile>,
    /// For each worker.
    brought: Vec<Brought>,
}

/// The sockets of one address, one for each worker.
#[derive(Debug)]
struct Bound {
    address: ListenAddress,
    sockets: Vec<Socket>,
}

/// All sockets of a server.
#[derive(Debug)]
pub(crate) struct Listening {
    pub(crate) addresses: Vec<ListenAddress>,
    /// For each worker, one for each address.
    pub(crate) workers: Vec<Vec<Listener>>,
    /// Removed when these are dropped.
    pub(crate) files: Vec<SocketFile>,
}

/// Takes all these places for so many workers, or all interfaces if there are none.
///
/// # Errors
///
/// One of them can't be had.
pub(crate) fn bind(
    places: &[ListenOn],
    port: u16,
    workers: usize,
    keeper: &[OsString],
) -> Result<BoundSockets, Error> {
    let everywhere = [ListenOn::Tcp(None)];
    let places = if places.is_empty() {
        &everywhere
    } else {
        places
    };
    let mut bound = BoundSockets {
        places: Vec::new(),
        files: Vec::new(),
        brought: Vec::new(),
    };
    for place in places {
        match place {
            ListenOn::Tcp(host) => bound.add(tcp::bind(host.as_deref(), port, workers)?)?,
            ListenOn::Unix(socket) => {
                let (listening, file) = socket.bind(keeper)?;
                bound.files.push(file);
                bound.add(shared(listening, workers)?)?;
            }
            ListenOn::Brought(source) => bound.bring(source, workers)?,
            ListenOn::HandedOver => {
                for socket in handed_over::take()? {
                    bound.add(shared(socket, workers)?)?;
                }
            }
        }
    }
    Ok(bound)
}

impl BoundSockets {
    /// The addresses that are listened on.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &ListenAddress> {
        self.places.iter().map(|place| &place.address)
    }

    fn bring(&mut self, source: &ConnectionSource, workers: usize) -> Result<(), Error> {
        for _ in 0..workers {
            self.brought.push(source.open().map_err(Error::Thread)?);
        }
        Ok(())
    }

    fn add(&mut self, sockets: Vec<Socket>) -> Result<(), Error> {
        let address = sockets[0].local_addr().map_err(Error::Thread)?;
        let address = match address.as_socket() {
            Some(address) => ListenAddress::Tcp(address),
            None => ListenAddress::Unix(match address.as_abstract_namespace() {
                Some(name) => format!("@{}", String::from_utf8_lossy(name)).into(),
                None => address.as_pathname().map(Into::into).unwrap_or_default(),
            }),
        };
        self.places.push(Bound { address, sockets });
        Ok(())
    }

    /// Lets clients in.
    ///
    /// # Errors
    ///
    /// The system doesn't let it.
    pub(crate) fn listen(self) -> Result<Listening, Error> {
        let count = self
            .places
            .first()
            .map_or(self.brought.len(), |place| place.sockets.len());
        let mut workers: Vec<Vec<Listener>> = Vec::new();
        workers.resize_with(count, Vec::new);
        let mut addresses = Vec::new();
        for Bound { address, sockets } in self.places {
            for (worker, socket) in workers.iter_mut().zip(sockets) {
                let listener = start(socket, &address);
                worker.push(listener.map_err(|source| Error::Listen {
                    address: address.to_string(),
                    source,
                })?);
            }
            addresses.push(address);
        }
        if !self.brought.is_empty() {
            addresses.push(ListenAddress::Brought);
        }
        for (worker, brought) in workers.iter_mut().zip(self.brought) {
            worker.push(Listener::Brought(brought));
        }
        Ok(Listening {
            addresses,
            workers,
            files: self.files,
        })
    }
}

/// The same socket for each worker.
fn shared(socket: Socket, workers: usize) -> Result<Vec<Socket>, Error> {
    let mut sockets = Vec::with_capacity(workers);
    while sockets.len() + 1 < workers {
        sockets.push(socket.try_clone().map_err(Error::Thread)?);
    }
    sockets.push(socket);
    Ok(sockets)
}

fn start(socket: Socket, address: &ListenAddress) -> io::Result<Listener> {
    socket.set_nonblocking(true)?;
    match address {
        ListenAddress::Tcp(_) => {
            // Inherited by the connections that are accepted.
            socket.set_tcp_nodelay(true)?;
            // One that was handed over listens, with a backlog of its own.
            if !socket.is_listener()? {
                socket.listen(BACKLOG)?;
            }
            Ok(Listener::Tcp(socket.into()))
        }
        // It listens since it is there.
        ListenAddress::Unix(_) | ListenAddress::Brought => Ok(Listener::Unix(socket.into())),
    }
}
