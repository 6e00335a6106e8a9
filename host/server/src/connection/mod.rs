//! One client's connection: a socket, the bytes that have arrived on it, and
//! the part of a response that the client hasn't taken yet.
//!
//! A connection outlives the instances that handle its requests: it moves into
//! an instance's store when bytes have arrived, and out of it again when the
//! handler has returned.
//!
//! 1. The wait for a request's first bytes is here; no instance exists meanwhile.
//! 2. [`next_request`] is an instance's wait for the request after the first.
//! 3. [`reading`] gives the handler a request's bytes.
//! 4. [`writing`] takes a response's, and sends what the client takes of them;
//!    [`leaving`] leaves a small response's end to the worker's [`outbox`].
//! 5. [`closing`] closes in a way that loses nothing.
//!
//! Where it is in all this, [`stages`] says.

mod activity;
mod alarm;
mod closing;
mod delay;
mod departure;
mod error;
mod leaving;
mod next_request;
mod outbox;
mod read_buffer;
mod reading;
mod receive;
mod socket;
mod stages;
mod transfer;
mod writing;

pub(crate) use activity::Activity;
pub(crate) use closing::close_gently;
pub(crate) use error::ConnectionError;
pub(crate) use outbox::{flush as flush_outbox, run as run_outbox};
pub(crate) use transfer::{FileRange, Transfer};

use crate::recall::Recall;
use alarm::Alarm;
use read_buffer::ReadBuffer;
use receive::{receive, receive_first};
use socket::Socket;
use stages::Stages;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

/// How long an instance waits on a quiet connection before it is dropped. When
/// thousands of clients come for one request each, this is how many instances are
/// there at once, and so how much memory the server keeps.
const INSTANCE_LINGER: Duration = Duration::from_millis(200);

/// How long a connection waits for its client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    /// For a request's head, from its first byte to its end.
    pub(crate) header: Duration,
    /// For a request's first byte.
    pub(crate) idle: Duration,
    /// For the next bytes of its content, or for it to take some of ours.
    pub(crate) progress: Duration,
}

/// What a connection needs to know of the server that accepted it.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) timeouts: Timeouts,
    /// Whether each request gets an instance of its own.
    pub(crate) instance_per_request: bool,
    pub(crate) recall: Arc<Recall>,
}

/// Why a connection waits no longer for a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Its first bytes are there.
    Request,
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
    client: SocketAddr,
    terms: Terms,
    stages: Stages,
    buffer: ReadBuffer,
    transfer: Option<Transfer>,
    activity: Arc<Activity>,
    /// For the wait for another request.
    alarm: Alarm,
    /// When the head of the request at hand must be complete.
    head_deadline: Instant,
    /// How many components had been swapped in before this instance was made.
    swaps: usize,
    /// How much the handler has consumed of what hadn't arrived: content that
    /// nobody will read.
    to_discard: u64,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, client: SocketAddr, terms: Terms) -> Self {
        Self {
            socket: Arc::new(Socket::new(stream)),
            client: canonical(client),
            terms,
            stages: Stages::default(),
            buffer: ReadBuffer::default(),
            transfer: None,
            activity: Arc::default(),
            alarm: Alarm::default(),
            head_deadline: Instant::now(),
            swaps: 0,
            to_discard: 0,
        }
    }

    /// The client's address.
    pub(crate) fn client(&self) -> SocketAddr {
        self.client
    }

    /// The server's address, as the client reached it. Few handlers ask.
    pub(crate) fn server(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr().map(canonical)
    }

    /// What a watchdog outside the instance's store can see of this.
    pub(crate) fn activity(&self) -> Arc<Activity> {
        Arc::clone(&self.activity)
    }

    /// Whether a handler that failed can still be apologised for: no byte of
    /// a response has been sent.
    pub(crate) fn can_still_answer(&self) -> bool {
        self.stages.is_unanswered() && self.transfer.is_none()
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
        if self.terms.recall.is_stopping() {
            return Wait::End;
        }
        if self.stages.is_resumed() {
            return self.wait_for_rest_of_head().await;
        }
        if !self.buffer.is_empty() {
            return Wait::Request;
        }
        self.wait_for_first_byte().await
    }

    async fn wait_for_first_byte(&mut self) -> Wait {
        self.buffer = ReadBuffer::default();
        self.alarm = Alarm::default();
        let new = self.stages.wait_for_first_byte();
        let timeouts = &self.terms.timeouts;
        let limit = if new { timeouts.header } else { timeouts.idle };
        let recall = Arc::clone(&self.terms.recall);
        let recalled = recall.idle_connection(new);
        if recall.is_stopping() {
            return Wait::End;
        }
        tokio::select! {
            biased;
            ready = timeout(limit, receive_first(&self.socket, &mut self.buffer)) => match ready {
                Ok(Ok(read)) if read > 0 => Wait::Request,
                _ => Wait::End,
            },
            () = recalled => Wait::End,
        }
    }

    /// Waits for more of a head. A handler has to see the end of that, too: it
    /// answers what is cut off or late.
    async fn wait_for_rest_of_head(&mut self) -> Wait {
        let recall = Arc::clone(&self.terms.recall);
        let recalled = recall.idle_connection(true);
        if recall.is_stopping() {
            return Wait::End;
        }
        tokio::select! {
            biased;
            _ = timeout_at(self.head_deadline, receive(&self.socket, &mut self.buffer)) => Wait::Request,
            () = recalled => Wait::End,
        }
    }
}

/// An IPv4 client of a dual-stack socket, as the IPv4 client that it is.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
