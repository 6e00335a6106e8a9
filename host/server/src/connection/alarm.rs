//! A timer for what nearly never happens: as long as it doesn't go off, setting it
//! and polling it cost next to nothing.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::task::coop::unconstrained;
use tokio::time::{Instant, Sleep, sleep_until};

/// How much too early an alarm may go off: so it isn't set anew each time that
/// it is put off by a little.
const SLACK: Duration = Duration::from_millis(5);

/// A timer, made when it is first set: idle connections have none.
#[derive(Debug, Default)]
pub(super) struct Alarm {
    timer: Option<Pin<Box<Sleep>>>,
    /// Whom the timer wakes, once it was polled.
    woken: Option<Waker>,
}

impl Alarm {
    /// Sets it to go off at `deadline`, or up to [`SLACK`] before.
    pub(super) fn set(&mut self, deadline: Instant) {
        let Some(timer) = &mut self.timer else {
            self.timer = Some(Box::pin(sleep_until(deadline)));
            return;
        };
        let set = timer.deadline();
        if timer.is_elapsed() || set > deadline || set + SLACK < deadline {
            // It wakes nobody twice.
            self.woken = self.woken.take().filter(|_| !timer.is_elapsed());
            timer.as_mut().reset(deadline);
        }
    }

    /// Whether it has gone off; it wakes the task when it does. Never, if it
    /// wasn't set.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(timer) = &mut self.timer else {
            return Poll::Pending;
        };
        let woken = self.woken.as_ref();
        if !timer.is_elapsed() && woken.is_some_and(|it| it.will_wake(context.waker())) {
            return Poll::Pending;
        }
        // Out of the task's budget, a timer that is polled notes nobody to wake.
        let polled = Pin::new(&mut unconstrained(timer.as_mut())).poll(context);
        self.woken = polled.is_pending().then(|| context.waker().clone());
        polled
    }

    /// Returns when it has gone off.
    pub(super) async fn rings(&mut self) {
        poll_fn(|context| self.poll(context)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::task::yield_now;

    const SHORT: Duration = Duration::from_millis(5);

    #[tokio::test]
    async fn goes_off_each_time_that_it_is_set() {
        let mut alarm = Alarm::default();
        for _ in 0..3 {
            let deadline = Instant::now() + SHORT;
            alarm.set(deadline);
            alarm.rings().await;
            assert!(Instant::now() + SLACK >= deadline);
        }
    }

    #[tokio::test]
    async fn is_set_anew_while_it_is_awaited() {
        let mut alarm = Alarm::default();
        let long = Duration::from_secs(3600);
        alarm.set(Instant::now() + long);
        let once = poll_fn(|context| Poll::Ready(alarm.poll(context)));
        assert!(once.await.is_pending());
        alarm.set(Instant::now() + SHORT);
        alarm.rings().await;
    }

    #[tokio::test]
    async fn wakes_the_task_that_polls_it_last() {
        let mut alarm = Alarm::default();
        alarm.set(Instant::now() + SHORT);
        let mut ignored = Context::from_waker(Waker::noop());
        assert!(alarm.poll(&mut ignored).is_pending());
        alarm.rings().await;
    }

    #[tokio::test]
    async fn goes_off_though_nobody_looked_meanwhile() {
        let mut alarm = Alarm::default();
        let deadline = Instant::now() + SHORT;
        alarm.set(deadline);
        let once = poll_fn(|context| Poll::Ready(alarm.poll(context)));
        assert!(once.await.is_pending());
        while Instant::now() < deadline + SHORT {
            yield_now().await;
        }
        alarm.rings().await;
    }
}
