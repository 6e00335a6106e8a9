//! What the benches share: a handler, a request and a directory.

use std::fs;
use std::io;
use tempfile::TempDir;
use wasm_host_sdk::simple::listing::{Entry, EntryKind};
use wasm_host_sdk::testing::{Conversation, Outcome};
use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, SimpleHttpRequestHandler, simple_methods};

/// The files of a directory, as the embedded component serves them.
pub struct Files(Exchange);

impl BaseHttpRequestHandler for Files {
    fn new(exchange: Exchange) -> Self {
        Self(exchange)
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.0
    }

    simple_methods!();
}

impl SimpleHttpRequestHandler for Files {}

/// A request as browsers send it.
pub const REQUEST: &[u8] = b"GET /small.bin HTTP/1.1\r\n\
    Host: localhost:8000\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0\r\n\
    Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
    Accept-Language: en-US,en;q=0.5\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\n\
    Connection: keep-alive\r\n\r\n";

/// [`REQUEST`]'s header section, with the empty line that ends it.
#[must_use]
pub fn header_section() -> Vec<u8> {
    let line = REQUEST.iter().position(|&byte| byte == b'\n');
    REQUEST[line.map_or(0, |end| end + 1)..].to_vec()
}

/// A directory with `small.bin`, of 1 KB.
///
/// # Errors
///
/// The system refuses.
pub fn directory() -> io::Result<TempDir> {
    let directory = TempDir::new()?;
    fs::write(directory.path().join("small.bin"), [b'x'; 1024])?;
    Ok(directory)
}

/// The answers to so many requests on one connection.
#[must_use]
pub fn answer(directory: &TempDir, requests: usize) -> Outcome {
    Conversation::new(&REQUEST.repeat(requests))
        .directory(directory.path())
        .run::<Files>()
}

/// 1,000 entries, as they come from a file system: in no order.
#[must_use]
pub fn entries() -> Vec<Entry> {
    let numbers = (0..1000).map(|number| number * 7919 % 1000);
    numbers
        .map(|number| Entry {
            name: format!("entry-{number:04}.txt").into_bytes(),
            kind: EntryKind::File,
            is_symlink: false,
            size: Some(1024 * number),
            modified: Some(1_795_361_416),
        })
        .collect()
}
