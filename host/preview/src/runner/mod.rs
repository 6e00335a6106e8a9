//! A runner: the process that serves one site's code, and nothing else. The server of
//! previews starts it (`wasm_host_server::RunnerSpawner`), and is its only client.
//!
//! 1. It puts the system's bounds on itself.
//! 2. It reads its `Order` from standard input: the site's folder, its code, which is
//!    compiled, and how much it may use.
//! 3. It opens the folder, and gives up everything else for ever.
//! 4. It says that it is ready, and serves the connections that it is handed over by standard input from then on, each
//!    with a PROXY header that says whose it is, until there will be no more. The
//!    component is handed one request at a time (`HttpServerBuilder::gateway`).

mod order;

pub(crate) use order::{Order, wait_until_ready};

use crate::code::NAME;
use crate::limits::Limits;
use crate::site::SiteConfig;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use wasm_host_server::{
    ComponentSource, ConnectionSource, Error, GrantOptions, HttpServerBuilder, ListenOn,
    OpenServer, OutboundSender, OutboundTarget, RemoteKeyValues, RunnerBounds, ShutdownHandle,
    ThreadingHttpServer,
};

/// How many requests a runner works on at once.
const INSTANCES: u32 = 64;

/// How many connections of the server's a runner has at once.
const CONNECTIONS: u32 = 256;

/// Why a runner doesn't serve.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    /// It wasn't told what to serve, or the system refuses its bounds.
    #[error("a runner can't begin: {0}")]
    Begin(#[from] io::Error),
    /// The site's settings can't be read.
    #[error("the site's settings can't be read: {0}")]
    Settings(String),
    /// The server can't be opened, or its component isn't one.
    #[error(transparent)]
    Server(#[from] Error),
}

/// Runs this process as a runner, until its server wants it no more. `log` has it begin to
/// log, on standard error; it is called once the process is locked down, as that takes
/// threads, and what it gives is kept until the end.
///
/// # Errors
///
/// See [`RunnerError`].
pub fn run_runner<T>(log: impl FnOnce() -> io::Result<T>) -> Result<(), RunnerError> {
    RunnerBounds::put_on_this_runner()?;
    let orders = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let order = Order::read(&orders)?;
    let server = open(order, orders.try_clone()?)?;
    server.lock_down(&[])?;
    let _log = log()?;
    let server = server.load()?;
    order::say_ready(&orders)?;
    end_with(orders, server.shutdown_handle())?;
    Ok(server.serve_forever()?)
}

fn open(mut order: Order, orders: UnixStream) -> Result<OpenServer, RunnerError> {
    let config = SiteConfig::of_tree(&order.tree, &Limits::boundless())
        .map_err(|error| RunnerError::Settings(error.to_string()))?;
    let mut limits = wasm_host_server::Limits::default();
    limits.memory = order.memory;
    limits.memory_total = Some(order.memory_total);
    limits.cpu_time = order.cpu_time;
    limits.log_rate = order.log_rate;
    limits.max_instances = INSTANCES;
    // They are all the server's, which has a share for each of its own clients.
    limits.max_connections = CONNECTIONS;
    limits.max_connections_per_client = CONNECTIONS;
    limits.max_requests_per_client = Some(INSTANCES);
    let mut grants = GrantOptions::default();
    grants.environment = config.environment().to_vec();
    grants.environment.append(&mut order.environment);
    if !order.outbound.is_empty() {
        let targets = order.outbound.iter().map(|target| target.parse());
        let targets: Result<Vec<OutboundTarget>, _> = targets.collect();
        grants.outbound = targets.map_err(io::Error::other)?;
        let sender = ConnectionSource::receive(&orders)?;
        grants.outbound_sender = Some(OutboundSender::from(sender));
    }
    if order.keeps_values {
        let keeper = ConnectionSource::receive(&orders)?;
        grants.key_values = Some(RemoteKeyValues::from(keeper).into());
    }
    let builder: HttpServerBuilder = ThreadingHttpServer::builder()
        .listen_on(ListenOn::Brought(ConnectionSource::from(orders)))
        .proxy_protocol([])
        .threads(1)
        .directory(&order.tree)
        .follow(false)
        .grants(grants)
        .component(ComponentSource::Compiled(order.take_compiled(NAME)?))
        .gateway(true)
        .responses(config.responses(None))
        .access_entries(true)
        .limits(limits);
    Ok(builder.open()?)
}

/// Has the server end when nobody is left who brings connections.
fn end_with(orders: UnixStream, server: ShutdownHandle) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};
    let wait = move || {
        let mut polled = [PollFd::new(&orders, PollFlags::RDHUP)];
        // An error: it isn't waited for any longer, either.
        let _ = rustix::io::retry_on_intr(|| poll(&mut polled, None));
        server.shutdown();
    };
    std::thread::Builder::new()
        .name("orders".to_owned())
        .spawn(wait)
        .map(drop)
}
