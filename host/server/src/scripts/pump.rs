//! A request's content on its way to a script's standard input.
//!
//! It moves while the script's output is read, so that no script can bring
//! itself and the server to wait for each other; and it never enters the
//! handler's sandbox.

use crate::connection::Connection;
use std::io;
use tokio::io::AsyncWriteExt;
use wasm_host_process::Input;

/// How much is on its way at once.
const CHUNK: usize = 64 * 1024;

/// What is left to move, and where to.
pub(super) struct Pump {
    /// Closed, and gone, when all is moved or the script reads no more.
    stdin: Option<Input>,
    chunk: Vec<u8>,
    written: usize,
    /// How many bytes are still to be taken from the connection.
    content_left: u64,
}

impl Pump {
    /// Moves `bytes`, then `content` bytes from the connection.
    pub(super) fn new(stdin: Option<Input>, bytes: Vec<u8>, content: u64) -> Self {
        let mut pump = Self {
            stdin,
            chunk: bytes,
            written: 0,
            content_left: content,
        };
        pump.close_when_done();
        pump
    }

    pub(super) fn is_active(&self) -> bool {
        self.stdin.is_some()
    }

    /// How many bytes of the content are still to come from the client.
    pub(super) fn content_left(&self) -> u64 {
        self.content_left
    }

    /// Moves some, waiting for the client or the script. Nothing is lost if the
    /// future is dropped.
    ///
    /// # Errors
    ///
    /// The client has gone, or sent nothing for too long.
    pub(super) async fn advance(&mut self, connection: &mut Connection) -> io::Result<()> {
        if self.written == self.chunk.len() {
            let most = usize::try_from(self.content_left).unwrap_or(usize::MAX);
            self.chunk = connection.take_content(most.min(CHUNK)).await?;
            self.written = 0;
            self.content_left -= self.chunk.len() as u64;
        }
        let Some(stdin) = &mut self.stdin else {
            return Ok(());
        };
        match stdin.write(&self.chunk[self.written..]).await {
            Ok(written) if written > 0 => self.written += written,
            // The script has closed its input, or ended: it wants no more.
            Ok(_) | Err(_) => self.stdin = None,
        }
        self.close_when_done();
        Ok(())
    }

    fn close_when_done(&mut self) {
        if self.content_left == 0 && self.written == self.chunk.len() {
            self.stdin = None;
        }
    }
}
