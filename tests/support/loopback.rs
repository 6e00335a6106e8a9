//! Ports for programs that can't say which one they got.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU8, AtomicU16, Ordering};

/// How many addresses were given away.
static GIVEN: AtomicU8 = AtomicU8::new(1);

/// A free port of an address that no other test uses: so nobody takes it before whoever
/// is told to listen there.
pub(crate) fn own_address() -> SocketAddr {
    let [_, _, high, low] = std::process::id().to_be_bytes();
    let given = GIVEN.fetch_add(1, Ordering::Relaxed);
    let address = Ipv4Addr::new(127, 1 + high % 200, low, given.max(1));
    let listener = TcpListener::bind((address, 0)).expect("all of 127/8 is here");
    listener.local_addr().expect("it has one")
}

/// The lowest that [`own_port`] gives.
const LOWEST: u16 = 10_000;

/// A port of 127.0.0.1, which is `localhost`, for who has to be at that. It is free, and
/// none of those that the system gives to whoever wants any: so no other test gets it,
/// also while nobody listens there.
pub(crate) fn own_port() -> u16 {
    static TRIED: AtomicU16 = AtomicU16::new(0);
    let any = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range");
    let any = any.unwrap_or_default();
    let first = any.split_whitespace().next();
    let first = first.and_then(|first| first.parse().ok());
    let room = first.unwrap_or(u16::MAX).saturating_sub(LOWEST).max(1);
    // Other processes begin elsewhere.
    let begin = std::process::id().wrapping_mul(64) % u32::from(room);
    let begin = u16::try_from(begin).expect("less than the room");
    loop {
        let tried = TRIED.fetch_add(1, Ordering::Relaxed) % room;
        let beyond = (u32::from(begin) + u32::from(tried)) % u32::from(room);
        let port = LOWEST + u16::try_from(beyond).expect("less than the room");
        let here = (Ipv4Addr::LOCALHOST, port);
        if TcpListener::bind(here).is_ok() && UdpSocket::bind(here).is_ok() {
            return port;
        }
    }
}
