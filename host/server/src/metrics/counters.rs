//! What one worker counts.

use super::event::Event;
use std::array;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The bounds of the histogram of how long requests take, in microseconds; what is longer
/// than the last is counted beside them.
pub(super) const BOUNDS: [u64; 14] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000, 1_000_000,
    10_000_000, 60_000_000,
];

/// Status codes have three digits, and the first is 1 to 5 (RFC 9110 section 15).
const STATUSES: usize = 600;

/// What one worker counts. It alone writes; whoever adds up reads. On lines of memory
/// that nobody else writes to.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Counters {
    events: [AtomicU64; Event::COUNT],
    /// By status code; what is none is at 0.
    responses: [AtomicU64; STATUSES],
    /// By duration, each up to its bound, and those beyond.
    durations: [AtomicU64; BOUNDS.len() + 1],
    /// Of all durations, in microseconds.
    duration_sum: AtomicU64,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            events: zeros(),
            responses: zeros(),
            durations: zeros(),
            duration_sum: AtomicU64::new(0),
        }
    }
}

fn zeros<const N: usize>() -> [AtomicU64; N] {
    array::from_fn(|_| AtomicU64::new(0))
}

impl Counters {
    pub(super) fn add(&self, event: Event, amount: u64) {
        grow(&self.events[event as usize], amount);
    }

    pub(super) fn answered(&self, status: u16, age: Duration) {
        let status = match usize::from(status) {
            status @ 100..STATUSES => status,
            _ => 0,
        };
        grow(&self.responses[status], 1);
        // Longer than a day is a day: the sum never overflows by one that claims so.
        let micros = age.min(Duration::from_secs(86_400)).as_micros();
        let micros = u64::try_from(micros).unwrap_or(u64::MAX);
        let bucket = BOUNDS.partition_point(|&bound| bound < micros);
        grow(&self.durations[bucket], 1);
        grow(&self.duration_sum, micros);
    }

    pub(super) fn get(&self, event: Event) -> u64 {
        self.events[event as usize].load(Ordering::Relaxed)
    }

    /// The status codes that were sent, and how often.
    pub(super) fn responses(&self) -> impl Iterator<Item = (u16, u64)> {
        let counts = self
            .responses
            .iter()
            .map(|count| count.load(Ordering::Relaxed));
        (0..).zip(counts).filter(|&(_, count)| count > 0)
    }

    pub(super) fn durations(&self) -> impl Iterator<Item = u64> {
        self.durations
            .iter()
            .map(|count| count.load(Ordering::Relaxed))
    }

    pub(super) fn duration_sum(&self) -> Duration {
        Duration::from_micros(self.duration_sum.load(Ordering::Relaxed))
    }
}

/// Only this thread writes to it, so that it takes no instruction that locks the memory.
fn grow(counter: &AtomicU64, amount: u64) {
    let before = counter.load(Ordering::Relaxed);
    counter.store(before.wrapping_add(amount), Ordering::Relaxed);
}
