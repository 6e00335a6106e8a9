//! Whatever arrives on a connection, what is sent are answers: a handler that reads
//! the content and echoes it never panics, and never sends a head that it didn't
//! mean to.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Write;
use wasm_host_sdk::testing::Conversation;
use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};

/// More than a fuzzer's inputs have.
const MOST: usize = 1 << 20;

struct Echo(Exchange);

impl BaseHttpRequestHandler for Echo {
    fn new(exchange: Exchange) -> Self {
        Self(exchange)
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.0
    }

    fn protocol_version(&mut self) -> &'static str {
        "HTTP/1.1"
    }

    fn do_get(&mut self) -> Result<()> {
        let path = self.exchange().path.clone();
        self.send_response(HttpStatus::OK)?;
        self.send_header("X-Path", &path)?;
        self.send_header("Content-Length", 0)?;
        self.end_headers()
    }

    fn do_post(&mut self) -> Result<()> {
        let content = self.exchange().rfile.read_all(MOST)?;
        self.send_response(HttpStatus::OK)?;
        self.send_header("Content-Length", content.len())?;
        self.end_headers()?;
        Ok(self.exchange().wfile.write_all(&content)?)
    }
}

fuzz_target!(|bytes: &[u8]| {
    let outcome = Conversation::new(bytes).time(784_111_777).run::<Echo>();
    for line in &outcome.log {
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
    let mut rest = outcome.sent.as_slice();
    while !rest.is_empty() {
        // An answer to HTTP/0.9 has no head, and ends with the connection.
        let Some(after_version) = rest.strip_prefix(b"HTTP/1.1 ") else {
            return;
        };
        let (head, behind) = split_head(after_version);
        let status = std::str::from_utf8(&head[..3]).expect("a status code is digits");
        let status: u16 = status.parse().expect("a status code is a number");
        let length = content_length(head);
        assert!(length.is_some() || status == 100);
        // The answer to HEAD has no content.
        let length = length.unwrap_or(0).min(behind.len());
        if behind.starts_with(b"HTTP/1.1 ") {
            return;
        }
        rest = &behind[length..];
    }
});

/// A head, and what follows its empty line.
fn split_head(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.expect("a head ends");
    (&bytes[..end], &bytes[end + 4..])
}

fn content_length(head: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(head);
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "))?;
    Some(value.parse().expect("a length is a number"))
}
