//! A worker: a thread with an event loop, a listener, and the connections that
//! it has accepted.
//!
//! 1. Accept. When the process is out of descriptors, pause.
//! 2. Wait for a place among the connections, asking an idle one to make room.
//!    In this order, as a worker that held a place while nobody came would keep
//!    it from the others: the kernel chooses whose listener a client is given.
//! 3. Serve the connection in a task of its own ([`super::exchange`]).
//! 4. When the server stops, let the tasks finish, for a bounded time.

use super::exchange;
use super::{Recall, Shared};
use crate::Error;
use crate::component::{ComponentSlot, Handler, Slot, idle};
use crate::connection::{self, Connection};
use crate::proxy::{self, Instances};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

/// How long accepting pauses when the process is out of descriptors: some may
/// be free by then.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How many descriptors the first event loop takes, at most: four, and the two
/// ends of the pipe through which all of them hear of signals.
const EVENT_LOOP_DESCRIPTORS: usize = 6;

/// A worker that can start: it has all descriptors that it needs, so that a
/// server that lacks some says so before it says that it serves.
pub(super) struct Worker {
    event_loop: EventLoop,
    listener: TcpListener,
}

impl Worker {
    /// # Errors
    ///
    /// The event loop can't be made.
    pub(super) fn new(listener: std::net::TcpListener) -> Result<Self, Error> {
        ensure_descriptors(&listener).map_err(Error::Thread)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::Thread)?;
        let listener = {
            let _entered = runtime.enter();
            TcpListener::from_std(listener).map_err(Error::Thread)?
        };
        Ok(Self {
            event_loop: EventLoop(Some(runtime)),
            listener,
        })
    }

    /// Starts the worker's thread.
    ///
    /// # Errors
    ///
    /// It can't be started.
    pub(super) fn start(self, shared: Arc<Shared>, number: usize) -> Result<JoinHandle<()>, Error> {
        let Self {
            event_loop,
            listener,
        } = self;
        let work = move || {
            idle::allow(shared.max_idle);
            if let Some(runtime) = &event_loop.0 {
                runtime.block_on(run(listener, shared));
            }
            idle::clear();
        };
        std::thread::Builder::new()
            .name(format!("worker-{number}"))
            .spawn(work)
            .map_err(Error::Thread)
    }
}

/// Fails if there aren't the descriptors that an event loop takes. The first one
/// would panic in the midst of them.
fn ensure_descriptors(any: &std::net::TcpListener) -> io::Result<()> {
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
enum Service {
    Handler(Slot<Handler>),
    Proxy(Instances),
}

impl Service {
    fn new(shared: &Arc<Shared>) -> Self {
        match &shared.component {
            ComponentSlot::Handler(handlers) => Self::Handler(handlers.clone()),
            ComponentSlot::Proxy(proxies) => {
                Self::Proxy(Instances::new(proxies.clone(), Arc::clone(shared)))
            }
        }
    }

    async fn serve(self, shared: &Arc<Shared>, stream: TcpStream, client: SocketAddr) {
        match self {
            Self::Handler(handlers) => {
                let connection = Connection::new(stream, client, shared.terms.clone());
                exchange::serve(shared, &handlers, Box::new(connection)).await;
            }
            Self::Proxy(instances) => proxy::serve(shared, &instances, stream, client).await,
        }
    }
}

async fn run(listener: TcpListener, shared: Arc<Shared>) {
    let service = Service::new(&shared);
    tokio::spawn(connection::run_outbox());
    tokio::spawn(drop_replaced(Arc::clone(&shared.recall)));
    // Every task holds a sender: once they are all gone, `recv` returns.
    let (alive, mut all_gone) = mpsc::channel::<()>(1);
    tokio::select! {
        () = accept_all(&listener, &shared, &service, &alive) => {}
        () = shared.recall.stopped() => {}
    }
    drop((listener, alive));
    let finished = tokio::time::timeout(shared.limits.shutdown_timeout, all_gone.recv()).await;
    // At once is too soon for idle connections, too, which are no requests.
    if finished.is_err() && !shared.limits.shutdown_timeout.is_zero() {
        tracing::warn!(
            "requests were still running after {:?}; their connections are closed",
            shared.limits.shutdown_timeout
        );
    }
}

/// Drops what this worker keeps of a component when another takes its place.
async fn drop_replaced(recall: Arc<Recall>) {
    loop {
        let renewed = recall.renewed();
        idle::clear();
        renewed.await;
    }
}

async fn accept_all(
    listener: &TcpListener,
    shared: &Arc<Shared>,
    service: &Service,
    alive: &mpsc::Sender<()>,
) {
    loop {
        let (stream, client) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                pause(shared, &error).await;
                continue;
            }
        };
        let Some(place) = place(shared).await else {
            return;
        };
        let (shared, service) = (Arc::clone(shared), service.clone());
        let alive = alive.clone();
        tokio::spawn(async move {
            service.serve(&shared, stream, client).await;
            drop((place, alive));
        });
    }
}

/// A connection's place. None when the server has no more.
async fn place(shared: &Arc<Shared>) -> Option<OwnedSemaphorePermit> {
    let places = Arc::clone(&shared.connections);
    if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
        return Some(place);
    }
    shared.recall.want_connection();
    places.acquire_owned().await.ok()
}

/// Waits out an error of `accept`. Most concern one client, who has gone; but
/// without descriptors, accepting again at once would spin.
async fn pause(shared: &Shared, error: &io::Error) {
    use rustix::io::Errno;
    match Errno::from_io_error(error) {
        Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) => {
            shared.report_pause(error);
            shared.recall.want_connection();
            tokio::time::sleep(ACCEPT_PAUSE).await;
        }
        _ => tracing::debug!("cannot accept a connection: {error}"),
    }
}
