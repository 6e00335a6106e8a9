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
    (b"GET http:// HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (b"GET http:///x HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (b"GET http://:80/ HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (b"GET http://h:x/ HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (b"GET http://h:65536/ HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (b"GET http://[::1/ HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (b"GET http://%68/ HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (b"GET http://u@h/ HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (b"GET http://h\\@g/ HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (b"GET https://u:p@h/ HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (b"GET / HTTP/1.1 HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (b"GET / HTTP/1.1 HTTP/0.9\r\nHost: h\r\n\r\n", &[400]),
    (b"GET / HTTP/0.9 HTTP/1.1\r\nHost: h\r\n\r\n", &[400]),
    (b"GET / HTTP/1.10\r\nHost: h\r\n\r\n", &[400]),
    (b"GET / HTTP/01.1\r\nHost: h\r\n\r\n", &[400]),
    (b"POST / HTTP/00.9\r\nHost: h\r\n\r\n", &[400]),
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

/// Whether these are empty lines, and no request.
fn says_nothing(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|&byte| byte == b'\n');
    lines.all(|line| matches!(line, b"" | b"\r"))
}

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
        assert_eq!(status == CLOSED, says_nothing(bytes), "{shown}: {status}");
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
            let is_answer = bytes.starts_with(b"HTTP/1.1 ") || bare;
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

/// A source of numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        // Knuth's MMIX generator, whose high bits are the better ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// What requests are made of, and what they shouldn't be.
const PIECES: &[&[u8]] = &[
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b"\r",
    b" ",
    b"\t",
    b"\0",
    b"GET /hello.txt HTTP/1.1\r\n",
    b"HEAD / HTTP/1.1\r\n",
    b"GET /hello.txt HTTP/1.0\r\n",
    b"GET /hello.txt",
    b"POST /dir HTTP/1.1\r\n",
    b"OPTIONS * HTTP/1.1\r\n",
    b"CONNECT h:1 HTTP/1.1\r\n",
    b"GET http://h/hello.txt HTTP/1.1\r\n",
    b" HTTP/1.1",
    b"Host: h\r\n",
    b"Host: [::1]:80\r\n",
    b"Host: a%b\r\n",
    b"Connection: keep-alive\r\n",
    b"Connection: close\r\n",
    b"Expect: 100-continue\r\n",
    b"Range: bytes=0-1,3-\r\n",
    b"If-None-Match: *\r\n",
    b"Content-Length: 5\r\n",
    b"Content-Length: 18446744073709551615\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Upgrade: h2c\r\n",
    b"5\r\nhello\r\n",
    b"0\r\n\r\n",
    b"hello",
    b"\xff\x80",
];

/// Whatever a client sends, it is answered, and never with what is the server's
/// own fault. Only who sends nothing but empty lines is told nothing.
#[test]
fn no_bytes_of_a_client_are_the_servers_fault() {
    let tree = Tree::simple();
    let mut server = Server::serving(&tree);
    let mut numbers = Numbers(20_261_130);
    for _ in 0..1_500 {
        let mut sent = Vec::new();
        for _ in 0..=numbers.below(8) {
            sent.extend_from_slice(PIECES[numbers.below(PIECES.len())]);
        }
        let shown = sent.escape_ascii().to_string();
        let mut client = server.connect();
        client.send(&sent);
        client.finish_sending();
        let received = client.rest();
        assert_eq!(received.is_empty(), says_nothing(&sent), "{shown}");
        let text = String::from_utf8_lossy(&received);
        assert!(!text.contains("HTTP/1.1 500"), "{shown}: {text}");
    }
    assert!(server.is_running());
    for line in server.log_lines() {
        assert!(!line.contains("gave no answer"), "{line}");
    }
}
