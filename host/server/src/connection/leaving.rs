//! Leaving a response's end to the worker's outbox, and what becomes of it there.
//!
//! 1. A handler ends a small response with the call that asks for the next
//!    request, or that ends the connection. The connection may leave it to the
//!    outbox, which sends it together with others'.
//! 2. The client's next request says that it has arrived; else the connection
//!    asks, before it sends anything else or waits any longer.
//! 3. What the outbox couldn't send comes back, and is sent here.

use super::transfer::FileRange;
use super::{Connection, ConnectionError, outbox};
use std::future::poll_fn;
use std::time::Duration;

/// What takes a handler no longer than this may wait for other connections'
/// handlers.
const QUICK: Duration = Duration::from_micros(500);

impl Connection {
    /// Whether the outbox may have a response's end: all of the response of a
    /// quick handler, whose client hasn't sent another request yet.
    pub(crate) fn may_leave(&self, bytes: &[u8], file: Option<&FileRange>) -> bool {
        let waits = self.stages.has_begun() && self.buffer.is_empty();
        let first = self.stages.is_unanswered() && !self.has_unsent();
        waits && first && outbox::takes(bytes, file) && self.request_age() < QUICK
    }

    /// Leaves a response's end to the outbox, for [`Connection::collect`] to see
    /// what became of it. [`Connection::note_written`] is to be told.
    pub(crate) fn leave(&self, bytes: &[u8], file: Option<FileRange>) {
        outbox::push(&self.socket, bytes, file);
    }

    /// Waits a moment for the next request, without an instance, after a response
    /// that was left to the outbox.
    pub(super) async fn wait_for_busy_client(&mut self) -> Result<(), ConnectionError> {
        let waited = self.wait_busy().await;
        self.collect()?;
        waited?;
        Ok(self.drain().await?)
    }

    /// Waits until the outbox has sent what was left to it, together with others'.
    ///
    /// # Errors
    ///
    /// The file of a response can't be read: nothing of that was sent.
    pub(crate) async fn settle_outbox(&mut self) -> Result<(), ConnectionError> {
        poll_fn(|context| self.socket.poll_settled(context)).await;
        self.collect()
    }

    /// Sees to it that nothing is left in the outbox, and takes back what that
    /// couldn't send.
    pub(super) fn collect(&mut self) -> Result<(), ConnectionError> {
        if !self.socket.is_pending() {
            return Ok(());
        }
        outbox::flush();
        let Some(unsent) = self.socket.take_unsent() else {
            return Ok(());
        };
        self.stages.take_answer_back();
        self.send_rest(unsent)
    }
}
