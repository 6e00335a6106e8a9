//! One source, two worlds: the handlers of `guest/examples`, built for
//! `wasi:http`, under this host and under `wasmtime serve`.

use crate::support::client::{Client, Response};
use crate::support::guests::wasi_http_example;
use crate::support::server::Server;
use crate::support::tree::{MEGABYTE, Tree, pattern};
use crate::support::wasmtime::Wasmtime;
use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;

/// Lets both hosts serve an example, beneath a directory, and asks them.
#[track_caller]
fn on_both_hosts(name: &str, tree: &Tree, ask: impl Fn(SocketAddr)) -> Option<Wasmtime> {
    let component = wasi_http_example(name);
    let server = Server::builder()
        .directory(tree)
        .args([OsStr::new("--component"), component.as_os_str()])
        .start();
    ask(server.address);
    // The host has logged each request, and the handler has not.
    let is_request = |line: &str| line.contains(" HTTP/1.1\" ");
    server.wait_for_log(is_request);
    let by_handler = |line: &String| line.starts_with("- - - [") && is_request(line);
    assert!(!server.log_lines().iter().any(by_handler));
    let mut granted = tree.as_ref().as_os_str().to_owned();
    granted.push("::/");
    let options = [OsString::from("--dir"), granted];
    let wasmtime = Wasmtime::serving(&component, &options)?;
    ask(wasmtime.address);
    Some(wasmtime)
}

#[track_caller]
fn exchange(address: SocketAddr, request: &str) -> Response {
    let (line, rest) = request.split_once("\r\n").unwrap_or((request, "\r\n"));
    let mut client = Client::connect(address);
    client.exchange(format!("{line} HTTP/1.1\r\nHost: test\r\n{rest}"))
}

#[test]
fn a_handler_answers() {
    let wasmtime = on_both_hosts("hello", &Tree::simple(), |address| {
        let response = exchange(address, "GET /you");
        assert_eq!(response.status, 200);
        assert_eq!(response.required("Content-Length"), "16");
        assert_eq!(response.text(), "Hello from /you\n");
        assert!(response.required("Server").starts_with("wasm-host-sdk/"));
        // The handler's own error page, and no content after HEAD.
        let refused = exchange(address, "POST /\r\nContent-Length: 1\r\n\r\nx");
        assert_eq!(refused.status, 501);
        assert!(refused.text().contains("Unsupported method"));
        let head = exchange(address, "HEAD /");
        assert_eq!((head.status, head.body.len()), (501, 0));
        assert_ne!(head.required("Content-Length"), "0");
    });
    if let Some(wasmtime) = wasmtime {
        wasmtime.wait_for_log(|line| line.contains("- - - [") && line.contains("] code 501, "));
    }
}

#[test]
fn one_connection_serves_many_requests() {
    on_both_hosts("router", &Tree::simple(), |address| {
        let mut client = Client::connect(address);
        for number in 0..3 {
            let response = client.get(&format!("/sum/{number}/1"));
            assert_eq!(response.text(), format!("{}\n", number + 1));
        }
        let refused = client.exchange("DELETE / HTTP/1.1\r\nHost: test\r\n\r\n");
        assert_eq!(refused.status, 405);
        assert_eq!(refused.required("Allow"), "GET, HEAD, OPTIONS");
        let head = client.exchange("HEAD /greet/Ada HTTP/1.1\r\nHost: test\r\n\r\n");
        assert_eq!(head.required("Content-Length"), "12");
        let options = client.exchange("OPTIONS / HTTP/1.1\r\nHost: test\r\n\r\n");
        assert_eq!((options.status, options.body.len()), (204, 0));
    });
}

#[test]
fn content_arrives_with_a_length_and_in_chunks() {
    on_both_hosts("echo", &Tree::simple(), |address| {
        let response = exchange(
            address,
            "SPAM /a?b\r\nX-Y: z\r\nContent-Length: 5\r\n\r\nhello",
        );
        let text = response.text();
        let (head, content) = text.split_once("\n\n").unwrap();
        assert!(head.starts_with("SPAM /a?b HTTP/1.1\n"), "{head}");
        assert!(head.to_ascii_lowercase().contains("\nhost: test"));
        assert!(head.to_ascii_lowercase().contains("\nx-y: z"));
        assert_eq!(content, "hello");
        let chunked = "POST /\r\nTransfer-Encoding: chunked\r\n\r\n\
                       3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
        assert!(exchange(address, chunked).text().ends_with("\n\nhello"));
        assert!(exchange(address, "GET /").text().ends_with("\n\n"));
    });
}

#[test]
fn both_directions_are_streamed() {
    on_both_hosts("echo", &Tree::simple(), |address| {
        let mut client = Client::connect(address);
        client.send("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
        // More than is gathered on the way comes back before the rest was sent.
        let part = "x".repeat(64 * 1024);
        client.send(format!("{:x}\r\n{part}\r\n", part.len()));
        client.wait_for("x".repeat(1024));
        client.send("4\r\nlast\r\n0\r\n\r\n");
        let text = client.response().text();
        assert!(text.ends_with("xlast"));

        let content = pattern(8 * MEGABYTE);
        let length = content.len();
        let mut client = Client::connect(address);
        client.send(format!(
            "PUT / HTTP/1.1\r\nHost: test\r\nContent-Length: {length}\r\n\r\n"
        ));
        let sending = client.send_in_background(content.clone());
        let response = client.response();
        sending.join().unwrap().unwrap();
        assert!(response.body.ends_with(&content));
    });
}

/// What the client takes for whole is whole: a handler that fails when some of its
/// response has left doesn't end it.
#[test]
fn a_response_that_breaks_off_does_not_look_whole() {
    on_both_hosts("echo", &Tree::simple(), |address| {
        let mut client = Client::connect(address);
        client.send("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
        let part = "x".repeat(64 * 1024);
        client.send(format!("{:x}\r\n{part}\r\n", part.len()));
        client.wait_for("x".repeat(1024));
        client.send("no size\r\n");
        client.finish_sending();
        let received = client.rest();
        assert!(!received.ends_with(b"0\r\n\r\n"), "it looks whole");
    });
}

#[test]
fn files_are_served() {
    let tree = Tree::simple();
    let large = pattern(3 * MEGABYTE + 1);
    tree.file("large.bin", &large)
        .file("page.md", "# Hi\n")
        .file("ä.txt", "umlaut")
        .directory("empty")
        .symlink("out", "/etc/passwd");
    on_both_hosts("markdown", &tree, |address| {
        let whole = exchange(address, "GET /large.bin");
        assert!(whole.body == large);
        let head = exchange(address, "HEAD /large.bin");
        assert_eq!(head.required("Content-Length"), large.len().to_string());
        let range = exchange(address, "GET /large.bin\r\nRange: bytes=-2\r\n\r\n");
        assert_eq!(range.status, 206);
        assert_eq!(range.body, large[large.len() - 2..]);
        let tag = whole.required("ETag");
        let known = exchange(
            address,
            &format!("GET /large.bin\r\nIf-None-Match: {tag}\r\n\r\n"),
        );
        assert_eq!((known.status, known.body.len()), (304, 0));
        assert!(exchange(address, "GET /page.md").text().contains("<h1>Hi"));
        assert_eq!(exchange(address, "GET /%C3%A4.txt").text(), "umlaut");
        assert!(exchange(address, "GET /").text().contains("large.bin"));
        assert_eq!(exchange(address, "GET /empty").status, 301);
        assert_eq!(exchange(address, "GET /empty/").status, 200);
        assert_eq!(exchange(address, "GET /none").status, 404);
        for outside in ["/out", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd"] {
            let refused = exchange(address, &format!("GET {outside}"));
            assert_eq!(refused.status, 404, "{refused:?}");
        }
    });
}

#[test]
fn content_is_asked_for_when_it_is_read() {
    on_both_hosts("echo", &Tree::simple(), |address| {
        let mut client = Client::connect(address);
        client.send(
            "POST / HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
        );
        assert_eq!(client.response().status, 100);
        client.send("ok");
        assert!(client.response().text().ends_with("\n\nok"));
    });
    on_both_hosts("markdown", &Tree::simple(), |address| {
        // Refused before it was sent.
        let mut client = Client::connect(address);
        client.send(
            "POST / HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
        );
        assert_eq!(client.response().status, 501);
    });
}
