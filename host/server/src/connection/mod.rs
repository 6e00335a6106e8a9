//! One client's connection: a socket, the bytes that have arrived on it, and
//! the part of a response that the client hasn't taken yet.
//!
//! A connection outlives the instances that handle its requests: it moves into
//! an instance's store when bytes have arrived, and out of it again when the
//! handler has returned.
//!
//! 1. The wait for a request's first bytes is here; no instance exists meanwhile.
//! 2. [`next_request`] is an instance's wait for the request after the first.
//! 3. [`reading`] gives the handler a request's bytes, and [`slow_content`] waits for
//!    those that come slowly.
//! 4. [`writing`] takes a response's, and sends what the client takes of them;
//!    [`leaving`] leaves a small response's end to the worker's [`outbox`].
//! 5. [`upgraded`] waits for what comes on a connection that has left HTTP.
//! 6. [`closing`] closes in a way that loses nothing.
//!
//! Where it is in all this, [`stages`] says.

mod activity;
mod alarm;
mod backlog;
mod closing;
mod delay;
mod departure;
mod error;
mod gathering;
mod leaving;
mod next_request;
mod outbox;
mod pace;
mod preface;
mod read_buffer;
mod reading;
mod receive;
mod slow_content;
mod socket;
mod stages;
mod transfer;
mod upgraded;
mod writing;

pub(crate) use activity::Activity;
pub(crate) use closing::close_gently;
pub(crate) use error::ConnectionError;
pub(crate) use outbox::{flush as flush_outbox, run as run_outbox};
pub(crate) use pace::{MinimumRate, Pace};
pub(crate) use preface::{Greeting, greet};
pub(crate) use transfer::{FileRange, Transfer};

use crate::budget::{Budget, Kept};
use crate::presence::{ClientId, Presence, Standing};
use crate::recall::Recall;
use crate::stream::Stream;
use alarm::Alarm;
use backlog::Backlog;
use gathering::Gathering;
use read_buffer::ReadBuffer;
use receive::{receive, receive_first, receive_kept};
use socket::Socket;
use stages::Stages;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// How long an instance waits on a quiet connection before it is dropped. When
/// thousands of clients come for one request each, this is how many instances are
/// there at once, and so how much memory the server keeps.
const INSTANCE_LINGER: Duration = Duration::from_millis(200);

/// How long the host waits for more of a head that comes in parts, before it has an
/// instance look at it again; twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// The longest that it waits so.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How long a connection waits for its client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    /// For a request's head, from its first byte to its end.
    pub(crate) header: Duration,
    /// For a request's first byte.
    pub(crate) idle: Duration,
    /// For the next bytes of its content, or for it to take some of ours.
    pub(crate) progress: Duration,
    /// For all of a request's content and the response to it.
    pub(crate) rate: MinimumRate,
}

/// What a connection needs to know of the server that accepted it.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) timeouts: Timeouts,
    /// Whether each request gets an instance of its own.
    pub(crate) instance_per_request: bool,
    pub(crate) recall: Arc<Recall>,
    /// For what is kept for clients that are slow.
    pub(crate) budget: Arc<Budget>,
}

/// Why a connection waits no longer for a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Its first bytes are there.
    Request,
    /// They are those of HTTP/2.
    Http2,
    /// The file of the response before, which was left to the outbox, can't be
    /// read. Nothing of that response was sent.
    FileUnreadable,
    /// The client has closed, was idle for too long, or the server is
    /// stopping.
    End,
}

/// A connection to a client.
pub(crate) struct Connection {
    socket: Arc<Socket>,
    terms: Terms,
    /// What others see of this who look for room.
    presence: Arc<Presence>,
    stages: Stages,
    buffer: ReadBuffer,
    /// What the buffer has beyond the least.
    kept: Kept,
    backlog: Backlog,
    activity: Arc<Activity>,
    /// For the wait for another request.
    alarm: Alarm,
    /// When the head of the request at hand must be complete.
    head_deadline: Instant,
    /// Until when an instance waits for the rest of it: once, however it comes.
    head_patience: Instant,
    /// How often a part of it has been left to another instance.
    resumptions: u32,
    /// Whether the request at hand is gathered before an instance handles it.
    gathering: Gathering,
    /// How fast the client is in the request at hand.
    pace: Pace,
    /// How many components had been swapped in before this instance was made.
    swaps: usize,
    /// When the client was last heard of, on a connection that has left HTTP.
    heard: Option<Instant>,
    /// How much the handler has consumed of what hadn't arrived: content that
    /// nobody will read.
    to_discard: u64,
}

impl Connection {
    pub(crate) fn new(stream: Stream, terms: Terms, presence: &Arc<Presence>) -> Self {
        Self {
            socket: Arc::new(Socket::new(stream)),
            backlog: Backlog::new(Kept::new(&terms.budget, presence)),
            kept: Kept::new(&terms.budget, presence),
            terms,
            presence: Arc::clone(presence),
            stages: Stages::default(),
            buffer: ReadBuffer::default(),
            activity: Arc::new(Activity::new(Arc::clone(presence))),
            alarm: Alarm::default(),
            head_deadline: Instant::now(),
            head_patience: Instant::now(),
            resumptions: 0,
            gathering: Gathering::default(),
            pace: Pace::default(),
            swaps: 0,
            heard: None,
            to_discard: 0,
        }
    }

    /// The client's address.
    pub(crate) fn client(&self) -> SocketAddr {
        self.socket.client()
    }

    /// Who the client is, where several connections are one's.
    pub(crate) fn client_id(&self) -> ClientId {
        self.presence.client().id()
    }

    /// The server's address, as the client reached it. Few handlers ask.
    pub(crate) fn server(&self) -> io::Result<SocketAddr> {
        self.socket.server()
    }

    /// Whether nobody between the client and this host can read what is sent.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.socket.is_encrypted()
    }

    /// What a watchdog outside the instance's store can see of this.
    pub(crate) fn activity(&self) -> Arc<Activity> {
        Arc::clone(&self.activity)
    }

    /// Whether a handler that failed can still be apologised for: no byte of
    /// a response has been sent.
    pub(crate) fn can_still_answer(&self) -> bool {
        self.stages.is_unanswered() && self.backlog.is_empty()
    }

    /// Whether a handler that closed the connection owed its client an answer:
    /// it has given none, though the client waits for one.
    pub(crate) fn owes_answer(&self) -> bool {
        self.can_still_answer() && !self.stages.is_over()
    }

    /// Whether a handler that keeps the connection open has used what arrived,
    /// or waits for the rest of it. Else the next one would be called at once
    /// with the same bytes, and so on for ever.
    pub(crate) fn has_moved_on(&self) -> bool {
        self.stages.has_moved_on()
    }

    /// Whether nothing more can be done on this connection.
    pub(crate) fn is_broken(&self) -> bool {
        self.stages.is_broken()
    }

    /// Gives up a response that can't be made whole: the client must not take
    /// what it got for all.
    pub(crate) fn abandon(&mut self) {
        self.stages.break_off();
    }

    /// How long the client is waited for in mid request.
    fn patience(&self) -> Duration {
        let timeouts = &self.terms.timeouts;
        let at_pace = self.pace.patience(timeouts.rate);
        at_pace.map_or(timeouts.progress, |time| time.min(timeouts.progress))
    }

    /// How long ago the request at hand began.
    pub(crate) fn request_age(&self) -> Duration {
        (Instant::now() + self.terms.timeouts.header).duration_since(self.head_deadline)
    }

    /// Waits for a request's first bytes, without an instance and without a
    /// buffer, so that an idle connection costs little.
    pub(crate) async fn wait_for_request(&mut self) -> Wait {
        self.stages.wait();
        self.swaps = self.terms.recall.swaps();
        if self.socket.is_pending() {
            match self.wait_for_busy_client().await {
                Ok(()) => {}
                Err(ConnectionError::FileUnreadable) => return Wait::FileUnreadable,
                Err(_) => return Wait::End,
            }
        }
        // What is rare is in a box, so that the future of every connection is small.
        if let (true, Gathering::Until(wanted)) = (self.stages.is_resumed(), self.gathering) {
            return Box::pin(self.wait_for_gathered(wanted)).await;
        }
        if self.terms.recall.is_stopping() {
            return Wait::End;
        }
        if self.stages.is_resumed() {
            return Box::pin(self.wait_for_rest_of_head()).await;
        }
        if self.to_discard > 0 && !Box::pin(self.discard_content()).await {
            return Wait::End;
        }
        if !self.buffer.is_empty() {
            return Wait::Request;
        }
        self.wait_for_first_byte().await
    }

    async fn wait_for_first_byte(&mut self) -> Wait {
        self.buffer = ReadBuffer::default();
        self.kept.set(0);
        self.alarm = Alarm::default();
        let timeouts = &self.terms.timeouts;
        let is_new = self.stages.wait_for_first_byte();
        let limit = if is_new {
            timeouts.header
        } else {
            self.presence.enter(Standing::Idle);
            timeouts.idle
        };
        let waited = tokio::select! {
            biased;
            ready = timeout(limit, receive_first(&self.socket, &mut self.buffer)) => match ready {
                Ok(Ok(read)) if read > 0 => Wait::Request,
                _ => Wait::End,
            },
            () = self.presence.called_back() => Wait::End,
            () = self.terms.recall.stopped() => Wait::End,
        };
        self.presence.work();
        if is_new && waited == Wait::Request && self.may_speak_http2() {
            return Box::pin(self.recognise()).await;
        }
        waited
    }

    /// Waits for more of a head, and then a little for what follows: the more often
    /// it has come in small parts, the longer. A handler has to see the end of that,
    /// too: it answers what is cut off or late.
    async fn wait_for_rest_of_head(&mut self) -> Wait {
        let pause = FIRST_PAUSE.saturating_mul(1 << self.resumptions.min(16));
        self.resumptions += 1;
        let _waiting = self.presence.wait(Standing::Head);
        let Self {
            socket,
            buffer,
            kept,
            head_deadline,
            ..
        } = self;
        let arrived = async {
            let mut until = *head_deadline;
            while let Ok(Ok(1..)) = timeout_at(until, receive_kept(socket, buffer, kept)).await {
                until = until.min(Instant::now() + pause.min(LONGEST_PAUSE));
                if buffer.is_full() {
                    break;
                }
            }
        };
        tokio::select! {
            biased;
            () = arrived => Wait::Request,
            () = self.presence.called_back() => Wait::End,
            () = self.terms.recall.stopped() => Wait::End,
        }
    }

    /// Reads what the client still sends of a request's content that nobody will
    /// read. Returns whether all of that has come.
    async fn discard_content(&mut self) -> bool {
        let Self {
            socket,
            buffer,
            to_discard,
            ..
        } = self;
        let discarded = async {
            while *to_discard > 0 {
                if buffer.is_empty() && !matches!(receive(socket, buffer).await, Ok(1..)) {
                    return false;
                }
                let arrived = (*to_discard).min(buffer.len() as u64);
                buffer.consume(arrived);
                *to_discard -= arrived;
                tokio::task::consume_budget().await;
            }
            true
        };
        let _waiting = self.presence.wait(Standing::Closing);
        tokio::select! {
            biased;
            discarded = timeout(self.terms.timeouts.header, discarded) => discarded.unwrap_or(false),
            () = self.presence.called_back() => false,
            () = self.terms.recall.stopped() => false,
        }
    }
}
