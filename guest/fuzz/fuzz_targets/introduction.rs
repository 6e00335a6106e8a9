//! A header of the PROXY protocol says the same however it comes in pieces, and what
//! another parser makes of it; no byte after it is taken.

#![no_main]

use header::{Client, Header, Introduction, LONGEST, Malformed};
use libfuzzer_sys::fuzz_target;
use ppp::v1::Addresses as Line;
use ppp::v2::{Addresses, Command, Type};
use std::net::{IpAddr, SocketAddr};

#[allow(dead_code, reason = "not all of it is used here")]
#[path = "../../../host/server/src/proxy_protocol/header/mod.rs"]
mod header;

type Read = Result<Option<(Introduction, usize)>, Malformed>;

fuzz_target!(|input: (&[u8], &[u8])| {
    let (sizes, bytes) = input;
    let whole = read(bytes, &[u8::MAX]);
    assert_eq!(
        read(bytes, sizes).is_err(),
        whole.is_err(),
        "in pieces of {sizes:?}"
    );
    let Ok(Some((introduction, length))) = whole else {
        must_be_refused(bytes);
        return;
    };
    assert_eq!(read(bytes, sizes), whole, "in pieces of {sizes:?}");
    let header = &bytes[..length];
    // With what follows, it is the same.
    let longer = [header, b"GET / HTTP/1.1\r\n\r\n"].concat();
    assert_eq!(read(&longer, &[u8::MAX]), whole);
    let other = other_opinion(header);
    assert_eq!(other, Some(introduction), "{header:?}");
});

/// All that is read when bytes come in pieces of these sizes.
fn read(bytes: &[u8], sizes: &[u8]) -> Read {
    let mut header = Header::default();
    let mut rest = bytes;
    let mut sizes = sizes.iter().copied().cycle();
    while !rest.is_empty() {
        let size = usize::from(sizes.next().unwrap_or(1)).max(1);
        let size = if size == 255 { LONGEST } else { size };
        let arrived = &rest[..rest.len().min(size)];
        let wanted = header.wants(arrived)?;
        assert!((1..=arrived.len()).contains(&wanted));
        header.add(&rest[..wanted]);
        rest = &rest[wanted..];
        if let Some(said) = header.finish()? {
            return Ok(Some((said, bytes.len() - rest.len())));
        }
    }
    Ok(None)
}

/// What ppp makes of a whole header.
fn other_opinion(bytes: &[u8]) -> Option<Introduction> {
    let client = |ip: IpAddr, port, server: IpAddr, server_port, encrypted| {
        Introduction::Client(Client {
            address: SocketAddr::new(ip.to_canonical(), port),
            server: SocketAddr::new(server.to_canonical(), server_port),
            encrypted,
        })
    };
    if bytes.starts_with(b"PROXY") {
        // It wants text, which what follows UNKNOWN needn't be.
        if bytes.starts_with(b"PROXY UNKNOWN") {
            return Some(Introduction::Proxy);
        }
        let line = std::str::from_utf8(bytes).ok()?;
        return Some(match ppp::v1::Header::try_from(line).ok()?.addresses {
            Line::Unknown => Introduction::Proxy,
            Line::Tcp4(it) => client(
                it.source_address.into(),
                it.source_port,
                it.destination_address.into(),
                it.destination_port,
                false,
            ),
            Line::Tcp6(it) => client(
                it.source_address.into(),
                it.source_port,
                it.destination_address.into(),
                it.destination_port,
                false,
            ),
        });
    }
    let header = ppp::v2::Header::try_from(bytes).ok()?;
    let mut encrypted = false;
    for tlv in header.tlvs() {
        let tlv = tlv.ok()?;
        if tlv.kind == u8::from(Type::SSL) {
            encrypted = tlv.value.first()? & 1 == 1;
        }
    }
    Some(match (header.command, header.addresses) {
        (Command::Proxy, Addresses::IPv4(it)) => client(
            it.source_address.into(),
            it.source_port,
            it.destination_address.into(),
            it.destination_port,
            encrypted,
        ),
        (Command::Proxy, Addresses::IPv6(it)) => client(
            it.source_address.into(),
            it.source_port,
            it.destination_address.into(),
            it.destination_port,
            encrypted,
        ),
        _ => Introduction::Proxy,
    })
}

/// What isn't taken isn't a client's for the other, either; but it knows no bound, and
/// looks into no TLV.
fn must_be_refused(bytes: &[u8]) {
    let Ok(header) = ppp::v2::Header::try_from(bytes) else {
        return;
    };
    let is_whole = header.tlvs().all(|tlv| tlv.is_ok());
    let short = header.len() <= LONGEST;
    let plain = header.tlvs().count() == 0 && header.command == Command::Proxy;
    let known = matches!(
        (header.protocol, &header.addresses),
        (
            ppp::v2::Protocol::Stream,
            Addresses::IPv4(_) | Addresses::IPv6(_)
        )
    );
    assert!(!(is_whole && short && plain && known), "{bytes:?}");
}
