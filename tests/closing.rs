//! A response after which the server closes says `Connection: close`, and one that
//! doesn't say so is followed by another (RFC 9112 section 9.6).

use crate::support::client::{Client, Response};
use crate::support::guests::{bare_component, conformance, example};
use crate::support::scripts::Scripts;
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

/// What a script has left of its content is dropped, if it is little; and else the
/// response says so, if it leaves before the script has ended, too.
#[test]
fn of_scripts() {
    let scripts = Scripts::new();
    scripts.file("canary.txt", "canary\n");
    let plain = r"printf 'Content-Type: text/plain\n\n'";
    scripts.sh("over", &format!("{plain}; echo over"));
    scripts.sh("reads", &format!("cat > /dev/null; {plain}; echo read"));
    scripts.sh("early", &format!("{plain}; echo early; cat > /dev/null"));
    scripts.sh(
        "leaves",
        &format!("{plain}; echo early; head -c 1 > /dev/null"),
    );
    let server = scripts.serve();
    let post = |script: &str, length: usize| {
        let content = "x".repeat(length);
        format!(
            "POST /cgi-bin/{script} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n{content}"
        )
    };
    for script in ["over", "reads", "early", "leaves"] {
        check(
            &server,
            &format!("GET /cgi-bin/{script} HTTP/1.1\r\nHost: h\r\n\r\n"),
            200,
            KEEP,
        );
        check(&server, &post(script, 5), 200, KEEP);
        check(&server, &post(script, 100_000), 200, KEEP);
    }
    check(&server, &post("reads", MEGABYTE), 200, KEEP);
    check(&server, &post("over", 8 * MEGABYTE), 200, CLOSE);
    // It ends when its head has left, or before.
    let mut client = server.connect();
    client.send_in_background(
        [&post("leaves", MEGABYTE / 2), CANARY]
            .concat()
            .into_bytes(),
    );
    if client.response().lists("Connection", "close") {
        client.expect_closed();
    } else {
        assert_eq!(client.response().text(), "canary\n");
    }
}

/// A head that leaves while the script still has much content before it says that the
/// connection closes, as nobody knows how much of that it will read.
#[test]
fn of_scripts_that_answer_first() {
    let scripts = Scripts::new();
    scripts.file("canary.txt", "canary\n");
    let mut gate = scripts.gate("gate");
    for (name, after) in [("reads", "cat > /dev/null"), ("leaves", "true")] {
        scripts.sh(
            name,
            &format!(
                r#"printf 'Content-Type: text/plain\n\nearly'; read -r go <"$traces/gate"; {after}"#
            ),
        );
    }
    let server = scripts.serve();
    for (script, length, closes) in [
        ("reads", 3 * MEGABYTE, CLOSE),
        ("leaves", 3 * MEGABYTE, CLOSE),
        ("reads", MEGABYTE / 2, KEEP),
        ("leaves", MEGABYTE / 2, KEEP),
    ] {
        let content = "x".repeat(length);
        let post = format!(
            "POST /cgi-bin/{script} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n{content}{CANARY}"
        );
        let mut client = server.connect();
        client.send_in_background(post.into_bytes());
        let head = client.try_response_head().expect("a head");
        assert_eq!(head.lists("Connection", "close"), closes, "{script}");
        gate.open();
        assert_eq!(client.read_body(&head).expect("its content"), b"early");
        if closes {
            client.expect_closed();
        } else {
            assert_eq!(client.response().text(), "canary\n", "{script}");
        }
    }
}

/// What they say themselves of the connection is kept, and if it can't be kept, they
/// haven't said it.
#[test]
fn of_scripts_that_speak_for_themselves() {
    let scripts = Scripts::new();
    scripts.file("canary.txt", "canary\n");
    for (number, (output, status, closes)) in [
        (
            r"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none",
            200,
            KEEP,
        ),
        (r"HTTP/1.1 304 Not Modified\r\n\r\n", 304, KEEP),
        (
            r"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\none",
            200,
            CLOSE,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        scripts.sh(format!("nph-{number}"), &format!("printf '{output}'"));
        let server = scripts.serve();
        let request = format!("GET /cgi-bin/nph-{number} HTTP/1.1\r\nHost: h\r\n\r\n");
        check(&server, &request, status, closes);
    }
    // Less than it says, more, two lengths, another coding, or no end.
    for (name, head, content, received) in [
        ("less", r"Content-Length: 4\r\n", "one", "one"),
        ("more", r"Content-Length: 2\r\n", "one", "on"),
        (
            "two",
            r"Content-Length: 3\r\nContent-Length: 3\r\n",
            "one",
            "one",
        ),
        ("open", "", "one", "one"),
    ] {
        let printed = format!(r"HTTP/1.1 200 OK\r\n{head}\r\n{content}");
        scripts.sh(format!("nph-{name}"), &format!("printf '{printed}'"));
        let server = scripts.serve();
        let mut client = server.connect();
        client.send(format!(
            "GET /cgi-bin/nph-{name} HTTP/1.1\r\nHost: h\r\n\r\n{CANARY}"
        ));
        let rest = String::from_utf8(client.rest()).unwrap();
        assert!(rest.ends_with(&format!("\r\n\r\n{received}")), "{rest}");
    }
    // A client of HTTP/1.0 has to be told that it is kept.
    let server = scripts.serve();
    let mut client = server.connect();
    client.send("GET /cgi-bin/nph-0 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert!(client.rest().ends_with(b"one"));
}

/// The host's own responses, in place of a handler that fails.
#[test]
fn of_the_host() {
    let server = serving(bare_component("remember_handler")).start();
    check(&server, "GET /trap HTTP/1.1\r\nHost: h\r\n\r\n", 500, CLOSE);
}
