//! A handler that answers what the tests write into its file, in place of
//! [`NAME`].

use std::hint::black_box;
use std::io::{Read, Write};
use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};

/// Replaced by a name of the same length, with spaces after it.
static NAME: [u8; 64] = *b"the name of this component, which is 64 bytes and is overwritten";

struct Swap(Exchange);

impl BaseHttpRequestHandler for Swap {
    fn new(exchange: Exchange) -> Self {
        Self(exchange)
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.0
    }

    // It answers before it has read all.
    fn gathers_content(&mut self) -> bool {
        false
    }

    fn protocol_version(&mut self) -> &'static str {
        "HTTP/1.1"
    }

    fn do_get(&mut self) -> Result<()> {
        self.send_head(1)?;
        self.send_name()
    }

    /// Sends its name, and once more when the content has come.
    fn do_post(&mut self) -> Result<()> {
        self.send_head(2)?;
        self.send_name()?;
        self.exchange().wfile.flush()?;
        let mut content = Vec::new();
        self.exchange().rfile.read_to_end(&mut content)?;
        self.send_name()
    }
}

impl Swap {
    fn send_head(&mut self, names: usize) -> Result<()> {
        self.send_response(HttpStatus::OK)?;
        self.send_header("Content-Length", names * name().len())?;
        self.end_headers()
    }

    fn send_name(&mut self) -> Result<()> {
        Ok(self.exchange().wfile.write_all(name())?)
    }
}

fn name() -> &'static [u8] {
    black_box(&NAME).trim_ascii_end()
}

wasm_host_sdk::export!(Swap);
