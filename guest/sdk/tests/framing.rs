//! Where a response ends, and whether another may follow: what the SDK says in a
//! head whose handler doesn't.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on may say so by panicking"
)]

use std::io::{Read, Write};
use std::rc::Rc;
use wasm_host_sdk::file::Opened;
use wasm_host_sdk::testing::{Conversation, Outcome};
use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};

/// Answers as the path says, and never says how long the content is.
struct Silent(Exchange);

impl BaseHttpRequestHandler for Silent {
    fn new(exchange: Exchange) -> Self {
        Self(exchange)
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.0
    }

    fn protocol_version(&mut self) -> &'static str {
        "HTTP/1.1"
    }

    fn frames_responses(&mut self) -> bool {
        self.exchange().headers.get("X-Framed").as_deref() != Some("no")
    }

    fn do_get(&mut self) -> Result<()> {
        let path = self.exchange().path.clone();
        if let Some(code) = path.strip_prefix("/status/") {
            let code = HttpStatus::new(code.parse().unwrap());
            self.send_response(code)?;
            self.end_headers()?;
            return Ok(self.exchange().wfile.write_all(b"content")?);
        }
        match path.as_str() {
            "/begun-twice" => {
                self.send_response(HttpStatus::OK)?;
                self.send_header("X-First", "1")?;
                return self.send_error(HttpStatus::NOT_FOUND, None, None);
            }
            "/before-head" => self.exchange().wfile.write_all(b"content")?,
            "/before-head-flushed" => {
                self.exchange().wfile.write_all(b"content")?;
                self.exchange().wfile.flush()?;
            }
            _ => {}
        }
        self.send_response(HttpStatus::OK)?;
        if path == "/forgotten" {
            return Ok(());
        }
        self.end_headers()?;
        let Exchange { rfile, wfile, .. } = self.exchange();
        match path.as_str() {
            "/empty" | "/before-head" => {}
            "/small" => wfile.write_all(b"hello")?,
            "/pieces" => {
                for _ in 0..100 {
                    wfile.write_all(b"0123456789")?;
                }
            }
            "/large" => wfile.write_all(&[b'x'; 20_000])?,
            "/stream" => {
                for word in ["one", "two"] {
                    wfile.write_all(word.as_bytes())?;
                    wfile.flush()?;
                    wfile.flush()?;
                }
            }
            "/flushed-head" => wfile.flush()?,
            "/fails" => {
                wfile.write_all(b"half")?;
                return Err(std::io::Error::other("out of shrubberies").into());
            }
            "/fails-late" => {
                wfile.write_all(b"half")?;
                wfile.flush()?;
                wfile.write_all(b" more")?;
                return Err(std::io::Error::other("out of shrubberies").into());
            }
            "/beyond-the-file" => return self.send_beyond(),
            "/refuses" => return Err(HttpStatus::IM_A_TEAPOT.into()),
            "/echo" => drop(std::io::copy(rfile, wfile)?),
            "/reads-one" => drop(rfile.read(&mut [0])?),
            other => panic!("{other}"),
        }
        Ok(())
    }

    fn do_head(&mut self) -> Result<()> {
        self.do_get()
    }

    fn do_post(&mut self) -> Result<()> {
        self.do_get()
    }
}

impl Silent {
    /// Notices that a file can't be sent when its response was begun, and answers
    /// otherwise.
    fn send_beyond(&mut self) -> Result<()> {
        let server = Rc::clone(&self.exchange().server);
        let root = server.directory.as_ref().expect("a directory");
        let Ok(Opened::File(file, _)) = root.open(b"file") else {
            panic!("a file");
        };
        let sent = self.exchange().wfile.send_file(&file, 1000, 5);
        assert!(sent.is_err());
        self.send_error(HttpStatus::NOT_FOUND, None, None)
    }
}

fn run(request: &str) -> Outcome {
    Conversation::new(request.as_bytes()).run::<Silent>()
}

fn get(path: &str) -> Outcome {
    run(&format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"))
}

/// The bytes after a head, as they were sent.
fn content(outcome: &Outcome) -> String {
    let sent = String::from_utf8_lossy(&outcome.sent).into_owned();
    sent.split_once("\r\n\r\n").expect("a head").1.to_owned()
}

#[test]
fn what_is_small_is_counted() {
    for (path, length) in [("/empty", "0"), ("/small", "5"), ("/pieces", "1000")] {
        let outcome = get(path);
        let response = outcome.response();
        assert_eq!(response.field("Content-Length"), Some(length), "{path}");
        assert_eq!(response.field("Transfer-Encoding"), None);
        assert_eq!(response.field("Connection"), None);
        assert_eq!(content(&outcome).len().to_string(), length);
        assert!(outcome.kept_open, "{path}");
        assert_eq!(outcome.writes, 1, "{path}");
    }
}

#[test]
fn what_is_large_is_sent_in_chunks() {
    let outcome = get("/large");
    let response = outcome.response();
    assert_eq!(response.field("Transfer-Encoding"), Some("chunked"));
    assert_eq!(response.field("Content-Length"), None);
    let chunk = |length: usize| format!("{length:x}\r\n{}\r\n", "x".repeat(length));
    let chunks = [8192, 8192, 20_000 - 2 * 8192].map(chunk).concat();
    assert_eq!(content(&outcome), chunks + "0\r\n\r\n");
    assert!(outcome.kept_open);
}

#[test]
fn what_is_flushed_leaves_at_once() {
    let outcome = get("/stream");
    assert_eq!(content(&outcome), "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");
    assert_eq!(outcome.writes, 3);
    assert!(outcome.kept_open);
    let head = get("/flushed-head");
    assert_eq!(content(&head), "0\r\n\r\n");
    assert_eq!(head.writes, 2);
}

#[test]
fn a_client_of_http_1_0_sees_the_end_by_the_connections() {
    for (fields, kept) in [("", false), ("Connection: keep-alive\r\n", false)] {
        let outcome = run(&format!("GET /large HTTP/1.0\r\n{fields}\r\n"));
        let response = outcome.response();
        assert_eq!(response.field("Transfer-Encoding"), None);
        assert_eq!(response.field("Content-Length"), None);
        assert_eq!(response.field("Connection"), Some("close"));
        assert_eq!(content(&outcome).len(), 20_000);
        assert_eq!(outcome.kept_open, kept);
    }
}

#[test]
fn a_handler_that_does_not_want_it_has_pythons_ways() {
    let outcome = run("GET /small HTTP/1.1\r\nHost: a\r\nX-Framed: no\r\n\r\n");
    let response = outcome.response();
    assert_eq!(response.field("Content-Length"), None);
    assert_eq!(response.field("Transfer-Encoding"), None);
    assert_eq!(response.field("Connection"), Some("close"));
    assert_eq!(content(&outcome), "hello");
    assert!(!outcome.kept_open);
}

#[test]
fn what_has_no_content_is_sent_without() {
    for request in [
        "HEAD /small HTTP/1.1\r\nHost: a\r\n\r\n",
        "HEAD /large HTTP/1.1\r\nHost: a\r\n\r\n",
        "HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /status/204 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /status/304 HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        let outcome = run(&request.repeat(2));
        let sent = String::from_utf8_lossy(&outcome.sent);
        assert_eq!(sent.matches("HTTP/1.1 ").count(), 2, "{sent}");
        for part in sent.split("\r\n\r\n") {
            assert!(part.is_empty() || part.starts_with("HTTP/1.1 "), "{sent}");
        }
        assert!(!sent.contains("Content-Length") && !sent.contains("Transfer-Encoding"));
        assert!(outcome.kept_open, "{request}");
    }
    // Of this one, a client waits for content unless it is told that there is none.
    let reset = get("/status/205");
    assert_eq!(reset.response().field("Content-Length"), Some("0"));
    assert_eq!(content(&reset), "");
    assert!(reset.kept_open);
}

#[test]
fn a_failure_before_anything_has_left_is_answered() {
    for (path, status) in [("/fails", 500), ("/refuses", 418), ("/before-head", 500)] {
        let outcome = get(path);
        let sent = String::from_utf8_lossy(&outcome.sent);
        assert!(sent.starts_with(&format!("HTTP/1.1 {status} ")), "{sent}");
        assert_eq!(sent.matches("HTTP/1.1 ").count(), 1, "{sent}");
        assert!(!sent.contains("half"), "{sent}");
        assert_eq!(outcome.response().field("Connection"), Some("close"));
        assert!(!outcome.kept_open);
    }
}

#[test]
fn a_failure_after_something_has_left_never_looks_like_an_end() {
    let outcome = get("/fails-late");
    let sent = content(&outcome);
    assert!(sent.starts_with("4\r\nhalf\r\n"), "{sent}");
    assert!(
        !sent.contains("0\r\n\r\n") && !sent.contains("HTTP/"),
        "{sent}"
    );
    assert!(!outcome.kept_open);
    // What was written before the head is no response.
    let outcome = get("/before-head-flushed");
    assert_eq!(outcome.sent, b"content");
    assert!(!outcome.kept_open);
}

#[test]
fn a_response_of_which_nothing_has_left_gives_way_to_another() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "short").unwrap();
    for path in ["/beyond-the-file", "/begun-twice"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        let outcome = Conversation::new(request.as_bytes())
            .directory(folder.path())
            .run::<Silent>();
        let sent = String::from_utf8_lossy(&outcome.sent);
        assert!(sent.starts_with("HTTP/1.1 404 "), "{sent}");
        assert_eq!(sent.matches("HTTP/1.1 ").count(), 1, "{sent}");
        assert!(
            !sent.contains("X-First") && !sent.contains("chunked"),
            "{sent}"
        );
    }
}

#[test]
fn a_head_that_was_not_ended_is() {
    let outcome = get("/forgotten");
    assert_eq!(outcome.response().field("Content-Length"), Some("0"));
    assert!(outcome.sent.ends_with(b"\r\n\r\n") && outcome.kept_open);
}

/// Whether content that nobody read can be passed over is known before the head
/// has left, unless it has been flushed.
#[test]
fn content_that_is_left_unread_closes_and_the_head_says_so() {
    let post = "POST /small HTTP/1.1\r\nHost: a\r\n";
    for (rest, kept) in [
        ("Content-Length: 5\r\n\r\nhello".to_owned(), true),
        (
            "Content-Length: 262144\r\n\r\n".to_owned() + &"x".repeat(262_144),
            true,
        ),
        ("Content-Length: 262145\r\n\r\n".to_owned(), false),
        (
            "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n".to_owned(),
            true,
        ),
        ("Transfer-Encoding: chunked\r\n\r\nx\r\n".to_owned(), false),
    ] {
        let outcome = run(&format!("{post}{rest}"));
        let shown = &rest[..rest.len().min(60)];
        let says = outcome.response().field("Connection") == Some("close");
        assert_eq!((says, outcome.kept_open), (!kept, kept), "{shown}");
        assert_eq!(outcome.response().text(), "hello");
    }
    let read = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n";
    let outcome = run(&(read.to_owned() + &"x".repeat(300_000)));
    assert_eq!(outcome.response().field("Connection"), None);
    assert!(outcome.kept_open);
}
