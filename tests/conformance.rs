//! The handlers that CPython tests `http.server` with, as components made with
//! the SDK. What its tests say of them is said here over sockets, and said again
//! by those tests themselves, where they are installed.

use crate::support::client::{Client, Response};
use crate::support::guests::conformance;
use crate::support::server::Server;
use crate::support::skip::skipped;
use crate::support::tools::{available, python, run, stdout};

fn start(handler: &str) -> Server {
    let component = conformance(handler);
    let args = ["--component".as_ref(), component.as_os_str()];
    Server::builder().args(args).start()
}

/// Sends `request`, then a half-close; all that comes until the server closes.
#[track_caller]
fn send(server: &Server, request: impl AsRef<[u8]>) -> String {
    let mut client = server.connect();
    client.send(request);
    client.finish_sending();
    client.rest().into_iter().map(char::from).collect()
}

/// A method that only a handler of one's own has.
#[track_caller]
fn custom(client: &mut Client, method: &str, target: &str) -> Response {
    client.exchange(format!("{method} {target} HTTP/1.1\r\n\r\n"))
}

#[test]
fn base_answers_with_the_statuses_and_fields_that_it_sets() {
    let server = start("base");
    for (method, status, reason, connection) in [
        ("TEST", 204, "No Content", "close"),
        ("KEEP", 204, "No Content", "keep-alive"),
        ("KEYERROR", 999, "???", "close"),
        ("NOTFOUND", 404, "Not Found", "close"),
        ("EXPLAINERROR", 999, "Short Message", "close"),
        ("CUSTOM", 999, "", "close"),
        ("GET", 501, "Unsupported method ('GET')", "close"),
        ("XYZBOGUS", 501, "Unsupported method ('XYZBOGUS')", "close"),
    ] {
        let response = custom(&mut server.connect(), method, "/");
        assert_eq!(
            (response.status, response.reason.as_str()),
            (status, reason)
        );
        assert_eq!(response.version, "HTTP/1.1", "{method}");
        assert_eq!(response.required("Connection"), connection, "{method}");
        assert!(
            response.required("Content-Type").starts_with("text/html"),
            "{method}"
        );
        assert_eq!(
            response.values("Server").len() + response.values("Date").len(),
            2
        );
    }
    let explained = custom(&mut server.connect(), "EXPLAINERROR", "/");
    assert!(explained.text().contains("This is a long \n explanation"));
}

#[test]
fn base_keeps_a_connection_that_it_says_it_keeps() {
    let server = start("base");
    let mut client = server.connect();
    for _ in 0..3 {
        assert_eq!(custom(&mut client, "KEEP", "/").status, 204);
    }
    assert_eq!(custom(&mut client, "TEST", "/").status, 204);
    client.expect_closed();
}

#[test]
fn base_sends_errors_without_content_where_there_is_none() {
    let server = start("base");
    for code in [101, 102, 204, 205, 304] {
        for method in ["SEND_ERROR", "HEAD"] {
            let sent = send(&server, format!("{method} /{code} HTTP/1.1\r\n\r\n"));
            let (head, content) = sent.split_once("\r\n\r\n").unwrap();
            assert!(
                head.starts_with(&format!("HTTP/1.1 {code} ")),
                "{method}: {head}"
            );
            for field in ["Content-Length", "Content-Type", "Transfer-Encoding"] {
                assert!(!head.contains(field), "{method}: {head}");
            }
            assert_eq!(content, "", "{method} {code}");
        }
    }
    let head = send(&server, "HEAD /200 HTTP/1.1\r\n\r\n");
    assert!(head.contains("\r\nContent-Type: text/html") && head.ends_with("\r\n\r\n"));
    assert!(head.contains("\r\nContent-Length: ") && !head.contains("\r\nContent-Length: 0"));
    let page = custom(&mut server.connect(), "SEND_ERROR", "/200");
    assert!(page.text().contains("Error code: 200"));
}

#[test]
fn base_reads_and_sends_latin_1() {
    let server = start("base");
    let request = b"LATINONEHEADER / HTTP/1.1\r\nX-Special-Incoming: \xc4rger mit Unicode\r\n\r\n";
    let mut client = server.connect();
    client.send(request);
    let (answer, _) = client.read_to_close();
    let field = b"\r\nX-Special: D\xe4ngerous Mind\r\nConnection: close\r\n";
    assert!(crate::support::contains(&answer, field));
    assert!(answer.ends_with("\r\n\r\nÄrger mit Unicode".as_bytes()));
}

#[test]
fn base_answers_request_lines_as_python_does() {
    let server = start("base");
    for (line, status) in [
        ("GET / FUBAR", 400),
        ("GET / HTTP/9.9.9", 400),
        ("GET / HTTP/-9_9_9.+9_9_9", 400),
        ("GET / HTTP/909876543210.0", 400),
        ("GET / HTTP/1.909876543210", 400),
        ("GET / ", 501),
        ("CUSTOM / ", 400),
        ("GET / HTTP/9.9", 505),
        (" / ", 400),
        ("XYZBOGUS / HTTP/1.1\n", 501),
    ] {
        let sent = send(&server, format!("{line}\r\nHost: a\r\n\r\n"));
        assert!(
            sent.starts_with(&format!("HTTP/1.1 {status} ")),
            "{line}: {sent}"
        );
    }
}

#[test]
fn logging_writes_the_lines_of_http_server() {
    let server = start("logging");
    let got = send(&server, "GET / HTTP/1.1\r\n\r\n");
    assert!(got.starts_with("HTTP/1.1 200 OK\r\n") && !got.contains("Content-Length"));
    let line = server.wait_for_log(|line| line.ends_with("\"GET / HTTP/1.1\" 200 -"));
    assert!(line.starts_with("127.0.0.1 - - ["), "{line}");
    let error = custom(&mut server.connect(), "ERROR", "/");
    assert_eq!(
        (error.status, error.reason.as_str()),
        (404, "File not found")
    );
    server.wait_for_log(|line| line.ends_with("\"ERROR / HTTP/1.1\" 404 -"));
    let lines = server.log_lines();
    let code = lines
        .iter()
        .position(|line| line.ends_with("] code 404, message File not found"));
    let request = lines
        .iter()
        .position(|line| line.ends_with("\"ERROR / HTTP/1.1\" 404 -"));
    assert!(code.is_some() && code < request, "{lines:?}");
}

const PAGE: &str = "<html><body>Data</body></html>\r\n";

#[test]
fn socketless_answers_every_version() {
    let server = start("socketless");
    for version in ["HTTP/1.1", "HTTP/1.0"] {
        let sent = send(&server, format!("GET / {version}\r\n\r\n"));
        let (head, content) = sent.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\nServer: "), "{head}");
        assert!(head.contains("\r\nContent-Type: text/html") && !head.contains("Content-Length"));
        assert_eq!(content, PAGE);
    }
    for line in ["GET / HTTP/0.9", "GET /"] {
        assert_eq!(send(&server, format!("{line}\r\n\r\n")), PAGE);
    }
}

#[test]
fn socketless_answers_what_names_no_version_with_a_page_alone() {
    let server = start("socketless");
    for line in ["GET / FUBAR", "ECHO /", "GET / HTTP/9.9"] {
        assert!(
            send(&server, format!("{line}\r\n\r\n")).starts_with("<!doctype html>"),
            "{line}"
        );
    }
    let sent = send(&server, "GET /spaced out HTTP/1.1\r\nHost: dummy\r\n\r\n");
    assert!(sent.starts_with("HTTP/1.1 400 "), "{sent}");
    // Not even a whole line.
    let sent = send(&server, "<script>alert(\"hello\")</script> / HTTP/1.1");
    assert!(
        sent.contains("&lt;script&gt;alert(\"hello\")&lt;/script&gt;"),
        "{sent}"
    );
}

#[test]
fn socketless_shows_the_attributes_of_a_request() {
    let server = start("socketless");
    let request = "ECHO //a?b HTTP/1.1\r\nX-Two: 1\r\nx-two:  \"\\\r\nX-\u{e4}: y\r\n\r\n";
    let bad = send(&server, request);
    assert!(bad.starts_with("HTTP/1.1 400 "), "a name is a token: {bad}");
    let mut client = server.connect();
    client.send("ECHO //a?b HTTP/1.0\r\nX-Two: 1\r\nx-two:  \"\\\r\n\r\n");
    let response = client.response();
    assert_eq!(response.required("Connection"), "close");
    let attributes: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!(
        attributes,
        serde_json::json!({
            "requestline": "ECHO //a?b HTTP/1.0",
            "command": "ECHO",
            "path": "/a?b",
            "request_version": "HTTP/1.0",
            "headers": [["X-Two", "1"], ["x-two", "\"\\"]],
        })
    );
    client.expect_closed();
}

#[test]
fn socketless_tells_a_client_of_http_1_1_to_go_on() {
    let server = start("socketless");
    let sent = send(&server, "GET / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n");
    assert!(
        sent.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"),
        "{sent}"
    );
    let sent = send(&server, "GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n");
    assert!(sent.starts_with("HTTP/1.1 200 OK\r\n"), "{sent}");
}

#[test]
fn socketless_has_http_servers_limits() {
    let server = start("socketless");
    for (request, status_line) in [
        (format!("GET {}", "x".repeat(65_537)), "414 URI Too Long"),
        (
            format!("GET / HTTP/1.1\r\nX-Foo: bar{}\r\n\r\n", "r".repeat(65_537)),
            "431 Line too long",
        ),
        (
            format!("GET / HTTP/1.1\r\n{}\r\n", "X-Foo: bar\r\n".repeat(101)),
            "431 Too many headers",
        ),
    ] {
        let sent = send(&server, request);
        assert!(
            sent.starts_with(&format!("HTTP/1.1 {status_line}\r\n")),
            "{sent}"
        );
    }
}

#[test]
fn rejecting_tells_nobody_to_go_on() {
    let server = start("rejecting");
    let sent = send(&server, "GET / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n");
    assert!(
        sent.starts_with("HTTP/1.1 417 Expectation Failed\r\n"),
        "{sent}"
    );
    assert_eq!(sent.matches("\r\nConnection: close\r\n").count(), 1);
    assert!(!sent.contains(PAGE));
    assert!(send(&server, "GET / HTTP/1.1\r\n\r\n").ends_with(PAGE));
    let echo = send(&server, "ECHO / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n");
    assert!(
        echo.contains("\"headers\":[[\"Expect\",\"100-continue\"]]"),
        "{echo}"
    );
}

/// The components are where their build says, wherever cargo's folder is.
#[test]
fn the_build_leaves_components_of_our_world() {
    for name in ["base", "logging", "socketless", "rejecting"] {
        let path = conformance(name);
        assert!(path.ends_with(format!("target/handlers/conformance-{name}.wasm")));
        let bytes = std::fs::read(path).unwrap();
        // The preamble of a component, not of a core module.
        assert_eq!(bytes[..8], *b"\0asm\x0d\0\x01\0");
        assert!(crate::support::contains(
            &bytes,
            "wasm-host:http/connection-handler@"
        ));
    }
}

#[test]
fn cpythons_own_tests_pass() {
    if !available("python3") {
        return;
    }
    if !run(&mut python("import test.test_httpservers"))
        .status
        .success()
    {
        return skipped("this python3 comes without its tests");
    }
    let servers = ["base", "socketless", "rejecting"].map(start);
    let ports = servers.each_ref().map(|server| server.port().to_string());
    stdout(python(include_str!("conformance.py")).args(ports));
}
