//! Responses that end early, late, or not at all.

use crate::{Hostile, hoard};
use std::io::Write;
use wasm_host_sdk::{BaseHttpRequestHandler, Error, HttpStatus, Result};

/// 10 MB of fields, in lines that a client can take.
const FIELDS: usize = 10_000;
const FIELD_LENGTH: usize = 1_000;

impl Hostile {
    /// Sends half of what is announced.
    fn send_half(&mut self) -> Result<()> {
        self.send_head(8)?;
        let wfile = &mut self.exchange().wfile;
        wfile.write_all(b"half")?;
        Ok(wfile.flush()?)
    }

    pub(crate) fn trap_midway(&mut self) -> Result<()> {
        self.send_half()?;
        panic!("on purpose, midway")
    }

    pub(crate) fn loop_midway(&mut self) -> Result<()> {
        self.send_half()?;
        hoard::time()
    }

    pub(crate) fn short(&mut self) -> Result<()> {
        self.send_half()
    }

    pub(crate) fn long(&mut self) -> Result<()> {
        self.send_head(4)?;
        let wfile = &mut self.exchange().wfile;
        wfile.write_all(b"four")?;
        Ok(wfile.write_all(b" HTTP/1.1 200 OK\r\n\r\n")?)
    }

    /// As `/long`, without a look at the error.
    pub(crate) fn long_unnoticed(&mut self) -> Result<()> {
        match self.long() {
            Err(Error::Io(_)) => Ok(()),
            other => other,
        }
    }

    /// Says that it closes, then answers once more.
    pub(crate) fn close_then_write(&mut self) -> Result<()> {
        self.send_response(HttpStatus::OK)?;
        self.send_header("Connection", "close")?;
        self.send_header("Content-Length", 4)?;
        self.end_headers()?;
        self.exchange().wfile.write_all(b"last")?;
        self.exchange().wfile.flush()?;
        self.exchange().close_connection = false;
        Ok(self.exchange().wfile.write_all(b"more")?)
    }

    pub(crate) fn huge_head(&mut self) -> Result<()> {
        self.send_response(HttpStatus::OK)?;
        self.send_huge_fields()?;
        self.send_header("Content-Length", 4)?;
        self.end_headers()?;
        Ok(self.exchange().wfile.write_all(b"body")?)
    }

    /// The same, in front of a file: the host has to keep all of it.
    pub(crate) fn huge_head_of_file(&mut self) -> Result<()> {
        let (file, size) = hoard::open_hello(self.exchange())?;
        self.send_response(HttpStatus::OK)?;
        self.send_huge_fields()?;
        self.send_header("Content-Length", size)?;
        self.end_headers()?;
        self.exchange().wfile.send_file(&file, 0, size)
    }

    fn send_huge_fields(&mut self) -> Result<()> {
        let value = "x".repeat(FIELD_LENGTH);
        for number in 0..FIELDS {
            self.send_header(&format!("X-{number}"), &value)?;
        }
        Ok(())
    }

    /// Tries to get a second field into the value of one.
    pub(crate) fn split_head(&mut self) -> Result<()> {
        self.send_response(HttpStatus::OK)?;
        self.send_header("X-Split", "a\r\nSet-Cookie: forged=1")?;
        self.send_header("Content-Length", 0)?;
        self.end_headers()
    }
}
