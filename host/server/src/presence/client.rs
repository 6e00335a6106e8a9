//! Who a client is, where several connections are one's: by its address, if it has one.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// How much of an IPv6 address says whose it is: a /64 is what one host, or one
/// household, is given.
const IPV6_PREFIX: u32 = 64;

/// How many connections of clients without an address there were.
static STRANGERS: AtomicU64 = AtomicU64::new(0);

/// Whose a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ClientId {
    /// An address, or for IPv6 the network that has one owner.
    Address(IpAddr),
    /// Nobody knows: that of somebody who came by a Unix socket, or a proxy's that hasn't
    /// said yet whose it is. As many may come that way, each connection counts as a
    /// client of its own, so that none has to share with all others of them.
    Stranger(u64),
}

impl ClientId {
    /// Whoever a connection is of that has no address.
    pub(crate) fn stranger() -> Self {
        Self::Stranger(STRANGERS.fetch_add(1, Ordering::Relaxed))
    }
}

impl From<IpAddr> for ClientId {
    fn from(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                let network = u128::MAX << (u128::BITS - IPV6_PREFIX);
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & network))
            }
        })
    }
}

/// What a client has of the server at this moment.
#[derive(Debug)]
pub(crate) struct Client {
    id: ClientId,
    connections: AtomicU32,
    instances: AtomicU32,
}

impl Client {
    pub(crate) fn new(id: ClientId) -> Self {
        Self {
            id,
            connections: AtomicU32::new(0),
            instances: AtomicU32::new(0),
        }
    }

    pub(crate) fn id(&self) -> ClientId {
        self.id
    }

    /// How many connections it has.
    pub(crate) fn connections(&self) -> u32 {
        self.connections.load(Ordering::Relaxed)
    }

    /// How many instances work for it.
    pub(crate) fn instances(&self) -> u32 {
        self.instances.load(Ordering::Relaxed)
    }

    /// It has another connection.
    pub(crate) fn connect(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// One of its connections has gone. Returns whether that was the last.
    pub(crate) fn disconnect(&self) -> bool {
        self.connections.fetch_sub(1, Ordering::Relaxed) == 1
    }

    /// Another instance works for it.
    pub(crate) fn take_instance(&self) {
        self.instances.fetch_add(1, Ordering::Relaxed);
    }

    /// An instance works for it no more.
    pub(crate) fn give_instance_back(&self) {
        self.instances.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(address: &str) -> ClientId {
        address.parse::<IpAddr>().unwrap().into()
    }

    #[test]
    fn who_has_a_network_of_ipv6_is_one_client() {
        assert_eq!(id("2001:db8::1"), id("2001:db8::ffff:2"));
        assert_ne!(id("2001:db8::1"), id("2001:db8:0:1::1"));
        assert_eq!(id("::ffff:192.0.2.1"), id("192.0.2.1"));
        assert_ne!(id("192.0.2.1"), id("192.0.2.2"));
        assert_ne!(ClientId::stranger(), ClientId::stranger());
    }
}
