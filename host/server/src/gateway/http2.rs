//! A client's connection of HTTP/2, from its preface to its close.
//!
//! 1. `h2` reads frames and writes them, through a [`Wire`], which counts.
//! 2. Each request is a task of the connection's own ([`Started`]): it ends with it.
//! 3. A client that is late, or that sends what nobody needs, is told to go away.
//! 4. So is any when the server stops, once what it has asked for is answered.

use super::backend::{Backend, Started};
use super::client_io::ClientIo;
use super::ending::{Cut, End};
use super::exchange::Job;
use super::open_stream::OpenStream;
use super::state::{CONNECTION_WINDOW, STREAM_WINDOW};
use super::watch::Late;
use super::watchdog::Watchdog;
use super::wire::Wire;
use crate::connection::close_gently;
use crate::presence::{Presence, Standing};
use crate::stream::Stream;
use bytes::Bytes;
use h2::server::{Builder, Connection, Handshake};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The most requests at once on a connection.
const MAX_STREAMS: u32 = 100;

/// The same with those that were taken back, and whose end isn't noticed yet.
const MAX_TASKS: usize = 2 * MAX_STREAMS as usize;

/// The most bytes of a request's head, as over HTTP/1.1 (RFC 9113 section 6.5.2).
const MAX_HEAD: u32 = 128 * 1024;

/// How much of one answer waits in `h2` until it leaves.
const MAX_UNSENT: usize = 16 * 1024;

/// The most requests that are taken back before anybody has looked at them.
const MAX_RESET_UNSEEN: usize = 50;

/// The most malformed requests of a connection.
const MAX_MALFORMED: usize = 256;

/// How long a client is given to take the word that it is to go away.
const FAREWELL: Duration = Duration::from_secs(1);

type Client = Connection<ClientIo, Bytes>;

/// Serves a client of HTTP/2 until its connection closes: by a handler of either world.
/// `begun` was read of the stream already.
pub(crate) async fn serve(
    backend: Backend,
    stream: Stream,
    begun: Vec<u8>,
    presence: &Arc<Presence>,
) {
    // A client that has gone already has no address to answer.
    let Ok(peer) = stream.peer() else {
        return;
    };
    let client = stream.client().ip();
    let terms = backend.terms().clone();
    let wire = Arc::new(Wire::new(stream, begun, &terms.budget, presence));
    let mut served = Served {
        state: Driven::Greeting(builder().handshake(ClientIo(Arc::clone(&wire)))),
        wire: Arc::clone(&wire),
        requests: Started::new(backend, peer, presence),
        tasks: JoinSet::new(),
        watchdog: Watchdog::new(terms.timeouts, &terms.recall, presence),
    };
    let end = poll_fn(|context| served.poll(context)).await;
    end.log(client);
    served.tasks.shutdown().await;
    let _waiting = presence.wait(Standing::Closing);
    tokio::select! {
        biased;
        () = served.say_goodbye(end) => {}
        // Others need its place, and nothing is left but to read what comes.
        () = presence.called_back() => {}
    }
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEAD)
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buffer_size(MAX_UNSENT)
        .max_pending_accept_reset_streams(MAX_RESET_UNSEEN)
        .max_local_error_reset_streams(Some(MAX_MALFORMED));
    builder
}

/// How far a connection is.
enum Driven {
    /// The client's preface hasn't come.
    Greeting(Handshake<ClientIo, Bytes>),
    Open(Client),
}

struct Served {
    state: Driven,
    wire: Arc<Wire>,
    requests: Started,
    tasks: JoinSet<()>,
    watchdog: Watchdog,
}

impl Served {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<End> {
        self.wire.begin_turn(context);
        if let Poll::Ready(closed) = self.poll_client(context) {
            return Poll::Ready(End::Closed(closed));
        }
        if let Poll::Ready(Err(error)) = self.wire.poll_flush(context) {
            return Poll::Ready(End::Lost(error));
        }
        while let Poll::Ready(Some(_)) = self.tasks.poll_join_next(context) {}
        self.poll_watchdog(context).map(End::Cut)
    }

    fn poll_client(&mut self, context: &mut Context<'_>) -> Poll<Result<(), h2::Error>> {
        loop {
            match &mut self.state {
                Driven::Greeting(handshake) => {
                    let client = ready!(Pin::new(handshake).poll(context))?;
                    self.state = Driven::Open(client);
                }
                // What has begun goes on meanwhile, and h2 keeps what comes.
                Driven::Open(client)
                    if self.tasks.len() >= MAX_TASKS
                        || self.wire.poll_room(context).is_pending() =>
                {
                    return client.poll_closed(context);
                }
                Driven::Open(client) => match ready!(client.poll_accept(context)) {
                    Some(accepted) => {
                        let (request, respond) = accepted?;
                        let open = OpenStream::new(&self.wire, !request.body().is_end_stream());
                        let job = Job {
                            request,
                            respond,
                            open,
                        };
                        self.requests.start(job, &mut self.tasks);
                    }
                    None => return Poll::Ready(Ok(())),
                },
            }
        }
    }

    fn poll_watchdog(&mut self, context: &mut Context<'_>) -> Poll<Cut> {
        if let Some(fault) = self.wire.fault() {
            return Poll::Ready(Cut::Fault(fault));
        }
        let is_idle = self.is_idle();
        if self.watchdog.poll_stopping(context) {
            if is_idle {
                return Poll::Ready(Cut::Stopping);
            }
            if let Driven::Open(client) = &mut self.state
                && self.watchdog.announces_stop()
            {
                client.graceful_shutdown();
                context.waker().wake_by_ref();
            }
        }
        let deadline = self.wire.deadline(&self.watchdog.timeouts);
        self.watchdog.poll(context, deadline)
    }

    /// Whether nothing is left to be done.
    fn is_idle(&self) -> bool {
        let streams = match &self.state {
            Driven::Greeting(_) => false,
            Driven::Open(client) => client.has_streams(),
        };
        !streams && self.wire.is_idle()
    }

    /// Tells the client why, as far as there is something to tell, and closes.
    async fn say_goodbye(mut self, end: End) {
        let Self { state, wire, .. } = &mut self;
        match (end, state) {
            (End::Cut(Cut::Late(Late::Taking)), _) => return wire.stream().break_off(),
            (End::Cut(cut), Driven::Open(client)) => {
                client.abrupt_shutdown(cut.reason());
                let gone = poll_fn(|context| {
                    wire.begin_turn(context);
                    let closed = client.poll_closed(context);
                    let _: Poll<_> = wire.poll_flush(context);
                    closed.map(drop)
                });
                let _ = timeout(FAREWELL, gone).await;
            }
            (End::Cut(_) | End::Closed(_) | End::Lost(_), _) => {}
        }
        close_gently(wire.stream(), 0).await;
    }
}
