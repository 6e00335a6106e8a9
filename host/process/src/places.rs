//! How many scripts run at once, and which of them gives way to others.

use crate::clock::Clock;
use crate::error::ProcessError;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

/// How often somebody who waits looks for a script that is in the way.
const LOOK: Duration = Duration::from_millis(50);

/// How long one has to go that was asked to.
const PATIENCE: Duration = Duration::from_secs(2);

/// The places of the scripts that may run at once, first come, first served.
#[derive(Debug)]
pub(crate) struct Places {
    places: Arc<Semaphore>,
    holders: Arc<Mutex<Vec<Arc<Holder>>>>,
    queue_timeout: Duration,
}

/// A script's place. It is free again when this is dropped.
#[derive(Debug)]
pub struct Place {
    _held: OwnedSemaphorePermit,
    holder: Arc<Holder>,
    holders: Arc<Mutex<Vec<Arc<Holder>>>>,
}

/// Who holds a place.
#[derive(Debug, Default)]
struct Holder {
    /// None before the script has begun.
    clock: OnceLock<Arc<Clock>>,
    /// Whether it was asked to go.
    asked: OnceLock<()>,
    ask: Notify,
}

impl Place {
    /// Says by which clock this is held.
    pub(super) fn held_by(&self, clock: &Arc<Clock>) {
        // Once.
        let _ = self.holder.clock.set(Arc::clone(clock));
    }

    /// Returns when somebody else waits for a place, and this is the one to give up: of
    /// those that are in the way, the one that has been so for longest.
    pub(super) async fn is_wanted(&self) {
        self.holder.ask.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.holders).retain(|holder| !Arc::ptr_eq(holder, &self.holder));
    }
}

impl Places {
    pub(super) fn new(max_running: u32, queue_timeout: Duration) -> Self {
        Self {
            places: Arc::new(Semaphore::new(max_running as usize)),
            holders: Arc::default(),
            queue_timeout,
        }
    }

    /// Waits for a place, and has scripts go that are in the way meanwhile, one at a
    /// time.
    ///
    /// # Errors
    ///
    /// [`ProcessError::Busy`]: none became free in time.
    pub(super) async fn place(&self) -> Result<Place, ProcessError> {
        let until = Instant::now() + self.queue_timeout;
        let mut place = pin!(Arc::clone(&self.places).acquire_owned());
        let mut next_look = Instant::now();
        loop {
            // The first time, what is free is taken.
            let waited = timeout_at(next_look.min(until), &mut place).await;
            if let Ok(place) = waited {
                // The semaphore is never closed.
                return Ok(self.hold(place.map_err(|_| ProcessError::Busy)?));
            }
            if Instant::now() >= until {
                return Err(ProcessError::Busy);
            }
            let patience = if self.ask() { PATIENCE } else { LOOK };
            next_look = Instant::now() + patience;
        }
    }

    fn hold(&self, place: OwnedSemaphorePermit) -> Place {
        let holder = Arc::new(Holder::default());
        lock(&self.holders).push(Arc::clone(&holder));
        Place {
            _held: place,
            holder,
            holders: Arc::clone(&self.holders),
        }
    }

    /// Asks the one to go that has been in the way for longest. Returns whether there
    /// is any.
    fn ask(&self) -> bool {
        let holders = lock(&self.holders);
        let asked_already = |holder: &&Arc<Holder>| holder.asked.get().is_some();
        let candidates = holders.iter().filter(|holder| !asked_already(holder));
        let in_the_way =
            candidates.filter_map(|holder| Some((holder.clock.get()?.is_in_the_way()?, holder)));
        let Some((_, holder)) = in_the_way.max_by_key(|(time, _)| *time) else {
            return false;
        };
        let _ = holder.asked.set(());
        holder.ask.notify_one();
        true
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_more_than_may_run_is_refused_until_another_ends() {
        let places = Places::new(1, Duration::ZERO);
        let first = places.place().await.unwrap();
        assert!(matches!(places.place().await, Err(ProcessError::Busy)));
        drop(first);
        places.place().await.unwrap();
    }

    #[tokio::test]
    async fn whoever_queues_gets_the_place_that_becomes_free() {
        let places = Places::new(1, Duration::from_secs(60));
        let first = places.place().await.unwrap();
        let (second, ()) = tokio::join!(places.place(), async { drop(first) });
        second.unwrap();
    }

    #[tokio::test]
    async fn a_place_is_wanted_when_somebody_queues_and_it_is_in_the_way() {
        let places = Places::new(3, Duration::from_secs(60));
        let mut held = Vec::new();
        for limit in [3600, 0, 3600] {
            let place = places.place().await.unwrap();
            place.held_by(&Arc::new(Clock::new(Duration::from_secs(limit))));
            held.push(place);
        }
        let moment = Duration::from_millis(10);
        for place in &held {
            let wanted = tokio::time::timeout(moment, place.is_wanted()).await;
            assert!(wanted.is_err(), "nobody queues");
        }
        let in_the_way = held.remove(1);
        let gives_up = async {
            in_the_way.is_wanted().await;
            drop(in_the_way);
        };
        let (fourth, ()) = tokio::join!(places.place(), gives_up);
        fourth.unwrap();
        // Whoever queued has one by now, and the others were let alone.
        for place in &held {
            let wanted = tokio::time::timeout(moment, place.is_wanted()).await;
            assert!(wanted.is_err());
        }
    }
}
