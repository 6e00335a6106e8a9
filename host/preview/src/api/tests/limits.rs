//! What a deploy and a request may have: each limit has its answer, which names the entry.

use super::stage::{Script, Stage};
use crate::api::{Candidate, Checker};
use crate::limits::{Asked, Limits};
use crate::wire::{MAX_JSON, MAX_PACK, Problem};
use serde_json::json;
use std::io::{Read, Write};
use std::sync::Arc;

fn stage(change: impl FnOnce(&mut Limits)) -> Stage {
    let mut limits = Limits::default();
    change(&mut limits);
    Stage::with(Script {
        limits,
        ..Script::default()
    })
}

#[test]
fn too_many_and_too_large_files_are_named() {
    let stage = stage(|limits| {
        limits.usual.files = 2;
        limits.usual.file_size = 10;
        limits.usual.total_size = 15;
    });
    let (large, half) = ("a".repeat(11), "b".repeat(8));
    stage.send("shop", &["1", &large, &half]);
    let deploy = |files: &[(&str, &str)]| stage.deploy("shop", files, &json!({}));
    let many = deploy(&[("a", "1"), ("b", "1"), ("c", "1")]);
    assert_eq!(many.status, 413);
    assert!(
        many.error()
            .contains("3 files in this deploy, 2 is the most")
    );
    let one = deploy(&[("a", "1"), ("b", &large)]);
    assert_eq!((one.status, &one.json()["entry"]), (413, &json!("b")));
    let all = deploy(&[("a", &half), ("b", &half)]);
    assert_eq!((all.status, &all.json()["entry"]), (413, &json!("b")));
    assert_eq!(stage.deploys(), 0);
    assert_eq!(deploy(&[("a", "1"), ("b", &half)]).status, 201);
}

#[test]
fn projects_and_deploys_have_their_numbers() {
    let stage = stage(|limits| {
        limits.projects = 1;
        limits.deploys = 1;
    });
    let files = [("a", "1")];
    stage.deployed("shop", &files, &json!({}));
    let more = stage.deploy("shop", &files, &json!({}));
    assert_eq!(more.status, 409);
    assert!(
        more.error().contains("deploys, which is the most"),
        "{more:?}"
    );
    let other = stage.ask("POST", "/projects/blog/blobs", "", b"");
    assert_eq!(other.status, 409);
    assert!(
        other.error().contains("projects, which is the most"),
        "{other:?}"
    );
}

/// A manifest of 100 MB is refused when it is announced, and when it isn't, as soon as it
/// is more than may be.
#[test]
fn a_manifest_of_a_hundred_megabytes_is_not_read() {
    let stage = Stage::new();
    let limits = [
        ("/projects/shop/deploys", MAX_JSON),
        ("/projects/shop/missing", MAX_JSON),
        ("/projects/shop/blobs", MAX_PACK),
    ];
    for (path, most) in limits {
        let head = stage.head("POST", path, "Content-Length: 100000000\r\n");
        let answer = stage.raw(head.as_bytes());
        assert_eq!(answer.status, 413, "{path}");
        assert!(answer.error().contains(&most.to_string()));

        let mut socket = stage.connect();
        let head = stage.head("POST", path, "Transfer-Encoding: chunked\r\n");
        socket.write_all(head.as_bytes()).unwrap();
        let chunk = format!("100000\r\n{}\r\n", " ".repeat(0x10_0000));
        // It stops to read long before.
        let sent = (0..100)
            .take_while(|_| socket.write_all(chunk.as_bytes()).is_ok())
            .count() as u64;
        assert!(sent < 2 * most / 0x10_0000 + 16, "{sent} MiB were read");
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer);
    }
    assert!(stage.kept().is_empty());
    assert_eq!(stage.get("/projects").status, 200);
}

#[test]
fn settings_have_a_size() {
    let stage = Stage::new();
    let large = " ".repeat(1024 * 1024 + 1);
    stage.send("shop", &[&large]);
    for name in ["wasm-host.toml", "_redirects", "_headers"] {
        let answer = stage.deploy("shop", &[(name, &large)], &json!({}));
        assert_eq!(
            (answer.status, &answer.json()["entry"]),
            (413, &json!(name))
        );
    }
    assert_eq!(
        stage
            .deploy("shop", &[("a/_headers", &large)], &json!({}))
            .status,
        201
    );
}

/// Many who announce much, and send a part of it, can't take all memory: the next one is
/// told to come back, and is served when they are gone.
#[test]
fn memory_is_bounded_for_all_together() {
    let stage = Stage::with(Script {
        memory: 1024 * 1024,
        ..Script::default()
    });
    let head = stage.head(
        "POST",
        "/projects/shop/blobs",
        "Content-Length: 8000000\r\n",
    );
    let begin = [head.as_bytes(), &[0; 300_000]].concat();
    let mut many: Vec<_> = (0..8).map(|_| stage.connect()).collect();
    for socket in &mut many {
        let _ = socket.write_all(&begin);
    }
    // Three of them have all of it. The others are told, or closed with what they sent.
    let full = || stage.ask("POST", "/projects/shop/missing", "", &[b' '; 200_000]);
    let answer = (0..1000)
        .map(|_| full())
        .find(|answer| answer.status == 503);
    let answer = answer.expect("there is room for all");
    assert!(answer.error().contains("try again"), "{answer:?}");
    assert_eq!(answer.field("retry-after"), Some("2"));
    // What needs little is served meanwhile.
    assert_eq!(stage.get("/projects").status, 200);
    stage.send("shop", &["a"]);
    let deploy = || stage.deploy("shop", &[("a", "a")], &json!({})).status;
    let mut status = deploy();
    // Until those that get no more room are gone, there may be none at all.
    while status == 503 {
        status = deploy();
    }
    assert_eq!(status, 201);
    drop(many);
    assert!((0..1000).any(|_| full().status == 400));
}

struct Panics;

impl Checker for Panics {
    fn check(&self, _: &Candidate<'_>) -> Result<Asked, Vec<Problem>> {
        panic!("a fault of the checker's")
    }
}

#[test]
fn a_fault_of_the_servers_own_is_told_as_such_and_ends_nothing() {
    let stage = Stage::with(Script {
        checker: Arc::new(Panics),
        ..Script::default()
    });
    stage.send("shop", &["a"]);
    for _ in 0..2 {
        let answer = stage.deploy("shop", &[("a", "a")], &json!({}));
        assert_eq!(answer.status, 500);
        assert!(!answer.error().contains("checker"), "{answer:?}");
    }
    assert_eq!(stage.deploys(), 0);
}
