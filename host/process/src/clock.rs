//! How much of its time a script has used: what it does itself counts, and what it
//! waits for its client to do doesn't.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::select;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// A script's clock.
#[derive(Debug)]
pub(crate) struct Clock {
    limit: Duration,
    state: Mutex<State>,
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
        let ends = Instant::now() + limit;
        Self {
            limit,
            state: Mutex::new(State::Running { ends }),
            changed: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// Returns when a script that has begun just now is past its time by any clock.
    pub(crate) async fn limit_has_passed(&self) {
        sleep_until(Instant::now() + self.limit).await;
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
