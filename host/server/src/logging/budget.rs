//! How much a handler may log: so many bytes a second, of all its instances together
//! and of the scripts that it runs. What is more is dropped, and counted.
//!
//! A request's own line isn't counted, whatever the rate: each request brings an
//! allowance of a few times its own length, which pays first ([`GuestLog`]). A handler
//! that logs a line or two for each of ten thousand requests a second loses none.

use super::{Answered, access, guest_line};
use crate::metrics::{self, Event};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tracing::Level;
use tracing::level_filters::LevelFilter;

/// So many seconds' bytes can be logged at once, by who was quiet before.
const BURST: u64 = 4;

/// What a line costs beyond its own bytes: address, time, and the like.
const LINE: u64 = 64;

/// A line costs no more than this: the rest of it is cut by whoever writes the log.
const LONGEST: u64 = 8 * 1024;

/// Of how many bytes of a request its allowance is reckoned.
const RECKONED: u64 = 512;

/// A request's bytes times this may be logged for it.
const FACTOR: u64 = 16;

/// What a component, or all that a server runs, may log.
#[derive(Debug)]
pub(crate) struct LogBudget {
    /// Bytes a second. None: there is no bound.
    rate: Option<u64>,
    bucket: Mutex<Bucket>,
    /// Whether lines were dropped, and nothing was said of it yet.
    dropping: AtomicBool,
}

#[derive(Debug)]
struct Bucket {
    /// How many bytes may be logged at once.
    level: u64,
    filled: Instant,
    /// How many lines were dropped since one was last taken.
    dropped: u64,
}

impl LogBudget {
    /// `rate`: bytes a second; 0 for no bound.
    pub(crate) fn new(rate: u64) -> Self {
        Self {
            rate: (rate > 0).then_some(rate),
            bucket: Mutex::new(Bucket {
                level: rate.saturating_mul(BURST),
                filled: Instant::now(),
                dropped: 0,
            }),
            dropping: AtomicBool::new(false),
        }
    }

    /// Logs a line that a guest wrote, or drops it.
    pub(crate) fn line(&self, client: Option<IpAddr>, level: Level, line: &str) {
        if is_listened_to(level) && self.take(cost(line.len())) {
            guest_line(client, level, line);
        }
    }

    /// Whether the host may log something as often as a handler has it happen.
    pub(crate) fn allows(&self, level: Level, text: &str) -> bool {
        is_listened_to(level) && self.take(cost(text.len()))
    }

    /// Whether so many bytes may be logged now.
    fn take(&self, bytes: u64) -> bool {
        let Some(rate) = self.rate else {
            return true;
        };
        let mut bucket = self.lock();
        bucket.fill(rate, Instant::now());
        let has_room = bucket.has_room(rate) && bucket.level >= bytes;
        if has_room {
            bucket.level -= bytes;
            self.say_dropped(rate, bucket);
        } else {
            bucket.dropped += 1;
            metrics::count(Event::LogLineDropped);
            self.dropping.store(true, Ordering::Relaxed);
        }
        has_room
    }

    /// Says what was dropped, if that is over.
    fn look(&self) {
        if let Some(rate) = self.rate
            && self.dropping.load(Ordering::Relaxed)
        {
            let mut bucket = self.lock();
            bucket.fill(rate, Instant::now());
            if bucket.has_room(rate) {
                self.say_dropped(rate, bucket);
            }
        }
    }

    /// Says what was dropped, as nothing more is to come.
    pub(crate) fn end(&self) {
        if let Some(rate) = self.rate {
            self.say_dropped(rate, self.lock());
        }
    }

    fn say_dropped(&self, rate: u64, mut bucket: MutexGuard<'_, Bucket>) {
        let dropped = std::mem::take(&mut bucket.dropped);
        drop(bucket);
        if dropped > 0 {
            self.dropping.store(false, Ordering::Relaxed);
            let what = if dropped == 1 {
                "line was"
            } else {
                "lines were"
            };
            tracing::error!(
                "{dropped} {what} dropped that the handler logged: \
                 it may log {rate} bytes a second"
            );
        }
    }

    fn lock(&self) -> MutexGuard<'_, Bucket> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bucket {
    fn fill(&mut self, rate: u64, now: Instant) {
        let passed = now.saturating_duration_since(self.filled);
        let more = passed.as_nanos() * u128::from(rate) / 1_000_000_000;
        // A moment that brings less than a byte isn't lost: it counts the next time.
        if more > 0 {
            let more = u64::try_from(more).unwrap_or(u64::MAX);
            self.level = self.level.saturating_add(more).min(rate * BURST);
            self.filled = now;
        }
    }

    /// Once lines are dropped, more are, until there is half of the room again: a line
    /// that says so comes every few seconds at most.
    fn has_room(&self, rate: u64) -> bool {
        self.dropped == 0 || self.level >= rate * BURST / 2
    }
}

/// Whether anybody gets lines that are this severe.
fn is_listened_to(level: Level) -> bool {
    level <= LevelFilter::current()
}

fn cost(length: usize) -> u64 {
    (length as u64).min(LONGEST) + LINE
}

/// What one instance logs.
#[derive(Debug)]
pub(crate) struct GuestLog {
    budget: Arc<LogBudget>,
    /// How many bytes may be logged for the request at hand without the budget.
    allowance: u64,
    /// For how many bytes that the client sent, and that weren't consumed yet, there
    /// was an allowance.
    reckoned: u64,
    entry: Entry,
}

/// The request at hand, in a log that has an entry for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    /// There is no request that has none yet.
    Written,
    Due,
}

impl GuestLog {
    pub(crate) fn new(budget: &Arc<LogBudget>) -> Self {
        Self {
            budget: Arc::clone(budget),
            allowance: 0,
            reckoned: 0,
            entry: Entry::Written,
        }
    }

    /// For what has no request of its own.
    pub(crate) fn budget(&self) -> &Arc<LogBudget> {
        &self.budget
    }

    /// The handler is shown a request that begins with so many bytes. It may be one
    /// that it was shown before: only what is new brings an allowance, and an entry.
    pub(crate) fn begin_request(&mut self, shown: usize) {
        let new = (shown as u64).min(RECKONED).saturating_sub(self.reckoned);
        if new > 0 {
            self.reckoned += new;
            let allowance = self.allowance + new * FACTOR;
            self.allowance = allowance.min(RECKONED * FACTOR);
            self.entry = Entry::Due;
        }
        self.budget.look();
    }

    /// The handler has done with so many bytes of what the client sends.
    pub(crate) fn note_consumed(&mut self, bytes: u64) {
        self.reckoned = self.reckoned.saturating_sub(bytes);
    }

    /// Logs a line, or drops it.
    pub(crate) fn line(&mut self, client: IpAddr, level: Level, line: &str) {
        if is_listened_to(level) && self.take(line.len()) {
            guest_line(Some(client), level, line);
        }
    }

    /// Logs an answered request: at most one for each that the client sent.
    pub(crate) fn entry(&mut self, answered: &Answered<'_>) {
        if self.entry == Entry::Written {
            return;
        }
        metrics::answered(answered.status, answered.age);
        self.entry = Entry::Written;
        if !is_listened_to(Level::INFO) {
            return;
        }
        let length = |text: Option<&str>| text.map_or(0, str::len);
        let length = answered.request_line.len()
            + length(answered.user)
            + length(answered.referer)
            + length(answered.user_agent);
        if self.take(length) {
            access(answered);
        }
    }

    fn take(&mut self, length: usize) -> bool {
        let cost = cost(length);
        let given = cost.min(self.allowance);
        self.allowance -= given;
        given == cost || self.budget.take(cost - given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_budget_is_a_burst_and_what_comes_with_time() {
        let budget = LogBudget::new(1000);
        assert!(budget.take(4000));
        assert!(!budget.take(3000));
        // Not as soon as there is some.
        budget.lock().filled -= Duration::from_secs(1);
        assert!(!budget.take(10));
        budget.lock().filled -= Duration::from_secs(1);
        assert!(budget.take(10));
        assert_eq!(budget.lock().dropped, 0);
        assert!(LogBudget::new(0).take(u64::MAX));
    }

    #[test]
    fn each_request_pays_for_its_own_line() {
        let budget = Arc::new(LogBudget::new(1));
        let mut log = GuestLog::new(&budget);
        assert!(!log.take(100));
        for _ in 0..1000 {
            log.begin_request(40);
            assert!(log.take(100), "its own");
            assert!(log.take(100), "and what is to say of it");
            log.note_consumed(40);
        }
        // Nothing came since: what was shown before is shown again.
        log.begin_request(40);
        log.begin_request(40);
        while log.take(0) {}
        log.begin_request(40);
        assert!(!log.take(0));
        assert_eq!(log.entry, Entry::Due);
    }

    #[test]
    fn pipelined_requests_bring_an_allowance_each() {
        let mut log = GuestLog::new(&Arc::new(LogBudget::new(1)));
        for left in (1..1000).rev() {
            log.begin_request(left * 40);
            assert!(log.take(100), "{left} are left");
            log.note_consumed(40);
        }
    }
}
