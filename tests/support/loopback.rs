//! Ports for programs that can't say which one they got.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU8, Ordering};

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
