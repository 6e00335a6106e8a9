//! Connections that don't get on, or aren't of HTTP.

use super::stage::{Script, Stage};
use crate::api::Times;
use std::io::{Read, Write};
use std::time::Duration;

fn hasty() -> Stage {
    let times = Times {
        head: Duration::from_millis(100),
        piece: Duration::from_millis(100),
        farewell: Duration::from_millis(100),
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

/// A bystander is served. One who is slower than the server is patient tries again.
fn assert_served(stage: &Stage) {
    let head = stage.head("GET", "/projects", "");
    let mut tries = 0..100;
    assert!(tries.any(|_| all(stage, head.as_bytes()).starts_with("HTTP/1.1 200 ")));
}

#[test]
fn a_head_that_does_not_come_is_not_waited_for() {
    let stage = hasty();
    for begin in ["", "GET", "GET /api/v1/projects HTTP/1.1\r\nHost: a\r\n"] {
        let answer = all(&stage, begin.as_bytes());
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 408 "),
            "{answer}"
        );
    }
    assert_served(&stage);
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
fn one_request_is_answered_and_the_connection_ends() {
    let stage = Stage::new();
    let head = stage.head("GET", "/projects", "");
    let answer = all(&stage, format!("{head}{head}").as_bytes());
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    assert!(
        answer.to_lowercase().contains("\r\nconnection: close\r\n"),
        "{answer}"
    );
}

/// What a client still sends after its answer is taken: were the connection reset, some
/// systems would throw the answer away that arrived.
#[test]
fn a_client_that_was_refused_early_may_send_the_rest() {
    let times = Times {
        farewell: Duration::from_secs(60),
        ..Times::default()
    };
    let stage = Stage::with(Script {
        times,
        ..Script::default()
    });
    let path = "/projects/shop/blobs/none";
    let head = stage.head("PUT", path, "Content-Length: 3000000\r\n");
    let mut socket = stage.connect();
    socket.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 422 "), "{answer}");
    for _ in 0..30 {
        socket.write_all(&[0; 100_000]).unwrap();
    }
}

#[test]
fn what_is_no_http_is_not_served() {
    let stage = hasty();
    let long = format!(
        "GET /api/v1/{} HTTP/1.1\r\nHost: a\r\n\r\n",
        "a".repeat(100_000)
    );
    for bytes in [
        b"\x16\x03\x01\x02\x00\x01\x00".as_slice(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /api/v1/projects HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET /api/v1/projects HTTP/1.1\r\nA\0: b\r\n\r\n",
        long.as_bytes(),
    ] {
        let answer = all(&stage, bytes);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    assert_served(&stage);
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
