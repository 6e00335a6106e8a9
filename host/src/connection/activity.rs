//! When a connection last made progress, for a watchdog to see while the
//! connection itself is inside an instance's store.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// The moment that [`Activity`] counts from.
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

/// A connection's progress: bytes received, bytes sent, a request begun.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    /// Milliseconds since [`EPOCH`].
    last: AtomicU64,
    /// Set while the connection waits for its client, which has limits of its
    /// own: that isn't the handler's time.
    waiting: AtomicBool,
}

impl Activity {
    /// Notes that something has moved.
    pub(crate) fn progress(&self) {
        let now = EPOCH.elapsed().as_millis();
        self.last
            .store(u64::try_from(now).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Notes that the connection waits for its client, until the guard is
    /// dropped.
    pub(crate) fn wait_for_client(&self) -> WaitingForClient<'_> {
        self.waiting.store(true, Ordering::Relaxed);
        WaitingForClient(self)
    }

    /// Returns once nothing has moved for `limit`, though the client wasn't
    /// waited for.
    pub(crate) async fn stalled(&self, limit: Duration) {
        loop {
            let last = *EPOCH + Duration::from_millis(self.last.load(Ordering::Relaxed));
            let waiting = self.waiting.load(Ordering::Relaxed);
            let now = Instant::now();
            let deadline = if waiting { now } else { last } + limit;
            if deadline <= now {
                return;
            }
            tokio::time::sleep_until(deadline).await;
        }
    }
}

/// Ends the wait that [`Activity::wait_for_client`] noted.
pub(crate) struct WaitingForClient<'a>(&'a Activity);

impl Drop for WaitingForClient<'_> {
    fn drop(&mut self) {
        self.0.progress();
        self.0.waiting.store(false, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wait_for_the_client_does_not_count() {
        let activity = Activity::default();
        activity.progress();
        let waiting = activity.wait_for_client();
        let stalled = activity.stalled(Duration::from_millis(20));
        tokio::pin!(stalled);
        let longer = Duration::from_millis(200);
        assert!(tokio::time::timeout(longer, &mut stalled).await.is_err());
        drop(waiting);
        stalled.await;
    }
}
