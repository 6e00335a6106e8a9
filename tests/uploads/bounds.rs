//! How much may be left, and what becomes of a file that breaks off.

use super::{put, start};
use crate::support::eventually;
use crate::support::server::Server;
use crate::support::tree::{KILOBYTE, MEGABYTE, Tree, pattern};
use std::fs;
use std::path::Path;

fn names(directory: impl AsRef<Path>) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Whether the server has a file of the directory open that has no name, and is as long
/// as that.
fn holds_a_file(server: &Server, tree: &Tree, least: usize) -> bool {
    let nameless = format!("{}/#", tree.as_ref().display());
    let open = fs::read_dir(format!("/proc/{}/fd", server.id())).unwrap();
    let mut open = open.filter_map(|fd| {
        let fd = fd.ok()?.path();
        let is_one = fs::read_link(&fd).ok()?.to_str()?.starts_with(&nameless);
        is_one.then(|| fs::metadata(fd).ok())?
    });
    open.any(|file| file.len() >= least as u64)
}

fn chunked(target: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("PUT {target} HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
    let size = format!("{:x}\r\n", content.len());
    [head.as_bytes(), size.as_bytes(), content, b"\r\n0\r\n\r\n"].concat()
}

/// Sends what may be refused before all of it was sent.
#[track_caller]
fn status_of(server: &Server, request: Vec<u8>) -> u16 {
    let mut client = server.connect();
    let sending = client.send_in_background(request);
    let status = client.final_response(false).status;
    drop(client);
    let _ = sending.join().unwrap();
    status
}

#[test]
fn a_file_has_a_size_and_all_together_have_a_quota() {
    let tree = Tree::empty();
    let args = ["--upload-max-size", "100K", "--upload-quota", "256KiB"];
    let server = start(&tree, &args);
    let large = pattern(100 * KILOBYTE);
    let too_large = [&large[..], b"x"].concat();
    assert_eq!(status_of(&server, put("/large", "", &too_large)), 413);
    assert_eq!(status_of(&server, chunked("/large", &too_large)), 413);
    assert!(names(&tree).is_empty());
    assert_eq!(status_of(&server, put("/1", "", &large)), 201);
    assert_eq!(status_of(&server, chunked("/2", &large)), 201);
    // As much is left as two files take beside their content, and 48 KiB.
    let rest = 256 * KILOBYTE - 2 * (100 + 4) * KILOBYTE - 4 * KILOBYTE;
    assert_eq!(status_of(&server, put("/3", "", pattern(rest + 1))), 507);
    assert_eq!(status_of(&server, chunked("/3", &pattern(rest + 1))), 507);
    assert_eq!(status_of(&server, put("/new/3", "", pattern(rest))), 507);
    assert_eq!(status_of(&server, put("/3", "", pattern(rest))), 201);
    assert_eq!(status_of(&server, put("/4", "", "")), 507);
    assert_eq!(names(&tree), ["1", "2", "3"]);
}

/// So many empty files would be as bad as one that is large.
#[test]
fn the_quota_bounds_how_many_files_and_directories_there_are() {
    let tree = Tree::empty();
    let server = start(&tree, &["--upload-quota", "40K"]);
    let mut client = server.connect();
    for number in 0..10 {
        assert_eq!(
            client.exchange(put(&format!("/{number}"), "", "")).status,
            201
        );
    }
    assert_eq!(client.exchange(put("/10", "", "")).status, 507);
    let server = start(&tree, &["--upload-quota", "40K"]);
    let deep = format!("/{}x", "d/".repeat(10));
    assert_eq!(server.exchange(put(&deep, "", "")).status, 507);
    assert!(!tree.path("d").exists());
}

#[test]
fn what_is_replaced_is_counted_no_longer() {
    let tree = Tree::empty();
    let server = start(&tree, &["--overwrite", "--upload-quota", "208K"]);
    let mut client = server.connect();
    for round in 0..5 {
        let response = client.exchange(put("/same", "", pattern(100 * KILOBYTE)));
        assert_eq!(response.status, if round == 0 { 201 } else { 204 });
    }
}

/// Nobody sees a half file, by no name; and its room is had by others when it has broken
/// off.
#[test]
fn half_a_file_is_never_there_and_its_room_is_given_back() {
    let tree = Tree::empty();
    let server = start(&tree, &["--upload-quota", "1M"]);
    for _ in 0..3 {
        let request = put("/dir/half", "", pattern(MEGABYTE - 8 * KILOBYTE));
        let mut client = server.connect();
        client.send(&request[..request.len() / 2]);
        eventually("some of it has arrived", || {
            holds_a_file(&server, &tree, 200 * KILOBYTE)
        });
        assert!(names(&tree).is_empty());
        assert_eq!(server.get("/dir/half").status, 404);
        assert!(!server.get("/").text().contains("half"));
        client.reset();
        eventually("it is forgotten", || !holds_a_file(&server, &tree, 0));
    }
    let whole = put("/dir/whole", "", pattern(MEGABYTE - 8 * KILOBYTE));
    assert_eq!(server.exchange(whole).status, 201);
}

#[test]
fn a_server_that_is_killed_leaves_nothing() {
    let tree = Tree::empty();
    let server = start(&tree, &[]);
    let request = put("/half", "", pattern(MEGABYTE));
    let mut client = server.connect();
    client.send(&request[..request.len() / 2]);
    eventually("some of it has arrived", || {
        holds_a_file(&server, &tree, 200 * KILOBYTE)
    });
    drop(server);
    assert!(names(&tree).is_empty());
}

/// A client that stops sending is told so, and holds nothing.
#[test]
fn who_stops_sending_is_408() {
    let tree = Tree::empty();
    let server = start(&tree, &["--request-timeout", "1s"]);
    let request = put("/half", "", pattern(MEGABYTE));
    let mut client = server.connect();
    client.send(&request[..request.len() / 2]);
    assert_eq!(client.final_response(false).status, 408);
    assert!(names(&tree).is_empty());
}

/// The content passes the server in pieces, whatever its length.
#[test]
fn a_large_file_takes_no_memory() {
    const GROWTH_KIB: u64 = 16 * 1024;
    let tree = Tree::empty();
    let server = start(&tree, &[]);
    assert_eq!(server.exchange(put("/first", "", "x")).status, 201);
    let before = server.resident_kib();
    server.forget_peak();
    let content = pattern(64 * MEGABYTE);
    assert_eq!(status_of(&server, put("/counted", "", &content)), 201);
    assert_eq!(status_of(&server, chunked("/chunked", &content)), 201);
    let grown = server.peak_kib().saturating_sub(before);
    assert!(grown < GROWTH_KIB, "the server grew by {grown} KiB");
    for name in ["counted", "chunked"] {
        assert!(fs::read(tree.path(name)).unwrap() == content, "{name}");
    }
}
