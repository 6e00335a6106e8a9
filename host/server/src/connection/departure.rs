//! Noticing that a client has closed its side, or reset the connection, without
//! reading what it sent before: that may be the next request, or content that a
//! script doesn't read.

use super::socket::Socket;
use super::{Activity, Connection};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

impl Connection {
    /// Whether the client has closed its side already, and may still read.
    pub(crate) fn has_finished_sending(&self) -> bool {
        self.socket.has_closed_its_side()
    }

    /// Notes that the client has gone: no answer is owed to it.
    pub(crate) fn note_departure(&mut self) {
        self.stages.end_incoming();
    }

    /// Resolves when the client has closed its side, or reset the connection.
    /// One that sends another request meanwhile is there; and one that had
    /// `finished_sending` before is, until it resets the connection.
    pub(crate) async fn client_gone(&self, finished_sending: bool) {
        // Without anything unread, the end is what there is to read.
        if !finished_sending && !matches!(self.socket.peek().await, Ok(true)) {
            return;
        }
        // An error: the process is out of descriptors. Writing tells.
        if self.socket.ended(finished_sending).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// How long a client has said nothing that leaves: who says at once that this was all
/// waits for its answer.
const SAID_NOTHING: Duration = Duration::from_millis(20);

/// Tells that the client has gone, while the connection is an instance's.
pub(crate) struct Departure {
    socket: Arc<Socket>,
    activity: Arc<Activity>,
}

impl Connection {
    /// For whoever watches the instance.
    pub(crate) fn departure(&self) -> Departure {
        Departure {
            socket: Arc::clone(&self.socket),
            activity: Arc::clone(&self.activity),
        }
    }
}

impl Departure {
    /// Resolves when the client has gone, though the handler neither reads nor writes:
    /// it has reset the connection, or has closed it after a time in which it said
    /// nothing. Who closes its side right behind its request waits for the answer.
    pub(crate) async fn noticed(self) {
        let mut finished_sending = false;
        loop {
            // The connection itself sees what becomes of a client that it waits for.
            self.activity.quiet_for(SAID_NOTHING).await;
            finished_sending |= self.socket.has_closed_its_side();
            // In a box, as it is rare.
            match Box::pin(self.end_while_quiet(finished_sending)).await {
                Some(true) if finished_sending || !self.socket.has_unread() => return,
                Some(true) => finished_sending = true,
                Some(false) => {}
                // The process is out of descriptors. Writing tells.
                None => return std::future::pending().await,
            }
        }
    }

    /// Whether the end of what the client sends has come, or of the connection if it has
    /// `finished_sending`, before something else moved. None: nobody can tell.
    async fn end_while_quiet(&self, finished_sending: bool) -> Option<bool> {
        let mut end = pin!(self.socket.ended(finished_sending));
        poll_fn(|context| {
            if !self.activity.is_quiet_for(SAID_NOTHING) {
                return Poll::Ready(Some(false));
            }
            end.as_mut()
                .poll(context)
                .map(|end| end.is_ok().then_some(true))
        })
        .await
    }
}
