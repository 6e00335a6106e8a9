//! A connection that has left HTTP (RFC 9110 section 7.8): the handler has answered 101,
//! and speaks another protocol, such as WebSocket, until it returns.
//!
//! Nothing is known here of that protocol, so that nobody can tell a slow client from
//! a quiet one. It has the time of a connection between two requests to say something,
//! and as it keeps an instance meanwhile, others who need that have it called back.

use super::receive::receive_kept;
use super::{Connection, ConnectionError};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

impl Connection {
    /// The next bytes, which are consumed by this. None: nothing has come for so long.
    /// Empty: the client has finished.
    ///
    /// # Errors
    ///
    /// The client has gone, or has said nothing for too long; or the connection is to
    /// be closed.
    pub(crate) async fn receive_upgraded(
        &mut self,
        wait: Duration,
    ) -> Result<Option<Vec<u8>>, ConnectionError> {
        self.check_whole()?;
        self.send_before().await?;
        if self.buffer.is_empty() {
            match self.hear(wait).await? {
                Heard::Bytes => self.heard = Some(Instant::now()),
                Heard::Nothing => return Ok(None),
                Heard::End => return Ok(Some(Vec::new())),
            }
        }
        self.stages.consume();
        Ok(Some(self.buffer.take(usize::MAX)))
    }

    async fn hear(&mut self, wait: Duration) -> Result<Heard, ConnectionError> {
        let now = Instant::now();
        let quiet_until = *self.heard.get_or_insert(now) + self.terms.timeouts.idle;
        let waits_until = now.checked_add(wait).unwrap_or(quiet_until);
        let until = waits_until.min(quiet_until);
        let waiting = self.activity.wait_in_request();
        let received = tokio::select! {
            biased;
            received = timeout_at(
                until,
                receive_kept(&self.socket, &mut self.buffer, &mut self.kept)
            ) => received,
            () = self.presence.called_back() => return Err(ConnectionError::Closed),
            () = self.terms.recall.stopped() => return Err(ConnectionError::Closed),
        };
        drop(waiting);
        match received {
            Ok(Ok(0)) => {
                self.stages.end_incoming();
                Ok(Heard::End)
            }
            Ok(Ok(_)) => {
                self.activity.progress();
                Ok(Heard::Bytes)
            }
            Ok(Err(error)) => Err(error.into()),
            Err(_) if until < quiet_until => Ok(Heard::Nothing),
            Err(_) => Err(ConnectionError::TimedOut),
        }
    }
}

/// What has come of a wait.
enum Heard {
    Bytes,
    Nothing,
    End,
}
