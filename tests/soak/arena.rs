//! The threads of a round, when they end, and what they have to say.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::Scope;
use std::time::{Duration, Instant};

/// More failures than these say nothing new.
const MOST_FAILURES: usize = 20;

pub(super) struct Arena {
    end: Instant,
    /// How often each thing was done.
    done: Mutex<BTreeMap<&'static str, u64>>,
    failures: Mutex<Vec<String>>,
    seeds: AtomicU64,
}

/// Numbers by chance, as each thread has them for itself.
pub(super) struct Dice(u64);

impl Arena {
    pub(super) fn new(time: Duration) -> Self {
        Self {
            end: Instant::now() + time,
            done: Mutex::default(),
            failures: Mutex::default(),
            seeds: AtomicU64::new(1),
        }
    }

    /// Runs what is begun, to its end; none of it may have failed.
    #[track_caller]
    pub(super) fn run<'a>(&'a self, begin: impl for<'s> FnOnce(&'a Self, &'s Scope<'s, 'a>)) {
        std::thread::scope(|scope| begin(self, scope));
        eprintln!("{:?}", self.done.lock().unwrap());
        let failures = self.failures.lock().unwrap();
        assert!(failures.is_empty(), "{failures:#?}");
    }

    /// Does something again and again, in a thread of its own.
    pub(super) fn again<'s, 'a>(
        &'a self,
        scope: &'s Scope<'s, 'a>,
        what: &'static str,
        mut act: impl FnMut(&mut Dice) + Send + 'a,
    ) where
        'a: 's,
    {
        let seed = self.seeds.fetch_add(1, Ordering::Relaxed);
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        scope.spawn(move || {
            while Instant::now() < self.end {
                match catch_unwind(AssertUnwindSafe(|| act(&mut dice))) {
                    Ok(()) => self.count(what),
                    Err(panic) => self.fail(what, &*panic),
                }
            }
        });
    }

    pub(super) fn count(&self, what: &'static str) {
        *self.done.lock().unwrap().entry(what).or_default() += 1;
    }

    fn fail(&self, what: &str, panic: &(dyn std::any::Any + Send)) {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        let mut failures = self.failures.lock().unwrap();
        if failures.len() < MOST_FAILURES {
            failures.push(format!("{what}: {}", text.unwrap_or("it panicked")));
        }
    }
}

impl Dice {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as usize % bound
    }

    pub(super) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.below(256) as u8).collect()
    }
}
