//! Who is at the other end of a stream.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The address of whoever has none: one that nobody has, and that nobody takes for this
/// machine's own, whose users handlers may believe more than others.
const NONE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

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

    /// The client's address.
    pub(crate) fn client(&self) -> SocketAddr {
        self.client
    }

    /// A client of a Unix socket, which has no address.
    pub(crate) fn local() -> Self {
        Self {
            client: NONE,
            server: Some(NONE),
            encrypted: false,
        }
    }

    /// A client of a proxy's, which says what it knows of it.
    pub(crate) fn introduced(client: SocketAddr, server: SocketAddr, encrypted: bool) -> Self {
        Self {
            client: canonical(client),
            server: Some(canonical(server)),
            encrypted,
        }
    }

    /// The server's address, as the client reached it, if it is known here.
    pub(crate) fn server(&self) -> Option<SocketAddr> {
        self.server
    }

    /// Whether nobody on the way can read what is sent.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.encrypted
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
