//! Requests whose content doesn't come, and for what isn't there.

use super::stage::{Script, Stage};
use crate::api::Times;
use std::io::{Read, Write};
use std::time::Duration;

fn hasty() -> Stage {
    let times = Times {
        piece: Duration::from_millis(100),
        ..Times::default()
    };
    Stage::with(Script {
        times,
        ..Script::default()
    })
}

/// All that comes until the server closes, which it has to.
fn all(stage: &Stage, bytes: &[u8]) -> String {
    let mut socket = stage.connect();
    let _ = socket.write_all(bytes);
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn content_that_does_not_come_is_not_waited_for() {
    let stage = hasty();
    let digest = "0".repeat(64);
    for (method, path) in [
        ("POST", "/projects/shop/missing".to_owned()),
        ("POST", "/projects/shop/blobs".to_owned()),
        ("POST", "/projects/shop/deploys".to_owned()),
        ("PUT", "/projects/shop/deploy.tar".to_owned()),
        ("PUT", format!("/projects/shop/blobs/{digest}")),
        ("PUT", "/projects/shop/aliases/a".to_owned()),
    ] {
        let head = stage.head(method, &path, "Content-Length: 1000\r\n");
        let answer = all(&stage, format!("{head}some").as_bytes());
        assert!(answer.starts_with("HTTP/1.1 408 "), "{path}: {answer}");
    }
    assert_eq!(stage.deploys(), 0);
}

#[test]
fn what_is_not_there_says_where_to_look() {
    let stage = Stage::new();
    for (method, path, status) in [("GET", "/nothing", 404), ("PATCH", "/projects", 405)] {
        let answer = stage.ask(method, path, "", b"");
        assert_eq!(answer.status, status);
        assert!(
            answer.error().contains("/api/v1/openapi.json"),
            "{answer:?}"
        );
    }
}
