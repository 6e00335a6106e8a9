//! Who is at the other end of a stream.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Whom a client without an address is: one of this machine.
const LOCAL: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Who is at the other end of a stream, and how it came here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    /// The client's address.
    pub(super) client: SocketAddr,
    /// The server's address, as the client reached it. None: that of the socket.
    pub(super) server: Option<SocketAddr>,
    /// Whether nobody on the way can read what is sent.
    pub(super) encrypted: bool,
}

impl Peer {
    /// A client of a TCP socket.
    pub(crate) fn at(client: SocketAddr) -> Self {
        Self {
            client: canonical(client),
            server: None,
            encrypted: false,
        }
    }

    /// A client of a Unix socket, which has no address.
    #[allow(dead_code, reason = "nothing listens on Unix sockets yet")]
    pub(crate) fn local() -> Self {
        Self {
            client: LOCAL,
            server: Some(LOCAL),
            encrypted: false,
        }
    }

    /// The same client, by a way on which nobody can read what is sent.
    pub(crate) fn encrypted(mut self) -> Self {
        self.encrypted = true;
        self
    }
}

/// An IPv4 client of a dual-stack socket, as the IPv4 client that it is.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
