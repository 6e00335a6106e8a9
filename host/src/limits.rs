//! The options of limits.

use crate::compiler::CompileLimits;
use crate::numbers::{duration, duration_or_none, whole};
use clap::{Args, ValueEnum};
use std::time::Duration;
use wasm_host_server::{Isolation, Limits};

/// Bytes.
const MEBIBYTE: usize = 1024 * 1024;

/// What clients and handlers may use.
#[derive(Debug, Args)]
pub(super) struct LimitArgs {
    /// Longest time for a request's head to arrive; then 408.
    #[arg(long, value_name = "TIME", default_value = "30s",
          value_parser = duration, allow_negative_numbers = true)]
    header_timeout: Duration,

    /// Longest time to keep an idle connection open.
    #[arg(long, value_name = "TIME", default_value = "60s",
          value_parser = duration, allow_negative_numbers = true)]
    idle_timeout: Duration,

    /// Longest time for a request to make no progress: nothing
    /// read from the client and nothing written to it. Then 504, or 408 by a
    /// handler of the SDK that waits for the client's content; or a close, if the
    /// answer has begun.
    #[arg(long, value_name = "TIME", default_value = "60s",
          value_parser = duration, allow_negative_numbers = true)]
    request_timeout: Duration,

    /// Fewest bytes a second for a client to send or take, on average, once it was waited
    /// for as long as --request-timeout within one request; 0 for any.
    #[arg(long, value_name = "BYTES", default_value = "500",
          value_parser = whole(0..=1_000_000_000_u32), allow_negative_numbers = true)]
    min_rate: u32,

    /// Longest time for a handler to compute without reading or writing; then 504.
    #[arg(long, value_name = "TIME", default_value = "10s",
          value_parser = duration, allow_negative_numbers = true)]
    cpu_time: Duration,

    /// Most memory of an instance, in MiB.
    #[arg(long, value_name = "MIB", default_value = "64",
          value_parser = whole(1..=4096_u32), allow_negative_numbers = true)]
    memory: u32,

    /// Most memory of all instances together, in MiB, at least that of one; then 503
    /// [default: half of the machine's, or of the control group's].
    #[arg(long, value_name = "MIB",
          value_parser = whole(1..=1_048_576_u32), allow_negative_numbers = true)]
    memory_total: Option<u32>,

    #[command(flatten)]
    compile: CompileLimits,

    /// Most memory for what clients send that isn't read yet, and for responses that
    /// they haven't taken, of all together, in MiB.
    #[arg(long, value_name = "MIB", default_value = "256",
          value_parser = whole(1..=1_048_576_u32), allow_negative_numbers = true)]
    buffer_memory: u32,

    /// Most that the handler and its scripts log, in KiB a second, and four times as
    /// much at once; more is dropped and counted. A request's own line is free; 0 for no
    /// bound.
    #[arg(long, value_name = "KIB", default_value = "256",
          value_parser = whole(0..=1_048_576_u32), allow_negative_numbers = true)]
    log_rate: u32,

    /// Most connections at once; more wait.
    #[arg(long, value_name = "N", default_value = "16384",
          value_parser = whole(1..=1_000_000_u32), allow_negative_numbers = true)]
    max_connections: u32,

    /// Most connections at once of one client, an IPv4 address or an IPv6 /64, behind a
    /// proxy with --proxy-protocol, too [default: as many as there may be]. In any case,
    /// who has most makes room for others.
    #[arg(long, value_name = "N",
          value_parser = whole(1..=1_000_000_u32), allow_negative_numbers = true)]
    max_connections_per_client: Option<u32>,

    /// Most instances in use at once; requests beyond that wait, then get 503.
    #[arg(long, value_name = "N", default_value = "1024",
          value_parser = whole(1..=16_384_u32), allow_negative_numbers = true)]
    max_instances: u32,

    /// Most instances in use at once for one client [default: three quarters of
    /// --max-instances]. Behind a proxy without --proxy-protocol, which is one client: as
    /// --max-instances.
    #[arg(long, value_name = "N",
          value_parser = whole(1..=16_384_u32), allow_negative_numbers = true)]
    max_requests_per_client: Option<u32>,

    /// Longest time for a request to wait for an instance; 0 for
    /// none.
    #[arg(long, value_name = "TIME", default_value = "1s",
          value_parser = duration_or_none, allow_negative_numbers = true)]
    queue_timeout: Duration,

    /// Longest time for requests to finish when the server stops; 0
    /// for none.
    #[arg(long, value_name = "TIME", default_value = "10s",
          value_parser = duration_or_none, allow_negative_numbers = true)]
    shutdown_timeout: Duration,

    /// What gets a fresh instance [default: request; for the embedded component,
    /// which keeps nothing of a request, connection].
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(super) isolation: Option<IsolationArg>,

    /// Requests that an instance of a wasi:http component answers, one after the
    /// other, before a fresh one is made. With more than 1, clients share its
    /// memory. Components of wasm-host:http/handler have --isolation instead.
    #[arg(long, value_name = "N", default_value = "1",
          value_parser = whole(1..=u32::MAX), allow_negative_numbers = true)]
    pub(super) instance_reuse: u32,

    /// Threads that serve connections [default: one a core].
    #[arg(long, value_name = "N",
          value_parser = whole(1..=1024_u16), allow_negative_numbers = true)]
    pub(super) threads: Option<u16>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum IsolationArg {
    /// A connection, until it idles. Quicker, and safe where each client has its own:
    /// behind a proxy, several share one, and with it the handler's memory.
    Connection,
    /// Every request.
    Request,
}

impl From<IsolationArg> for Isolation {
    fn from(isolation: IsolationArg) -> Self {
        match isolation {
            IsolationArg::Connection => Self::Connection,
            IsolationArg::Request => Self::Request,
        }
    }
}

impl LimitArgs {
    pub(super) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        limits.header_timeout = self.header_timeout;
        limits.idle_timeout = self.idle_timeout;
        limits.request_timeout = self.request_timeout;
        limits.min_rate = Some(self.min_rate).filter(|&bytes| bytes > 0);
        limits.cpu_time = self.cpu_time;
        limits.memory = self.memory as usize * MEBIBYTE;
        limits.memory_total = self.memory_total.map(|total| total as usize * MEBIBYTE);
        limits.buffer_memory = self.buffer_memory as usize * MEBIBYTE;
        self.compile.put_into(&mut limits);
        limits.log_rate = u64::from(self.log_rate) * 1024;
        limits.max_connections = self.max_connections;
        if let Some(most) = self.max_connections_per_client {
            limits.max_connections_per_client = most;
        }
        limits.max_instances = self.max_instances;
        limits.max_requests_per_client = self.max_requests_per_client;
        limits.queue_timeout = self.queue_timeout;
        limits.shutdown_timeout = self.shutdown_timeout;
        limits
    }
}
