//! A poll: what was voted is kept by `wasi:keyvalue`, so that it is there for the next
//! instance, after a restart, and for the next deploy of a preview.
//!
//! ```text
//! cargo build --release --target wasm32-wasip2 -p wasm-host-example-votes
//! wasm-host serve --component target/wasm32-wasip2/release/votes.wasm \\
//!     --keyvalue votes.redb 8000
//! ```
//!
//! As a preview, `keyvalue = true` in its `wasm-host.toml` asks for the same.

use std::io::Write;
use wasm_host_sdk::key_values::KeyValues;
use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};

/// What can be voted for: nobody else's words are kept.
const CHOICES: [&str; 3] = ["tea", "coffee", "water"];

/// The most bytes of a form.
const MAX_FORM: usize = 64;

struct Votes(Exchange);

impl BaseHttpRequestHandler for Votes {
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
        if self.exchange().path != "/" {
            return self.send_error(HttpStatus::NOT_FOUND, None, None);
        }
        let page = page()?;
        self.send_response(HttpStatus::OK)?;
        self.send_header("Content-Type", "text/html; charset=utf-8")?;
        self.send_header("Content-Length", page.len())?;
        self.send_header("Cache-Control", "no-store")?;
        self.end_headers()?;
        Ok(self.exchange().wfile.write_all(page.as_bytes())?)
    }

    fn do_post(&mut self) -> Result<()> {
        let form = self.exchange().rfile.read_all(MAX_FORM)?;
        let voted = form.strip_prefix(b"for=");
        let voted = CHOICES
            .iter()
            .find(|choice| voted == Some(choice.as_bytes()));
        let Some(choice) = voted else {
            return self.send_error(
                HttpStatus::BAD_REQUEST,
                None,
                Some("Vote for one of these."),
            );
        };
        KeyValues::open()?.increment(choice, 1)?;
        // Who loads the page again doesn't vote again.
        self.send_response(HttpStatus::SEE_OTHER)?;
        self.send_header("Location", "/")?;
        self.send_header("Content-Length", 0)?;
        self.end_headers()
    }
}

/// A button for each choice, and how often it was pressed.
fn page() -> Result<String> {
    let votes = KeyValues::open()?;
    let mut page = "<!DOCTYPE html>\n<title>Votes</title>\n<form method=\"post\">\n".to_owned();
    for choice in CHOICES {
        let count = votes.get(choice)?.unwrap_or_else(|| b"0".to_vec());
        let count = String::from_utf8_lossy(&count);
        page += &format!("<p><button name=\"for\" value=\"{choice}\">{choice}</button> {count}\n");
    }
    Ok(page + "</form>\n")
}

wasm_host_sdk::export!(Votes);
