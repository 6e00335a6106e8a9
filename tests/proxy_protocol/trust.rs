//! Who is believed.

use super::{REQUEST, client, serving};
use crate::support::client::Client;
use crate::support::command_line::{fails_to_start, run, stderr};
use crate::support::only::Only;
use crate::support::server::Server;
use crate::support::tree::Tree;
use std::net::Ipv4Addr;

#[test]
fn who_is_not_trusted_is_refused_whatever_it_says() {
    let tree = Tree::simple();
    let server = Server::builder()
        .directory(&tree)
        .args(["--proxy-protocol", "--trusted-proxy", "127.0.0.2", "-v"])
        .args(["--trusted-proxy", "10.0.0.0/8"])
        .start();
    for bytes in [client(7), REQUEST.to_owned()] {
        let mut stranger = server.connect();
        let _ = stranger.try_send(bytes + REQUEST);
        assert_eq!(stranger.rest(), b"");
    }
    server.wait_for_log(|line| line.contains("no proxy that is trusted"));
    let mut proxy = server.connect_from(Ipv4Addr::new(127, 0, 0, 2));
    proxy.send(client(7) + REQUEST);
    assert_eq!(proxy.response().text(), "hello, world\n");
}

/// An IPv4 proxy that comes to a socket of IPv6 is the same proxy.
#[test]
fn a_proxy_of_ipv4_is_known_on_a_dual_stack_socket() {
    if !Only::WithIpv6.applies() {
        return;
    }
    let tree = Tree::simple();
    let server = Server::builder()
        .directory(&tree)
        .bind_default()
        .args(["--proxy-protocol", "--trusted-proxy", "127.0.0.1"])
        .start();
    let mut proxy = Client::connect((Ipv4Addr::LOCALHOST, server.port()).into());
    proxy.send(client(7) + REQUEST);
    assert_eq!(proxy.response().text(), "hello, world\n");
    server.wait_for_log(|line| line.starts_with("192.0.2.7 - - ["));
    let mut stranger = server.connect();
    let _ = stranger.try_send(client(7) + REQUEST);
    assert_eq!(stranger.rest(), b"", "::1 isn't 127.0.0.1");
}

/// A client's own header is its request's first bytes, and no header any more.
#[test]
fn a_second_header_is_no_header() {
    let tree = Tree::simple();
    let server = serving(&tree);
    let mut proxy = server.connect();
    proxy.send(client(7) + &client(9) + REQUEST);
    assert!(proxy.response().status >= 400);
    server.wait_for_log(|line| line.starts_with("192.0.2.7 - - ["));
    assert!(
        !server
            .log_lines()
            .iter()
            .any(|line| line.starts_with("192.0.2.9"))
    );
}

/// Without the option a header is a bad request: a client can't say that it is another.
#[test]
fn nobody_is_believed_unasked() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    let mut liar = server.connect();
    liar.send(client(7) + REQUEST);
    assert!(liar.response().status >= 400);
    server.wait_for_log(|line| line.starts_with("127.0.0.1 - - ["));
}

#[test]
fn who_may_connect_to_a_unix_socket_is_trusted() {
    let tree = Tree::simple();
    let server = Server::builder()
        .directory(&tree)
        .unix(tree.outside("s"))
        .args(["--proxy-protocol"])
        .start();
    let mut proxy = server.connect();
    proxy.send(client(7) + REQUEST);
    assert_eq!(proxy.response().text(), "hello, world\n");
    server.wait_for_log(|line| line.starts_with("192.0.2.7 - - ["));
    let mut check = server.connect();
    check.send(format!("PROXY UNKNOWN\r\n{REQUEST}"));
    assert_eq!(check.response().status, 200);
    server.wait_for_log(|line| line.starts_with("0.0.0.0 - - ["));
}

#[test]
fn what_cannot_be_meant_is_refused_at_the_start() {
    let tree = Tree::simple();
    let directory = ["-d", tree.as_ref().to_str().unwrap()];
    let socket = format!("unix:{}", tree.outside("s").display());
    // Anybody would be believed.
    for places in [
        &["--bind", "127.0.0.1", "0"][..],
        &["--bind", &socket, "--bind", "::1", "0"],
    ] {
        let args = [&directory[..], &["--proxy-protocol"], places].concat();
        let message = fails_to_start(&args);
        assert!(message.contains("--trusted-proxy 10.0.0.0/8"), "{message}");
    }
    assert!(!tree.outside("s").exists());
    for (args, says) in [
        (&["--trusted-proxy", "10.0.0.0/8"][..], "--proxy-protocol"),
        (
            &["--proxy-protocol", "--trusted-proxy", "proxy.local"],
            "no IP address",
        ),
        (
            &["--proxy-protocol", "--trusted-proxy", "10.0.0.0/33"],
            "no IP address",
        ),
    ] {
        let output = run([&["serve", "0"][..], args].concat());
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(says), "{message}");
    }
}
