//! Counts of what a server does, for whoever watches it.
//!
//! Each worker counts in a place of its own, found by its thread, so that no two write to
//! the same line of memory, nobody waits for a lock, and a server that nobody watches
//! only finds that there is no such place. [`Metrics::snapshot`] adds them up.

mod counters;
mod event;
mod open;
mod snapshot;

pub(crate) use event::Event;
pub(crate) use open::Open;
pub use snapshot::{Bucket, LimitHits, Phase, Snapshot};

use counters::Counters;
use std::cell::OnceCell;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

thread_local! {
    /// Where this thread counts, if it is a worker of a server that is watched.
    static OWN: OnceCell<Arc<Counters>> = const { OnceCell::new() };
}

/// What a server counts. Its clones are the same: one is given to the server, by
/// [`HttpServerBuilder::metrics`](crate::HttpServerBuilder::metrics), and another asked
/// for a [`snapshot`](Self::snapshot), before the server has begun as well.
#[derive(Debug, Clone, Default)]
pub struct Metrics(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// A place for each worker, in the order in which they began.
    workers: Mutex<Vec<Arc<Counters>>>,
    /// A [`Phase`].
    phase: AtomicU8,
    /// How often another component took the place of the one before.
    swaps: AtomicU64,
}

impl Metrics {
    /// Counts of a server that hasn't begun.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What was counted until now. It takes time in proportion to the number of workers,
    /// and none of theirs. What is counted meanwhile may be in one number and not yet in
    /// another.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot::new(self.phase(), self.0.swaps.load(Ordering::Relaxed));
        let workers = self.workers().clone();
        for worker in workers {
            snapshot.add(&worker);
        }
        snapshot.settle();
        snapshot
    }

    /// Where the server is between its start and its end.
    #[must_use]
    pub fn phase(&self) -> Phase {
        Phase::of(self.0.phase.load(Ordering::Acquire))
    }

    /// The server is in a phase from now on. It never goes back to one before.
    pub(crate) fn enter(&self, phase: Phase) {
        self.0.phase.fetch_max(phase as u8, Ordering::AcqRel);
    }

    pub(crate) fn note_swap(&self) {
        self.0.swaps.fetch_add(1, Ordering::Relaxed);
    }

    /// Has this thread, a worker, count for this server.
    pub(crate) fn count_here(&self) {
        let own = Arc::new(Counters::default());
        self.workers().push(Arc::clone(&own));
        // A thread is a worker once.
        let _ = OWN.with(|place| place.set(own));
    }

    fn workers(&self) -> MutexGuard<'_, Vec<Arc<Counters>>> {
        let workers = self.0.workers.lock();
        workers.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts that something happened.
pub(crate) fn count(event: Event) {
    add(event, 1);
}

/// Counts as many of something.
pub(crate) fn add(event: Event, amount: u64) {
    with_own(|own| own.add(event, amount));
}

/// Counts a request that was answered, with the status code that its client was sent, by
/// a handler that may have given any number, and how long that took since it began.
pub(crate) fn answered(status: u16, age: Duration) {
    with_own(|own| own.answered(status, age));
}

fn with_own(count: impl FnOnce(&Counters)) {
    // Where the thread is at its end, there is nothing left to count.
    let _ = OWN.try_with(|place| place.get().map(|own| count(own)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_count_apart_and_are_added_up() {
        let metrics = Metrics::new();
        count(Event::ConnectionAccepted);
        let work = |status| {
            let metrics = metrics.clone();
            std::thread::spawn(move || {
                metrics.count_here();
                count(Event::ConnectionAccepted);
                add(Event::BytesReceived, 40);
                answered(status, Duration::from_millis(3));
            })
        };
        for thread in [work(200), work(404)] {
            thread.join().unwrap();
        }
        let snapshot = metrics.snapshot();
        assert_eq!(snapshot.connections_accepted, 2, "this thread is no worker");
        assert_eq!(snapshot.connections_open, 2);
        assert_eq!(snapshot.bytes_received, 80);
        assert_eq!(snapshot.responses, [(200, 1), (404, 1)]);
        let counted: u64 = snapshot.durations.iter().map(|bucket| bucket.count).sum();
        assert_eq!(counted, 2);
        assert_eq!(snapshot.duration_sum, Duration::from_millis(6));
    }

    #[test]
    fn a_status_that_is_none_is_counted_with_all_such() {
        let metrics = Metrics::new();
        let counting = metrics.clone();
        let worker = std::thread::spawn(move || {
            counting.count_here();
            for status in [0, 99, 600, u16::MAX] {
                answered(status, Duration::MAX);
            }
        });
        worker.join().unwrap();
        let snapshot = metrics.snapshot();
        assert_eq!(snapshot.responses, [(0, 4)]);
        assert_eq!(snapshot.durations.last().unwrap().count, 4);
    }

    #[test]
    fn phases_go_one_way() {
        let metrics = Metrics::new();
        assert_eq!(metrics.phase(), Phase::Starting);
        metrics.enter(Phase::Draining);
        metrics.enter(Phase::Serving);
        assert_eq!(metrics.phase(), Phase::Draining);
    }
}
