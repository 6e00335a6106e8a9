//! A runner that was started. Dropping the last handle of it kills its process.

use super::granted::Granted;
use super::idle::Idle;
use super::limits::RunnerLimits;
use super::lines::Lines;
use super::site::CodeSite;
use crate::runner::{Order, wait_until_ready};
use std::io::{self, Read};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasm_host_server::{CompiledComponent, ConnectionSource, Runner, RunnerBounds, RunnerSpawner};

/// How many times a runner has its code in memory while it begins.
const COPIES: usize = 4;

/// What a runner's process may write to beside its code and the memory of its instances,
/// in bytes: the stacks of all instances above all, which are there at once and hardly
/// used.
const OWN_MEMORY: usize = 512 * 1024 * 1024;

/// How many descriptors it may have: for its connections and the files that they are sent.
const OPEN_FILES: u64 = 1024;

/// How many connections to it there are at once: those that wait for another request among
/// them.
const MOST_CONNECTIONS: usize = 128;

/// How long a runner may take until it serves.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// How much is read of what a runner says, in bytes a second: more than its code may log.
const MOST_A_SECOND: usize = 1024 * 1024;
const SECOND: Duration = Duration::from_secs(1);

/// A runner that was started.
#[derive(Debug)]
pub(super) struct Running {
    orders: UnixStream,
    _life: Life,
    started: Instant,
    state: Arc<State>,
    used: Mutex<Instant>,
    /// How many requests it has that aren't answered to their end.
    in_flight: AtomicUsize,
    /// Room for connections to it.
    connections: Arc<Semaphore>,
    /// Connections to it that wait for another request.
    pub(super) idle: Idle,
}

/// A process's life: dropping it kills the process.
#[derive(Debug)]
struct Life(UnixStream);

impl Drop for Life {
    fn drop(&mut self) {
        // Whoever else here waits for its end has the same socket.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// What the thread that reads what it says knows of it.
#[derive(Debug, Default)]
struct State {
    died_at: OnceLock<Instant>,
}

/// A request that a runner has, as long as this lives.
pub(super) struct InFlight(Arc<Running>);

impl Running {
    /// Starts one, tells it what to serve, and waits until it does.
    pub(super) fn start(
        spawner: &RunnerSpawner,
        limits: &RunnerLimits,
        site: &CodeSite,
        compiled: &CompiledComponent,
        granted: Granted,
    ) -> io::Result<Arc<Self>> {
        let Granted {
            environment,
            outbound,
            keeper,
        } = granted;
        let (targets, sender) = outbound.unzip();
        let targets = targets.iter().flatten().map(ToString::to_string);
        let code = compiled.to_bytes();
        let memory = limits.memory_total + OWN_MEMORY + COPIES * code.len();
        let started = spawner.start(RunnerBounds {
            memory: memory as u64,
            open_files: OPEN_FILES,
        });
        let Runner { orders, said, life } = started.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => {
                io::Error::other("the process that starts it has ended; start the server anew")
            }
            _ => error,
        })?;
        let life = Life(life);
        let order = Order {
            tree: site.tree.clone(),
            memory: limits.memory,
            memory_total: limits.memory_total,
            cpu_time: limits.cpu_time,
            log_rate: limits.log_rate,
            environment,
            outbound: targets.collect(),
            keeps_values: keeper.is_some(),
            code,
        };
        let state = Arc::new(State::default());
        let lines = Lines::of(Arc::clone(&site.journal));
        let (noted, other) = (Arc::clone(&state), life.0.try_clone()?);
        std::thread::Builder::new()
            .name("runner".to_owned())
            .spawn(move || follow(said, other, lines, &noted))?;
        orders.set_write_timeout(Some(READY_WITHIN))?;
        orders.set_read_timeout(Some(READY_WITHIN))?;
        let ready = order
            .write(&orders)
            .and_then(|()| {
                let mut attendants = sender.iter().chain(&keeper);
                attendants.try_for_each(|it| ConnectionSource::hand_over(&orders, it))
            })
            .and_then(|()| wait_until_ready(&orders));
        ready.map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => {
                io::Error::other(format!("its process isn't ready after {READY_WITHIN:?}"))
            }
            _ => io::Error::other("its process has ended before it was ready"),
        })?;
        let now = Instant::now();
        Ok(Arc::new(Self {
            orders,
            _life: life,
            started: now,
            state,
            used: Mutex::new(now),
            in_flight: AtomicUsize::new(0),
            connections: Arc::new(Semaphore::new(MOST_CONNECTIONS)),
            idle: Idle::default(),
        }))
    }

    /// A new connection to it, and what is to be kept as long as that is open. None: it has
    /// as many as it may.
    pub(super) fn connect(&self) -> io::Result<Option<(UnixStream, OwnedSemaphorePermit)>> {
        let Ok(permit) = Arc::clone(&self.connections).try_acquire_owned() else {
            return Ok(None);
        };
        let (ours, theirs) = UnixStream::pair()?;
        ConnectionSource::bring(&self.orders, &theirs)?;
        Ok(Some((ours, permit)))
    }

    pub(super) fn lives(&self) -> bool {
        self.died_at().is_none()
    }

    pub(super) fn died_at(&self) -> Option<Instant> {
        self.state.died_at.get().copied()
    }

    pub(super) fn started(&self) -> Instant {
        self.started
    }

    /// When it was last asked something.
    pub(super) fn used(&self) -> Instant {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it has nothing to answer.
    pub(super) fn is_idle(&self) -> bool {
        self.in_flight.load(Ordering::Acquire) == 0
    }

    /// Notes a request.
    pub(super) fn begin(self: &Arc<Self>) -> InFlight {
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        self.note_use();
        InFlight(Arc::clone(self))
    }

    fn note_use(&self) {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.note_use();
        self.0.in_flight.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Notes what it says, and that it has died.
fn follow(mut said: UnixStream, mut life: UnixStream, mut lines: Lines, state: &State) {
    let mut piece = [0; 4096];
    let (mut since, mut read) = (Instant::now(), 0);
    while let Ok(length @ 1..) = said.read(&mut piece) {
        lines.add(&piece[..length]);
        read += length;
        if read > MOST_A_SECOND {
            // It waits meanwhile, whatever it has become.
            std::thread::sleep(SECOND.saturating_sub(since.elapsed()));
            (since, read) = (Instant::now(), 0);
        }
    }
    // Nothing is ever written to it: this returns when it is closed.
    let _ = life.read(&mut piece);
    lines.end();
    let _ = state.died_at.set(Instant::now());
}
