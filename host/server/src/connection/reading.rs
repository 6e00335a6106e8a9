//! What a handler reads of a request.

use super::receive::receive_kept;
use super::{Connection, ConnectionError};
use std::io;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How much of a request's content is enough for a script to begin.
const ENOUGH: usize = 64 * 1024;

/// How long that much may take, once it has begun to come.
const MOMENT: Duration = Duration::from_secs(1);

impl Connection {
    /// Drops bytes from the front of the buffer.
    pub(crate) fn consume(&mut self, length: u64) {
        self.stages.consume();
        self.buffer.consume(length);
    }

    /// Drops what is left of a request: bytes from the front of the buffer, and as many
    /// of what hasn't arrived as are missing there.
    pub(crate) fn consume_rest(&mut self, length: u64) {
        self.to_discard = length.saturating_sub(self.buffer.len() as u64);
        self.consume(length);
    }

    /// The next bytes of a request's head, waiting for them if there are none.
    ///
    /// # Errors
    ///
    /// There are none, or the handler is to leave the head to another instance.
    pub(crate) async fn fill_head(&mut self) -> Result<Vec<u8>, ConnectionError> {
        if self.must_receive().await? {
            self.receive_head().await?;
        }
        Ok(self.buffer.show())
    }

    /// The next bytes of a request's content, waiting for them if there are none.
    ///
    /// # Errors
    ///
    /// There are none.
    pub(crate) async fn fill_content(&mut self) -> Result<Vec<u8>, ConnectionError> {
        if self.must_receive().await? {
            self.receive_content().await?;
        }
        Ok(self.buffer.show())
    }

    /// Whether the handler has seen all that is in the buffer. Before a client is
    /// waited for, it gets what was written for it.
    async fn must_receive(&mut self) -> Result<bool, ConnectionError> {
        self.check_whole()?;
        self.send_before().await?;
        if self.buffer.has_unshown() {
            return Ok(false);
        }
        if self.buffer.is_full() {
            return Err(ConnectionError::BufferFull);
        }
        Ok(true)
    }

    /// Waits for more of a head: a moment, if another instance can read it as
    /// well as this one.
    async fn receive_head(&mut self) -> Result<(), ConnectionError> {
        let late = self.head_deadline <= Instant::now();
        let deadline = if self.stages.is_untouched() && !late {
            self.head_patience.min(self.head_deadline)
        } else {
            self.head_deadline
        };
        match self.receive_before(deadline).await {
            Ok(_) => Ok(()),
            Err(error)
                if error.kind() == io::ErrorKind::TimedOut && deadline < self.head_deadline =>
            {
                self.stages.leave_head();
                Err(ConnectionError::Incomplete)
            }
            Err(error) => {
                self.stages.end_incoming();
                Err(error.into())
            }
        }
    }

    /// Waits for more of a request's content: once for as long as a client may
    /// take, and then no more.
    async fn receive_content(&mut self) -> Result<(), ConnectionError> {
        let patience = if self.stages.is_over() {
            Duration::ZERO
        } else {
            self.patience()
        };
        let received = self.receive_before(Instant::now() + patience).await;
        if received.is_err() {
            self.stages.end_incoming();
        }
        Ok(received.map(drop)?)
    }

    /// Waits until `deadline` for bytes, and adds them to the buffer. Returns
    /// their number: zero when the client has finished sending.
    pub(super) async fn receive_before(&mut self, deadline: Instant) -> io::Result<usize> {
        let waiting = self.activity.wait_in_request();
        let since = waiting.since();
        let received = tokio::select! {
            biased;
            received = timeout_at(
                deadline,
                receive_kept(&self.socket, &mut self.buffer, &mut self.kept)
            ) => received,
            // Others need what this has: its client's time is up.
            () = self.presence.called_back() => Ok(Err(io::ErrorKind::TimedOut.into())),
        };
        drop(waiting);
        self.pace.wait(since.elapsed());
        match received {
            Ok(Ok(0)) => self.stages.end_incoming(),
            Ok(Ok(read)) => {
                self.pace.move_on(read as u64);
                self.activity.progress();
            }
            Ok(Err(_)) | Err(_) => {}
        }
        received.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Waits until a script can begin to read a request's content, of this length: all
    /// of it is there, or so much that the rest is worth a wait, or what comes within a
    /// moment after the first of it.
    ///
    /// # Errors
    ///
    /// None of it comes.
    pub(crate) async fn begin_content(&mut self, length: u64) -> Result<(), ConnectionError> {
        let enough = usize::try_from(length).map_or(ENOUGH, |length| length.min(ENOUGH));
        if self.buffer.len() >= enough {
            return Ok(());
        }
        // One that was told to continue has to know it.
        self.send_before().await?;
        let patience = Instant::now() + self.terms.timeouts.progress;
        if self.buffer.is_empty() && self.receive_before(patience).await? == 0 {
            return Err(ConnectionError::Closed);
        }
        let moment = Instant::now() + MOMENT;
        while self.buffer.len() < enough {
            match self.receive_before(moment).await {
                Ok(0) => return Err(ConnectionError::Closed),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::TimedOut => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Whether content would have to be waited for.
    pub(crate) fn lacks_content(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Takes up to `most` bytes of a request's content for a script: those that
    /// are buffered, or the next to arrive. Nothing is lost if the future is
    /// dropped.
    pub(crate) async fn take_content(&mut self, most: usize) -> io::Result<Vec<u8>> {
        if self.buffer.is_empty() {
            let deadline = Instant::now() + self.patience();
            if self.receive_before(deadline).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        self.stages.consume();
        Ok(self.buffer.take(most))
    }
}
