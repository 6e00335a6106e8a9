//! What is taken for a header, and what is cut off.

use super::{REQUEST, V4, believing, client, serving, version_2};
use crate::support::server::Server;
use crate::support::tree::Tree;

/// What the log says of each connection that is cut off.
const REFUSED: &str = "connection refused: ";

#[test]
fn what_comes_with_a_header_and_after_it_is_the_clients() {
    let tree = Tree::simple();
    let server = serving(&tree);
    let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7];
    let mapped = [&mapped[..], &mapped, &[0, 1, 0, 2]].concat();
    let tlvs = [
        V4,
        &[0x02, 0, 9],
        b"localhost",
        &[0x04, 0x0b, 0],
        &[0; 0xb00],
    ]
    .concat();
    for (header, address) in [
        (client(7).into_bytes(), "192.0.2.7"),
        (
            b"PROXY TCP6 2001:db8::7 ::1 1 2\r\n".to_vec(),
            "2001:db8::7",
        ),
        (b"PROXY UNKNOWN\r\n".to_vec(), "127.0.0.1"),
        (b"PROXY UNKNOWN as it may be\r\n".to_vec(), "127.0.0.1"),
        (version_2(0x21, 0x11, V4), "192.0.2.7"),
        (version_2(0x21, 0x11, &tlvs), "192.0.2.7"),
        (version_2(0x21, 0x21, &mapped), "192.0.2.7"),
        (version_2(0x20, 0x11, V4), "127.0.0.1"),
        (version_2(0x20, 0, &[]), "127.0.0.1"),
        (version_2(0x21, 0, &[]), "127.0.0.1"),
        (version_2(0x21, 0x31, &[0x2f; 216]), "127.0.0.1"),
    ] {
        let requests = REQUEST.repeat(2);
        let all = [header.as_slice(), requests.as_bytes()].concat();
        // All at once, and in pieces of a byte.
        let mut at_once = server.connect();
        at_once.send(&all);
        let mut in_pieces = server.connect();
        for byte in &all {
            in_pieces.send([*byte]);
        }
        for client in [&mut at_once, &mut in_pieces] {
            for _ in 0..2 {
                assert_eq!(client.response().text(), "hello, world\n");
            }
            assert!(client.buffered().is_empty());
        }
        let begins = format!("{address} - - [");
        server.wait_for_log(|line| line.starts_with(&begins));
    }
}

#[test]
fn what_is_no_header_is_cut_off_without_a_word() {
    let tree = Tree::simple();
    let server = serving(&tree);
    let mut neighbour = server.connect();
    neighbour.send(client(1));
    let long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(200));
    let lying_tlv = [V4, &[0x04, 0xff, 0xff, 0]].concat();
    let short_tls = [V4, &[0x20, 0, 1, 1]].concat();
    for (bytes, why) in [
        (REQUEST.as_bytes().to_vec(), "no PROXY header"),
        (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
            "no PROXY header",
        ),
        (
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
            "no PROXY header",
        ),
        (b"\0".to_vec(), "no PROXY header"),
        (b"\r\nPROXY UNKNOWN\r\n".to_vec(), "no PROXY header"),
        (b"proxy UNKNOWN\r\n".to_vec(), "no PROXY header"),
        (long.into_bytes(), "longer than 107"),
        (
            b"PROXY TCP4 192.0.2.7 198.51.100.1 1\r\n".to_vec(),
            "malformed",
        ),
        (
            b"PROXY TCP4 192.0.2.7 198.51.100.1 1 99999\r\n".to_vec(),
            "malformed",
        ),
        (
            b"PROXY TCP4 192.0.2.7 198.51.100.1 +1 2\r\n".to_vec(),
            "malformed",
        ),
        (b"PROXY TCP4 2001:db8::7 ::1 1 2\r\n".to_vec(), "malformed"),
        (
            b"PROXY TCP4 192.0.2.7 198.51.100.1 1 2\n".to_vec(),
            "malformed",
        ),
        (b"PROXY UNKNOWNS\r\n".to_vec(), "malformed"),
        (version_2(0x11, 0x11, V4), "malformed"),
        (version_2(0x2f, 0x11, V4), "malformed"),
        (version_2(0x21, 0xf1, V4), "malformed"),
        (version_2(0x21, 0x11, &V4[..11]), "malformed"),
        (version_2(0x21, 0x21, V4), "malformed"),
        (version_2(0x21, 0x31, V4), "malformed"),
        (version_2(0x21, 0x11, &lying_tlv), "malformed"),
        (version_2(0x21, 0x11, &short_tls), "malformed"),
        (version_2(0x21, 0x11, &[0; 65535]), "more than 4096"),
    ] {
        let before = server.log_lines().len();
        let mut client = server.connect();
        // It may be cut off before all has been sent.
        let _ = client.try_send([bytes.as_slice(), REQUEST.as_bytes()].concat());
        assert_eq!(client.rest(), b"", "{bytes:?}");
        let said = |line: &str| line.contains(REFUSED) && line.contains(why);
        crate::support::eventually(&format!("the log says {why} of {bytes:?}"), || {
            server.log_lines()[before..].iter().any(|line| said(line))
        });
        neighbour.send(REQUEST);
        assert_eq!(neighbour.response().text(), "hello, world\n");
    }
}

#[test]
fn a_header_that_ends_early_is_none() {
    let tree = Tree::simple();
    let server = serving(&tree);
    for header in [client(7).into_bytes(), version_2(0x21, 0x11, V4)] {
        for length in 0..header.len() {
            let mut client = server.connect();
            client.send(&header[..length]);
            client.finish_sending();
            client.expect_closed();
        }
    }
    server.wait_for_log(|line| line.contains("closed before its PROXY header was whole"));
}

/// It has as long as a request's head, and no longer; the head has as long again.
#[test]
fn a_header_that_does_not_come_is_not_waited_for_for_ever() {
    let tree = Tree::simple();
    let server = Server::builder().directory(&tree);
    let server = believing(server).args(["--header-timeout=0.5"]).start();
    for begun in ["", "P", "PROXY TCP4 192.0.2.7 ", "\r\n\r\n\0\r\nQUIT\n"] {
        let mut client = server.connect();
        client.send(begun);
        client.expect_closed();
    }
    server.wait_for_log(|line| line.contains("took too long"));
}

/// Who has sent none yet holds up neither the stop nor a swap.
#[test]
fn a_header_is_not_waited_for_at_the_end() {
    let tree = Tree::simple();
    let mut server = serving(&tree);
    let mut silent = server.connect();
    let mut half = server.connect();
    half.send("PROXY ");
    let mut introduced = server.connect();
    introduced.send(client(7));
    introduced.send(REQUEST);
    assert_eq!(introduced.response().status, 200);
    assert!(server.terminate().success());
    for client in [&mut silent, &mut half, &mut introduced] {
        client.expect_closed();
    }
}
