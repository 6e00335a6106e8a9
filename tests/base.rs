//! HTTP, whatever is served: versions, keep-alive, pipelining and Host (RFC 9112).

use crate::support::client::Client;
use crate::support::server::Server;
use crate::support::tree::Tree;

fn start() -> (Tree, Server) {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    (tree, server)
}

/// The connection still takes requests.
#[track_caller]
fn assert_open(client: &mut Client) {
    assert_eq!(client.get("/canary.txt").text(), "canary\n");
}

#[test]
fn every_response_has_date_server_type_and_length_once() {
    let (_tree, server) = start();
    let targets = [
        "/hello.txt",
        "/",
        "/missing",
        "/dir",
        "/empty.txt",
        "/with-index/",
    ];
    for target in targets {
        let response = server.get(target);
        let date = response.required("Date");
        assert!(
            date.ends_with(" GMT") && date.len() == 29,
            "{target}: {date}"
        );
        assert!(!response.required("Server").is_empty(), "{target}");
        let length: usize = response.required("Content-Length").parse().unwrap();
        assert_eq!(length, response.body.len(), "{target}");
        if length > 0 {
            assert!(response.required("Content-Type").contains('/'), "{target}");
        }
    }
}

#[test]
fn connection_persists_as_version_and_connection_field_say() {
    let (_tree, server) = start();
    let cases: &[(&str, bool)] = &[
        ("GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n", true),
        (
            "GET /hello.txt HTTP/1.1\r\nHost: test\r\nConnection: keep-alive\r\n\r\n",
            true,
        ),
        (
            "GET /hello.txt HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n",
            false,
        ),
        (
            "GET /hello.txt HTTP/1.1\r\nHost: test\r\nConnection: CLOSE\r\n\r\n",
            false,
        ),
        (
            "GET /hello.txt HTTP/1.1\r\nHost: test\r\nConnection: x, close\r\n\r\n",
            false,
        ),
        (
            "GET /hello.txt HTTP/1.1\r\nHost: test\r\nConnection: x\r\nConnection: close\r\n\r\n",
            false,
        ),
        (
            "GET /hello.txt HTTP/1.1\r\nHost: test\r\nConnection: closed\r\n\r\n",
            true,
        ),
        (
            "GET /missing HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n",
            false,
        ),
        ("GET /dir HTTP/1.1\r\nHost: test\r\n\r\n", true),
        ("HEAD /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n", true),
        ("GET /hello.txt HTTP/1.0\r\n\r\n", false),
        (
            "GET /hello.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            true,
        ),
        (
            "GET /hello.txt HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
            true,
        ),
        (
            "GET /hello.txt HTTP/1.0\r\nConnection: close\r\n\r\n",
            false,
        ),
    ];
    for &(request, persists) in cases {
        let mut client = server.connect();
        let response = client.exchange(request);
        if persists {
            assert!(!response.lists("Connection", "close"), "{request}");
            let old = request.contains("HTTP/1.0");
            assert!(
                !old || response.lists("Connection", "keep-alive"),
                "{request}"
            );
            assert_open(&mut client);
        } else {
            assert!(
                response.lists("Connection", "close") || request.contains("/1.0"),
                "{request}"
            );
            client.expect_closed();
        }
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let (_tree, server) = start();
    let mut client = server.connect();
    let line =
        |method: &str, target: &str| format!("{method} {target} HTTP/1.1\r\nHost: test\r\n\r\n");
    let requests = [
        line("GET", "/hello.txt"),
        line("HEAD", "/100k.bin"),
        line("GET", "/dir"),
        line("GET", "/100k.bin"),
        line("OPTIONS", "*"),
        line("GET", "/empty.txt"),
        line("GET", "/canary.txt"),
    ];
    client.send(requests.concat());
    assert_eq!(client.response().text(), "hello, world\n");
    assert_eq!(
        client.response_to_head().required("Content-Length"),
        "102400"
    );
    assert_eq!(client.response().status, 301);
    assert_eq!(client.response().body.len(), 102_400);
    assert_eq!(client.response().status, 204);
    assert_eq!(client.response().body, b"");
    assert_eq!(client.response().text(), "canary\n");
    assert!(client.buffered().is_empty());
}

#[test]
fn hundreds_of_requests_fit_in_one_packet() {
    let (_tree, server) = start();
    let mut client = server.connect();
    client.send("GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n".repeat(500));
    client.finish_sending();
    for _ in 0..500 {
        assert_eq!(client.response().text(), "hello, world\n");
    }
    client.expect_closed();
}

#[test]
fn a_request_may_come_byte_by_byte() {
    let (_tree, server) = start();
    let mut client = server.connect();
    for byte in b"GET /hello.txt HTTP/1.1\r\nHost: test\r\nX: y\r\n\r\nGET /canary.txt HTTP/1.1" {
        client.send([*byte]);
    }
    assert_eq!(client.response().text(), "hello, world\n");
    client.send("\r\nHost: test\r\n\r\n");
    assert_eq!(client.response().text(), "canary\n");
}

#[test]
fn answers_come_after_a_half_close() {
    let (_tree, server) = start();
    let mut client = server.connect();
    client.send("GET /100k.bin HTTP/1.1\r\nHost: test\r\n\r\n");
    client.finish_sending();
    assert_eq!(client.response().body.len(), 102_400);
    client.expect_closed();
}

#[test]
fn empty_lines_before_a_request_are_skipped() {
    let (_tree, server) = start();
    let mut client = server.connect();
    for (end, count) in [
        ("\r\n", 1),
        ("\r\n", 3),
        ("\r\n", 5),
        ("\n", 5),
        ("\n\r\n", 4),
        ("\r\n", 100),
    ] {
        let lines = end.repeat(count);
        let request = "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n";
        assert_eq!(
            client.exchange(lines.clone() + request).status,
            200,
            "{lines:?}"
        );
        // Each in a packet of its own.
        for line in lines.split_inclusive('\n') {
            client.send(line);
        }
        assert_eq!(client.exchange(request).status, 200, "{lines:?}");
    }
}

/// Nobody is let to keep a server busy with them.
#[test]
fn too_many_empty_lines_are_refused() {
    let (_tree, server) = start();
    for lines in ["\r\n".repeat(101), "\n".repeat(101), "\r\n".repeat(50_000)] {
        for before in ["", "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n"] {
            let mut client = server.connect();
            let _ = client.try_send(format!("{before}{lines}"));
            if !before.is_empty() {
                assert_eq!(client.response().status, 200);
            }
            let response = client.response();
            assert_eq!(response.status, 400, "{} bytes", lines.len());
            assert!(response.text().contains("Too many empty lines"));
            assert!(response.lists("Connection", "close"));
            client.expect_closed();
        }
    }
}

#[test]
fn http_0_9_gets_the_bare_body() {
    let (_tree, server) = start();
    for (request, body) in [
        ("GET /hello.txt\r\n", "hello, world\n"),
        ("GET /canary.txt\r\n\r\n", "canary\n"),
    ] {
        let mut client = server.connect();
        client.send(request);
        let (bytes, _) = client.read_to_close();
        assert_eq!(String::from_utf8_lossy(&bytes), body);
    }
}

#[test]
fn versions() {
    let (_tree, server) = start();
    for (version, status) in [
        ("HTTP/1.1", 200),
        ("HTTP/1.0", 200),
        ("HTTP/1.2", 200),
        ("HTTP/2.0", 505),
        ("HTTP/3.0", 505),
        ("HTTP/9.9", 505),
        ("HTTP/1", 400),
        ("HTTP/1.", 400),
        ("HTTP/.1", 400),
        ("HTTP/1.1.1", 400),
        ("HTTP/1.10", 400),
        ("HTTP/1.01", 400),
        ("HTTP/01.1", 400),
        ("HTTP/0.9", 505),
        ("HTTP/0.0", 505),
        ("HTTP/1.1 HTTP/1.1", 400),
        ("HTTP/1.1 HTTP/1.0", 400),
        ("HTTP/1.1 HTTP/0.9", 400),
        ("HTTP/0.9 HTTP/1.1", 400),
        ("HTTP/1.1 HTTP/2.0", 505),
        ("HTTP/x.y", 400),
        ("HTTP/+1.1", 400),
        ("HTTP/-1.1", 400),
        ("http/1.1", 400),
        ("HTTPS/1.1", 400),
        ("ICY/1.1", 400),
    ] {
        let response = server.exchange(format!("GET /hello.txt {version}\r\nHost: test\r\n\r\n"));
        assert_eq!(response.status, status, "{version}");
        assert_eq!(response.version, "HTTP/1.1", "{version}");
    }
    // A connection begins as one of HTTP/2 (`http2`), and doesn't become one.
    let mut client = server.connect();
    assert_eq!(client.get("/hello.txt").status, 200);
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    assert_eq!(client.exchange(preface).status, 505);
}

#[test]
fn host_is_required_once_in_1_1() {
    let (_tree, server) = start();
    for (fields, status) in [
        ("HTTP/1.1\r\nHost: test\r\n", 200),
        ("HTTP/1.1\r\nhost: test:80\r\n", 200),
        ("HTTP/1.1\r\nHost: [::1]:80\r\n", 200),
        ("HTTP/1.1\r\nHost:\r\n", 200),
        ("HTTP/1.1\r\n", 400),
        ("HTTP/1.1\r\nX-Host: test\r\n", 400),
        ("HTTP/1.1\r\nHost: test\r\nHost: test\r\n", 400),
        ("HTTP/1.1\r\nHost: a\r\nHOST: b\r\n", 400),
        ("HTTP/1.1\r\nHost: a b\r\n", 400),
        ("HTTP/1.1\r\nHost: a/b\r\n", 400),
        ("HTTP/1.1\r\nHost: a@b\r\n", 400),
        ("HTTP/1.1\r\nHost: test:\r\n", 200),
        ("HTTP/1.1\r\nHost: test:0\r\n", 200),
        ("HTTP/1.1\r\nHost: test:65535\r\n", 200),
        ("HTTP/1.1\r\nHost: test.\r\n", 200),
        ("HTTP/1.1\r\nHost: [::ffff:1.2.3.4]\r\n", 200),
        ("HTTP/1.1\r\nHost: test:65536\r\n", 400),
        ("HTTP/1.1\r\nHost: test:http\r\n", 400),
        ("HTTP/1.1\r\nHost: test:-1\r\n", 400),
        ("HTTP/1.1\r\nHost: test:80:80\r\n", 400),
        ("HTTP/1.1\r\nHost: :80\r\n", 400),
        ("HTTP/1.1\r\nHost: ::1\r\n", 400),
        ("HTTP/1.1\r\nHost: [::1\r\n", 400),
        ("HTTP/1.1\r\nHost: [::1]x\r\n", 400),
        ("HTTP/1.1\r\nHost: [::1::]\r\n", 400),
        ("HTTP/1.1\r\nHost: [test]\r\n", 400),
        ("HTTP/1.1\r\nHost: [fe80::1%25eth0]\r\n", 400),
        ("HTTP/1.1\r\nHost: te%73t\r\n", 400),
        ("HTTP/1.1\r\nHost: test%\r\n", 400),
        ("HTTP/1.1\r\nHost: ..\r\n", 400),
        ("HTTP/1.1\r\nHost: .test\r\n", 400),
        ("HTTP/1.1\r\nHost: a..test\r\n", 400),
        ("HTTP/1.1\r\nHost: a^b\r\n", 400),
        ("HTTP/1.0\r\nHost: test:x\r\n", 400),
        ("HTTP/1.0\r\n", 200),
        ("HTTP/1.0\r\nHost: a\r\nHost: b\r\n", 400),
    ] {
        let response = server.exchange(format!("GET /hello.txt {fields}\r\n"));
        assert_eq!(response.status, status, "{fields}");
    }
}

#[test]
fn a_target_may_be_a_whole_uri() {
    let (_tree, server) = start();
    for target in [
        "http://test/hello.txt",
        "HTTP://test/hello.txt?x",
        "https://test:1/hello.txt",
    ] {
        assert_eq!(server.get(target).text(), "hello, world\n", "{target}");
    }
    assert_eq!(server.get("http://test").status, 200);
}
