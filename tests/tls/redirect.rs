//! `--http-redirect`: every request is sent on to the same place by HTTPS; and what a
//! request in clear gets where HTTPS is served.

use crate::support::client::Client;
use crate::support::eventually;
use crate::support::https::Https;
use crate::support::tools::{curl, stdout};

const REDIRECT: &[&str] = &["--http-redirect=0"];

#[track_caller]
fn answer(site: &Https, request: &str) -> (u16, String) {
    let mut client = site.in_clear();
    client.send(request);
    let response = client.final_response(request.starts_with("HEAD "));
    let location = response.field("location").unwrap_or_default().to_owned();
    assert_eq!(response.field("connection"), Some("close"), "{request}");
    assert!(client.rest().is_empty(), "{request}: it closes");
    (response.status, location)
}

#[test]
fn each_request_is_sent_on_to_the_same_place() {
    let site = Https::start(REDIRECT);
    let port = site.server.port();
    for (method, target, host, status, expected) in [
        ("GET", "/", "localhost", 301, "localhost:PORT/"),
        (
            "HEAD",
            "/a%20b?c=d&e=/",
            "localhost:80",
            301,
            "localhost:PORT/a%20b?c=d&e=/",
        ),
        (
            "GET",
            "//evil.example/",
            "a.test",
            301,
            "a.test:PORT//evil.example/",
        ),
        ("POST", "/form", "[::1]:8000", 308, "[::1]:PORT/form"),
        (
            "DELETE",
            "http://there.test:1/x",
            "a.test",
            308,
            "there.test:PORT/x",
        ),
    ] {
        let request = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let expected = format!("https://{}", expected.replace("PORT", &port.to_string()));
        assert_eq!(answer(&site, &request), (status, expected), "{request}");
    }
    site.server
        .wait_for_log(|line| line.contains("\"GET / HTTP/1.1\" 301 -"));
    let url = format!("http://localhost:{}/hello.txt", site.redirect().port());
    let mut curl = curl();
    let followed = curl
        .arg("-L")
        .arg("--cacert")
        .arg(site.certificates.authority());
    assert_eq!(stdout(followed.arg(url)), b"hello, world\n");
}

#[test]
fn what_is_no_valid_request_is_sent_nowhere() {
    let site = Https::start(REDIRECT);
    let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(20_000));
    let many = format!(
        "GET / HTTP/1.1\r\nHost: a\r\n{}\r\n",
        "X: y\r\n".repeat(101)
    );
    for (request, status) in [
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX\u{1}: b\r\n\r\n", 400),
        ("GET /\r\n\tX HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 400),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        ("\u{16}\u{3}\u{1}\0\u{5}hello", 400),
        (&long, 431),
        (&many, 431),
    ] {
        let (found, location) = answer(&site, request);
        assert_eq!(found, status, "{request:.60}");
        assert_eq!(location, "", "{request:.60}");
    }
    site.is_served();
}

/// A line of a response can't be written by who sends the request.
#[test]
fn no_field_is_made_of_a_target() {
    let site = Https::start(REDIRECT);
    for target in ["/%0d%0aX:y", "/a\u{e9}", "/\"<script>"] {
        let mut client = site.in_clear();
        client.send(format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"));
        let response = client.response();
        assert!(response.field("x").is_none(), "{target}");
        let sniffed = response.field("x-content-type-options");
        assert_eq!(sniffed, Some("nosniff"), "{target}");
    }
}

#[test]
fn content_is_read_so_that_the_answer_arrives() {
    let site = Https::start(REDIRECT);
    let mut client = site.in_clear();
    client.send("POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n");
    let sending = client.send_in_background(vec![b'x'; 300_000]);
    assert_eq!(client.response().status, 308);
    sending.join().unwrap().unwrap();
    assert!(client.rest().is_empty());
}

#[test]
fn a_head_has_its_time_and_comes_in_pieces() {
    let site = Https::start(&["--http-redirect=0", "--header-timeout=0.5"]);
    let mut slow = site.in_clear();
    slow.send("GET / HTTP/1.1\r\nHo");
    let mut silent = site.in_clear();
    let mut whole = site.in_clear();
    for piece in ["G", "ET / HT", "TP/1.1\r\n", "Host: a\r\n\r", "\n"] {
        whole.send(piece);
    }
    assert_eq!(whole.response().status, 301);
    assert_eq!(slow.response().status, 408);
    assert!(silent.rest().is_empty());
}

/// They take their places among all connections, and give way as all do.
#[test]
fn who_stalls_there_keeps_nobody_from_https() {
    let site = Https::start(&["--http-redirect=0", "--max-connections=8"]);
    let mut stalled: Vec<Client> = (0..16).map(|_| site.in_clear()).collect();
    for client in &mut stalled {
        let _ = client.try_send("GET / HTTP/1.1\r\n");
    }
    site.is_served();
    assert_eq!(site.in_clear().get("/").status, 301);
    let one_goes = |client: &mut Client| client.rest().is_empty();
    assert!(stalled.iter_mut().take(1).all(one_goes));
}

#[test]
fn a_server_that_stops_waits_for_nobody_there() {
    let mut site = Https::start(REDIRECT);
    let _silent = site.in_clear();
    let mut head = site.in_clear();
    head.send("GET / HTTP/1.1\r\n");
    site.is_served();
    assert!(site.server.terminate().success());
    let log = site.server.log_lines();
    assert!(
        !log.iter().any(|line| line.contains("still running")),
        "{log:?}"
    );
}

#[test]
fn a_request_in_clear_is_told_of_https() {
    let site = Https::start(&["--header-timeout=0.5"]);
    let port = site.server.port();
    site.is_served();
    let before = site.server.open_files();
    for pieces in [
        &["GET /hello.txt?x HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n"][..],
        &[
            "POST /",
            "hello.txt?x HTTP/1.1\r\nHost: localhost:",
            "PORT\r\n\r\n",
        ],
    ] {
        let mut client = site.server.connect();
        for piece in pieces {
            client.send(piece.replace("PORT", &port.to_string()));
        }
        let response = client.response();
        assert_eq!(response.status, 400);
        let url = format!("https://localhost:{port}/hello.txt?x\n");
        assert!(response.text().ends_with(&url), "{}", response.text());
        assert!(client.rest().is_empty());
    }
    for request in ["GET / HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut client = site.server.connect();
        client.send(request);
        let response = client.response();
        assert_eq!(response.status, 400);
        assert!(
            response.text().ends_with(" use https://\n"),
            "{}",
            response.text()
        );
    }
    // Half a head isn't waited for longer than a handshake is.
    let mut half = site.server.connect();
    half.send("GET /");
    assert!(half.rest().is_empty());
    eventually("all of them are gone", || {
        site.server.open_files() <= before
    });
    site.is_served();
}
