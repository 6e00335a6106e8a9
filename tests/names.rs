//! File names that are hard to serve: every byte that the system allows.

use crate::support::server::Server;
use crate::support::tree::{HARD_NAMES, Tree};
use crate::support::{percent_decode, percent_encode, resolved};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

#[test]
fn every_name_is_reachable_when_percent_encoded() {
    let tree = Tree::hostile();
    let server = Server::serving(&tree);
    for name in HARD_NAMES {
        let response = server.get(&format!("/{}", percent_encode(name)));
        let shown = name.escape_ascii();
        assert_eq!(response.status, 200, "{shown}");
        assert!(
            response.body == Tree::contents_of(name),
            "{shown}: {}",
            response.text()
        );
    }
}

#[test]
fn every_byte_may_stand_for_itself_in_percent_form() {
    let tree = Tree::empty();
    for byte in (1..=255).filter(|byte| *byte != b'/') {
        tree.file(OsStr::from_bytes(&[b'x', byte, b'y']), [byte]);
    }
    let server = Server::serving(&tree);
    let mut client = server.connect();
    for byte in (1..=255).filter(|byte| *byte != b'/') {
        for target in [format!("/x%{byte:02X}y"), format!("/x%{byte:02x}y")] {
            let response = client.get(&target);
            assert_eq!(
                (response.status, response.body),
                (200, vec![byte]),
                "{target}"
            );
        }
    }
    assert!(matches!(client.get("/x%00y").status, 400 | 404));
}

#[test]
fn directories_have_hard_names_too() {
    let tree = Tree::empty();
    for name in HARD_NAMES {
        let directory = tree.path(OsStr::from_bytes(name));
        tree.file(directory.join("inner.txt"), name);
    }
    let server = Server::serving(&tree);
    for name in HARD_NAMES {
        let target = format!("/{}", percent_encode(name));
        let shown = name.escape_ascii();
        assert_eq!(
            server.get(&format!("{target}/inner.txt")).body,
            *name,
            "{shown}"
        );
        assert!(
            server
                .get(&format!("{target}/"))
                .text()
                .contains("inner.txt"),
            "{shown}"
        );
        let redirect = server.get(&target);
        assert_eq!(redirect.status, 301);
        assert_eq!(
            percent_decode(&resolved(&target, redirect.required("Location"))),
            percent_decode(&format!("{target}/")),
            "{shown}"
        );
    }
}

/// As typed into a terminal: bytes above ASCII without percent-encoding.
#[test]
fn raw_utf8_in_a_target_is_served_or_refused() {
    let tree = Tree::hostile();
    let server = Server::serving(&tree);
    let response = server.get("/caf\u{e9}.txt");
    match response.status {
        200 => assert_eq!(response.body, Tree::contents_of("caf\u{e9}.txt".as_bytes())),
        status => assert!(matches!(status, 400 | 404), "{status}"),
    }
}
