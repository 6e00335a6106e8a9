//! Chunked content is what httparse's reader of sizes makes of it, or is refused; what
//! has no odd spelling is never refused (RFC 9112 section 7.1).

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Write;
use wasm_host_sdk::testing::Conversation;
use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};

const HEAD: &[u8] =
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";

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

    fn do_post(&mut self) -> Result<()> {
        let content = self.exchange().rfile.read_all(MOST)?;
        self.send_response(HttpStatus::OK)?;
        self.send_header("Content-Length", content.len())?;
        self.end_headers()?;
        Ok(self.exchange().wfile.write_all(&content)?)
    }
}

fuzz_target!(|content: &[u8]| {
    let request = [HEAD, content].concat();
    let response = Conversation::new(&request).time(0).run::<Echo>().response();
    match response.status {
        200 => {
            let decoded = decoded(content, Strictness::AsHttparse);
            assert_eq!(decoded.as_deref(), Some(response.body.as_slice()));
        }
        400 => assert_eq!(decoded(content, Strictness::Plain), None),
        status => panic!("{status}"),
    }
});

#[derive(Clone, Copy, PartialEq, Eq)]
enum Strictness {
    AsHttparse,
    /// A size is up to eight digits, without an extension; there are no trailers.
    Plain,
}

fn decoded(mut rest: &[u8], strictness: Strictness) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    loop {
        let Ok(httparse::Status::Complete((length, size))) = httparse::parse_chunk_size(rest)
        else {
            return None;
        };
        let line = &rest[..length];
        let digits = line.strip_suffix(b"\r\n")?;
        let plain = (1..=8).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
        if strictness == Strictness::Plain && !plain {
            return None;
        }
        rest = &rest[length..];
        let size = usize::try_from(size).ok()?;
        if size == 0 {
            break;
        }
        content.extend_from_slice(rest.get(..size)?);
        rest = rest[size..].strip_prefix(b"\r\n")?;
    }
    let ends = match strictness {
        Strictness::Plain => rest.starts_with(b"\r\n"),
        // What follows are fields, and an empty line.
        Strictness::AsHttparse => {
            rest.starts_with(b"\r\n") || rest.windows(4).any(|four| four == b"\r\n\r\n")
        }
    };
    ends.then_some(content)
}
