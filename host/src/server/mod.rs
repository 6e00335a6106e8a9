//! `HTTPServer` and `ThreadingHTTPServer`: listening, admission, and stopping.

mod builder;
mod cgi;
mod descriptors;
mod exchange;
mod fallback_reply;
mod limits;
mod links;
mod listener;
mod recall;
mod reload;
mod watch;
mod worker;

pub use builder::HttpServerBuilder;
pub use cgi::CgiOptions;
pub(crate) use fallback_reply::{Failure, reply as fallback_reply};
pub use limits::{Isolation, Limits};
pub(crate) use recall::Recall;
pub use reload::ReloadHandle;

use crate::Error;
use crate::component::{ComponentSlot, Grants};
use crate::connection::{Terms, Timeouts};
use reload::Reloader;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use wasmtime::Engine;
use worker::Worker;

/// `http.server.HTTPServer`: serves one connection at a time.
///
/// Made by [`HttpServer::builder`] and run by [`HttpServer::serve_forever`].
///
/// ```no_run
/// let server = wasm_host::HttpServer::builder()
///     .bind("127.0.0.1")
///     .port(0)
///     .directory(".")
///     .build()?;
/// println!("http://{}/", server.server_address());
/// server.serve_forever()?;
/// # Ok::<(), wasm_host::Error>(())
/// ```
pub struct HttpServer {
    workers: Vec<Worker>,
    address: SocketAddr,
    shared: Arc<Shared>,
    reloader: Reloader,
}

/// `http.server.ThreadingHTTPServer`: serves many connections at a time, with
/// a thread a core.
///
/// ```no_run
/// let server = wasm_host::ThreadingHttpServer::builder().port(8000).build()?;
/// let stop = server.shutdown_handle();
/// // ... `stop.shutdown()` from elsewhere ends this:
/// server.serve_forever()?;
/// # Ok::<(), wasm_host::Error>(())
/// ```
#[derive(Debug)]
pub struct ThreadingHttpServer;

impl ThreadingHttpServer {
    /// A builder whose server serves many connections at a time.
    pub fn builder() -> HttpServerBuilder {
        HttpServerBuilder::threading()
    }
}

impl HttpServer {
    /// A builder whose server serves one connection at a time.
    pub fn builder() -> HttpServerBuilder {
        HttpServerBuilder::sequential()
    }

    /// `server_address`: the address and port that are listened on.
    #[must_use]
    pub fn server_address(&self) -> SocketAddr {
        self.address
    }

    /// `server_name`: the host name that the server answers to.
    #[must_use]
    pub fn server_name(&self) -> &str {
        &self.shared.grants.server.name
    }

    /// `server_port`: the port that is listened on.
    #[must_use]
    pub fn server_port(&self) -> u16 {
        self.address.port()
    }

    /// Whether the component is one of `wasi:http`, to which
    /// [`setting`](HttpServerBuilder::setting), [`isolation`](HttpServerBuilder::isolation)
    /// and [`cgi`](HttpServerBuilder::cgi) mean nothing, and to no other does
    /// [`instance_reuse`](HttpServerBuilder::instance_reuse) mean anything.
    #[must_use]
    pub fn is_wasi_http(&self) -> bool {
        matches!(self.shared.component, ComponentSlot::Proxy(_))
    }

    /// A handle by which another thread can stop the server.
    #[must_use]
    pub fn shutdown_handle(&self) -> ShutdownHandle {
        ShutdownHandle {
            shared: Arc::clone(&self.shared),
        }
    }

    /// A handle by which another thread can have the component loaded anew.
    #[must_use]
    pub fn reload_handle(&self) -> ReloadHandle {
        self.reloader.handle()
    }

    /// `serve_forever()`: serves until [`ShutdownHandle::shutdown`] is called,
    /// and what was in flight then has finished or its time is over.
    ///
    /// # Errors
    ///
    /// A thread can't be started.
    pub fn serve_forever(self) -> Result<(), Error> {
        let _reloading = self.reloader.start(Arc::clone(&self.shared))?;
        let mut threads = Vec::with_capacity(self.workers.len());
        for (number, worker) in self.workers.into_iter().enumerate() {
            threads.push(worker.start(Arc::clone(&self.shared), number)?);
        }
        for thread in threads {
            let panicked = |_| Error::Thread(io::Error::other("a worker panicked"));
            thread.join().map_err(panicked)?;
        }
        Ok(())
    }
}

/// Stops a server from another thread.
#[derive(Clone)]
pub struct ShutdownHandle {
    shared: Arc<Shared>,
}

impl ShutdownHandle {
    /// `shutdown()`: stops accepting, closes idle connections, and lets
    /// requests finish for up to [`Limits::shutdown_timeout`]. Returns at once.
    pub fn shutdown(&self) {
        self.shared.recall.stop_all();
    }
}

/// What all workers of a server share.
pub(crate) struct Shared {
    component: ComponentSlot,
    engine: Engine,
    /// How many requests an instance of a `wasi:http` component answers.
    reuse: u32,
    /// How many instances of a handler each worker keeps for later.
    max_idle: u32,
    grants: Grants,
    limits: Limits,
    terms: Terms,
    recall: Arc<Recall>,
    connections: Arc<Semaphore>,
    instances: Arc<Semaphore>,
    pause_reported: AtomicBool,
}

impl Shared {
    /// How many requests an instance of a `wasi:http` component answers.
    pub(crate) fn reuse(&self) -> u32 {
        self.reuse
    }

    pub(crate) fn grants(&self) -> &Grants {
        &self.grants
    }

    pub(crate) fn recall(&self) -> &Arc<Recall> {
        &self.recall
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        self.terms.timeouts
    }

    /// A place among the instances: at once, or when one that lingers has gone,
    /// or another request is done. None if that takes too long.
    pub(crate) async fn instance_place(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.instances).try_acquire_owned() {
            return Some(place);
        }
        let _queued = self.recall.want_instance();
        let place = Arc::clone(&self.instances).acquire_owned();
        timeout(self.limits.queue_timeout, place).await.ok()?.ok()
    }

    /// Logs, once, that accepting pauses.
    fn report_pause(&self, error: &io::Error) {
        if !self.pause_reported.swap(true, Ordering::Relaxed) {
            tracing::error!(
                "cannot accept connections for now: {error}; new ones wait until others close (raise `ulimit -n`, or lower --max-connections)"
            );
        }
    }
}
