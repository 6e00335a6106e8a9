//! How many scripts run at once.

use crate::error::ProcessError;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// The places of the scripts that may run at once, first come, first served.
#[derive(Debug)]
pub(crate) struct Places {
    places: Arc<Semaphore>,
    queue: Arc<Queue>,
    queue_timeout: Duration,
}

/// A script's place. It is free again when this is dropped.
#[derive(Debug)]
pub struct Place {
    _held: OwnedSemaphorePermit,
    queue: Arc<Queue>,
}

/// Those who wait for a place.
#[derive(Debug, Default)]
struct Queue {
    length: AtomicUsize,
    joined: Notify,
}

/// Somebody in the queue.
struct Waiting<'a>(&'a Queue);

impl Queue {
    fn join(&self) -> Waiting<'_> {
        self.length.fetch_add(1, Ordering::Relaxed);
        self.joined.notify_one();
        Waiting(self)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.length.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Place {
    /// Returns when somebody waits for a place, and this is the one to give up: of
    /// those that call this, the one that has called it first.
    pub(super) async fn is_wanted(&self) {
        while self.queue.length.load(Ordering::Relaxed) == 0 {
            self.queue.joined.notified().await;
        }
    }
}

impl Places {
    pub(super) fn new(max_running: u32, queue_timeout: Duration) -> Self {
        Self {
            places: Arc::new(Semaphore::new(max_running as usize)),
            queue: Arc::default(),
            queue_timeout,
        }
    }

    /// Waits for a place.
    ///
    /// # Errors
    ///
    /// [`ProcessError::Busy`]: none became free in time.
    pub(super) async fn place(&self) -> Result<Place, ProcessError> {
        let is_full = self.places.available_permits() == 0;
        let _waiting = is_full.then(|| self.queue.join());
        let place = Arc::clone(&self.places).acquire_owned();
        match tokio::time::timeout(self.queue_timeout, place).await {
            Ok(Ok(place)) => Ok(Place {
                _held: place,
                queue: Arc::clone(&self.queue),
            }),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => Err(ProcessError::Busy),
        }
    }
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
    async fn a_place_is_wanted_when_somebody_queues() {
        let places = Places::new(2, Duration::from_secs(60));
        let first = places.place().await.unwrap();
        let second = places.place().await.unwrap();
        let gives_up = async {
            first.is_wanted().await;
            drop(first);
        };
        let (third, ()) = tokio::join!(places.place(), gives_up);
        third.unwrap();
        // Whoever queued has one by now.
        let moment = Duration::from_millis(10);
        let wanted = tokio::time::timeout(moment, second.is_wanted()).await;
        assert!(wanted.is_err());
    }
}
