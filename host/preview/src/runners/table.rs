//! Which sites have a runner, and which may not have another one yet.

use super::running::Running;
use crate::names::DeployId;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// One that lives for so long has begun well.
const WELL: Duration = Duration::from_secs(10);

/// How long it is before one that has died at its beginning is started again: twice as
/// long each time, and no longer than the second.
const FIRST_REST: Duration = Duration::from_millis(500);
const LONGEST_REST: Duration = Duration::from_secs(60);

/// So often one may die at its beginning before that is said of it.
const FORGIVEN: u32 = 2;

/// The runners of all sites.
#[derive(Debug, Default)]
pub(super) struct Table {
    slots: Mutex<HashMap<DeployId, Arc<Slot>>>,
    /// How many are being started.
    starting: AtomicUsize,
}

/// Room for one that is being started, as long as this lives.
#[derive(Debug)]
pub(super) struct Room<'a>(&'a AtomicUsize);

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The place of a site's runner.
#[derive(Debug, Default)]
pub(super) struct Slot {
    /// Held while one is started.
    pub(super) starting: tokio::sync::Mutex<()>,
    running: Mutex<Option<Arc<Running>>>,
    deaths: Mutex<Deaths>,
}

/// Runners that have died at their beginning, one after the other.
#[derive(Debug, Default)]
struct Deaths {
    count: u32,
    last: Option<Instant>,
}

impl Deaths {
    fn add(&mut self, at: Instant) {
        self.count += 1;
        self.last = Some(at);
    }

    fn begin_anew(&mut self) {
        *self = Self::default();
    }

    fn rests_until(&self) -> Option<Instant> {
        let more = self.count.checked_sub(FORGIVEN + 1)?;
        let rest = FIRST_REST
            .saturating_mul(1 << more.min(16))
            .min(LONGEST_REST);
        let until = self.last? + rest;
        (until > Instant::now()).then_some(until)
    }

    /// Whether nothing is to be known of it any more.
    fn is_over(&self) -> bool {
        self.last
            .is_none_or(|last| last.elapsed() > 2 * LONGEST_REST)
    }
}

impl Table {
    pub(super) fn slot(&self, deploy: DeployId) -> Arc<Slot> {
        Arc::clone(self.lock().entry(deploy).or_default())
    }

    /// Room for another, once one that answers nobody has given way to it if need be. None:
    /// all have something to do.
    pub(super) fn room(&self, most: usize) -> Option<Room<'_>> {
        let slots = self.lock();
        let all = slots.values();
        let mut all: Vec<_> = all
            .filter_map(|slot| Some((slot, slot.running()?)))
            .collect();
        if all.len() + self.starting.load(Ordering::Acquire) >= most {
            all.retain(|(_, running)| running.is_idle());
            let longest = all.iter().min_by_key(|(_, running)| running.used());
            longest?.0.stop();
        }
        self.starting.fetch_add(1, Ordering::AcqRel);
        Some(Room(&self.starting))
    }

    /// Stops a deploy's.
    pub(super) fn stop(&self, deploy: &DeployId) {
        if let Some(slot) = self.lock().get(deploy) {
            slot.stop();
        }
    }

    /// Stops what wasn't used for so long, and what is of no deploy any more.
    pub(super) fn tend(&self, idle: Duration, exists: impl Fn(&DeployId) -> bool) {
        let mut table = self.lock();
        table.retain(|deploy, slot| {
            let unused =
                |running: Arc<Running>| running.is_idle() && running.used().elapsed() >= idle;
            let is_gone = !exists(deploy);
            if is_gone || slot.running().is_some_and(unused) {
                slot.stop();
            }
            // What is known of others is that they run, are being started, or die.
            let is_known = slot.lock().is_some() || Arc::strong_count(slot) > 1;
            !is_gone && (is_known || !slot.deaths().is_over())
        });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<DeployId, Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// The runner, if it lives.
    pub(super) fn running(&self) -> Option<Arc<Running>> {
        let running = self.lock();
        running.as_ref().filter(|running| running.lives()).cloned()
    }

    pub(super) fn put(&self, running: &Arc<Running>) {
        *self.lock() = Some(Arc::clone(running));
    }

    /// Until when none is started, as those before have died at their beginning.
    pub(super) fn rests_until(&self) -> Option<Instant> {
        if let Some(last) = self.lock().take()
            && let Some(at) = last.died_at()
        {
            match at.duration_since(last.started()) >= WELL {
                true => self.deaths().begin_anew(),
                false => self.deaths().add(at),
            }
        }
        self.deaths().rests_until()
    }

    /// Notes that one couldn't be started.
    pub(super) fn note_failure(&self) {
        self.deaths().add(Instant::now());
    }

    fn stop(&self) {
        // What it still answers it answers to its end: who waits for that has it, too.
        drop(self.lock().take());
    }

    fn deaths(&self) -> MutexGuard<'_, Deaths> {
        self.deaths.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Running>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_dies_again_and_again_rests_longer_each_time() {
        let mut deaths = Deaths::default();
        let now = Instant::now();
        let mut rests = Vec::new();
        for _ in 0..12 {
            deaths.add(now);
            rests.push(deaths.rests_until().map(|until| until - now));
        }
        assert_eq!(rests[..2], [None, None]);
        assert_eq!(rests[2..4], [Some(FIRST_REST), Some(2 * FIRST_REST)]);
        assert_eq!(rests[11], Some(LONGEST_REST));
        deaths.begin_anew();
        assert_eq!(deaths.rests_until(), None);
    }
}
