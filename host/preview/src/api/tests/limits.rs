//! What a deploy and a request may have: each limit has its answer, which names the entry.

use super::stage::{Script, Stage};
use crate::limits::Limits;
use crate::wire::{MAX_JSON, MAX_PACK};
use serde_json::json;
use std::io::{Read, Write};

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
