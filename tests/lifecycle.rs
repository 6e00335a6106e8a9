//! Signals, graceful stop, and what many connections leave behind.

use crate::support::client::Client;
use crate::support::eventually;
use crate::support::guests::example;
use crate::support::server::Server;
use crate::support::tree::{MEGABYTE, Tree};
use rustix::process::Signal;
use std::time::Duration;

#[test]
fn sigterm_and_ctrl_c_exit_with_0() {
    let tree = Tree::simple();
    for signal in [Signal::TERM, Signal::INT] {
        let mut server = Server::serving(&tree);
        assert_eq!(server.get("/hello.txt").status, 200);
        server.signal(signal);
        assert_eq!(server.wait().code(), Some(0), "{signal:?}");
    }
}

#[test]
fn idle_connections_do_not_hold_up_the_end() {
    let tree = Tree::simple();
    let mut server = Server::builder()
        .directory(&tree)
        .args(["--shutdown-timeout", "3600"])
        .start();
    let mut used = server.connect();
    assert_eq!(used.get("/hello.txt").status, 200);
    let mut unused = server.connect();
    assert_eq!(server.terminate().code(), Some(0));
    used.expect_closed();
    unused.expect_closed();
}

#[test]
fn a_download_is_finished_after_sigterm() {
    let tree = Tree::simple();
    tree.sparse_file("big.bin", 64 * MEGABYTE);
    let mut server = Server::builder()
        .directory(&tree)
        .args(["--shutdown-timeout", "3600"])
        .start();
    let mut client = server.connect();
    client.send("GET /big.bin HTTP/1.1\r\nHost: test\r\n\r\n");
    client.try_response_head().unwrap();
    client.read_some(1000);
    server.signal(Signal::TERM);
    eventually("new connections are refused", || {
        Client::try_connect(server.address).is_err()
    });
    client.read_some(64 * MEGABYTE - 1000);
    client.expect_closed();
    assert_eq!(server.wait().code(), Some(0));
}

/// Also one whose content is gathered, for which no handler works yet.
#[test]
fn a_form_that_is_on_its_way_is_answered_after_sigterm() {
    let mut server = Server::builder()
        .args(["--shutdown-timeout", "3600", "--component"])
        .args([example("echo")])
        .start();
    let mut client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n01234");
    // Longer than an instance waits.
    assert!(!client.hung_up_within(Duration::from_millis(500)));
    server.signal(Signal::TERM);
    eventually("new connections are refused", || {
        Client::try_connect(server.address).is_err()
    });
    client.send("56789");
    assert!(client.response().text().ends_with("0123456789"));
    client.expect_closed();
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn a_download_that_does_not_end_is_cut_off() {
    let tree = Tree::simple();
    tree.sparse_file("big.bin", 256 * MEGABYTE);
    for timeout in ["0.2", "0"] {
        let mut server = Server::builder()
            .directory(&tree)
            .args(["--shutdown-timeout", timeout])
            .start();
        let mut client = server.connect();
        client.send("GET /big.bin HTTP/1.1\r\nHost: test\r\n\r\n");
        client.try_response_head().unwrap();
        assert_eq!(server.terminate().code(), Some(0));
        assert!(client.rest().len() < 256 * MEGABYTE);
    }
}

/// There may be too many to hear of the end in no time.
#[test]
fn idle_connections_that_are_cut_off_at_once_are_no_requests() {
    let tree = Tree::simple();
    let mut server = Server::builder()
        .directory(&tree)
        .args(["--shutdown-timeout", "0", "--threads", "1"])
        .start();
    let mut clients: Vec<_> = (0..200).map(|_| server.connect()).collect();
    for client in &mut clients {
        assert_eq!(client.get("/hello.txt").status, 200);
    }
    assert_eq!(server.terminate().code(), Some(0));
    for client in &mut clients {
        client.expect_closed();
    }
    let log = server.log_lines().join("\n");
    assert!(!log.contains("requests were still running"), "{log}");
}

#[test]
fn the_log_is_complete_after_the_end() {
    let tree = Tree::simple();
    let mut server = Server::serving(&tree);
    let mut client = server.connect();
    for number in 0..500 {
        assert_eq!(client.get(&format!("/hello.txt?{number}")).status, 200);
    }
    server.terminate();
    server.wait_for_log(|line| line.contains("/hello.txt?499 "));
    let lines = server.log_lines();
    assert_eq!(
        lines
            .iter()
            .filter(|line| line.contains("GET /hello.txt?"))
            .count(),
        500
    );
}

#[test]
fn two_thousand_connections_leave_nothing_behind() {
    const CLIENTS: usize = 2_000;
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    let targets = ["/hello.txt", "/", "/missing", "/dir", "/100k.bin"];
    let visit = |count| {
        for index in 0..count {
            let mut client = server.connect();
            client.send(format!(
                "GET {} HTTP/1.1\r\nHost: test\r\n\r\n",
                targets[index % 5]
            ));
            match index % 3 {
                0 => drop(client.response()),
                1 => drop(client.try_response_head()),
                _ => client.reset(),
            }
        }
    };
    assert_eq!(server.get("/hello.txt").status, 200);
    let files = server.open_files();
    visit(200);
    let memory = server.resident_kib();
    visit(CLIENTS);
    eventually("all file descriptors are closed", || {
        server.open_files() <= files
    });
    let grown = server.resident_kib().saturating_sub(memory);
    assert!(
        grown < 64 * 1024,
        "{grown} KiB more after {CLIENTS} connections"
    );
}

#[test]
fn many_requests_on_one_connection_do_not_add_up() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    let mut client = server.connect();
    let mut visit = |count| {
        for _ in 0..count {
            assert_eq!(client.get("/dir/").status, 200);
            assert_eq!(client.get("/100k.bin").body.len(), 100 * 1024);
        }
    };
    visit(50);
    let (files, memory) = (server.open_files(), server.resident_kib());
    visit(1_000);
    // A client may have all of a file before the server has closed it.
    eventually("the files are closed", || server.open_files() <= files);
    let grown = server.resident_kib().saturating_sub(memory);
    assert!(grown < 64 * 1024, "{grown} KiB more after 2,000 requests");
}

#[test]
fn every_mode_of_isolation_and_threads_serves() {
    let tree = Tree::simple();
    for args in [
        ["--isolation", "connection"],
        ["--isolation", "request"],
        ["--threads", "1"],
        ["--threads", "3"],
        ["--max-instances", "1"],
    ] {
        let server = Server::builder().directory(&tree).args(args).start();
        let mut client = server.connect();
        client.send("GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n".repeat(20));
        for _ in 0..20 {
            assert_eq!(client.response().text(), "hello, world\n", "{args:?}");
        }
        let mut clients: Vec<_> = (0..20).map(|_| server.connect()).collect();
        for client in clients.iter_mut().rev() {
            assert_eq!(client.get("/100k.bin").body.len(), 100 * 1024, "{args:?}");
        }
    }
}
