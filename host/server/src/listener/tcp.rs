//! Sockets for an address and a port: one a worker, so that the kernel spreads
//! connections and workers share nothing.

use crate::error::Error;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

/// What is to be done about an address that [`lacks_interface`].
const NO_INTERFACE: &str = "a link-local address needs the interface that it is on; give it with that, such as fe80::1%eth0, or another address";

/// Takes an address and port for `count` sockets. Without a host: on all interfaces,
/// IPv6 and IPv4. Port 0 picks a free one, the same for all.
///
/// # Errors
///
/// The host can't be resolved, or none of its addresses listened on.
pub(super) fn bind(host: Option<&str>, port: u16, count: usize) -> Result<Vec<Socket>, Error> {
    let candidates = resolve(host, port)?;
    let mut last = None;
    for &address in &candidates {
        match bind_to(address, count) {
            Ok(sockets) => return Ok(sockets),
            Err(source) => {
                last = Some(Error::Listen {
                    address: address.to_string(),
                    source,
                });
            }
        }
    }
    Err(last.unwrap_or_else(|| Error::Resolve {
        host: host.unwrap_or_default().to_owned(),
        source: io::ErrorKind::NotFound.into(),
    }))
}

/// The addresses to try, in order: without a host IPv6 first, as its socket
/// takes IPv4 too, and IPv4 where there is no IPv6.
fn resolve(host: Option<&str>, port: u16) -> Result<Vec<SocketAddr>, Error> {
    let Some(host) = host else {
        return Ok(unspecified(port));
    };
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host);
    let resolved = (bare, port).to_socket_addrs();
    resolved
        .map(Iterator::collect)
        .map_err(|source| Error::Resolve {
            host: host.to_owned(),
            source,
        })
}

fn unspecified(port: u16) -> Vec<SocketAddr> {
    let v6 = SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port);
    let v4 = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port);
    // Where IPv6 is switched off, the address exists but can't be bound; any
    // other failure is the same for both.
    let no_ipv6 = Socket::new(Domain::IPV6, Type::STREAM, None)
        .and_then(|socket| socket.bind(&SocketAddr::new(v6.ip(), 0).into()))
        .is_err();
    if no_ipv6 { vec![v4] } else { vec![v6] }
}

fn bind_to(address: SocketAddr, count: usize) -> io::Result<Vec<Socket>> {
    if lacks_interface(address) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, NO_INTERFACE));
    }
    // Sockets that share a port share it with any other server of this user's
    // that does: whether the port is free can only be seen without that.
    if address.port() != 0 {
        bind_one(address, Sharing::Exclusive)?;
    }
    let first = bind_one(address, Sharing::Workers)?;
    let address = first.local_addr()?.as_socket().unwrap_or(address);
    let mut sockets = vec![first];
    while sockets.len() < count {
        sockets.push(bind_one(address, Sharing::Workers)?);
    }
    Ok(sockets)
}

/// Whether the address is one that each interface may have, and it isn't said
/// which (RFC 4007 section 6): the kernel only calls that an invalid argument.
fn lacks_interface(address: SocketAddr) -> bool {
    matches!(address, SocketAddr::V6(v6) if v6.ip().is_unicast_link_local() && v6.scope_id() == 0)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sharing {
    Exclusive,
    Workers,
}

fn bind_one(address: SocketAddr, sharing: Sharing) -> io::Result<Socket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(sharing == Sharing::Workers)?;
    if address.is_ipv6() {
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    socket.bind(&address.into())?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_share_a_port_that_nobody_else_can_take() {
        let sockets = bind(Some("127.0.0.1"), 0, 3).unwrap();
        let port = |socket: &Socket| {
            socket.listen(1).unwrap();
            let address = socket.local_addr().unwrap();
            address.as_socket().unwrap().port()
        };
        let ports: Vec<_> = sockets.iter().map(port).collect();
        let port = ports[0];
        assert_eq!(ports, [port; 3]);
        let second = bind(Some("127.0.0.1"), port, 1).unwrap_err();
        assert!(second.to_string().contains("in use"), "{second}");
    }

    #[test]
    fn brackets_around_an_ipv6_address_are_understood() {
        let resolved = resolve(Some("[::1]"), 80).unwrap();
        assert_eq!(resolved, ["[::1]:80".parse().unwrap()]);
    }

    #[test]
    fn a_link_local_address_needs_its_interface() {
        let error = bind(Some("fe80::1"), 0, 1).unwrap_err().to_string();
        assert!(error.contains("fe80::1%eth0"), "{error}");
        let resolved = resolve(Some("fe80::1%1"), 80).unwrap();
        assert!(!lacks_interface(resolved[0]), "{resolved:?}");
    }

    #[test]
    fn a_host_that_is_none_is_named() {
        let error = resolve(Some("no such host"), 80).unwrap_err();
        assert!(error.to_string().contains("no such host"));
    }
}
