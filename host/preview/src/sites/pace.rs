//! How many requests a second a site may have.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// So many seconds' requests may come at once, by who was quiet before: a page has many
/// parts.
const BURST: u64 = 2;

/// A site's requests, spread over time: the generic cell rate algorithm, as in ATM.
#[derive(Debug)]
pub(super) struct Pace {
    /// How far two requests are apart, in nanoseconds. None: there is no bound.
    interval: Option<u64>,
    /// When the next one would come if all were spread evenly, in nanoseconds since
    /// `begun`.
    next: AtomicU64,
    begun: Instant,
}

impl Pace {
    /// `rate`: requests a second; 0 for no bound.
    pub(super) fn new(rate: u32) -> Self {
        Self {
            interval: 1_000_000_000_u64.checked_div(u64::from(rate)),
            next: AtomicU64::new(0),
            begun: Instant::now(),
        }
    }

    /// Whether a request may come now.
    pub(super) fn admits(&self) -> bool {
        self.admits_at(self.begun.elapsed())
    }

    fn admits_at(&self, now: Duration) -> bool {
        let Some(interval) = self.interval else {
            return true;
        };
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let burst = 1_000_000_000 * BURST;
        let after = |next: u64| {
            let next = next.max(now) + interval;
            (next <= now + burst).then_some(next)
        };
        let update = self
            .next
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, after);
        update.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_come_at_once_and_then_so_many_a_second() {
        let pace = Pace::new(10);
        let at = |milliseconds| Duration::from_millis(milliseconds);
        let admitted = |milliseconds| {
            (0..100)
                .filter(|_| pace.admits_at(at(milliseconds)))
                .count()
        };
        assert_eq!(admitted(0), 20);
        assert_eq!(admitted(0), 0);
        assert_eq!(admitted(100), 1);
        assert_eq!(admitted(1_100), 10);
        assert_eq!(admitted(60_000), 20);
    }

    #[test]
    fn there_may_be_no_bound() {
        let pace = Pace::new(0);
        assert!((0..100_000).all(|_| pace.admits()));
    }
}
