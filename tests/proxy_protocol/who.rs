//! What handlers, scripts and logs are told.

use super::{REQUEST, V4, believing, client, version_2};
use crate::support::certificates::Certificates;
use crate::support::guests::{component, wasi_http_example};
use crate::support::https::Https;
use crate::support::scripts::{PLAIN, Scripts};
use crate::support::server::Server;
use crate::support::tools::available;
use crate::support::tree::Tree;
use std::process::Command;

#[test]
fn a_script_is_told_of_the_client() {
    let scripts = Scripts::new();
    let variables = r#"printf '%s|%s|%s|%s' "$REMOTE_ADDR" "$REMOTE_HOST" "$REMOTE_PORT" "$HTTPS""#;
    scripts.sh("who", &format!("{PLAIN}; {variables}"));
    let server = believing(scripts.server()).start();
    let tls = |bits: u8| [V4, &[0x20, 0, 5, bits, 0, 0, 0, 0]].concat();
    for (header, says) in [
        (client(7).into_bytes(), "192.0.2.7|192.0.2.7|40000|"),
        (version_2(0x21, 0x11, V4), "192.0.2.7|192.0.2.7|40000|"),
        (
            version_2(0x21, 0x11, &tls(1)),
            "192.0.2.7|192.0.2.7|40000|on",
        ),
        (
            version_2(0x21, 0x11, &tls(7)),
            "192.0.2.7|192.0.2.7|40000|on",
        ),
        (version_2(0x21, 0x11, &tls(0)), "192.0.2.7|192.0.2.7|40000|"),
    ] {
        let mut proxy = server.connect();
        proxy.send(&header);
        assert_eq!(proxy.get("/cgi-bin/who").text(), says);
        // It is the connection's, and so the next request's.
        assert_eq!(proxy.get("/cgi-bin/who").text(), says);
    }
    let mut check = server.connect();
    check.send("PROXY UNKNOWN\r\n");
    let told = check.get("/cgi-bin/who").text();
    assert!(told.starts_with("127.0.0.1|127.0.0.1|"), "{told}");
}

/// A field of the request says nothing of whose it is.
#[test]
fn only_the_header_is_believed() {
    let scripts = Scripts::new();
    scripts.sh(
        "who",
        &format!("{PLAIN}; printf '%s' \"$REMOTE_ADDR$HTTPS\""),
    );
    let server = believing(scripts.server()).start();
    let mut proxy = server.connect();
    proxy.send(client(7));
    let lies = "X-Forwarded-For: 203.0.113.9\r\nForwarded: for=203.0.113.9;proto=https\r\n\
                X-Forwarded-Proto: https\r\nX-Real-IP: 203.0.113.9\r\n";
    let request = format!("GET /cgi-bin/who HTTP/1.1\r\nHost: h\r\n{lies}\r\n");
    assert_eq!(proxy.exchange(request).text(), "192.0.2.7");
}

#[test]
fn a_handler_is_told_of_both_ends() {
    let tree = Tree::simple();
    let handler = component("raw_handler");
    let server = believing(Server::builder().directory(&tree))
        .args(["--component".as_ref(), handler.as_os_str()])
        .start();
    let tls = [V4, &[0x20, 0, 5, 1, 0, 0, 0, 0]].concat();
    for (header, says) in [
        (
            client(7).into_bytes(),
            "192.0.2.7:40000 198.51.100.1:443 false",
        ),
        (
            version_2(0x21, 0x11, &tls),
            "192.0.2.7:40000 198.51.100.1:443 true",
        ),
    ] {
        let mut proxy = server.connect();
        proxy.send(header);
        assert_eq!(proxy.get("/who").text(), says);
    }
}

#[test]
fn a_component_of_wasi_http_is_served_and_its_log_names_the_client() {
    let tree = Tree::simple();
    let hello = wasi_http_example("hello");
    for format in ["python", "combined", "json"] {
        let server = believing(Server::builder().directory(&tree))
            .args(["--component".as_ref(), hello.as_os_str()])
            .args(["--log-format", format])
            .start();
        let mut proxy = server.connect();
        proxy.send(client(7));
        assert_eq!(proxy.get("/you").text(), "Hello from /you\n");
        server.wait_for_log(|line| line.contains("192.0.2.7") && line.contains("/you"));
        // HTTP/1.0 needs no Host: the component's request is to what the client reached.
        let mut proxy = server.connect();
        proxy.send(client(7) + "GET /old HTTP/1.0\r\n\r\n");
        assert_eq!(proxy.response().text(), "Hello from /old\n");
    }
}

#[test]
fn every_log_names_the_client() {
    let tree = Tree::simple();
    for format in ["python", "common", "combined", "json"] {
        let server = believing(Server::builder().directory(&tree))
            .args(["--log-format", format])
            .start();
        let mut proxy = server.connect();
        proxy.send(client(7) + REQUEST);
        assert_eq!(proxy.response().status, 200);
        let line = server.wait_for_log(|line| line.contains("/hello.txt"));
        assert!(
            line.contains("192.0.2.7") && !line.contains("127.0.0.1"),
            "{line}"
        );
    }
}

/// The header comes before the handshake, and says what comes first: who is encrypted here
/// is so, whatever the proxy says.
#[test]
fn a_client_of_tls_is_announced_before_its_handshake() {
    if !available("curl") {
        return;
    }
    let scripts = Scripts::new();
    scripts.sh(
        "who",
        &format!("{PLAIN}; printf '%s' \"$REMOTE_ADDR|$HTTPS\""),
    );
    let certificates = Certificates::new();
    let pair = certificates.issue("localhost", &["localhost"]);
    let server = believing(scripts.server()).args(pair.args()).start();
    let curl = |more: &[&str]| {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--fail", "--insecure"]);
        curl.args(more);
        let url = format!("https://localhost:{}/cgi-bin/who", server.port());
        curl.arg(url).output().unwrap()
    };
    let here = format!("localhost:{}:127.0.0.1", server.port());
    // Its header names its own address.
    let told = curl(&["--resolve", &here, "--haproxy-protocol"]);
    assert_eq!(told.stdout, b"127.0.0.1|on", "{told:?}");
    let refused = curl(&["--resolve", &here]);
    assert!(!refused.status.success());
    server.wait_for_log(|line| line.contains("what came is no PROXY header"));
}

#[test]
fn who_is_sent_on_to_https_is_announced_as_well() {
    let site = Https::start(&[
        "--http-redirect=0",
        "--proxy-protocol",
        "--trusted-proxy=127.0.0.1",
    ]);
    let mut proxy = site.in_clear();
    proxy.send(client(7) + "GET /a HTTP/1.1\r\nHost: a.test\r\n\r\n");
    let answer = proxy.response();
    assert_eq!(answer.status, 301);
    let begins = |line: &str| line.starts_with("192.0.2.7 - - [") && line.contains("/a ");
    site.server.wait_for_log(begins);
    let mut stranger = site.in_clear();
    stranger.send("GET /a HTTP/1.1\r\nHost: a.test\r\n\r\n");
    stranger.expect_closed();
}
