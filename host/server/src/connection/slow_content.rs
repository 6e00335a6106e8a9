//! Content that comes slowly, and is gathered without an instance.
//!
//! 1. A handler that has read a request's head says how long the request is in all.
//! 2. If the rest of it doesn't come in a moment, it is told to leave the request to
//!    another instance, as it does with a head that doesn't come.
//! 3. The connection waits for all of it, as long as for a head.
//! 4. The next instance begins with the head again, and is given what has come.

use super::gathering::Gathering;
use super::receive::receive_kept;
use super::{Connection, ConnectionError, Wait};
use crate::presence::Standing;
use tokio::time::{Instant, timeout_at};

/// The longest request that is gathered: a form, or a call with some data. What is
/// longer is read as it comes.
const MAX_GATHERED: u64 = 128 * 1024;

impl Connection {
    /// Waits a moment until so many bytes of a request have come, its head included.
    ///
    /// # Errors
    ///
    /// They don't: the handler is to leave the request to another instance.
    pub(crate) async fn gather(&mut self, length: u64) -> Result<(), ConnectionError> {
        let gathers = self.stages.is_untouched() && self.gathering == Gathering::NotAsked;
        let wanted = usize::try_from(length).unwrap_or(usize::MAX);
        if !gathers || length > MAX_GATHERED || wanted <= self.buffer.len() {
            return Ok(());
        }
        let patience = self.head_patience;
        while self.buffer.len() < wanted {
            match self.receive_before(patience).await {
                Ok(1..) => {}
                // It has finished, or gone: the handler sees that when it reads.
                Ok(0) => return Ok(()),
                Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {
                    self.gathering = Gathering::Until(wanted);
                    self.stages.leave_head();
                    return Err(ConnectionError::Incomplete);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Waits for what [`Connection::gather`] was asked for, without an instance: for no
    /// longer than a head may take, as a handler may have something to say before. A
    /// server that stops waits for it, too: the request has begun.
    pub(super) async fn wait_for_gathered(&mut self, wanted: usize) -> Wait {
        self.gathering = Gathering::Done;
        let since = Instant::now();
        let deadline = since + self.terms.timeouts.header.min(self.patience());
        let Self {
            socket,
            buffer,
            kept,
            pace,
            ..
        } = self;
        let gathered = async {
            while buffer.len() < wanted {
                match timeout_at(deadline, receive_kept(socket, buffer, kept)).await {
                    Ok(Ok(read @ 1..)) => pace.move_on(read as u64),
                    // It has finished, or gone, or is late: the handler sees to that.
                    Ok(Ok(0) | Err(_)) | Err(_) => return,
                }
            }
        };
        let waiting = self.presence.wait(Standing::Request);
        let waited = tokio::select! {
            biased;
            () = gathered => Wait::Request,
            () = self.presence.called_back() => Wait::End,
        };
        drop(waiting);
        self.pace.wait(since.elapsed());
        waited
    }
}
