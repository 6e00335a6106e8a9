//! One client's connection: a socket, the bytes that have arrived on it, and
//! the part of a response that the client hasn't taken yet.
//!
//! A connection outlives the instances that handle its requests: it moves into
//! an instance's store when bytes have arrived, and out of it again when the
//! handler has returned.

mod activity;
mod alarm;
mod closing;
mod departure;
mod handler_calls;
mod imports;
mod next_request;
mod outbox;
mod read_buffer;
mod receive;
mod socket;
mod transfer;

pub(crate) use activity::Activity;
pub(crate) use closing::close_gently;
pub(crate) use imports::add_to_linker;
pub(crate) use outbox::{flush as flush_outbox, run as run_outbox};

use alarm::Alarm;
use read_buffer::ReadBuffer;
use receive::{receive, receive_first};
use socket::Socket;
use socket2::SockRef;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use transfer::Transfer;

use crate::bindings::wasm_host::http::connection::ErrorCode;
use crate::server::Recall;

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
    buffer: ReadBuffer,
    transfer: Option<Transfer>,
    activity: Arc<Activity>,
    /// For the wait for another request.
    alarm: Alarm,
    /// When the head of the request at hand must be complete.
    head_deadline: Instant,
    /// Whether this instance has begun a request yet.
    begun: bool,
    /// How often instances had been renewed before this one was made.
    renewals: usize,
    /// Whether no request has been begun on this connection at all.
    new: bool,
    /// Whether the buffer has a part of a head, which an instance has begun to
    /// read and was dropped meanwhile.
    partial: bool,
    /// Whether a partial head is being read anew, within its old deadline.
    resumed: bool,
    /// Whether the handler has consumed anything of the request at hand.
    consumed: bool,
    /// How much the handler has consumed of what hadn't arrived: content that
    /// nobody will read.
    to_discard: u64,
    /// Whether the handler knows that no more comes from the client: it has
    /// finished, gone, or let a time limit pass.
    over: bool,
    /// Whether a byte has been sent since the request began, or left to the
    /// outbox.
    answered: bool,
    /// Whether the bytes sent can no longer be made into a whole response.
    broken: bool,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, client: SocketAddr, terms: Terms) -> Self {
        Self {
            socket: Arc::new(Socket::new(stream)),
            client: canonical(client),
            terms,
            buffer: ReadBuffer::default(),
            transfer: None,
            activity: Arc::default(),
            alarm: Alarm::default(),
            head_deadline: Instant::now(),
            begun: false,
            renewals: 0,
            new: true,
            partial: false,
            resumed: false,
            consumed: false,
            to_discard: 0,
            over: false,
            answered: false,
            broken: false,
        }
    }

    /// The client's address.
    pub(crate) fn client(&self) -> SocketAddr {
        self.client
    }

    /// The server's address, as the client reached it. Few handlers ask.
    fn server(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr().map(canonical)
    }

    /// What a watchdog outside the instance's store can see of this.
    pub(crate) fn activity(&self) -> Arc<Activity> {
        Arc::clone(&self.activity)
    }

    /// Whether a handler that failed can still be apologised for: no byte of
    /// a response has been sent.
    pub(crate) fn can_still_answer(&self) -> bool {
        !self.answered && !self.broken && self.transfer.is_none()
    }

    /// Whether a handler that closed the connection owed its client an answer:
    /// it has given none, though the client waits for one.
    pub(crate) fn owes_answer(&self) -> bool {
        self.can_still_answer() && !self.over
    }

    /// Whether a handler that keeps the connection open has used what arrived,
    /// or waits for the rest of it. Else the next one would be called at once
    /// with the same bytes, and so on for ever.
    pub(crate) fn has_moved_on(&self) -> bool {
        self.consumed || self.partial
    }

    /// Waits for a request's first bytes, without an instance and without a
    /// buffer, so that an idle connection costs little.
    pub(crate) async fn wait_for_request(&mut self) -> Wait {
        self.begun = false;
        self.renewals = self.terms.recall.renewals();
        if self.socket.is_pending() {
            match self.wait_for_busy_client().await {
                Ok(()) => {}
                Err(ErrorCode::FileUnreadable) => return Wait::FileUnreadable,
                Err(_) => return Wait::End,
            }
        }
        if self.terms.recall.is_stopping() {
            return Wait::End;
        }
        if std::mem::take(&mut self.partial) {
            self.resumed = true;
            return self.wait_for_rest_of_head().await;
        }
        if !self.buffer.is_empty() {
            return Wait::Request;
        }
        self.buffer = ReadBuffer::default();
        self.alarm = Alarm::default();
        let new = std::mem::take(&mut self.new);
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

    /// Sends what the client hasn't taken yet. An error breaks the connection.
    pub(crate) async fn drain(&mut self) -> io::Result<()> {
        while let Some(transfer) = &mut self.transfer {
            let done = match transfer.advance(&self.socket) {
                Ok(done) => done,
                Err(error) => {
                    self.fail(&error);
                    return Err(error);
                }
            };
            self.activity.progress();
            if done {
                self.transfer = None;
            } else {
                self.writable().await?;
            }
        }
        Ok(())
    }

    /// Gives up on the response that is being sent.
    fn fail(&mut self, error: &io::Error) {
        self.broken = true;
        self.transfer = None;
        if error.kind() == io::ErrorKind::TimedOut {
            // The kernel would go on offering the client what it doesn't take.
            let _ = SockRef::from(&**self.socket).set_linger(Some(Duration::ZERO));
        }
        let client = self.client.ip();
        match error.kind() {
            io::ErrorKind::UnexpectedEof => tracing::error!(%client, "response cut short: {error}"),
            io::ErrorKind::TimedOut => tracing::warn!(
                %client,
                "response cut short: timed out, as the client took nothing for {:?}",
                self.terms.timeouts.progress
            ),
            _ => tracing::debug!(%client, "response cut short: {error}"),
        }
    }

    /// Whether nothing more can be done on this connection.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    /// Gives up a response that can't be made whole: the client must not take
    /// what it got for all.
    pub(crate) fn abandon(&mut self) {
        self.broken = true;
    }

    /// How long ago the request at hand began.
    pub(crate) fn request_age(&self) -> Duration {
        (Instant::now() + self.terms.timeouts.header).duration_since(self.head_deadline)
    }

    /// Sends a last response on behalf of a handler that couldn't.
    pub(crate) async fn write_last(&mut self, bytes: &[u8]) {
        // The client may have gone; there is nobody left to tell.
        let _ = self.write_all(bytes).await;
    }

    /// Takes up to `most` bytes of a request's content for a script: those that
    /// are buffered, or the next to arrive. Nothing is lost if the future is
    /// dropped.
    pub(crate) async fn take_content(&mut self, most: usize) -> io::Result<Vec<u8>> {
        if self.buffer.is_empty() {
            let deadline = Instant::now() + self.terms.timeouts.progress;
            if self.receive_before(deadline).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        self.consumed = true;
        Ok(self.buffer.take(most))
    }

    async fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.check_whole()?;
        self.collect().map_err(|_| io::ErrorKind::BrokenPipe)?;
        self.drain().await?;
        self.answered = true;
        while !bytes.is_empty() {
            match self.socket.try_write(bytes) {
                Ok(written) => {
                    self.activity.progress();
                    bytes = &bytes[written..];
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.writable().await?,
                Err(error) => {
                    self.broken = true;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Fails once a response was cut short: nothing may follow the gap.
    fn check_whole(&self) -> io::Result<()> {
        if self.broken {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(())
    }

    /// Waits until the client takes more. One that doesn't for too long has
    /// broken the connection.
    async fn writable(&mut self) -> io::Result<()> {
        let waiting = self.activity.wait_for_client();
        let ready = match timeout(self.terms.timeouts.progress, self.socket.writable()).await {
            Ok(ready) => ready,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        drop(waiting);
        if let Err(error) = &ready {
            self.fail(error);
        }
        ready
    }

    /// Waits until `deadline` for bytes, and adds them to the buffer. Returns
    /// their number: zero when the client has finished sending.
    async fn receive_before(&mut self, deadline: Instant) -> io::Result<usize> {
        let waiting = self.activity.wait_for_client();
        let received = timeout_at(deadline, receive(&self.socket, &mut self.buffer)).await;
        drop(waiting);
        match received {
            Ok(Ok(0)) => self.over = true,
            Ok(Ok(_)) => {
                self.activity.progress();
            }
            Ok(Err(_)) | Err(_) => {}
        }
        received.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }
}

/// An IPv4 client of a dual-stack socket, as the IPv4 client that it is.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
