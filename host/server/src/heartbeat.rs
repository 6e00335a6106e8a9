//! Whether the workers turn, for a watchdog that starts a server anew which is stuck.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Counts how often each worker's event loop has turned. Its clones are the same: one is
/// given to the server, by [`HttpServerBuilder::heartbeat`](crate::HttpServerBuilder::heartbeat),
/// and another asked.
#[derive(Debug, Clone)]
pub struct Heartbeat {
    every: Duration,
    /// One for each worker that has begun.
    workers: Arc<Mutex<Vec<Arc<AtomicU64>>>>,
}

impl Heartbeat {
    /// Has each worker count once in this time, if it turns. `every` is above zero; the
    /// shorter it is, the more often workers wake up that have nothing else to do.
    #[must_use]
    pub fn every(every: Duration) -> Self {
        Self {
            every: every.max(Duration::from_millis(1)),
            workers: Arc::default(),
        }
    }

    /// How often each worker has counted, since it began; nothing before the server serves.
    #[must_use]
    pub fn counts(&self) -> Vec<u64> {
        let workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = workers.iter().map(|count| count.load(Ordering::Relaxed));
        counts.collect()
    }

    /// Counts for the worker whose event loop this is a task of, as long as that lasts.
    pub(crate) async fn beat(self) {
        let own = Arc::new(AtomicU64::new(0));
        self.workers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Arc::clone(&own));
        loop {
            tokio::time::sleep(self.every).await;
            own.fetch_add(1, Ordering::Relaxed);
        }
    }
}
