//! Each limit, and the answer of a server that reaches it.

use crate::support::client::Client;
use crate::support::eventually;
use crate::support::guests::component;
use crate::support::server::Server;
use crate::support::tree::{MEGABYTE, Tree};
use std::time::Duration;

fn start(tree: &Tree, args: &[&str]) -> Server {
    Server::builder().directory(tree).args(args).start()
}

/// A client that has read only the head of a file too large for any buffer.
fn stuck_download(server: &Server) -> Client {
    let mut client = server.connect();
    client.send("GET /big.bin HTTP/1.1\r\nHost: test\r\n\r\n");
    assert_eq!(client.try_response_head().unwrap().status, 200);
    client
}

fn tree_with_big_file() -> Tree {
    let tree = Tree::simple();
    tree.sparse_file("big.bin", 256 * MEGABYTE);
    tree
}

/// 408 or nothing, then closed.
#[track_caller]
fn assert_timed_out(client: &mut Client) {
    let bytes = client.rest();
    let answer = bytes.escape_ascii().to_string();
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 408 "),
        "{answer}"
    );
}

#[test]
fn half_a_head_times_out() {
    let tree = Tree::simple();
    let server = start(&tree, &["--header-timeout", "0.3", "--idle-timeout", "0.3"]);
    for start in [
        "G",
        "GET / HTTP/1.1\r\n",
        "GET / HTTP/1.1\r\nHost: test\r\nX: y",
    ] {
        let mut client = server.connect_and_send(start);
        assert_timed_out(&mut client);
    }
    let mut silent = server.connect();
    assert_timed_out(&mut silent);
    let mut client = server.connect_and_send("GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
    assert_eq!(client.response().status, 200);
}

/// Slowloris: each byte comes well within the limit, the head doesn't.
#[test]
fn a_byte_at_a_time_does_not_extend_the_header_timeout() {
    let tree = Tree::simple();
    let server = start(&tree, &["--header-timeout", "0.5"]);
    let mut client = server.connect();
    client.send("GET /hello.txt HTTP/1.1\r\nHost: test\r\nX: ");
    eventually("the server hangs up", || {
        client.try_send("y").is_err() || client.hung_up_within(Duration::from_millis(50))
    });
    assert!(!client.buffered().starts_with(b"HTTP/1.1 200"));
}

#[test]
fn idle_connections_are_closed() {
    let tree = Tree::simple();
    let server = start(&tree, &["--idle-timeout", "0.3"]);
    let mut client = server.connect();
    assert_eq!(client.get("/hello.txt").status, 200);
    assert_timed_out(&mut client);
}

#[test]
fn a_reader_that_stops_is_cut_off() {
    let tree = tree_with_big_file();
    let server = start(&tree, &["--request-timeout", "0.5"]);
    assert_eq!(server.get("/hello.txt").status, 200);
    let before = server.open_files();
    let mut client = stuck_download(&server);
    server.wait_for_log(|line| line.contains("timed out, as the client took nothing"));
    eventually("the server gives up", || server.open_files() <= before);
    assert!(client.rest().len() < 256 * MEGABYTE);
}

/// The kernel chooses the worker that a connection goes to.
#[test]
fn the_only_place_is_whichever_workers_needs_it() {
    let tree = Tree::simple();
    let server = start(&tree, &["--max-connections", "1", "--threads", "4"]);
    for _ in 0..20 {
        assert_eq!(server.get("/hello.txt").status, 200);
    }
}

#[test]
fn a_body_that_stalls_is_cut_off() {
    let tree = Tree::simple();
    let args = [
        "--request-timeout",
        "0.5",
        "--idle-timeout",
        "0.5",
        "--header-timeout",
        "0.5",
    ];
    let server = start(&tree, &args);
    let mut client = server.connect();
    client.send("GET /hello.txt HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\nhalf");
    let answer = client.rest().escape_ascii().to_string();
    let right = ["HTTP/1.1 200 ", "HTTP/1.1 408 ", "HTTP/1.1 504 "];
    assert!(
        answer.is_empty() || right.iter().any(|start| answer.starts_with(start)),
        "{answer}"
    );
}

#[test]
fn idle_connections_hold_no_instance() {
    let tree = Tree::simple();
    let server = start(&tree, &["--max-instances", "1", "--queue-timeout", "20"]);
    let mut clients: Vec<Client> = (0..30).map(|_| server.connect()).collect();
    for _ in 0..3 {
        for client in &mut clients {
            assert_eq!(client.get("/hello.txt").status, 200);
        }
    }
}

/// A server of one instance, and a client for whom that sleeps, and has said so.
fn asleep(queue_timeout: &str) -> (Server, Client) {
    let server = Server::builder()
        .args(["--max-instances=1", "--queue-timeout", queue_timeout])
        .args([
            "--component".as_ref(),
            component("hostile_handler").as_os_str(),
        ])
        .start();
    let mut client = server.connect();
    client.send("GET /hold HTTP/1.1\r\nHost: test\r\n\r\n");
    client.wait_for("held\n");
    (server, client)
}

#[test]
fn slow_downloads_and_half_requests_hold_no_instance() {
    let tree = tree_with_big_file();
    let server = start(&tree, &["--max-instances", "1", "--queue-timeout", "20"]);
    let mut half = server.connect();
    half.send("GET /hello.txt HTTP/1.1\r\nHo");
    let _downloads = [stuck_download(&server), stuck_download(&server)];
    assert_eq!(server.get("/hello.txt").status, 200);
    half.send("st: test\r\n\r\n");
    assert_eq!(half.response().status, 200);
}

#[test]
fn without_a_free_instance_it_is_503_and_when_to_come_back() {
    for timeout in ["0.1", "0"] {
        let (server, sleeper) = asleep(timeout);
        let response = server.get("/ok");
        assert_eq!(response.status, 503);
        assert!(
            response
                .required("Retry-After")
                .parse::<u32>()
                .is_ok_and(|seconds| seconds > 0)
        );
        sleeper.reset();
        eventually("the instance is free again", || {
            server.get("/ok").status == 200
        });
    }
}

#[test]
fn a_short_wait_for_an_instance_is_no_error() {
    let (server, sleeper) = asleep("20");
    let mut waiting: Vec<Client> = (0..5).map(|_| server.connect()).collect();
    for client in &mut waiting {
        client.send("GET /ok HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    }
    sleeper.reset();
    for client in &mut waiting {
        assert_eq!(client.response().status, 200);
    }
}

#[test]
fn connections_above_the_limit_wait_their_turn() {
    let tree = tree_with_big_file();
    let server = start(&tree, &["--max-connections", "2", "--threads", "1"]);
    let mut busy = vec![stuck_download(&server), stuck_download(&server)];
    let mut waiting = server.connect();
    waiting.send("GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
    assert!(!waiting.hung_up_within(Duration::from_millis(100)));
    assert!(
        waiting.buffered().is_empty(),
        "a third connection was served"
    );
    drop(busy.pop());
    assert_eq!(waiting.response().status, 200);
}

#[test]
fn long_request_lines_are_414() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    for (length, status) in [(60_000, 404), (65_000, 404), (66_000, 414), (200_000, 414)] {
        let mut client = server.connect();
        let _ = client.try_send(format!(
            "GET /{} HTTP/1.1\r\nHost: test\r\n\r\n",
            "x".repeat(length)
        ));
        assert_eq!(client.response().status, status, "{length}");
    }
    // A query counts too, and a long one is no reason to refuse.
    assert_eq!(
        server
            .get(&format!("/hello.txt?{}", "x".repeat(60_000)))
            .status,
        200
    );
}

#[test]
fn long_or_many_fields_are_431() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    let fields = |count: usize| "X: y\r\n".repeat(count);
    for (name, fields, status) in [
        (
            "65,000 bytes",
            format!("X: {}\r\n", "y".repeat(65_000)),
            200,
        ),
        (
            "66,000 bytes",
            format!("X: {}\r\n", "y".repeat(66_000)),
            431,
        ),
        ("a long name", format!("{}: y\r\n", "X".repeat(66_000)), 431),
        ("98 and Host", fields(98), 200),
        ("101 and Host", fields(101), 431),
        ("1,000 and Host", fields(1_000), 431),
    ] {
        let mut client = server.connect();
        let _ = client.try_send(format!(
            "GET /hello.txt HTTP/1.1\r\nHost: test\r\n{fields}\r\n"
        ));
        assert_eq!(client.response().status, status, "{name}");
    }
}

#[test]
fn endless_lines_are_cut_off() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    for start in ["", "GET /", "GET / HTTP/1.1\r\nX: ", "GET / HTTP/1.1\r\nX"] {
        let mut client = server.connect();
        client.send(start);
        let block = vec![b'x'; 64 * 1024];
        // 64 MB, if it were taken.
        let taken = (0..1024)
            .take_while(|_| client.try_send(&block).is_ok())
            .count();
        assert!(taken < 1024, "{start:?}: all was read");
        let answer = client.rest().escape_ascii().to_string();
        let right = ["HTTP/1.1 400 ", "HTTP/1.1 414 ", "HTTP/1.1 431 "];
        assert!(
            answer.is_empty() || right.iter().any(|start| answer.starts_with(start)),
            "{answer}"
        );
    }
    assert_eq!(server.get("/hello.txt").status, 200);
}

/// Each instance that there may be has addresses reserved for it. Where not all
/// of them have, all do without.
#[test]
fn few_addresses_are_enough() {
    let tree = Tree::simple();
    for (instances, pooled) in [("4", true), ("1024", false)] {
        let kib = 64 * 1024 * 1024;
        let server = Server::builder()
            .directory(&tree)
            .ulimit(&format!("-v {kib}"))
            .args(["-v", "--threads=1", "--isolation=request"])
            .args(["--max-instances", instances])
            .start();
        for _ in 0..3 {
            assert_eq!(server.get("/hello.txt").text(), "hello, world\n");
        }
        let log = server.log_lines().join("\n");
        assert_eq!(!log.contains("no pool of instances"), pooled, "{log}");
    }
}
