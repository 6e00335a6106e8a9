//! A server's limits, all on by default.

use std::time::Duration;

/// What a client and a handler may use. Each has a flag of
/// `wasm-host serve`, whose `--help` states the same defaults.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// The longest that a request's head may take to arrive, from its first
    /// byte; and a new connection's first byte. Then 408, or close.
    pub header_timeout: Duration,
    /// The longest that a connection is kept open between two requests.
    pub idle_timeout: Duration,
    /// The longest that a request may go on without progress: no byte read
    /// from the client or written to it. Then 504, or close. A handler of
    /// `wasm-host:http/handler` that waits for the client's content is told that
    /// it took too long: one made with the SDK answers 408.
    pub request_timeout: Duration,
    /// The longest that a handler may compute between two uses of its
    /// connection. Then 504, or close.
    pub cpu_time: Duration,
    /// The most linear memory of an instance, in bytes.
    pub memory: usize,
    /// The most connections at once; more wait in the kernel's queue.
    pub max_connections: u32,
    /// The most instances in use at once; more requests wait, then get 503. Each
    /// worker keeps its share of as many more for later, up to 16, of 256 KiB at
    /// most.
    pub max_instances: u32,
    /// The longest that a request waits for an instance.
    pub queue_timeout: Duration,
    /// The longest that requests may go on when the server stops.
    pub shutdown_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(60),
            request_timeout: Duration::from_secs(60),
            cpu_time: Duration::from_secs(10),
            memory: 64 * 1024 * 1024,
            max_connections: 16_384,
            max_instances: 1024,
            queue_timeout: Duration::from_secs(1),
            shutdown_timeout: Duration::from_secs(10),
        }
    }
}

/// What each instance is for.
///
/// Fresh is one that was just made; or one that was used, and whose memory and
/// globals were put back as they were then. Only components that can leave nothing
/// else behind have such, of up to 256 KiB of memory; the embedded one is of these.
/// To a handler there is no difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Isolation {
    /// A fresh instance for a connection's busy spell, as a
    /// `BaseHTTPRequestHandler` object is made for each connection.
    #[default]
    Connection,
    /// A fresh instance for every request.
    Request,
}
