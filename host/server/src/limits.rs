//! A server's limits, all on by default.

use crate::error::Error;
use crate::machine_memory;
use std::ops::RangeInclusive;
use std::time::Duration;

/// The memory of one page, which the smallest instance has.
const PAGE: usize = 64 * 1024;

/// 2^20 bytes.
const MIB: usize = 1024 * 1024;

/// What 32 bits can address.
const MAX_MEMORY: usize = 4 * 1024 * 1024 * 1024;

/// As much as no log is written.
const MAX_LOG_RATE: u64 = 1024 * 1024 * 1024;

/// With less, no compiler begins.
const MIN_COMPILE_MEMORY: usize = 64 * MIB;

/// For how many instances an engine reserves address space at most.
const MAX_INSTANCES: u32 = 16_384;

/// What a client and a handler may use. A server isn't built with a value out of
/// its range.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// The longest that a request's head may take to arrive, from its first
    /// byte; and a new connection's first byte. Then 408, or close. More than 0.
    pub header_timeout: Duration,
    /// The longest that a connection is kept open between two requests. More
    /// than 0.
    pub idle_timeout: Duration,
    /// The longest that a request may go on without progress: no byte read
    /// from the client or written to it. Then 504, or close. A handler of
    /// `wasm-host:http/handler` that waits for the client's content is told that
    /// it took too long: one made with the SDK answers 408. More than 0.
    pub request_timeout: Duration,
    /// The fewest bytes a second that a client must send or take, on average over all of
    /// a request and its response, once it was waited for as long as `request_timeout` in
    /// all. None: any rate will do. At least 1.
    pub min_rate: Option<u32>,
    /// The longest that a handler may compute between two uses of its
    /// connection. Then 504, or close. More than 0.
    pub cpu_time: Duration,
    /// The most memory of an instance, in bytes: from 64 KiB to 4 GiB. That is all of
    /// its memories and tables together, and the fields of HTTP that the host keeps for
    /// one of `wasi:http`.
    pub memory: usize,
    /// The most memory of all instances together, scripts' among them, in bytes: no less
    /// than `memory`. A request that needs more gets 503. None: half of what this
    /// machine has, or the control group that the process is in; no less than `memory`.
    pub memory_total: Option<usize>,
    /// The most that a handler may log, in bytes a second, with its scripts and all of
    /// its instances; four times as much at once. A request's own line isn't counted.
    /// More is dropped, and the log says how many lines. 0: no bound; at most 1 GiB.
    pub log_rate: u64,
    /// The most memory for reading and compiling a component, in bytes: at least 64 MiB.
    /// Kept where another process does that: see
    /// [`HttpServerBuilder::compiler`](crate::HttpServerBuilder::compiler).
    pub compile_memory: usize,
    /// The longest that reading and compiling a component may compute, on all cores
    /// together, rounded up to seconds; ten times as long by the clock. More than 0.
    /// Kept as `compile_memory` is.
    pub compile_time: Duration,
    /// The most connections at once, at least 1; more wait in the kernel's queue.
    pub max_connections: u32,
    /// The most connections of one client at once, at least 1: of an IPv4 address, or
    /// of an IPv6 network of 64 bits. One connection more takes the place of one that
    /// waits for its client, or is closed. Whatever it is, a client that has more than
    /// others makes room for them.
    pub max_connections_per_client: u32,
    /// The most instances in use at once, from 1 to 16,384; more requests wait,
    /// then get 503. Each worker keeps its share of as many more for later, up to
    /// 16, of 256 KiB at most.
    pub max_instances: u32,
    /// The most instances in use at once for one client, at least 1. None: three
    /// quarters of `max_instances`, so that whoever keeps handlers at work leaves
    /// some to others.
    pub max_requests_per_client: Option<u32>,
    /// The most bytes that the host keeps for all clients together, from 1 MiB: of what
    /// has arrived and isn't consumed, beyond the first 16 KiB of each connection, and of
    /// responses that clients haven't taken. Whoever has most, and waits for its client,
    /// makes room for others.
    pub buffer_memory: usize,
    /// The longest that a request waits for an instance.
    pub queue_timeout: Duration,
    /// The longest that requests may go on when the server stops.
    pub shutdown_timeout: Duration,
}

impl Limits {
    /// # Errors
    ///
    /// A limit is out of its range: nobody could be served.
    pub(crate) fn check(&self) -> Result<(), Error> {
        positive("header_timeout", self.header_timeout)?;
        positive("idle_timeout", self.idle_timeout)?;
        positive("request_timeout", self.request_timeout)?;
        positive("cpu_time", self.cpu_time)?;
        within(
            "memory",
            self.memory,
            PAGE..=MAX_MEMORY,
            "from 65536 to 4294967296",
        )?;
        if let Some(total) = self.memory_total {
            within(
                "memory_total",
                total,
                self.memory..=usize::MAX,
                "at least that of one instance",
            )?;
        }
        within(
            "buffer_memory",
            self.buffer_memory,
            MIB..=usize::MAX,
            "at least 1048576",
        )?;
        positive("compile_time", self.compile_time)?;
        within(
            "compile_memory",
            self.compile_memory,
            MIN_COMPILE_MEMORY..=usize::MAX,
            "at least 67108864",
        )?;
        within(
            "log_rate",
            self.log_rate,
            0..=MAX_LOG_RATE,
            "from 0 to 1073741824",
        )?;
        within(
            "max_connections",
            self.max_connections,
            1..=u32::MAX,
            "at least 1",
        )?;
        within(
            "max_connections_per_client",
            self.max_connections_per_client,
            1..=u32::MAX,
            "at least 1",
        )?;
        within(
            "max_instances",
            self.max_instances,
            1..=MAX_INSTANCES,
            "from 1 to 16384",
        )?;
        within(
            "max_requests_per_client",
            self.requests_each(),
            1..=u32::MAX,
            "at least 1",
        )
    }

    /// The most instances in use at once for one client.
    pub(crate) fn requests_each(&self) -> u32 {
        let most = self.max_instances;
        self.max_requests_per_client.unwrap_or(most - most / 4)
    }
}

impl Limits {
    /// The most memory of all instances together, in bytes.
    pub(crate) fn all_memory(&self) -> usize {
        self.memory_total.unwrap_or_else(|| {
            let available = machine_memory::available().unwrap_or(usize::MAX);
            (available / 2).max(self.memory)
        })
    }
}

fn positive(name: &'static str, value: Duration) -> Result<(), Error> {
    if value.is_zero() {
        return Err(Error::Limit {
            name,
            value: "0 s".to_owned(),
            range: "more than that",
        });
    }
    Ok(())
}

fn within<T: PartialOrd + Copy + ToString>(
    name: &'static str,
    value: T,
    allowed: RangeInclusive<T>,
    range: &'static str,
) -> Result<(), Error> {
    if allowed.contains(&value) {
        return Ok(());
    }
    Err(Error::Limit {
        name,
        value: value.to_string(),
        range,
    })
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(60),
            request_timeout: Duration::from_secs(60),
            min_rate: Some(500),
            cpu_time: Duration::from_secs(10),
            memory: 64 * 1024 * 1024,
            buffer_memory: 256 * MIB,
            memory_total: None,
            log_rate: 256 * 1024,
            compile_memory: 2048 * MIB,
            compile_time: Duration::from_secs(120),
            max_connections: 16_384,
            max_connections_per_client: u32::MAX,
            max_instances: 1024,
            max_requests_per_client: None,
            queue_timeout: Duration::from_secs(1),
            shutdown_timeout: Duration::from_secs(10),
        }
    }
}

/// What each instance is for.
///
/// The embedded component has one for a connection unless it is told otherwise: it keeps
/// nothing of a request. Another component has one for a request, as whoever writes it
/// may not know who shares a connection: all clients of a proxy in front may.
///
/// Fresh is one that was just made; or one that was used, and whose memory and
/// globals were put back as they were then. Only components that can leave nothing
/// else behind have such, of up to 256 KiB of memory; the embedded one is of these.
/// To a handler there is no difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// A fresh instance for a connection, as a `BaseHTTPRequestHandler` object is
    /// made for each. When the client has been quiet for a moment, the instance goes,
    /// and the next request gets another. For clients that connect directly, or a
    /// handler that keeps nothing of a request: behind a proxy, requests of several
    /// clients follow each other on a connection, and what one has written in the
    /// handler's memory the next may see.
    Connection,
    /// A fresh instance for every request.
    Request,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut Limits)) -> Result<(), String> {
        let mut limits = Limits::default();
        change(&mut limits);
        limits.check().map_err(|error| error.to_string())
    }

    #[test]
    fn limits_that_serve_nobody_are_refused() {
        assert_eq!(check(|_| {}), Ok(()));
        for (refused, named) in [
            (
                check(|limits| limits.max_connections = 0),
                "max_connections",
            ),
            (check(|limits| limits.max_instances = 0), "max_instances"),
            (
                check(|limits| limits.max_instances = u32::MAX),
                "max_instances",
            ),
            (check(|limits| limits.memory = 0), "memory"),
            (
                check(|limits| limits.memory_total = Some(limits.memory - 1)),
                "memory_total",
            ),
            (check(|limits| limits.log_rate = u64::MAX), "log_rate"),
            (check(|limits| limits.cpu_time = Duration::ZERO), "cpu_time"),
            (
                check(|limits| limits.idle_timeout = Duration::ZERO),
                "idle_timeout",
            ),
        ] {
            let said = refused.expect_err(named);
            assert!(said.contains(named) && said.contains("must be"), "{said}");
        }
        assert_eq!(
            check(|limits| limits.queue_timeout = Duration::ZERO),
            Ok(())
        );
    }
}
