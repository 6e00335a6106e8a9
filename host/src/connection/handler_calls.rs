//! What a handler can do with its connection.

use super::transfer::Transfer;
use super::{Connection, INSTANCE_LINGER};
use crate::bindings::wasm_host::http::connection::{ErrorCode, MessagePart};
use std::io;
use std::time::Duration;
use tokio::time::Instant;

impl Connection {
    pub(super) fn consume(&mut self, length: u64) {
        self.consumed = true;
        self.partial = false;
        self.to_discard = length.saturating_sub(self.buffer.len() as u64);
        self.buffer.consume(length);
    }

    pub(super) async fn fill(&mut self, part: MessagePart) -> Result<Vec<u8>, ErrorCode> {
        self.check_whole().map_err(|error| error_code(&error))?;
        self.send_before().await?;
        if !self.buffer.has_unshown() {
            if self.buffer.is_full() {
                return Err(ErrorCode::BufferFull);
            }
            match part {
                MessagePart::Head => self.receive_head().await?,
                MessagePart::Content => self.receive_content().await?,
            }
        }
        Ok(self.buffer.show())
    }

    /// Waits for more of a head: a moment, if another instance can read it as
    /// well as this one.
    async fn receive_head(&mut self) -> Result<(), ErrorCode> {
        let untouched = !self.consumed && !self.answered;
        let patience = Instant::now() + INSTANCE_LINGER;
        let deadline = if untouched {
            patience.min(self.head_deadline)
        } else {
            self.head_deadline
        };
        match self.receive_before(deadline).await {
            Ok(_) => Ok(()),
            Err(error)
                if error.kind() == io::ErrorKind::TimedOut && deadline < self.head_deadline =>
            {
                self.partial = true;
                Err(ErrorCode::Incomplete)
            }
            Err(error) => {
                self.over = true;
                Err(error_code(&error))
            }
        }
    }

    /// Waits for more of a request's content: once for as long as a client may
    /// take, and then no more.
    async fn receive_content(&mut self) -> Result<(), ErrorCode> {
        let patience = if self.over {
            Duration::ZERO
        } else {
            self.terms.timeouts.progress
        };
        let received = self.receive_before(Instant::now() + patience).await;
        self.over |= received.is_err();
        received.map(drop).map_err(|error| error_code(&error))
    }

    /// Sends what the client takes at once, unless something is to be sent before
    /// or can't be. Returns how much that was. What fails here fails again in
    /// [`Connection::write`] or [`Connection::send`], which know what to do then.
    pub(super) fn write_at_once(&self, bytes: &[u8]) -> usize {
        if self.broken || self.has_unsent() {
            return 0;
        }
        let written = self.socket.try_write(bytes).unwrap_or(0);
        if written > 0 {
            self.activity.progress();
        }
        written
    }

    /// Sends what is left of what came before, in the outbox or here.
    pub(super) async fn send_before(&mut self) -> Result<(), ErrorCode> {
        self.collect()?;
        self.drain().await.map_err(|error| error_code(&error))
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), ErrorCode> {
        let written = self.write_all(bytes).await;
        written.map_err(|error| error_code(&error))
    }

    /// Whether a transfer isn't done: the next one has to wait for it.
    pub(super) fn is_sending(&self) -> bool {
        self.transfer.is_some()
    }

    /// Whether something was given to the host that it hasn't sent.
    pub(super) fn has_unsent(&self) -> bool {
        self.is_sending() || self.socket.is_pending()
    }

    /// [`Connection::send`] once the transfer before is done.
    pub(super) async fn send_next(
        &mut self,
        transfer: io::Result<Transfer>,
    ) -> Result<(), ErrorCode> {
        self.send_before().await?;
        self.send(transfer)
    }

    /// Sends as much as the client takes now. The rest is sent before anything
    /// else is done.
    pub(super) fn send(&mut self, transfer: io::Result<Transfer>) -> Result<(), ErrorCode> {
        self.check_whole().map_err(|error| error_code(&error))?;
        let mut transfer = transfer.map_err(|_| ErrorCode::FileUnreadable)?;
        self.answered = true;
        match transfer.advance(&self.socket) {
            Ok(true) => {}
            Ok(false) => self.transfer = Some(transfer),
            Err(error) => {
                self.fail(&error);
                return Err(ErrorCode::Closed);
            }
        }
        Ok(())
    }
}

pub(super) fn error_code(error: &io::Error) -> ErrorCode {
    match error.kind() {
        io::ErrorKind::TimedOut => ErrorCode::TimedOut,
        _ => ErrorCode::Closed,
    }
}
