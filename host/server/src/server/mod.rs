//! `HTTPServer` and `ThreadingHTTPServer`: listening, admission, and stopping.

mod acme;
mod agent;
mod attendant;
mod builder;
mod cgi;
mod descriptors;
mod loading;
mod machinery;
mod needs;
mod open;
mod opened;
mod opening;
mod secrets;

pub use acme::run_acme_agent;
pub use attendant::{begin_attendant, lock_down_attendant, lock_down_sender};
pub use builder::HttpServerBuilder;
pub use cgi::CgiOptions;
pub use open::OpenServer;

use crate::error::Error;
use crate::listener::{ListenAddress, SocketFile};
use crate::metrics::Phase;
use crate::reload::{ReloadHandle, Reloader};
use crate::rule_parts::RulesHandle;
use crate::service::Service;
use crate::worker::Worker;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

/// `http.server.HTTPServer`: serves one connection at a time.
///
/// Made by [`HttpServer::builder`] and run by [`HttpServer::serve_forever`].
///
/// ```no_run
/// let server = wasm_host_server::HttpServer::builder()
///     .bind("127.0.0.1")
///     .port(0)
///     .directory(".")
///     .build()?;
/// println!("http://{}/", server.server_address());
/// server.serve_forever()?;
/// # Ok::<(), wasm_host_server::Error>(())
/// ```
pub struct HttpServer {
    workers: Vec<Worker>,
    addresses: Vec<ListenAddress>,
    redirect_addresses: Vec<SocketAddr>,
    /// Removed when the server has stopped.
    _files: Vec<SocketFile>,
    service: Arc<Service>,
    reloader: Reloader,
}

/// `http.server.ThreadingHTTPServer`: serves many connections at a time, with
/// a thread a core.
///
/// ```no_run
/// let server = wasm_host_server::ThreadingHttpServer::builder().port(8000).build()?;
/// let stop = server.shutdown_handle();
/// // ... `stop.shutdown()` from elsewhere ends this:
/// server.serve_forever()?;
/// # Ok::<(), wasm_host_server::Error>(())
/// ```
#[derive(Debug)]
pub struct ThreadingHttpServer;

impl HttpServer {
    /// `server_address`: the first address and port that are listened on. Of a server that
    /// has none, because it only listens on Unix sockets: 0.0.0.0 and port 0.
    #[must_use]
    pub fn server_address(&self) -> SocketAddr {
        let none = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut addresses = self.addresses.iter();
        addresses.find_map(ListenAddress::tcp).unwrap_or(none)
    }

    /// All addresses that are listened on: at least one.
    #[must_use]
    pub fn addresses(&self) -> &[ListenAddress] {
        &self.addresses
    }

    /// `server_name`: the host name that the server answers to.
    #[must_use]
    pub fn server_name(&self) -> &str {
        &self.service.handler.server.name
    }

    /// `server_port`: the port that is listened on.
    #[must_use]
    pub fn server_port(&self) -> u16 {
        self.server_address().port()
    }

    /// Whether the component is one of `wasi:http`, to which
    /// [`responses`](HttpServerBuilder::responses), [`isolation`](HttpServerBuilder::isolation)
    /// and [`cgi`](HttpServerBuilder::cgi) mean nothing, and to no other does
    /// [`instance_reuse`](HttpServerBuilder::instance_reuse) mean anything.
    #[must_use]
    pub fn is_wasi_http(&self) -> bool {
        self.service.component.is_http()
    }

    /// The addresses and ports from which clients are sent on to HTTPS.
    #[must_use]
    pub fn redirect_addresses(&self) -> &[SocketAddr] {
        &self.redirect_addresses
    }

    /// Whether it serves HTTPS.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.service.tls.is_some()
    }

    /// A handle by which another thread can stop the server.
    #[must_use]
    pub fn shutdown_handle(&self) -> ShutdownHandle {
        ShutdownHandle {
            service: Arc::clone(&self.service),
        }
    }

    /// A handle by which another thread can have the component loaded anew.
    #[must_use]
    pub fn reload_handle(&self) -> ReloadHandle {
        self.reloader.handle()
    }

    /// A handle by which another thread can give other rules for the site.
    #[must_use]
    pub fn rules_handle(&self) -> RulesHandle {
        self.service.handler.rules.clone()
    }

    /// `serve_forever()`: serves until [`ShutdownHandle::shutdown`] is called,
    /// and what was in flight then has finished or its time is over.
    ///
    /// # Errors
    ///
    /// A thread can't be started.
    pub fn serve_forever(self) -> Result<(), Error> {
        let _reloading = self.reloader.start(Arc::clone(&self.service))?;
        let mut threads = Vec::with_capacity(self.workers.len());
        for (number, worker) in self.workers.into_iter().enumerate() {
            threads.push(worker.start(Arc::clone(&self.service), number)?);
        }
        self.service.enter(Phase::Serving);
        for thread in threads {
            let panicked = |_| Error::Thread(io::Error::other("a worker panicked"));
            thread.join().map_err(panicked)?;
        }
        self.service.handler.allowance.log.end();
        Ok(())
    }
}

/// Stops a server from another thread.
#[derive(Clone)]
pub struct ShutdownHandle {
    service: Arc<Service>,
}

impl ShutdownHandle {
    /// `shutdown()`: stops accepting, closes idle connections, and lets
    /// requests finish for up to [`Limits::shutdown_timeout`](crate::Limits::shutdown_timeout). Returns at once.
    pub fn shutdown(&self) {
        self.service.enter(Phase::Draining);
        self.service.admission.recall().stop_all();
    }
}
