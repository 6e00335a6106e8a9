//! A table of garbage. After each entry the server answers others as before.

use crate::support::server::Server;
use crate::support::tree::Tree;

/// Stands for a connection that is closed without an answer.
const CLOSED: u16 = 0;

/// What is sent, before the client's half-close, and the statuses that are right.
const GARBAGE: &[(&[u8], &[u16])] = &[
    // No request at all.
    (b"", &[CLOSED]),
    (b"\r\n", &[CLOSED, 400]),
    (b"\n\n\n\n", &[CLOSED, 400]),
    (b"\r\n\r\n\r\n\r\n", &[CLOSED, 400]),
    (b"\0", &[CLOSED, 400]),
    (b"\0\0\0\0\r\n\r\n", &[400]),
    (b"\xff\xff\xff\xff\r\n\r\n", &[400]),
    (b" \r\n\r\n", &[CLOSED, 400]),
    (b"hello\r\n\r\n", &[400]),
    (b":\r\n\r\n", &[400]),
    (b"HTTP/1.1 200 OK\r\n\r\n", &[400]),
    (b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", &[CLOSED, 400]), // TLS
    (b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n", &[400]),
    (b"SSH-2.0-OpenSSH_9.7\r\n", &[CLOSED, 400]),
    (b"\x05\x01\0", &[CLOSED, 400]), // SOCKS
    (
        b"PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
        &[400],
    ),
    (b"(){ :;}; echo\r\n\r\n", &[400, 501]),
    // Half a request.
    (b"G", &[CLOSED, 400]),
    (b"GET", &[CLOSED, 400]),
    (b"GET /", &[CLOSED, 400]),
    (b"GET / HTTP/1.1", &[CLOSED, 400]),
    (b"GET / HTTP/1.1\r", &[CLOSED, 400]),
    (b"GET / HTTP/1.1\r\n", &[CLOSED, 400]),
    (b"GET / HTTP/1.1\r\nHost: h", &[CLOSED, 400]),
    (b"GET / HTTP/1.1\r\nHost: h\r\n", &[CLOSED, 400]),
    (b"GET / HTTP/1.1\r\nHost: h\r\n\r", &[CLOSED, 400]),
    // Request lines.
    (b"GET\r\n\r\n", &[400]),
    (b"POST /\r\n\r\n", &[400]),
    (b"GET  HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (b"GET / x HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (b"GET / HTTP/1.1 x\r\nHost: h\r\n\r\n", &[400]),
    (b"GET / HTTP/1.1\0\r\nHost: h\r\n\r\n", &[400]),
    (b"GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (b"GET /\x7f HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (b"GET /\x1b[2J HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (b"GET /\r/ HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (b"GET /\x0b HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (
        b"GET hello.txt HTTP/1.1\r\nHost: h\r\n\r\n",
        &[200, 400, 404],
    ),
    (
        b"GET ../hello.txt HTTP/1.1\r\nHost: h\r\n\r\n",
        &[200, 400, 404],
    ),
    (b"GET ?x HTTP/1.1\r\nHost: h\r\n\r\n", &[200, 400]),
    (b"GET http:// HTTP/1.1\r\nHost: h\r\n\r\n", &[400, 404]),
    (b"\x00GET / HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (b"G\xc3\x89T / HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (b"G(T / HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (b"<b>GET / HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (b"G\"T / HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    // Fields.
    (b"GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n", &[400]),
    (b"GET / HTTP/1.1\r\nHost: h\r\n: no name\r\n\r\n", &[400]),
    (b"GET / HTTP/1.1\r\nHost: h\r\nX : y\r\n\r\n", &[400]),
    (b"GET / HTTP/1.1\r\nHost: h\r\nX\t: y\r\n\r\n", &[400]),
    (b"GET / HTTP/1.1\r\nHost: h\r\nX Y: z\r\n\r\n", &[400]),
    (b"GET / HTTP/1.1\r\nHost: h\r\nX(Y): z\r\n\r\n", &[400]),
    (b"GET / HTTP/1.1\r\nHost: h\r\nX\0: y\r\n\r\n", &[400]),
    (b"GET / HTTP/1.1\r\nHost: h\r\nX\xe9: y\r\n\r\n", &[400]),
    (b"GET / HTTP/1.1\r\nHost: h\r\nX: y\0z\r\n\r\n", &[400]),
    (b"GET / HTTP/1.1\r\nHost: h\r\nX: y\x01z\r\n\r\n", &[400]),
    (b"GET / HTTP/1.1\r\nHost: h\r\nX: y\rz\r\n\r\n", &[400]),
    (b"GET / HTTP/1.1\r\nHost: h\r\nX: y\r\r\n\r\n", &[400]),
    (
        b"GET / HTTP/1.1\r\nHost: h\r\nX: y\r\n folded\r\n\r\n",
        &[400],
    ),
    (
        b"GET / HTTP/1.1\r\nHost: h\r\nX: y\r\n\tfolded\r\n\r\n",
        &[400],
    ),
    (b"GET / HTTP/1.1\r\n Host: h\r\n\r\n", &[400]),
    (b"GET / HTTP/1.1\r\n\r\nHost: h\r\n\r\n", &[400]),
    (b"GET / HTTP/1.1\rHost: h\r\r", &[CLOSED, 400]),
];

#[test]
fn garbage_gets_its_4xx_and_others_are_served() {
    let tree = Tree::simple();
    let mut server = Server::serving(&tree);
    let mut bystander = server.connect();
    for (bytes, allowed) in GARBAGE {
        let shown = bytes.escape_ascii();
        let mut client = server.connect();
        client.send(bytes);
        client.finish_sending();
        let status = match client.try_response(false) {
            Ok(response) => response.status,
            Err(_) => CLOSED,
        };
        assert!(allowed.contains(&status), "{shown}: {status}");
        client.expect_closed();
        assert_eq!(
            bystander.get("/hello.txt").text(),
            "hello, world\n",
            "after {shown}"
        );
    }
    assert!(server.is_running());
    for line in server.log_lines() {
        assert!(
            !line.contains("panicked") && !line.contains("wasm trap"),
            "{line}"
        );
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}

/// Garbage of every kind, each byte on its own: the server doesn't depend on
/// where packets end.
#[test]
fn garbage_may_come_in_pieces() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    for (bytes, allowed) in GARBAGE {
        let mut client = server.connect();
        let _ = bytes.iter().try_for_each(|byte| client.try_send([*byte]));
        client.finish_sending();
        let status = client
            .try_response(false)
            .map_or(CLOSED, |response| response.status);
        // A server that answers early may reset the connection for the bytes after.
        assert!(
            status == CLOSED || allowed.contains(&status),
            "{}: {status}",
            bytes.escape_ascii()
        );
    }
    assert_eq!(server.get("/hello.txt").status, 200);
}

/// A 400 is the last answer on its connection, whatever was pipelined behind it.
#[test]
fn nothing_is_answered_after_a_400() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    let good = "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n";
    for (bytes, allowed) in GARBAGE.iter().filter(|(_, allowed)| *allowed == [400]) {
        let mut client = server.connect();
        client.send([good.as_bytes(), bytes, good.as_bytes()].concat());
        assert_eq!(client.response().status, 200);
        let response = client.response();
        assert!(
            allowed.contains(&response.status),
            "{}",
            bytes.escape_ascii()
        );
        assert!(
            response.lists("Connection", "close"),
            "{}",
            bytes.escape_ascii()
        );
        client.expect_closed();
    }
}

/// Every single byte in every place of a small request: some status or a
/// close, never silence, never a crash.
#[test]
fn any_byte_anywhere_is_survived() {
    let tree = Tree::simple();
    let mut server = Server::serving(&tree);
    let request = b"GET /hello.txt HTTP/1.1\r\nHost: h\r\nX: y\r\n\r\n";
    for position in 0..request.len() {
        for byte in [
            0, b'\t', b'\n', b'\r', b' ', b'%', b':', b'/', 0x7f, 0x80, 0xff,
        ] {
            let mut changed = request.to_vec();
            changed[position] = byte;
            let mut client = server.connect();
            client.send(&changed);
            client.finish_sending();
            let bytes = client.rest();
            // A changed line end can make it HTTP/0.9, whose answer is a bare file or page.
            let bare =
                bytes.starts_with(b"hello") || bytes.to_ascii_lowercase().starts_with(b"<!doctype");
            let is_answer = bytes.is_empty() || bytes.starts_with(b"HTTP/1.1 ") || bare;
            assert!(
                is_answer,
                "{}: {}",
                changed.escape_ascii(),
                bytes.escape_ascii()
            );
            assert!(
                !bytes.starts_with(b"HTTP/1.1 500"),
                "{}",
                changed.escape_ascii()
            );
        }
    }
    assert!(server.is_running());
    assert_eq!(server.get("/hello.txt").status, 200);
}
