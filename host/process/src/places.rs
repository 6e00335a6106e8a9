//! How many scripts run at once.

use crate::error::ProcessError;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places of the scripts that may run at once, first come, first served.
#[derive(Debug)]
pub(crate) struct Places {
    places: Arc<Semaphore>,
    queue_timeout: Duration,
}

/// A script's place. It is free again when this is dropped.
#[derive(Debug)]
pub struct Place(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Places {
    pub(super) fn new(max_running: u32, queue_timeout: Duration) -> Self {
        Self {
            places: Arc::new(Semaphore::new(max_running as usize)),
            queue_timeout,
        }
    }

    /// Waits for a place.
    ///
    /// # Errors
    ///
    /// [`ProcessError::Busy`]: none became free in time.
    pub(super) async fn place(&self) -> Result<Place, ProcessError> {
        let place = Arc::clone(&self.places).acquire_owned();
        match tokio::time::timeout(self.queue_timeout, place).await {
            Ok(Ok(place)) => Ok(Place(place)),
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
}
