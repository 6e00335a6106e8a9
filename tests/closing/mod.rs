//! A response after which the server closes says `Connection: close`, and one that
//! doesn't say so is followed by another (RFC 9112 section 9.6).

mod scripts;

use crate::support::client::{Client, Response};
use crate::support::guests::{bare_component, conformance, example};
use crate::support::server::{Builder, Server};
use crate::support::tree::{MEGABYTE, Tree};
use std::ffi::OsStr;

/// What is asked on a connection that has had a response.
const CANARY: &str = "GET /canary.txt HTTP/1.1\r\nHost: test\r\n\r\n";

/// Sends a request, and reads the response to it. The connection closes if, and only
/// if, that says so.
#[track_caller]
fn check(server: &Server, request: &str, status: u16, closes: bool) -> Response {
    let mut client = server.connect();
    let _ = client.try_send(request);
    check_response(&mut client, request, status, closes)
}

/// [`check`] of a request that has been sent.
#[track_caller]
fn check_response(client: &mut Client, request: &str, status: u16, closes: bool) -> Response {
    let shown = &request[..request.len().min(100)];
    let response = client.final_response(request.starts_with("HEAD "));
    assert_eq!(response.status, status, "{shown:?}: {response:?}");
    assert_eq!(response.lists("Connection", "close"), closes, "{shown:?}");
    assert!(response.values("Connection").len() < 2, "{shown:?}");
    if closes {
        client.expect_closed();
    } else {
        client.exchange(CANARY);
    }
    response
}

const CLOSE: bool = true;
const KEEP: bool = false;

#[test]
fn of_files() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    let megabyte = format!("Content-Length: {MEGABYTE}\r\n\r\n{}", "x".repeat(MEGABYTE));
    let long_line = format!("GET /{} HTTP/1.1\r\n", "x".repeat(70_000));
    let long_field = format!("GET / HTTP/1.1\r\nX: {}\r\n", "x".repeat(70_000));
    let many_fields = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(101));
    for (request, status, closes) in [
        // Whatever is found, in any version.
        ("GET /hello.txt HTTP/1.1\r\nHost: h\r\n", 200, KEEP),
        ("HEAD /hello.txt HTTP/1.1\r\nHost: h\r\n", 200, KEEP),
        ("GET /missing HTTP/1.1\r\nHost: h\r\n", 404, KEEP),
        ("GET /dir HTTP/1.1\r\nHost: h\r\n", 301, KEEP),
        (
            "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n",
            200,
            CLOSE,
        ),
        (
            "HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n",
            200,
            CLOSE,
        ),
        ("GET /hello.txt HTTP/1.0\r\n", 200, CLOSE),
        ("HEAD /hello.txt HTTP/1.0\r\n", 200, CLOSE),
        ("GET /missing HTTP/1.0\r\n", 404, CLOSE),
        ("HEAD /missing HTTP/1.0\r\n", 404, CLOSE),
        ("GET /dir HTTP/1.0\r\n", 301, CLOSE),
        ("GET / HTTP/1.0\r\n", 200, CLOSE),
        ("OPTIONS / HTTP/1.0\r\n", 204, CLOSE),
        ("POST / HTTP/1.0\r\n", 501, CLOSE),
        (
            "GET /hello.txt HTTP/1.0\r\nIf-None-Match: *\r\n",
            304,
            CLOSE,
        ),
        ("GET /hello.txt HTTP/1.0\r\nIf-Match: \"x\"\r\n", 412, CLOSE),
        (
            "GET /hello.txt HTTP/1.0\r\nRange: bytes=99-\r\n",
            416,
            CLOSE,
        ),
        (
            "GET /hello.txt HTTP/1.0\r\nRange: bytes=0-1,4-\r\n",
            206,
            CLOSE,
        ),
        ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n", 200, KEEP),
        (
            "GET /missing HTTP/1.0\r\nConnection: keep-alive\r\n",
            404,
            KEEP,
        ),
        (
            "GET /hello.txt HTTP/1.0\r\nConnection: keep-alive\r\nIf-None-Match: *\r\n",
            304,
            KEEP,
        ),
        // Refused.
        ("GET / HTTP/1.1\r\n", 400, CLOSE),
        ("HEAD / HTTP/1.1\r\nHost: a b\r\n", 400, CLOSE),
        ("GET / x HTTP/1.1\r\nHost: h\r\n", 400, CLOSE),
        ("GET / HTTP/3.0\r\nHost: h\r\n", 505, CLOSE),
        (
            "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n",
            400,
            CLOSE,
        ),
        (
            "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: x\r\n",
            501,
            CLOSE,
        ),
        ("GET / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n", 417, CLOSE),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 9\r\n",
            501,
            CLOSE,
        ),
        ("POST / HTTP/1.1\r\nHost: h\r\n", 501, KEEP),
        // Content that nobody reads.
        (
            "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
            200,
            KEEP,
        ),
        (
            "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            200,
            KEEP,
        ),
        (
            "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            200,
            CLOSE,
        ),
    ] {
        let whole = request.contains("\r\n\r\n");
        let request = format!("{request}{}", if whole { "" } else { "\r\n" });
        check(&server, &request, status, closes);
    }
    for method in ["GET", "HEAD", "POST"] {
        let status = if method == "POST" { 501 } else { 200 };
        let request = format!("{method} /hello.txt HTTP/1.1\r\nHost: h\r\n{megabyte}");
        check(&server, &request, status, CLOSE);
    }
    for (request, status) in [(long_line, 414), (long_field, 431), (many_fields, 431)] {
        check(&server, &request, status, CLOSE);
    }
}

/// How many chunks are still to come nobody knows, and mostly it is few.
#[test]
fn of_content_that_is_on_its_way() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    let head = "GET /hello.txt HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (before, after) in [
        ("", "5\r\nhello\r\n0\r\n\r\n"),
        ("5\r\nhel", "lo\r\n0\r\n\r\n"),
        ("5\r\nhello", "\r\n0\r\n\r\n"),
        ("5\r\nhello\r", "\n0\r\n\r\n"),
        ("5\r\nhello\r\n0\r\n", "\r\n"),
        ("5\r\nhello\r\n0\r\nX: y\r\n", "Z: 5\r\n\r\n"),
    ] {
        let mut client = server.connect();
        client.send(format!("{head}{before}"));
        let response = client.response();
        assert!(!response.lists("Connection", "close"), "{before:?}");
        client.send(after);
        assert_eq!(client.exchange(CANARY).text(), "canary\n", "{before:?}");
    }
}

#[test]
fn of_files_in_http_1_0() {
    let tree = Tree::simple();
    let server = Server::builder()
        .directory(&tree)
        .args(["--protocol", "HTTP/1.0"])
        .start();
    for version in ["1.0", "1.1"] {
        for (target, status) in [("/hello.txt", 200), ("/missing", 404), ("/dir", 301)] {
            for fields in ["", "Connection: keep-alive\r\n"] {
                let request = format!("GET {target} HTTP/{version}\r\nHost: h\r\n{fields}\r\n");
                check(&server, &request, status, CLOSE);
            }
        }
    }
}

#[test]
fn of_what_comes_too_late() {
    let tree = Tree::simple();
    let args = ["--header-timeout", "0.3"];
    let server = Server::builder().directory(&tree).args(args).start();
    for request in ["G", "GET / HTTP/1.1\r\n", "\r\n"] {
        let mut client = server.connect_and_send(request);
        check_response(&mut client, request, 408, CLOSE);
    }
    let args = ["--request-timeout", "1", "--component"];
    let echo = Server::builder()
        .args(args)
        .args([example("guestbook")])
        .start();
    // An instance is there, so that none of the time is for making one.
    echo.get("/");
    let form = "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    for framing in ["Content-Length: 9", "Transfer-Encoding: chunked"] {
        check(&echo, &format!("{form}{framing}\r\n\r\n1"), 408, CLOSE);
    }
}

fn serving(component: impl AsRef<OsStr>) -> Builder {
    Server::builder().args([OsStr::new("--component"), component.as_ref()])
}

#[test]
fn of_handlers_of_ones_own() {
    let hello = serving(example("hello")).start();
    for (request, status, closes) in [
        ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", 200, KEEP),
        ("GET / HTTP/1.0\r\n\r\n", 200, CLOSE),
        (
            "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            200,
            KEEP,
        ),
        (
            "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
            200,
            CLOSE,
        ),
        ("POST / HTTP/1.1\r\nHost: h\r\n\r\n", 501, CLOSE),
        (
            "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 999999\r\n\r\n",
            200,
            CLOSE,
        ),
        (
            "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
            200,
            KEEP,
        ),
    ] {
        check(&hello, request, status, closes);
    }
    let echo = serving(example("echo")).start();
    for (request, closes) in [
        (
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
            KEEP,
        ),
        ("GET / HTTP/1.0\r\n\r\n", CLOSE),
        ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", KEEP),
        ("HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", KEEP),
    ] {
        check(&echo, request, 200, closes);
    }
    // As in Python, where the end of such a response is the connection's.
    let logging = serving(conformance("logging")).start();
    check(&logging, "GET / HTTP/1.1\r\n\r\n", 200, CLOSE);
    check(
        &logging,
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        200,
        CLOSE,
    );
}

/// The host's own responses, in place of a handler that fails.
#[test]
fn of_the_host() {
    let server = serving(bare_component("remember_handler")).start();
    check(&server, "GET /trap HTTP/1.1\r\nHost: h\r\n\r\n", 500, CLOSE);
}
