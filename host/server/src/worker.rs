//! A worker: a thread with an event loop, its listeners, and the connections that
//! it has accepted.
//!
//! 1. Accept. When the process is out of descriptors, pause.
//! 2. Wait for a place among the connections, asking an idle one to make room.
//!    In this order, as a worker that held a place while nobody came would keep
//!    it from the others: the kernel chooses whose listener a client is given.
//! 3. Where the PROXY protocol is on, let a trusted proxy say whose the connection is
//!    ([`crate::proxy_protocol`]), in a task of its own.
//! 4. Serve the connection in that task ([`crate::handler`] or [`crate::proxy`]).
//! 5. When the server stops, let the tasks finish, for a bounded time.

use crate::admission::{Admission, ConnectionPlace};
use crate::arrival;
use crate::component::{Slot, run_turns};
use crate::connection::{Connection, Greeting, greet, run_outbox};
use crate::error::Error;
use crate::gateway::{self, Backend, Handlers};
use crate::handler::{self, Handler, Served};
use crate::listener::{Accepting, BoundSockets, ListenAddress, Listener, Listening};
use crate::metrics::{self, Event, Open};
use crate::presence::{ClientId, Presence};
use crate::proxy::{self, Instances};
use crate::proxy_protocol::{ProxyProtocol, report_crowd};
use crate::recall::Recall;
use crate::service::{ComponentSlot, Service};
use crate::stream::{KernelStream, Peer, Stream};
use crate::to_https::{self, Redirect};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// How long accepting pauses when the process is out of descriptors: some may
/// be free by then.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How many threads each worker has for what may wait for a disk, such as reading a
/// directory: more would hold up all that the workers do, where many list large ones.
const FILE_THREADS: usize = 16;

/// By how much they come after the workers when there is more to do than processors
/// (nice(2)).
#[cfg(target_os = "linux")]
const FILE_THREADS_NICE: i32 = 15;

/// How many descriptors the first event loop takes, at most: four, and the two
/// ends of the pipe through which all of them hear of signals.
const EVENT_LOOP_DESCRIPTORS: usize = 6;

/// A worker that can start: it has all descriptors that it needs, so that a
/// server that lacks some says so before it says that it serves.
pub(crate) struct Worker {
    event_loop: EventLoop,
    listeners: Vec<Accepting>,
    /// From which clients are sent on to HTTPS.
    redirects: Vec<Accepting>,
}

impl Worker {
    /// # Errors
    ///
    /// The event loop can't be made.
    pub(crate) fn new(listeners: Vec<Listener>) -> Result<Self, Error> {
        ensure_descriptors().map_err(Error::Thread)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(FILE_THREADS)
            .on_thread_start(yield_to_workers)
            .build()
            .map_err(Error::Thread)?;
        let listeners = {
            let _entered = runtime.enter();
            let listeners = listeners.into_iter().map(Accepting::new);
            listeners
                .collect::<io::Result<_>>()
                .map_err(Error::Thread)?
        };
        Ok(Self {
            event_loop: EventLoop(Some(runtime)),
            listeners,
            redirects: Vec::new(),
        })
    }

    /// Also sends clients on to HTTPS, who come there: it is little work, so that one
    /// worker does it. Returns where that is.
    ///
    /// # Errors
    ///
    /// The system doesn't let it listen.
    pub(crate) fn redirect_from(
        &mut self,
        sockets: BoundSockets,
    ) -> Result<Vec<SocketAddr>, Error> {
        let Listening {
            addresses, workers, ..
        } = sockets.listen()?;
        if let Some(runtime) = &self.event_loop.0 {
            let _entered = runtime.enter();
            let listeners = workers.into_iter().flatten().map(Accepting::new);
            self.redirects = listeners
                .collect::<io::Result<_>>()
                .map_err(Error::Thread)?;
        }
        Ok(addresses.iter().filter_map(ListenAddress::tcp).collect())
    }

    /// Starts the worker's thread.
    ///
    /// # Errors
    ///
    /// It can't be started.
    pub(crate) fn start(
        self,
        service: Arc<Service>,
        number: usize,
    ) -> Result<JoinHandle<()>, Error> {
        let Self {
            event_loop,
            listeners,
            redirects,
        } = self;
        let work = move || {
            if let Some(metrics) = &service.metrics {
                metrics.count_here();
            }
            handler::keep_idle(service.max_idle);
            if let Some(runtime) = &event_loop.0 {
                runtime.block_on(run(listeners, redirects, service));
            }
            handler::drop_idle();
        };
        std::thread::Builder::new()
            .name(format!("worker-{number}"))
            .spawn(work)
            .map_err(Error::Thread)
    }
}

/// Has the thread that calls this come after the workers.
fn yield_to_workers() {
    // Of no thread but this, on Linux; where it is of all, it isn't done.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, FILE_THREADS_NICE) {
        tracing::debug!("a thread for files has the priority of all others: {error}");
    }
}

/// Fails if there aren't the descriptors that an event loop takes. The first one
/// would panic in the midst of them.
fn ensure_descriptors() -> io::Result<()> {
    let (any, _) = std::io::pipe()?;
    let taken = std::iter::repeat_with(|| any.try_clone()).take(EVENT_LOOP_DESCRIPTORS);
    taken.collect::<io::Result<Vec<_>>>().map(drop)
}

/// A runtime whose end waits for nothing: a thread that reads a directory can't be
/// interrupted, and who drops a server may be in another runtime, which forbids
/// to wait. None only while it is dropped.
struct EventLoop(Option<Runtime>);

impl Drop for EventLoop {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// What serves a worker's connections.
#[derive(Clone)]
enum Server {
    Handler(Slot<Handler>),
    Proxy(Instances),
    /// Nothing is served: clients are sent on to HTTPS.
    Redirect(Redirect),
}

impl Server {
    fn new(service: &Service) -> Self {
        match &service.component {
            ComponentSlot::Handler(handlers) => Self::Handler(handlers.clone()),
            ComponentSlot::Proxy(proxies) => {
                let context = Arc::clone(&service.proxy);
                Self::Proxy(Instances::new(proxies.clone(), context))
            }
        }
    }

    fn redirecting(service: &Service) -> Self {
        Self::Redirect(Redirect {
            admission: Arc::clone(&service.admission),
            tls: service.tls.clone(),
            port: service.handler.server.port,
            header_timeout: service.terms.timeouts.header,
        })
    }

    async fn serve(self, service: &Service, stream: Stream, presence: &Arc<Presence>) {
        let stream = match (&service.tls, &self) {
            (None, _) | (_, Self::Redirect(_)) => stream,
            (Some(tls), Self::Handler(_) | Self::Proxy(_)) => {
                // In a box, so that the task of every other connection is small.
                let shaking = arrival::encrypt(stream, tls.config(), &service.terms, presence);
                match Box::pin(shaking).await {
                    Some(stream) => stream,
                    None => return,
                }
            }
        };
        match self {
            Self::Handler(handlers) => {
                let handlers = gateway::Handlers {
                    context: Arc::clone(&service.handler),
                    handlers,
                    terms: service.terms.clone(),
                    each_alone: service.gateway,
                };
                serve_by_handler(handlers, stream, presence).await;
            }
            Self::Proxy(instances) => {
                let terms = &service.terms;
                let greeted = greet(&stream, &terms.timeouts, &terms.recall, presence);
                match greeted.await {
                    Some(Greeting::Http1(begun)) => {
                        proxy::serve(&service.proxy, &instances, stream, begun, terms, presence)
                            .await;
                    }
                    Some(Greeting::Http2(begun)) => {
                        let backend = Backend::Requests(gateway::Requests {
                            context: Arc::clone(&service.proxy),
                            instances,
                            terms: terms.clone(),
                        });
                        Box::pin(gateway::serve_http2(backend, stream, begun, presence)).await;
                    }
                    None => {}
                }
            }
            Self::Redirect(redirect) => to_https::serve(&redirect, &stream, presence).await,
        }
    }
}

/// Serves a connection by a handler of our own world: it has the connection itself, or
/// the gateway does.
async fn serve_by_handler(handlers: Handlers, stream: Stream, presence: &Arc<Presence>) {
    let terms = handlers.terms.clone();
    // In a box, each of these, so that the task of every other connection is small.
    let (stream, begun) = if handlers.each_alone {
        match greet(&stream, &terms.timeouts, &terms.recall, presence).await {
            Some(Greeting::Http2(begun)) => (stream, begun),
            Some(Greeting::Http1(begun)) => {
                return Box::pin(gateway::serve_http1(handlers, stream, begun, presence)).await;
            }
            None => return,
        }
    } else {
        let connection = Box::new(Connection::new(stream, terms, presence));
        let served = handler::serve(&handlers.context, &handlers.handlers, connection, presence);
        match served.await {
            Served::Http2(stream, begun) => (stream, begun),
            Served::OwnHost(stream, begun) => {
                return Box::pin(gateway::serve_http1(handlers, stream, begun, presence)).await;
            }
            Served::Closed => return,
        }
    };
    let backend = Backend::Handlers(handlers);
    Box::pin(gateway::serve_http2(backend, stream, begun, presence)).await;
}

async fn run(listeners: Vec<Accepting>, redirects: Vec<Accepting>, service: Arc<Service>) {
    let server = Server::new(&service);
    let recall = service.admission.recall();
    tokio::spawn(run_outbox());
    tokio::spawn(run_turns());
    tokio::spawn(drop_replaced(Arc::clone(recall)));
    if let Some(heartbeat) = service.heartbeat.clone() {
        tokio::spawn(heartbeat.beat());
    }
    let room = Arc::clone(&service);
    tokio::spawn(async move { room.admission.keep_room(&room.terms.budget).await });
    // Every task holds a sender: once they are all gone, `recv` returns.
    let (alive, mut all_gone) = mpsc::channel::<()>(1);
    let mut accepting = JoinSet::new();
    for listener in listeners {
        let (service, server) = (Arc::clone(&service), server.clone());
        accepting.spawn(accept_all(listener, service, server, alive.clone()));
    }
    for listener in redirects {
        let (service, server) = (Arc::clone(&service), Server::redirecting(&service));
        accepting.spawn(accept_all(listener, service, server, alive.clone()));
    }
    recall.stopped().await;
    accepting.shutdown().await;
    drop(alive);
    let finished = tokio::time::timeout(service.shutdown_timeout, all_gone.recv()).await;
    // At once is too soon for idle connections, too, which are no requests.
    if finished.is_err() && !service.shutdown_timeout.is_zero() {
        tracing::warn!(
            "requests were still running after {:?}; their connections are closed",
            service.shutdown_timeout
        );
    }
}

/// Drops what this worker keeps of a component when another takes its place.
async fn drop_replaced(recall: Arc<Recall>) {
    loop {
        let swapped = recall.swapped();
        handler::drop_idle();
        swapped.await;
    }
}

async fn accept_all(
    listener: Accepting,
    service: Arc<Service>,
    server: Server,
    alive: mpsc::Sender<()>,
) {
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                pause(&service.admission, &error).await;
                continue;
            }
        };
        let Some(id) = whose(&service, &stream, peer) else {
            continue;
        };
        let Some(place) = service.admission.connection_place(id).await else {
            metrics::count(Event::ConnectionRefused);
            report_crowd(peer);
            continue;
        };
        let counted = Open::connection();
        let (service, server) = (Arc::clone(&service), server.clone());
        let alive = alive.clone();
        tokio::spawn(async move {
            // In a box, as only some servers have it, and every task would have room for it.
            let arrived = match service.proxies {
                None => Some((peer, place)),
                Some(_) => Box::pin(introduce(&service, &stream, peer, place)).await,
            };
            if let Some((peer, place)) = arrived {
                let stream = Stream::of_socket(stream, peer);
                server.serve(&service, stream, place.presence()).await;
                drop(place);
            }
            drop(counted);
            drop(alive);
        });
    }
}

/// Whose a connection is, as far as can be told yet. None: it is refused, as it is to be
/// a proxy's, and that isn't trusted.
fn whose(service: &Service, stream: &KernelStream, peer: Peer) -> Option<ClientId> {
    let client = peer.client().ip();
    match (&service.proxies, stream) {
        (_, KernelStream::Unix(_)) => Some(ClientId::stranger()),
        (None, KernelStream::Tcp(_)) => Some(client.into()),
        (Some(proxies), KernelStream::Tcp(_)) if proxies.trusts(client) => {
            Some(ClientId::stranger())
        }
        (Some(_), KernelStream::Tcp(_)) => {
            tracing::debug!(%client, "connection refused: it is no proxy that is trusted");
            None
        }
    }
}

async fn introduce(
    service: &Service,
    stream: &KernelStream,
    peer: Peer,
    place: ConnectionPlace,
) -> Option<(Peer, ConnectionPlace)> {
    let limit = service.terms.timeouts.header;
    ProxyProtocol::introduce(&service.admission, stream, peer, place, limit).await
}

/// Waits out an error of `accept`. Most concern one client, who has gone; but
/// without descriptors, accepting again at once would spin.
async fn pause(admission: &Admission, error: &io::Error) {
    use rustix::io::Errno;
    match Errno::from_io_error(error) {
        Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) => {
            admission.report_pause(error);
            tokio::time::sleep(ACCEPT_PAUSE).await;
        }
        _ => tracing::debug!("cannot accept a connection: {error}"),
    }
}
