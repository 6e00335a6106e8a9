//! Waiting for a connection's next request, with the instance that handled the
//! one before.

use super::alarm::Alarm;
use super::read_buffer::ReadBuffer;
use super::{Connection, ConnectionError, Gathering, INSTANCE_LINGER, Pace, Terms};
use crate::recall::Recall;
use crate::stream::Stream;
use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::Instant;

/// How long an instance waits before it can be asked to make way for another.
/// A busy client's next request is there sooner, and being asked isn't free: all
/// workers' connections are in one list for that.
const UNDISTURBED: Duration = Duration::from_millis(20);

/// How much content that hasn't arrived may be between two requests.
const MAX_PASSED_OVER: u64 = 1024 * 1024;

impl Connection {
    /// The first bytes of the next request, which may be the first one's. None: the
    /// instance is to return.
    ///
    /// # Errors
    ///
    /// The client has gone, or a response's file can't be read.
    pub(crate) async fn next_request(&mut self) -> Result<Option<Vec<u8>>, ConnectionError> {
        self.check_whole()?;
        let mut arrived = None;
        if self.stages.has_begun() {
            if self.to_discard > MAX_PASSED_OVER {
                self.to_discard = 0;
            }
            if self.terms.instance_per_request || self.is_sending() || self.to_discard > 0 {
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
        self.buffer.hide();
        if self.stages.begin() {
            let arrived = arrived.unwrap_or_else(Instant::now);
            self.head_deadline = arrived + self.terms.timeouts.header;
            self.head_patience = arrived + INSTANCE_LINGER;
            self.resumptions = 0;
            self.gathering = Gathering::default();
            self.pace = Pace::default();
        }
        Ok(Some(self.buffer.show()))
    }

    /// Whether the component was replaced since the instance was made.
    fn is_outdated(&self) -> bool {
        self.terms.recall.swaps() != self.swaps
    }

    /// Waits a moment for another request, as a busy connection has one.
    /// Returns when bytes have arrived, if any have.
    pub(super) async fn wait_busy(&mut self) -> Result<Option<Instant>, ConnectionError> {
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
                socket, buffer, alarm, recall, self.swaps,
            ))
            .await;
        }
        match read {
            None => Ok(None),
            Some(Ok(0)) => {
                self.stages.end_incoming();
                Err(ConnectionError::Closed)
            }
            Some(Ok(_)) => Ok(Some(match waiting {
                Some((_, wait)) => wait.progress(),
                None => activity.progress(),
            })),
            Some(Err(error)) => Err(error.into()),
        }
    }
}

/// Waits for bytes until the alarm goes off or others need the instance's place.
async fn read_unless_recalled(
    stream: &Stream,
    buffer: &mut ReadBuffer,
    alarm: &mut Alarm,
    recall: &Recall,
    swaps: usize,
) -> Option<io::Result<usize>> {
    let recalled = recall.waiting_instance();
    // Who asked before this is in the list isn't heard.
    if recall.wants_instance() || recall.swaps() != swaps {
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
    stream: &Stream,
    buffer: &mut ReadBuffer,
    context: &mut Context<'_>,
) -> Poll<io::Result<usize>> {
    loop {
        match buffer.read_from(stream) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            read => return Poll::Ready(read),
        }
        ready!(stream.poll_readable(context))?;
    }
}
