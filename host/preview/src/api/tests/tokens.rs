//! Whoever hasn't the token gets nowhere, and slows down nobody but themselves.

use super::stage::{Script, Stage};
use crate::api::Times;
use crate::api::routes::all;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

fn impatient() -> Stage {
    let times = Times {
        wrong_token: Duration::from_millis(1),
        ..Times::default()
    };
    Stage::with(Script {
        times,
        ..Script::default()
    })
}

#[test]
fn every_route_needs_the_token() {
    let stage = impatient();
    let right = stage.token.secret().to_owned();
    let wrong = [
        String::new(),
        "Authorization: Bearer \r\n".to_owned(),
        "Authorization: Bearer wrong\r\n".to_owned(),
        format!("Authorization: Bearer {}\r\n", &right[1..]),
        format!("Authorization: Bearer {right}x\r\n"),
        format!("Authorization: Basic {right}\r\n"),
        format!("Authorization: {right}\r\n"),
        format!("Authorization: Bearer {right}\r\nAuthorization: Bearer {right}\r\n"),
        format!("Cookie: token={right}\r\n"),
    ];
    let all = all()
        .listed
        .into_iter()
        .chain([("GET", "/nothing"), ("PATCH", "/gc")]);
    for ((method, path), fields) in all.zip(wrong.iter().cycle()) {
        let request = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nHost: a\r\n{fields}Content-Length: 0\r\n\r\n"
        );
        let answer = stage.raw(request.as_bytes());
        assert_eq!(answer.status, 401, "{request}");
        assert!(
            answer
                .field("www-authenticate")
                .unwrap()
                .starts_with("Bearer")
        );
        assert!(!answer.content.contains(&right));
    }
    for fields in wrong {
        let request = format!("GET /api/v1/projects HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        assert_eq!(stage.raw(request.as_bytes()).status, 401, "{fields}");
    }
}

/// Many wrong tokens at once from one address: a few are answered after a while, the
/// others are told to go away, and the owner, at the same address, isn't.
#[test]
fn guessing_is_slow_and_the_owner_is_not() {
    let stage = Stage::with(Script {
        times: Times {
            wrong_token: Duration::from_secs(2),
            ..Times::default()
        },
        ..Script::default()
    });
    let guess = b"GET /api/v1/projects HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer guess\r\n\r\n";
    let mut guesses: Vec<_> = (0..20).map(|_| stage.connect()).collect();
    for socket in &mut guesses {
        socket.write_all(guess).unwrap();
        socket.set_nonblocking(true).unwrap();
    }
    let answers = |guesses: &mut Vec<TcpStream>| {
        let mut answers = Vec::new();
        guesses.retain_mut(|socket| {
            let mut answer = [0; 12];
            let answered = socket.read(&mut answer).is_ok();
            if answered {
                answers.push(String::from_utf8_lossy(&answer).into_owned());
            }
            !answered
        });
        answers
    };
    // Since the queue is full, some are told so at once, while those before them wait.
    while !answers(&mut guesses).contains(&"HTTP/1.1 429".to_owned()) {
        assert!(!guesses.is_empty(), "nobody was sent away");
    }
    assert_eq!(stage.get("/projects").status, 200);
    answers(&mut guesses);
    assert!(!guesses.is_empty(), "the owner had to wait for a guess");
}

/// What a stranger sends isn't read, let alone kept.
#[test]
fn a_strangers_content_is_not_asked_for() {
    let stage = impatient();
    let path = format!("/api/v1/projects/shop/blobs/{}", "0".repeat(64));
    let request = format!(
        "PUT {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer guess\r\nContent-Length: 1000000000\r\nExpect: 100-continue\r\n\r\n"
    );
    let mut socket = stage.connect();
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert!(stage.kept().is_empty());
    assert!(stage.store.index().projects().next().is_none());
}
