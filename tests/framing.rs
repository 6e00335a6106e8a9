//! Where a request's body ends, and that nothing in it is taken for a request
//! (RFC 9112, sections 6, 7 and 11).

use crate::support::server::Server;
use crate::support::tree::{MEGABYTE, Tree};
use crate::support::{contains, eventually};

fn start() -> (Tree, Server) {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    (tree, server)
}

const CANARY: &str = "GET /canary.txt HTTP/1.1\r\nHost: test\r\n\r\n";

#[test]
fn bodies_are_drained_exactly() {
    let (_tree, server) = start();
    let body_of_canary_length = format!("Content-Length: {}\r\n\r\n{CANARY}", CANARY.len());
    let chunked_canary = format!(
        "Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{CANARY}\r\n0\r\n\r\n",
        CANARY.len()
    );
    let long = format!("Content-Length: 50000\r\n\r\n{}", "x".repeat(50_000));
    for rest in [
        "Content-Length: 0\r\n\r\n",
        "Content-Length: 5\r\n\r\nhello",
        "Content-Length: 0005\r\n\r\nhello",
        "content-length:5\r\n\r\nhello",
        &body_of_canary_length,
        &long,
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n0005\r\nhello\r\n000\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5;ext=1;q=\"a;b\"\r\nhello\r\n0;last\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nTrailer: yes\r\nOther: x\r\n\r\n",
        &chunked_canary,
    ] {
        let mut client = server.connect();
        client.send(format!(
            "GET /hello.txt HTTP/1.1\r\nHost: test\r\n{rest}{CANARY}"
        ));
        assert_eq!(client.response().text(), "hello, world\n", "{rest}");
        assert_eq!(client.response().text(), "canary\n", "{rest}");
        client.finish_sending();
        client.expect_closed();
    }
}

#[test]
fn an_unread_body_never_becomes_a_request() {
    let (_tree, server) = start();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\n\r\n{CANARY}",
        CANARY.len()
    );
    let mut client = server.connect();
    client.send(request);
    client.finish_sending();
    assert_eq!(client.response().status, 501);
    client.expect_closed();
}

#[test]
fn a_body_that_is_too_long_to_drain_does_not_hide_the_response() {
    let (_tree, server) = start();
    for request in ["GET /hello.txt", "POST /hello.txt"] {
        let mut client = server.connect();
        client.send(format!(
            "{request} HTTP/1.1\r\nHost: test\r\nContent-Length: {MEGABYTE}\r\n\r\n"
        ));
        let _ = client.try_send(vec![b'x'; MEGABYTE]);
        let status = client.response().status;
        assert_eq!(status, if request.starts_with("GET") { 200 } else { 501 });
    }
}

/// Whoever sends a request in pieces gets the response, even if the last one
/// comes when the response is on its way: closed with that unread, the
/// connection would be reset, and what the client hasn't read of it be lost.
#[test]
fn a_body_that_comes_late_does_not_cut_off_the_response() {
    let tree = Tree::simple();
    // The kernel keeps it for a client that doesn't read, but not on its side.
    tree.sparse_file("big.bin", MEGABYTE);
    let server = Server::serving(&tree);
    for (head, late) in [
        (
            "1.1\r\nConnection: close\r\nContent-Length: 10",
            "0123456789",
        ),
        ("1.0\r\nContent-Length: 10", "0123456789"),
        (
            "1.1\r\nConnection: close\r\nTransfer-Encoding: chunked",
            "5\r\nhello\r\n0\r\n\r\n",
        ),
        ("1.1\r\nContent-Length: 400000", "0123456789"),
    ] {
        let mut client = server.connect();
        client.send(format!("GET /big.bin HTTP/{head}\r\nHost: test\r\n\r\n"));
        let response = client.try_response_head().unwrap();
        assert_eq!(response.status, 200, "{head}");
        eventually("the server has sent all that it will", || {
            client.is_no_longer_sent_to()
        });
        client.send(late);
        client.read_some(MEGABYTE);
        client.expect_closed();
    }
}

#[test]
fn a_body_that_never_comes_only_costs_its_own_connection() {
    let (_tree, server) = start();
    for rest in [
        "Content-Length: 100\r\n\r\nhalf",
        "Transfer-Encoding: chunked\r\n\r\n64\r\nhalf",
    ] {
        let mut client = server.connect();
        client.send(format!("GET /hello.txt HTTP/1.1\r\nHost: test\r\n{rest}"));
        client.finish_sending();
        let bytes = client.rest();
        assert!(
            bytes.is_empty() || bytes.starts_with(b"HTTP/1.1 "),
            "{rest}"
        );
        assert_eq!(server.get("/hello.txt").status, 200);
    }
}

/// Fields after which nobody knows where the body ends: 400 (or 501 for a
/// coding that isn't implemented) and the connection closes.
#[test]
fn ambiguous_lengths_are_refused() {
    let (_tree, server) = start();
    let cases: &[(&str, &[u16])] = &[
        ("Content-Length: -1", &[400]),
        ("Content-Length: +5", &[400]),
        ("Content-Length: 5 5", &[400]),
        ("Content-Length: 5a", &[400]),
        ("Content-Length: 0x5", &[400]),
        ("Content-Length: 5.0", &[400]),
        ("Content-Length: five", &[400]),
        ("Content-Length:", &[400]),
        ("Content-Length: ,", &[400]),
        ("Content-Length: \u{665}", &[400]),
        ("Content-Length: 18446744073709551616", &[400, 413]),
        ("Content-Length: 99999999999999999999999999", &[400, 413]),
        ("Content-Length: 5\r\nContent-Length: 6", &[400]),
        ("Content-Length: 5\r\ncontent-length: 0", &[400]),
        ("Content-Length: 5, 6", &[400]),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked", &[400]),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5", &[400]),
        (
            "Transfer-Encoding: identity\r\nContent-Length: 5",
            &[400, 501],
        ),
        ("Transfer-Encoding: gzip", &[501]),
        ("Transfer-Encoding: gzip, chunked", &[501]),
        ("Transfer-Encoding: chunked, gzip", &[400, 501]),
        ("Transfer-Encoding: chunked, chunked", &[400, 501]),
        (
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip",
            &[400, 501],
        ),
        ("Transfer-Encoding: identity", &[400, 501]),
        ("Transfer-Encoding: xchunked", &[501]),
        ("Transfer-Encoding: \"chunked\"", &[400, 501]),
        ("Transfer-Encoding: chunked;q=1", &[400, 501]),
        ("Transfer-Encoding: \x0bchunked", &[400, 501]),
        ("Transfer-Encoding:", &[400, 501]),
        ("Transfer-Encoding : chunked", &[400]),
        ("Content-Length : 5", &[400]),
        ("X: y\r\n Content-Length: 5", &[400]),
    ];
    for method in ["GET", "POST"] {
        for &(fields, allowed) in cases {
            let mut client = server.connect();
            client.send(format!(
                "{method} /hello.txt HTTP/1.1\r\nHost: test\r\n{fields}\r\n\r\n{CANARY}"
            ));
            let status = client.response().status;
            assert!(allowed.contains(&status), "{method} {fields}: {status}");
            client.expect_closed();
        }
    }
}

/// The same length twice is harmless; a server may go either way, but has to
/// stay in step.
#[test]
fn a_repeated_length_is_refused_or_taken_once() {
    let (_tree, server) = start();
    for fields in [
        "Content-Length: 5, 5",
        "Content-Length: 5\r\nContent-Length: 5",
    ] {
        let mut client = server.connect();
        client.send(format!(
            "GET /hello.txt HTTP/1.1\r\nHost: test\r\n{fields}\r\n\r\nhello{CANARY}"
        ));
        client.finish_sending();
        match client.response().status {
            200 => assert_eq!(client.response().text(), "canary\n", "{fields}"),
            status => assert_eq!(status, 400, "{fields}"),
        }
        client.expect_closed();
    }
}

#[test]
fn chunked_is_no_framing_in_1_0() {
    let (_tree, server) = start();
    let mut client = server.connect();
    client.send(format!(
        "GET /hello.txt HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{CANARY}"
    ));
    assert!(!contains(&client.rest(), "canary\n"));
}

/// After a broken chunk, nothing on the connection is a request any more. The
/// first response may be 200, since the static handler doesn't need the body.
#[test]
fn broken_chunks_end_the_connection() {
    let (_tree, server) = start();
    let endless_extension = format!("5;{}\r\nhello\r\n0\r\n\r\n", "x".repeat(MEGABYTE));
    let endless_trailers = format!("0\r\n{}\r\n", "T: x\r\n".repeat(200_000));
    for body in [
        "-5\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "5_0\r\nhello\r\n0\r\n\r\n",
        "g\r\nhello\r\n0\r\n\r\n",
        "\r\nhello\r\n0\r\n\r\n",
        ";ext\r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n",
        "5\r\nhelloworld\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhello\r\n0\n\n",
        "5\rX\nhello\r\n0\r\n\r\n",
        "FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n",
        "10000000000000005\r\nhello\r\n0\r\n\r\n",
        "FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n",
        "0\r\nno colon\r\n\r\n",
        "0\r\n obs: fold\r\n\r\n",
        "0\r\nNul: \0\r\n\r\n",
        &endless_extension,
        &endless_trailers,
    ] {
        let mut client = server.connect();
        let head = "GET /hello.txt HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n";
        let _ = client.try_send(format!("{head}{body}{CANARY}"));
        client.finish_sending();
        let bytes = client.rest();
        let shown = &body[..body.len().min(60)];
        assert!(
            !contains(&bytes, "canary\n"),
            "{shown:?} is followed by a request"
        );
        let status = String::from_utf8_lossy(&bytes[..bytes.len().min(12)]).into_owned();
        let allowed = [
            "",
            "HTTP/1.1 200",
            "HTTP/1.1 400",
            "HTTP/1.1 413",
            "HTTP/1.1 431",
        ];
        assert!(allowed.contains(&status.as_str()), "{shown:?}: {status}");
    }
}
