//! When a connection last made progress, for a watchdog to see while the
//! connection itself is inside an instance's store.

use super::alarm::Alarm;
use crate::presence::{Presence, Standing};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::time::Instant;

/// The moment that [`Activity`] counts from.
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The longest that nobody looks whether a connection is quiet.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A connection's progress: bytes received, bytes sent, a request begun.
#[derive(Debug)]
pub(crate) struct Activity {
    /// What others see of the connection.
    presence: Arc<Presence>,
    /// Milliseconds since [`EPOCH`].
    last: AtomicU64,
    /// Set while the connection waits for its client, which has limits of its
    /// own: that isn't the handler's time.
    waiting: AtomicBool,
    /// How long the client was waited for in mid request, in microseconds.
    client_time: AtomicU64,
}

impl Activity {
    pub(super) fn new(presence: Arc<Presence>) -> Self {
        Self {
            presence,
            last: AtomicU64::new(0),
            waiting: AtomicBool::new(false),
            client_time: AtomicU64::new(0),
        }
    }

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
        let waiting = self.wait_for_client();
        self.presence.enter_at(Standing::Request, waiting.since());
        ClientsTurn(waiting)
    }

    /// How much time the client has taken so far, to send content or to take some.
    pub(crate) fn client_time(&self) -> Duration {
        Duration::from_micros(self.client_time.load(Ordering::Relaxed))
    }

    /// Whether nothing has moved for so long, though the client wasn't waited for.
    pub(super) fn is_quiet_for(&self, time: Duration) -> bool {
        let last = *EPOCH + Duration::from_millis(self.last.load(Ordering::Relaxed));
        !self.waiting.load(Ordering::Relaxed) && last + time <= Instant::now()
    }

    /// Returns once [`Activity::is_quiet_for`] so long. It is looked at less and less
    /// often: a busy connection mustn't be woken for it.
    pub(super) async fn quiet_for(&self, time: Duration) {
        let mut alarm = Alarm::default();
        let mut pause = time;
        while !self.is_quiet_for(time) {
            alarm.set(Instant::now() + pause);
            alarm.rings().await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
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

impl ClientsTurn<'_> {
    /// When the wait began.
    pub(super) fn since(&self) -> Instant {
        self.0.since()
    }
}

impl Drop for ClientsTurn<'_> {
    fn drop(&mut self) {
        let waited = u64::try_from(self.0.since.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.0.activity.presence.work();
        let client_time = &self.0.activity.client_time;
        client_time.fetch_add(waited, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presence::Client;
    use std::net::IpAddr;

    #[tokio::test]
    async fn a_wait_for_the_client_does_not_count() {
        let address: IpAddr = [192, 0, 2, 1].into();
        let client = Arc::new(Client::new(address.into()));
        let activity = Activity::new(Arc::new(Presence::new(client)));
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
