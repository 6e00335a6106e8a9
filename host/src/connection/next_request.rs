//! Waiting for a connection's next request, with the instance that handled the
//! one before.

use super::alarm::Alarm;
use super::handler_calls::error_code;
use super::read_buffer::ReadBuffer;
use super::transfer::FileRange;
use super::{Connection, INSTANCE_LINGER, Terms, outbox};
use crate::bindings::wasm_host::http::connection::{ErrorCode, Request};
use crate::server::Recall;
use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// How long an instance waits before it can be asked to make way for another.
/// A busy client's next request is there sooner, and being asked isn't free: all
/// workers' connections are in one list for that.
const UNDISTURBED: Duration = Duration::from_millis(20);

/// What takes a handler no longer than this may wait for other connections'
/// handlers.
const QUICK: Duration = Duration::from_micros(500);

impl Connection {
    /// Whether the outbox may have a response's end: all of the response of a
    /// quick handler, whose client hasn't sent another request yet.
    pub(super) fn may_leave(&self, bytes: &[u8], file: Option<&FileRange>) -> bool {
        let waits = self.begun && self.buffer.is_empty();
        let follows = self.answered || self.broken || self.has_unsent();
        waits && !follows && outbox::takes(bytes, file) && self.request_age() < QUICK
    }

    /// Leaves a response's end to the outbox, for [`Connection::collect`] to see
    /// what became of it.
    pub(super) fn leave(&self, bytes: &[u8], file: Option<FileRange>) {
        outbox::push(&self.socket, bytes, file);
    }

    /// Waits a moment for the next request, without an instance, after a response
    /// that was left to the outbox.
    pub(super) async fn wait_for_busy_client(&mut self) -> Result<(), ErrorCode> {
        let waited = self.wait_busy().await;
        self.collect()?;
        waited?;
        self.drain().await.map_err(|error| error_code(&error))
    }

    /// Waits until the outbox has sent what was left to it, together with others'.
    ///
    /// # Errors
    ///
    /// The file of a response can't be read: nothing of that was sent.
    pub(crate) async fn settle_outbox(&mut self) -> Result<(), ErrorCode> {
        poll_fn(|context| self.socket.poll_settled(context)).await;
        self.collect()
    }

    /// Sees to it that nothing is left in the outbox, and takes back what that
    /// couldn't send.
    pub(super) fn collect(&mut self) -> Result<(), ErrorCode> {
        if !self.socket.is_pending() {
            return Ok(());
        }
        outbox::flush();
        let Some(unsent) = self.socket.take_unsent() else {
            return Ok(());
        };
        // As it was before: the client may still be told why there is no answer,
        // also one that has closed its side.
        self.answered = false;
        self.over = false;
        self.send(unsent)
    }

    pub(super) async fn next_request(&mut self) -> Result<Option<Request>, ErrorCode> {
        self.check_whole().map_err(|error| error_code(&error))?;
        let mut arrived = None;
        if self.begun {
            if self.terms.instance_per_request || self.is_sending() {
                return Ok(None);
            }
            if self.buffer.is_empty() {
                let waited = self.wait_busy().await;
                self.collect()?;
                arrived = waited?;
            }
            if self.buffer.is_empty() || self.is_sending() || self.is_outdated() {
                return Ok(None);
            }
        }
        self.begun = true;
        self.answered = false;
        self.consumed = false;
        self.over = false;
        self.buffer.hide();
        if !std::mem::take(&mut self.resumed) {
            let arrived = arrived.unwrap_or_else(Instant::now);
            self.head_deadline = arrived + self.terms.timeouts.header;
        }
        Ok(Some(Request {
            bytes: self.buffer.show(),
            time: unix_time(),
        }))
    }

    /// Whether the component was replaced since the instance was made.
    fn is_outdated(&self) -> bool {
        self.terms.recall.renewals() != self.renewals
    }

    /// Waits a moment for another request, as a busy connection has one.
    /// Returns when bytes have arrived, if any have.
    async fn wait_busy(&mut self) -> Result<Option<Instant>, ErrorCode> {
        let Self {
            socket,
            buffer,
            alarm,
            activity,
            terms: Terms { recall, .. },
            ..
        } = self;
        let mut waiting = None;
        let mut read = poll_fn(|context| {
            if let Poll::Ready(read) = poll_read(socket, buffer, context) {
                return Poll::Ready(Some(read));
            }
            if socket.is_pending() && socket.poll_returned(context).is_ready() {
                return Poll::Ready(None);
            }
            if waiting.is_none() {
                let Some(stay) = recall.linger() else {
                    return Poll::Ready(None);
                };
                let wait = activity.wait_for_client();
                alarm.set(wait.since() + UNDISTURBED);
                waiting = Some((stay, wait));
            }
            alarm.poll(context).map(|()| None)
        })
        .await;
        if let (None, false, Some((_, wait))) = (&read, socket.is_pending(), &waiting) {
            alarm.set(wait.since() + INSTANCE_LINGER);
            // In a box, so that the future of a busy connection is small.
            read = Box::pin(read_unless_recalled(
                socket,
                buffer,
                alarm,
                recall,
                self.renewals,
            ))
            .await;
        }
        match read {
            None => Ok(None),
            Some(Ok(0)) => {
                self.over = true;
                Err(ErrorCode::Closed)
            }
            Some(Ok(_)) => Ok(Some(match waiting {
                Some((_, wait)) => wait.progress(),
                None => activity.progress(),
            })),
            Some(Err(error)) => Err(error_code(&error)),
        }
    }
}

/// Now, in seconds since 1970; before that, zero.
fn unix_time() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    since_epoch.map_or(0, |since| since.as_secs())
}

/// Waits for bytes until the alarm goes off or others need the instance's place.
async fn read_unless_recalled(
    stream: &TcpStream,
    buffer: &mut ReadBuffer,
    alarm: &mut Alarm,
    recall: &Recall,
    renewals: usize,
) -> Option<io::Result<usize>> {
    let recalled = recall.waiting_instance();
    // Who asked before this is in the list isn't heard.
    if recall.wants_instance() || recall.renewals() != renewals {
        return None;
    }
    tokio::select! {
        biased;
        read = poll_fn(|context| poll_read(stream, buffer, context)) => Some(read),
        () = recalled => None,
        () = alarm.rings() => None,
    }
}

fn poll_read(
    stream: &TcpStream,
    buffer: &mut ReadBuffer,
    context: &mut Context<'_>,
) -> Poll<io::Result<usize>> {
    loop {
        match buffer.read_from(stream) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            read => return Poll::Ready(read),
        }
        ready!(stream.poll_read_ready(context))?;
    }
}
