//! Content goes up, breaks off, and goes on.

use super::stage::{Script, Stage};
use crate::digest::Digest;
use crate::limits::Limits;
use bytes::{BufMut, BytesMut};
use serde_json::json;
use std::io::Write;

fn path(content: &[u8]) -> String {
    format!("/projects/shop/blobs/{}", Digest::of(content))
}

#[test]
fn only_what_is_missing_is_asked_for_and_only_in_its_own_project() {
    let stage = Stage::new();
    stage.send("shop", &["one"]);
    let blobs = json!({ "blobs": [
        { "sha256": Digest::of(b"one"), "size": 3 },
        { "sha256": Digest::of(b"two"), "size": 3 },
        { "sha256": Digest::of(b"two"), "size": 3 },
    ]});
    let missing = stage.post("/projects/shop/missing", &blobs).json();
    assert_eq!(missing, json!({ "missing": [Digest::of(b"two")] }));
    let elsewhere = stage.post("/projects/other/missing", &blobs).json();
    assert_eq!(elsewhere["missing"].as_array().unwrap().len(), 2);
    assert_eq!(stage.ask("HEAD", &path(b"one"), "", b"").status, 200);
    let other = path(b"one").replace("shop", "other");
    assert_eq!(stage.ask("HEAD", &other, "", b"").status, 404);
}

/// The connection is cut in the middle; what arrived stays, and the rest follows.
#[test]
fn what_was_cut_goes_on_where_it_ended() {
    let stage = Stage::new();
    let content: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
    let mut socket = stage.connect();
    let length = format!("Content-Length: {}\r\n", content.len());
    let head = stage.head("PUT", &path(&content), &length);
    socket.write_all(head.as_bytes()).unwrap();
    socket.write_all(&content[..300_000]).unwrap();
    drop(socket);
    // All that came is kept as soon as the server notices.
    let look = || stage.ask("HEAD", &path(&content), "", b"");
    while look().field("upload-offset") != Some("300000") {
        assert!(matches!(look().status, 204 | 404));
    }

    let wrong = stage.ask(
        "PUT",
        &path(&content),
        "Upload-Offset: 100\r\nUpload-Length: 800000\r\n",
        b"x",
    );
    assert_eq!(
        (wrong.status, wrong.field("upload-offset")),
        (409, Some("300000"))
    );

    let next = "Upload-Offset: 300000\r\nUpload-Length: 800000\r\n";
    let part = stage.ask("PUT", &path(&content), next, &content[300_000..500_000]);
    assert_eq!(
        (part.status, part.field("upload-offset")),
        (204, Some("500000"))
    );
    // curl knows nothing of offsets, and sends all of it again.
    assert_eq!(stage.ask("PUT", &path(&content), "", &content).status, 201);
    assert_eq!(stage.ask("PUT", &path(&content), "", &content).status, 200);
    let there = stage.ask("HEAD", &path(&content), "", b"");
    assert_eq!(
        (there.status, there.field("upload-offset")),
        (200, Some("800000"))
    );
}

#[test]
fn what_is_not_what_it_says_is_not_kept() {
    let stage = Stage::new();
    let answer = stage.ask("PUT", &path(b"said"), "", b"sent");
    assert_eq!(answer.status, 422);
    assert!(
        answer.error().contains(&Digest::of(b"sent").to_string()),
        "{answer:?}"
    );
    let longer = stage.ask("PUT", &path(b"said"), "Upload-Length: 4\r\n", b"said more");
    assert!(matches!(longer.status, 413 | 422), "{longer:?}");
    assert!(
        stage
            .kept()
            .iter()
            .all(|name| *name != Digest::of(b"said").to_string())
            || stage.ask("HEAD", &path(b"said"), "", b"").status != 200
    );
    assert_eq!(stage.ask("PUT", &path(b"said"), "", b"said").status, 201);
}

#[test]
fn numbers_that_are_none_are_refused() {
    let stage = Stage::new();
    for bad in ["-1", "1e3", "+1", "0x1", "18446744073709551616", "", "1, 2"] {
        for field in ["Upload-Offset", "Upload-Length"] {
            let answer = stage.ask("PUT", &path(b"a"), &format!("{field}: {bad}\r\n"), b"a");
            assert_eq!(answer.status, 422, "{field}: {bad}");
        }
    }
    let twice = stage.ask(
        "PUT",
        &path(b"a"),
        "Upload-Offset: 0\r\nUpload-Offset: 0\r\n",
        b"a",
    );
    assert_eq!(twice.status, 422);
    let far = stage.ask(
        "PUT",
        &path(b"a"),
        "Upload-Offset: 18446744073709551615\r\n",
        b"a",
    );
    assert_eq!(far.status, 411);
    let unknown = stage.ask(
        "PUT",
        &path(b"a"),
        "Transfer-Encoding: chunked\r\n",
        b"1\r\na\r\n0\r\n\r\n",
    );
    assert_eq!(unknown.status, 411);
    let known = "Transfer-Encoding: chunked\r\nUpload-Length: 1\r\n";
    assert_eq!(
        stage
            .ask("PUT", &path(b"a"), known, b"1\r\na\r\n0\r\n\r\n")
            .status,
        201
    );
}

#[test]
fn names_that_are_none_are_refused() {
    let stage = Stage::new();
    let digest = "0".repeat(64);
    for project in [
        "..",
        "%2e%2e",
        "UPPER",
        "a--b",
        "a%2Fb",
        "a%00",
        "%ff",
        "api",
        &"a".repeat(41),
    ] {
        let answer = stage.ask(
            "PUT",
            &format!("/projects/{project}/blobs/{digest}"),
            "",
            b"a",
        );
        assert!(matches!(answer.status, 404 | 422), "{project}: {answer:?}");
        assert!(!answer.error().is_empty());
    }
    for digest in [
        "..",
        "0",
        &"A".repeat(64),
        &"0".repeat(65),
        "..%2f..%2fformat",
    ] {
        let answer = stage.ask("PUT", &format!("/projects/shop/blobs/{digest}"), "", b"a");
        assert_eq!(answer.status, 422, "{digest}");
    }
    assert!(stage.kept().is_empty());
}

fn pack(blobs: &[(&[u8], Digest, u64)]) -> BytesMut {
    let mut pack = BytesMut::new();
    for (content, digest, size) in blobs {
        pack.put_slice(digest.as_bytes());
        pack.put_u64(*size);
        pack.put_slice(content);
    }
    pack
}

#[test]
fn a_pack_is_kept_as_a_whole_or_not_at_all() {
    let stage = Stage::new();
    let good = (b"one".as_slice(), Digest::of(b"one"), 3);
    for bad in [
        (b"two".as_slice(), Digest::of(b"three"), 3),
        (b"two".as_slice(), Digest::of(b"two"), 4),
        (b"two".as_slice(), Digest::of(b"two"), u64::MAX),
        (b"two".as_slice(), Digest::of(b"two"), 2),
    ] {
        let answer = stage.ask("POST", "/projects/shop/blobs", "", &pack(&[good, bad]));
        assert_eq!(answer.status, 422, "{answer:?}");
        assert!(stage.kept().is_empty(), "{:?}", stage.kept());
    }
    let empty = (b"".as_slice(), Digest::of(b""), 0);
    let answer = stage.ask(
        "POST",
        "/projects/shop/blobs",
        "",
        &pack(&[good, empty, good]),
    );
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({ "stored": 3 }))
    );
    assert_eq!(stage.ask("HEAD", &path(b"one"), "", b"").status, 200);
}

#[test]
fn a_file_and_a_project_have_a_size() {
    let mut limits = Limits::default();
    limits.usual.file_size = 1_000_000;
    limits.most.file_size = 1_000_000;
    limits.project_size = 2_500_000;
    let stage = Stage::with(Script {
        limits,
        ..Script::default()
    });
    let content = |letter: &str, size: usize| letter.repeat(size).into_bytes();
    let put = |content: &[u8]| stage.ask("PUT", &path(content), "", content).status;
    assert_eq!(put(&content("a", 1_000_001)), 413);
    assert_eq!(put(&content("a", 1_000_000)), 201);
    assert_eq!(put(&content("b", 1_000_000)), 201);
    assert_eq!(put(&content("c", 1_000_000)), 413);
    let (c, size) = (content("c", 501_000), 501_000);
    let full = pack(&[(&c, Digest::of(&c), size)]);
    assert_eq!(
        stage.ask("POST", "/projects/shop/blobs", "", &full).status,
        413
    );
    assert_eq!(put(&content("d", 400_000)), 201);
    let said = json!({ "blobs": [{ "sha256": Digest::of(b"x"), "size": 1_000_001 }] });
    let answer = stage.post("/projects/shop/missing", &said);
    assert_eq!(answer.status, 413);
    assert_eq!(answer.json()["entry"], json!(Digest::of(b"x")));
}
