//! How long a client is waited for that doesn't take an answer: as over HTTP/1.1.

use crate::connection::{Pace, Timeouts};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::time::{Instant, Sleep, sleep_until};

/// How long the client of one request is waited for.
pub(super) struct Patience {
    timeouts: Timeouts,
    pace: Pace,
    since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    pub(super) fn new(timeouts: Timeouts) -> Self {
        Self {
            timeouts,
            pace: Pace::default(),
            since: None,
            timer: None,
        }
    }

    /// The client has taken so much.
    pub(super) fn move_on(&mut self, bytes: usize) {
        self.pace.move_on(bytes as u64);
        if let Some(since) = self.since.take() {
            self.pace.wait(since.elapsed());
        }
    }

    /// Resolves when the client was waited for long enough. To be polled as long as it is.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let since = *self.since.get_or_insert_with(Instant::now);
        let slow = self.pace.patience(self.timeouts.rate);
        let progress = self.timeouts.progress;
        let deadline = since + slow.map_or(progress, |slow| slow.min(progress));
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        // One that is too early is only found out when it rings.
        if deadline < timer.deadline() {
            timer.as_mut().reset(deadline);
        }
        loop {
            ready!(timer.as_mut().poll(context));
            if deadline <= Instant::now() {
                return Poll::Ready(());
            }
            timer.as_mut().reset(deadline);
        }
    }
}
