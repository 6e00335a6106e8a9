//! What was counted, added up.

use super::counters::{BOUNDS, Counters};
use super::event::Event;
use std::time::Duration;

/// Where a server is between its start and its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// It doesn't serve yet: its component may be compiled still.
    Starting = 0,
    /// Its component is loaded, and its sockets listen.
    Serving = 1,
    /// It takes no more connections, and lets requests finish.
    Draining = 2,
}

impl Phase {
    pub(super) fn of(number: u8) -> Self {
        match number {
            0 => Self::Starting,
            1 => Self::Serving,
            _ => Self::Draining,
        }
    }
}

/// How many requests took so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bucket {
    /// At most so long, and longer than the bucket before says. None: longer than all.
    pub at_most: Option<Duration>,
    /// How many.
    pub count: u64,
}

/// How often limits were reached, each by the [`Limits`](crate::Limits) that sets it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LimitHits {
    /// A connection was asked to give way, as all places were taken.
    pub max_connections: u64,
    /// A client's connection was closed, as that client had as many as it may.
    pub max_connections_per_client: u64,
    /// An instance was asked to give way, as all places were taken.
    pub max_instances: u64,
    /// A connection was asked to give way, as too much was kept for all of them.
    pub buffer_memory: u64,
    /// A request waited for an instance for as long as it may.
    pub queue_timeout: u64,
    /// A handler computed for as long as it may.
    pub cpu_time: u64,
    /// A handler of `wasm-host:http/handler` made no progress for as long as it may.
    pub request_timeout: u64,
    /// All instances together had as much memory as they may.
    pub memory_total: u64,
    /// A line had no room in the log.
    pub log_rate: u64,
}

/// What a server has counted since it began, of all its workers together.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// Where the server is between its start and its end.
    pub phase: Phase,
    /// Connections that were accepted.
    pub connections_accepted: u64,
    /// Those that are open.
    pub connections_open: u64,
    /// Requests that were answered, by status code, in its order. Code 0 stands for
    /// numbers that are no status code, which a handler may give.
    ///
    /// Those of a handler of `wasm-host:http/handler` are what it says itself: one that
    /// logs no access entry has none here, but for what the server answers in its place.
    pub responses: Vec<(u16, u64)>,
    /// How long requests took, from their first byte until the answer was logged.
    pub durations: Vec<Bucket>,
    /// How long all of them took together.
    pub duration_sum: Duration,
    /// Instances that are in use.
    pub instances_in_use: u64,
    /// Instances that were made.
    pub instances_made: u64,
    /// How often one was used again, after it was put back as it was when it was made.
    pub instances_renewed: u64,
    /// Requests that wait for an instance.
    pub requests_waiting: u64,
    /// Scripts that were started.
    pub scripts_started: u64,
    /// Those that run.
    pub scripts_running: u64,
    /// Bytes that clients sent, as they came by the network.
    pub bytes_received: u64,
    /// Bytes that were sent to clients.
    pub bytes_sent: u64,
    /// How often another component took the place of the one before.
    pub swaps: u64,
    /// How often limits were reached.
    pub limit_hits: LimitHits,
}

impl Snapshot {
    pub(super) fn new(phase: Phase, swaps: u64) -> Self {
        let bounds = BOUNDS.map(|bound| Some(Duration::from_micros(bound)));
        let buckets = bounds.into_iter().chain([None]);
        Self {
            phase,
            connections_accepted: 0,
            connections_open: 0,
            responses: Vec::new(),
            durations: buckets
                .map(|at_most| Bucket { at_most, count: 0 })
                .collect(),
            duration_sum: Duration::ZERO,
            instances_in_use: 0,
            instances_made: 0,
            instances_renewed: 0,
            requests_waiting: 0,
            scripts_started: 0,
            scripts_running: 0,
            bytes_received: 0,
            bytes_sent: 0,
            swaps,
            limit_hits: LimitHits::default(),
        }
    }

    /// Adds what a worker has counted. What is open is what began and hasn't ended, which
    /// another worker may have counted: until [`settle`](Self::settle) it may be less than
    /// nothing, in numbers that wrap.
    pub(super) fn add(&mut self, worker: &Counters) {
        let balance = |begun, ended| worker.get(begun).wrapping_sub(worker.get(ended));
        let open = balance(Event::ConnectionAccepted, Event::ConnectionEnded);
        self.connections_open = self.connections_open.wrapping_add(open);
        let in_use = balance(Event::InstanceTaken, Event::InstanceLeft);
        self.instances_in_use = self.instances_in_use.wrapping_add(in_use);
        let waiting = balance(Event::WaitBegan, Event::WaitEnded);
        self.requests_waiting = self.requests_waiting.wrapping_add(waiting);
        let running = balance(Event::ScriptStarted, Event::ScriptEnded);
        self.scripts_running = self.scripts_running.wrapping_add(running);
        self.connections_accepted += worker.get(Event::ConnectionAccepted);
        self.instances_made += worker.get(Event::InstanceMade);
        self.instances_renewed += worker.get(Event::InstanceRenewed);
        self.scripts_started += worker.get(Event::ScriptStarted);
        self.bytes_received += worker.get(Event::BytesReceived);
        self.bytes_sent += worker.get(Event::BytesSent);
        self.limit_hits.add(worker);
        for (bucket, count) in self.durations.iter_mut().zip(worker.durations()) {
            bucket.count += count;
        }
        self.duration_sum += worker.duration_sum();
        self.responses.extend(worker.responses());
    }

    /// Has each status code once, and nothing that is open less than nothing: what ends
    /// while it is added up may be seen before what began it.
    pub(super) fn settle(&mut self) {
        self.responses.sort_unstable();
        self.responses.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        for open in [
            &mut self.connections_open,
            &mut self.instances_in_use,
            &mut self.requests_waiting,
            &mut self.scripts_running,
        ] {
            *open = u64::try_from(open.cast_signed()).unwrap_or(0);
        }
    }
}

impl LimitHits {
    fn add(&mut self, worker: &Counters) {
        self.max_connections += worker.get(Event::MadeRoomForConnection);
        self.max_connections_per_client += worker.get(Event::ConnectionRefused);
        self.max_instances += worker.get(Event::MadeRoomForInstance);
        self.buffer_memory += worker.get(Event::MadeRoomForMemory);
        self.queue_timeout += worker.get(Event::WaitedTooLong);
        self.cpu_time += worker.get(Event::ComputedTooLong);
        self.request_timeout += worker.get(Event::NoProgress);
        self.memory_total += worker.get(Event::NoMemory);
        self.log_rate += worker.get(Event::LogLineDropped);
    }
}
