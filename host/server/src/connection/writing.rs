//! What a handler writes of a response, on its way to the client.

use super::transfer::Transfer;
use super::{Connection, ConnectionError};
use crate::stream::Then;
use std::io;
use tokio::time::timeout;

impl Connection {
    /// Sends what the client takes at once, unless something is to be sent before
    /// or can't be. Returns how much that was, which [`Connection::note_written`]
    /// is to be told. What fails here fails again in [`Connection::send`], which knows
    /// what to do then.
    pub(crate) fn write_at_once(&self, bytes: &[u8]) -> usize {
        if self.stages.is_broken() || self.has_unsent() {
            return 0;
        }
        let written = self.socket.try_send(bytes, Then::Nothing).unwrap_or(0);
        if written > 0 {
            self.activity.progress();
        }
        written
    }

    /// Notes that a part of the response was sent, or left to the outbox.
    pub(crate) fn note_written(&mut self) {
        self.stages.answer();
    }

    /// Sends what is left of what came before, in the outbox or here.
    pub(super) async fn send_before(&mut self) -> Result<(), ConnectionError> {
        self.collect()?;
        Ok(self.drain().await?)
    }

    /// Whether a transfer isn't done: the next one is sent after it.
    pub(super) fn is_sending(&self) -> bool {
        !self.backlog.is_empty()
    }

    /// Whether something was given to the host that it hasn't sent.
    pub(crate) fn has_unsent(&self) -> bool {
        self.is_sending() || self.socket.is_pending()
    }

    /// Sends all of this, waiting for the client as often as it takes: a handler that
    /// writes, and then waits for something else, has written.
    ///
    /// # Errors
    ///
    /// The client has gone, or took nothing for too long.
    pub(crate) async fn write(&mut self, mut bytes: Transfer) -> Result<(), ConnectionError> {
        self.check_whole()?;
        self.send_before().await?;
        self.stages.answer();
        // Of nothing there is none.
        while bytes.left() > 0 {
            if !self.advance(&mut bytes)? {
                self.writable().await?;
            }
            self.activity.progress();
        }
        Ok(())
    }

    /// [`Connection::send`] of what there was no room for: sends it before this
    /// returns, but for what there is room for then.
    ///
    /// # Errors
    ///
    /// As there.
    pub(crate) async fn send_next(&mut self, transfer: Transfer) -> Result<(), ConnectionError> {
        self.send_before().await?;
        let mut unsent = self.send(Ok(transfer))?;
        while let Some(transfer) = unsent {
            self.writable().await?;
            unsent = self.send(Ok(transfer))?;
            self.activity.progress();
        }
        Ok(())
    }

    /// Sends as much as the client takes now. The rest is sent before anything
    /// else is done. What there is no room for is given back.
    ///
    /// # Errors
    ///
    /// The client has gone, or there is no transfer, as its file can't be read.
    pub(crate) fn send(
        &mut self,
        transfer: io::Result<Transfer>,
    ) -> Result<Option<Transfer>, ConnectionError> {
        self.check_whole()?;
        let mut transfer = transfer.map_err(|_| ConnectionError::FileUnreadable)?;
        self.collect()?;
        self.stages.answer();
        if self.backlog.is_empty() && self.advance(&mut transfer)? {
            return Ok(None);
        }
        Ok(self.backlog.push(transfer).err())
    }

    /// Sends as much as the client takes now. Returns whether that was all.
    fn advance(&mut self, transfer: &mut Transfer) -> Result<bool, ConnectionError> {
        let left = transfer.left();
        let done = transfer.advance(&self.socket).map_err(|error| {
            self.fail(&error);
            ConnectionError::Closed
        });
        self.pace.move_on(left - transfer.left());
        done
    }

    /// Sends what the outbox has given back.
    pub(super) fn send_rest(
        &mut self,
        unsent: io::Result<Transfer>,
    ) -> Result<(), ConnectionError> {
        self.check_whole()?;
        let mut transfer = unsent.map_err(|_| ConnectionError::FileUnreadable)?;
        self.stages.answer();
        if !self.advance(&mut transfer)? {
            self.backlog.push_rest(transfer);
        }
        Ok(())
    }

    /// Sends what the client hasn't taken yet. An error breaks the connection.
    pub(crate) async fn drain(&mut self) -> io::Result<()> {
        while let Some(transfer) = self.backlog.first() {
            let left = transfer.left();
            let done = match transfer.advance(&self.socket) {
                Ok(done) => done,
                Err(error) => {
                    self.fail(&error);
                    return Err(error);
                }
            };
            self.pace.move_on(left - transfer.left());
            self.activity.progress();
            if done {
                self.backlog.pop();
            } else {
                self.buffer.give_back();
                self.writable().await?;
            }
        }
        Ok(())
    }

    /// Sends a last response on behalf of a handler that couldn't.
    pub(crate) async fn write_last(&mut self, bytes: &[u8]) {
        // The client may have gone; there is nobody left to tell.
        let _ = self.write_all(bytes).await;
    }

    async fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.check_whole()?;
        self.collect().map_err(|_| io::ErrorKind::BrokenPipe)?;
        self.drain().await?;
        self.stages.answer();
        while !bytes.is_empty() {
            match self.socket.try_send(bytes, Then::Nothing) {
                Ok(written) => {
                    self.activity.progress();
                    bytes = &bytes[written..];
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.writable().await?,
                Err(error) => {
                    self.stages.break_off();
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Fails once a response was cut short: nothing may follow the gap.
    pub(super) fn check_whole(&self) -> io::Result<()> {
        if self.stages.is_broken() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(())
    }

    /// Waits until the client takes more. One that doesn't for too long has
    /// broken the connection.
    async fn writable(&mut self) -> io::Result<()> {
        let patience = self.patience();
        let waiting = self.activity.wait_in_request();
        let since = waiting.since();
        let ready = tokio::select! {
            biased;
            ready = timeout(patience, self.socket.writable()) => match ready {
                Ok(ready) => ready,
                Err(_) => Err(io::ErrorKind::TimedOut.into()),
            },
            // Others need what this has: its client's time is up.
            () = self.presence.called_back() => Err(io::ErrorKind::TimedOut.into()),
        };
        drop(waiting);
        self.pace.wait(since.elapsed());
        if let Err(error) = &ready {
            self.fail(error);
        }
        ready
    }

    /// Gives up on the response that is being sent.
    fn fail(&mut self, error: &io::Error) {
        self.stages.break_off();
        self.backlog.clear();
        if error.kind() == io::ErrorKind::TimedOut {
            // The kernel would go on offering the client what it doesn't take.
            self.socket.break_off();
        }
        let client = self.client().ip();
        match error.kind() {
            io::ErrorKind::UnexpectedEof => tracing::error!(%client, "response cut short: {error}"),
            io::ErrorKind::TimedOut => tracing::warn!(
                %client,
                "response cut short: timed out, as the client took nothing",
            ),
            _ => tracing::debug!(%client, "response cut short: {error}"),
        }
    }
}
