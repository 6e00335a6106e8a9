//! How long each stage of a connection may last, when hyper reads and writes
//! it: the limits that a connection of our own world has.

use super::progress::{Progress, Stage, State};
use crate::connection::Timeouts;
use crate::presence::Presence;
use crate::recall::Recall;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::time::{Instant, Sleep, sleep_until};

/// Why a connection is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is idle, and has been for too long, or is asked to make room.
    Idle,
    /// A request's head took too long.
    HeadLate,
    /// A request's content took too long.
    ContentLate,
    /// The handler has made no progress for too long, before it answered.
    HandlerLate,
    /// The answer has made no progress for too long: the handler gave no more.
    AnswerLate,
    /// The answer has made no progress for too long: the client took no more.
    ClientLate,
    /// The server stops: this request is the last.
    Stopping,
}

/// Watches a connection's stages.
pub(super) struct Watchdog {
    progress: Arc<Progress>,
    timeouts: Timeouts,
    timer: Pin<Box<Sleep>>,
    /// Resolves when others need what this has while it waits for its client.
    called_back: Pin<Box<dyn Future<Output = ()> + Send>>,
    stopping: Pin<Box<dyn Future<Output = ()> + Send>>,
    stopped: bool,
}

impl Watchdog {
    pub(super) fn new(
        progress: Arc<Progress>,
        timeouts: Timeouts,
        recall: &Arc<Recall>,
        presence: &Arc<Presence>,
    ) -> Self {
        let deadline = progress.state().deadline(&timeouts);
        let stopping = Arc::clone(recall);
        let called = Arc::clone(presence);
        Self {
            progress,
            timeouts,
            timer: Box::pin(sleep_until(deadline)),
            called_back: Box::pin(async move { called.called_back().await }),
            stopping: Box::pin(async move { stopping.stopped().await }),
            stopped: false,
        }
    }

    /// Whether the connection is to end. Must be polled after the connection
    /// itself, whenever that is.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Verdict> {
        let state = self.progress.state();
        if !self.stopped && self.stopping.as_mut().poll(context).is_ready() {
            self.stopped = true;
            let verdict = if state.is_idle() {
                Verdict::Idle
            } else {
                Verdict::Stopping
            };
            return Poll::Ready(verdict);
        }
        if self.stopped && state.is_idle() {
            return Poll::Ready(Verdict::Idle);
        }
        if self.called_back.as_mut().poll(context).is_ready() {
            return Poll::Ready(state.overdue());
        }
        self.poll_timer(&state, context)
    }

    fn poll_timer(&mut self, state: &State, context: &mut Context<'_>) -> Poll<Verdict> {
        let deadline = state.deadline(&self.timeouts);
        // One that is too early is only found out when it rings: most requests
        // are over by then, and setting a timer isn't free.
        if deadline < self.timer.deadline() {
            self.timer.as_mut().reset(deadline);
        }
        loop {
            ready!(self.timer.as_mut().poll(context));
            if deadline <= Instant::now() {
                return Poll::Ready(state.overdue());
            }
            self.timer.as_mut().reset(deadline);
        }
    }
}

impl State {
    /// Idle, and with nothing left that the client hasn't taken.
    fn is_idle(&self) -> bool {
        self.stage == Stage::Idle && !self.blocked
    }

    fn deadline(&self, timeouts: &Timeouts) -> Instant {
        if let Some(since) = self.waits_since {
            let late = self.moved + timeouts.progress;
            let slow = self.pace.patience(timeouts.rate).map(|time| since + time);
            return slow.map_or(late, |slow| slow.min(late));
        }
        match self.stage {
            Stage::Idle if self.new => self.since + timeouts.header,
            Stage::Idle => self.since + timeouts.idle,
            Stage::Head => self.since + timeouts.header,
            Stage::Handling | Stage::Sending => self.moved + timeouts.progress,
        }
    }

    fn overdue(&self) -> Verdict {
        match self.stage {
            _ if self.blocked => Verdict::ClientLate,
            Stage::Idle => Verdict::Idle,
            Stage::Head => Verdict::HeadLate,
            Stage::Handling | Stage::Sending if self.lacking => Verdict::ContentLate,
            Stage::Handling => Verdict::HandlerLate,
            Stage::Sending => Verdict::AnswerLate,
        }
    }
}
