//! How much of its time a script has used: what it does itself counts, and what it
//! waits for its client to do doesn't.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::select;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// How much a client has to send or to take in a second, when others wait for its
/// script's place: less than any line of today carries, more than it pays to feign.
const SLOWEST: u64 = 8 * 1024;

/// How long a client may be waited for that has sent or taken nothing yet, and how long
/// at most once it has.
const FIRST_CREDIT: Duration = Duration::from_secs(1);
const MAX_CREDIT: Duration = Duration::from_secs(2);

/// A script's clock.
#[derive(Debug)]
pub(crate) struct Clock {
    limit: Duration,
    began: Instant,
    state: Mutex<State>,
    /// For how long its client may still be waited for, when others wait.
    credit: Mutex<Duration>,
    /// Told when the time runs out earlier than it did.
    changed: Notify,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// The script's time runs out then.
    Running { ends: Instant },
    /// Somebody else is to do something, since then; for as long as the script may
    /// take, and no longer.
    Paused { since: Instant, ends: Instant },
}

impl Clock {
    /// A clock that runs.
    pub(crate) fn new(limit: Duration) -> Self {
        let began = Instant::now();
        let ends = began + limit;
        Self {
            limit,
            began,
            state: Mutex::new(State::Running { ends }),
            credit: Mutex::new(FIRST_CREDIT),
            changed: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn credit(&self) -> MutexGuard<'_, Duration> {
        self.credit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the client has sent or taken so many bytes.
    pub(crate) fn credit_client(&self, bytes: u64) {
        let earned = Duration::from_micros(bytes.saturating_mul(1_000_000) / SLOWEST);
        let mut credit = self.credit();
        *credit = credit.saturating_add(earned).min(MAX_CREDIT);
    }

    /// For how long the script has been there only for its client, which is too slow to
    /// keep others waiting; or for longer than scripts may take, client or not. None:
    /// others have to wait for it.
    pub(crate) fn is_in_the_way(&self) -> Option<Duration> {
        let now = Instant::now();
        let credit = *self.credit();
        let for_client = match *self.lock() {
            State::Paused { since, .. } => (now - since).checked_sub(credit),
            State::Running { .. } => credit.is_zero().then_some(Duration::ZERO),
        };
        for_client.max((now - self.began).checked_sub(self.limit))
    }

    /// Begins anew.
    pub(crate) fn restart(&self) {
        let now = Instant::now() + self.limit;
        match &mut *self.lock() {
            State::Running { ends } | State::Paused { ends, .. } => *ends = now,
        }
    }

    /// Stops the clock, unless it stands.
    pub(crate) fn pause(&self) {
        let mut state = self.lock();
        if let State::Running { ends } = *state {
            let since = Instant::now();
            *state = State::Paused { since, ends };
        }
    }

    /// Has the clock go on: so much of the time since it was stopped isn't the
    /// script's.
    pub(crate) fn resume(&self, waited: Duration) {
        let mut credit = self.credit();
        *credit = credit.saturating_sub(waited);
        drop(credit);
        let mut state = self.lock();
        let (State::Running { ends } | State::Paused { ends, .. }) = *state;
        let was_extended = ends <= Instant::now();
        let ends = ends + waited;
        *state = State::Running { ends };
        drop(state);
        if was_extended {
            self.changed.notify_one();
        }
    }

    /// Returns when the script's time is up, or it has been paused for as long.
    pub(crate) async fn runs_out(&self) {
        loop {
            let until = match *self.lock() {
                State::Running { ends } => ends,
                State::Paused { since, ends } => ends.max(since + self.limit),
            };
            if until <= Instant::now() {
                return;
            }
            select! {
                () = sleep_until(until) => {}
                () = self.changed.notified() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    const LIMIT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn time_runs_out() {
        Clock::new(LIMIT).runs_out().await;
        let clock = Clock::new(LIMIT);
        clock.pause();
        clock.resume(Duration::ZERO);
        clock.runs_out().await;
    }

    #[tokio::test]
    async fn a_pause_ends_too() {
        let clock = Clock::new(LIMIT);
        clock.pause();
        clock.runs_out().await;
    }

    /// Stops the clock, as if that had been so long ago.
    fn paused_for(clock: &Clock, time: Duration) {
        clock.pause();
        if let State::Paused { since, .. } = &mut *clock.lock() {
            *since -= time;
        }
    }

    #[test]
    fn a_client_that_is_too_slow_is_in_the_way() {
        let mut clock = Clock::new(LONG);
        // The script computes, or its client is fast.
        clock.began -= 2 * MAX_CREDIT;
        assert_eq!(clock.is_in_the_way(), None);
        for _ in 0..100 {
            paused_for(&clock, FIRST_CREDIT / 2);
            assert_eq!(clock.is_in_the_way(), None);
            clock.resume(FIRST_CREDIT / 2);
            clock.credit_client(SLOWEST);
        }
        // It stops.
        paused_for(&clock, MAX_CREDIT + FIRST_CREDIT);
        assert!(
            clock
                .is_in_the_way()
                .is_some_and(|time| time >= FIRST_CREDIT)
        );
        // It sends a byte now and then.
        for _ in 0..10 {
            clock.resume(MAX_CREDIT);
            clock.credit_client(1);
            paused_for(&clock, Duration::from_millis(1));
        }
        assert!(clock.is_in_the_way().is_some());
    }

    #[test]
    fn a_script_is_in_the_way_after_its_time_whatever_its_client_does() {
        let mut clock = Clock::new(LIMIT);
        clock.resume(LONG);
        clock.credit_client(u64::MAX);
        clock.began -= LIMIT;
        assert!(clock.is_in_the_way().is_some());
    }

    #[tokio::test]
    async fn what_was_waited_for_does_not_count() {
        let clock = Clock::new(LIMIT);
        clock.pause();
        clock.resume(LONG);
        assert!(timeout(4 * LIMIT, clock.runs_out()).await.is_err());
    }

    #[tokio::test]
    async fn whoever_waits_for_the_end_of_a_pause_sees_the_time_that_is_left() {
        let clock = Clock::new(LIMIT);
        // As if the script had used all of it before.
        *clock.lock() = State::Paused {
            since: Instant::now() + LONG,
            ends: Instant::now(),
        };
        let resumed = async { clock.resume(Duration::ZERO) };
        tokio::join!(clock.runs_out(), resumed);
    }
}
