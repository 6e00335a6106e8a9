//! A request's content on its way to a script's standard input.
//!
//! It moves while the script's output is read, so that no script can bring
//! itself and the server to wait for each other; and it never enters the
//! handler's sandbox, unless it comes from there.

use super::content::{ReadError, ScriptInput};
use super::spool::Spool;
use crate::connection::Connection;
use std::io;
use tokio::io::AsyncWriteExt;
use wasm_host_process::{Input, ProcessError};

/// How much is on its way at once.
const CHUNK: usize = 64 * 1024;

/// What is left to move, and where to.
pub(super) struct Pump {
    /// Closed, and gone, when all is moved or the script reads no more.
    stdin: Option<Input>,
    chunk: Vec<u8>,
    written: usize,
    source: Source,
}

/// Where the chunks come from.
enum Source {
    /// Nowhere: the chunk at hand is the last.
    Ended,
    /// The connection, with so many bytes left to take.
    Connection(u64),
    /// What was kept, from an offset on.
    Spool(Spool, u64),
}

impl Pump {
    pub(super) fn new(stdin: Option<Input>, input: ScriptInput) -> Self {
        let (chunk, source) = match input {
            ScriptInput::None => (Vec::new(), Source::Ended),
            ScriptInput::Bytes(bytes) => (bytes, Source::Ended),
            ScriptInput::Content(length) => (Vec::new(), Source::Connection(length)),
            ScriptInput::Spooled(spool) => (Vec::new(), Source::Spool(spool, 0)),
        };
        let mut pump = Self {
            stdin,
            chunk,
            written: 0,
            source,
        };
        pump.close_when_done();
        pump
    }

    pub(super) fn is_active(&self) -> bool {
        self.stdin.is_some()
    }

    /// How many bytes of the content are still to come from the client.
    pub(super) fn content_left(&self) -> u64 {
        match self.source {
            Source::Connection(left) => left,
            Source::Ended | Source::Spool(..) => 0,
        }
    }

    /// Whether it is the client's turn to send.
    pub(super) fn waits_for(&self, connection: &Connection) -> bool {
        let wants_more = matches!(self.source, Source::Connection(1..));
        wants_more && self.written == self.chunk.len() && connection.lacks_content()
    }

    /// Moves some, waiting for the client or the script. Nothing is lost if the
    /// future is dropped.
    ///
    /// # Errors
    ///
    /// The client has gone, or sent nothing for too long; or what was kept of its
    /// content can't be read.
    pub(super) async fn advance(&mut self, connection: &mut Connection) -> Result<(), ReadError> {
        if self.written == self.chunk.len() {
            self.chunk = self.source.next(connection).await?;
            self.written = 0;
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
        if self.written == self.chunk.len() && self.source.is_at_end() {
            self.stdin = None;
        }
        if self.stdin.is_none() && matches!(self.source, Source::Spool(..)) {
            self.source = Source::Ended;
        }
    }
}

impl Source {
    async fn next(&mut self, connection: &mut Connection) -> Result<Vec<u8>, ReadError> {
        match self {
            Self::Ended => Ok(Vec::new()),
            Self::Connection(left) => {
                let most = usize::try_from(*left).unwrap_or(usize::MAX);
                let chunk = connection.take_content(most.min(CHUNK)).await;
                let chunk = chunk.map_err(|_| ReadError::ClientGone)?;
                *left -= chunk.len() as u64;
                Ok(chunk)
            }
            Self::Spool(spool, offset) => {
                let chunk = spool.read(*offset, CHUNK).await;
                let chunk = chunk.map_err(ProcessError::Failed)?;
                if chunk.is_empty() {
                    return Err(ProcessError::Failed(io::ErrorKind::UnexpectedEof.into()).into());
                }
                *offset += chunk.len() as u64;
                Ok(chunk)
            }
        }
    }

    fn is_at_end(&self) -> bool {
        match self {
            Self::Ended | Self::Connection(0) => true,
            Self::Connection(_) => false,
            Self::Spool(spool, offset) => *offset == spool.length(),
        }
    }
}
