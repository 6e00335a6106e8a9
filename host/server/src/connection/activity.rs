//! When a connection last made progress, for a watchdog to see while the
//! connection itself is inside an instance's store.

use super::alarm::Alarm;
use std::mem::ManuallyDrop;
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
    /// How long the client was waited for in mid request, in microseconds.
    client_time: AtomicU64,
}

impl Activity {
    /// Notes that something has moved. Returns when that was.
    pub(crate) fn progress(&self) -> Instant {
        let now = Instant::now();
        let last = milliseconds(now.duration_since(*EPOCH));
        self.last.store(last, Ordering::Relaxed);
        now
    }

    /// Notes that the connection waits for its client, until the guard is
    /// dropped. The wait doesn't count, but isn't progress either: a handler
    /// that waits again and again for a client who has gone makes none.
    pub(crate) fn wait_for_client(&self) -> WaitingForClient<'_> {
        self.waiting.store(true, Ordering::Relaxed);
        WaitingForClient {
            activity: self,
            since: Instant::now(),
        }
    }

    /// As [`Activity::wait_for_client`], for content or for room: the wait is the
    /// client's time.
    pub(super) fn wait_in_request(&self) -> ClientsTurn<'_> {
        ClientsTurn(self.wait_for_client())
    }

    /// How much time the client has taken so far, to send content or to take some.
    pub(crate) fn client_time(&self) -> Duration {
        Duration::from_micros(self.client_time.load(Ordering::Relaxed))
    }

    /// Returns once nothing has moved for `limit`, though the client wasn't
    /// waited for.
    pub(crate) async fn stalled(&self, limit: Duration) {
        let mut alarm = Alarm::default();
        loop {
            let last = *EPOCH + Duration::from_millis(self.last.load(Ordering::Relaxed));
            let waiting = self.waiting.load(Ordering::Relaxed);
            let now = Instant::now();
            let deadline = if waiting { now } else { last } + limit;
            if deadline <= now {
                return;
            }
            alarm.set(deadline);
            alarm.rings().await;
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    duration.as_secs() * 1000 + u64::from(duration.subsec_millis())
}

/// Ends the wait that [`Activity::wait_for_client`] noted.
pub(crate) struct WaitingForClient<'a> {
    activity: &'a Activity,
    since: Instant,
}

impl WaitingForClient<'_> {
    /// When the wait began.
    pub(super) fn since(&self) -> Instant {
        self.since
    }

    /// Ends the wait, as something has moved. Returns when that was.
    pub(super) fn progress(self) -> Instant {
        // Not dropped: what was waited doesn't matter after progress.
        let activity = ManuallyDrop::new(self).activity;
        activity.waiting.store(false, Ordering::Relaxed);
        activity.progress()
    }
}

impl Drop for WaitingForClient<'_> {
    fn drop(&mut self) {
        let waited = milliseconds(self.since.elapsed());
        self.activity.last.fetch_add(waited, Ordering::Relaxed);
        self.activity.waiting.store(false, Ordering::Relaxed);
    }
}

/// Ends the wait that [`Activity::wait_in_request`] noted.
pub(super) struct ClientsTurn<'a>(WaitingForClient<'a>);

impl Drop for ClientsTurn<'_> {
    fn drop(&mut self) {
        let waited = u64::try_from(self.0.since.elapsed().as_micros()).unwrap_or(u64::MAX);
        let client_time = &self.0.activity.client_time;
        client_time.fetch_add(waited, Ordering::Relaxed);
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
