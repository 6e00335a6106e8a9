//! Clients that reset, stall and vanish, files that shrink, descriptors that run out.

use crate::support::client::Client;
use crate::support::eventually;
use crate::support::server::Server;
use crate::support::tree::{MEGABYTE, Tree};

#[track_caller]
fn assert_serves(server: &Server) {
    assert_eq!(server.get("/hello.txt").text(), "hello, world\n");
}

#[test]
fn resets_at_any_moment_leak_nothing() {
    let tree = Tree::simple();
    tree.sparse_file("big.bin", 64 * MEGABYTE);
    let mut server = Server::serving(&tree);
    assert_serves(&server);
    let before = server.open_files();
    let upload = "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\nsome of it";
    let chunks = "GET / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nsome";
    let download = "GET /big.bin HTTP/1.1\r\nHost: test\r\n\r\n";
    for _ in 0..20 {
        server.connect().reset();
        for request in ["GET", "GET / HTTP/1.1\r\nHost:", upload, chunks, download] {
            let mut client = server.connect();
            client.send(request);
            client.reset();
        }
        let mut client = server.connect();
        client.send(download);
        client.try_response_head().unwrap();
        client.read_some(100_000);
        client.reset();
        let mut client = server.connect();
        client.send(download.repeat(10));
        client.read_some(100);
        client.reset();
    }
    assert_serves(&server);
    eventually("all descriptors are closed", || {
        server.open_files() <= before
    });
    assert!(server.is_running());
}

#[test]
fn a_stalled_client_does_not_hold_up_others() {
    let tree = Tree::simple();
    tree.sparse_file("big.bin", 256 * MEGABYTE);
    for threads in ["1", "2"] {
        let server = Server::builder()
            .directory(&tree)
            .args(["--threads", threads])
            .start();
        let mut stalled = Vec::new();
        for request in ["", "GET /", "GET /big.bin HTTP/1.1\r\nHost: test\r\n\r\n"].repeat(5) {
            let mut client = server.connect();
            client.send(request);
            stalled.push(client);
        }
        for _ in 0..50 {
            assert_serves(&server);
        }
    }
}

#[test]
fn a_file_truncated_while_it_is_sent_closes_short_and_is_logged() {
    const LENGTH: usize = 256 * MEGABYTE;
    let tree = Tree::simple();
    tree.sparse_file("big.bin", LENGTH);
    let server = Server::serving(&tree);
    let mut client = server.connect();
    client.send("GET /big.bin HTTP/1.1\r\nHost: test\r\n\r\n");
    let head = client.try_response_head().unwrap();
    assert_eq!(head.required("Content-Length"), LENGTH.to_string());
    client.read_some(1000);
    let file = std::fs::File::options()
        .write(true)
        .open(tree.path("big.bin"))
        .unwrap();
    file.set_len(2000).unwrap();
    assert!(client.rest().len() < LENGTH - 1000);
    let words = [
        "trunc",
        "short",
        "shrank",
        "shrunk",
        "ended",
        "incomplete",
        "shorter",
    ];
    server.wait_for_log(|line| {
        let line = line.to_ascii_lowercase();
        words.iter().any(|word| line.contains(word))
    });
    assert_serves(&server);
}

#[test]
fn a_file_that_grows_while_it_is_sent_is_sent_as_it_was() {
    const LENGTH: usize = 64 * MEGABYTE;
    let tree = Tree::simple();
    tree.sparse_file("big.bin", LENGTH);
    let server = Server::serving(&tree);
    let mut client = server.connect();
    client.send("GET /big.bin HTTP/1.1\r\nHost: test\r\n\r\n");
    client.try_response_head().unwrap();
    tree.sparse_file("big.bin.new", 0);
    let file = std::fs::File::options()
        .write(true)
        .open(tree.path("big.bin"))
        .unwrap();
    file.set_len((LENGTH * 2) as u64).unwrap();
    client.read_some(LENGTH);
    assert_eq!(client.get("/hello.txt").text(), "hello, world\n");
}

#[test]
fn a_file_replaced_or_removed_while_it_is_sent_comes_whole() {
    const LENGTH: usize = 64 * MEGABYTE;
    let tree = Tree::simple();
    tree.sparse_file("big.bin", LENGTH);
    let server = Server::serving(&tree);
    let mut client = server.connect();
    client.send("GET /big.bin HTTP/1.1\r\nHost: test\r\n\r\n");
    client.try_response_head().unwrap();
    std::fs::remove_file(tree.path("big.bin")).unwrap();
    client.read_some(LENGTH);
    assert_eq!(client.get("/big.bin").status, 404);
}

#[test]
fn the_server_recovers_when_file_descriptors_run_out() {
    let tree = Tree::simple();
    let mut server = Server::builder().directory(&tree).ulimit("-n 64").start();
    assert_serves(&server);
    for _ in 0..3 {
        let mut crowd: Vec<Client> = (0..100)
            .filter_map(|_| Client::try_connect(server.address).ok())
            .collect();
        for client in &mut crowd {
            let _ = client.try_send("GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
        }
        assert!(
            matches!(crowd[0].response().status, 200 | 503),
            "nobody is served"
        );
        drop(crowd);
        eventually("others are served again", || {
            let mut client = server.connect();
            let sent = client.try_send("GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
            sent.is_ok()
                && client
                    .try_response(false)
                    .is_ok_and(|response| response.status == 200)
        });
    }
    assert!(server.is_running());
}

/// Everyone of a crowd that the descriptors don't suffice for is served in the
/// end: who is in leaves, who waits comes in.
#[test]
fn a_crowd_is_served_one_after_the_other() {
    let tree = Tree::simple();
    let server = Server::builder().directory(&tree).ulimit("-n 64").start();
    let request = "GET /hello.txt HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    let mut crowd: Vec<Client> = (0..100).map(|_| server.connect()).collect();
    for client in &mut crowd {
        client.send(request);
    }
    for client in &mut crowd {
        let response = client.response();
        assert!(matches!(response.status, 200 | 503), "{}", response.status);
        client.rest();
    }
    assert_serves(&server);
}

#[test]
fn many_clients_at_once_each_get_their_own_answer() {
    let tree = Tree::simple();
    for index in 0..16 {
        tree.file(
            format!("{index}.txt"),
            format!("{index}").repeat(1000 * (index + 1)),
        );
    }
    let server = Server::serving(&tree);
    std::thread::scope(|scope| {
        for index in 0..16_usize {
            let server = &server;
            scope.spawn(move || {
                let expected = format!("{index}").repeat(1000 * (index + 1));
                let mut client = server.connect();
                for _ in 0..50 {
                    assert_eq!(client.get(&format!("/{index}.txt")).text(), expected);
                }
            });
        }
    });
}
