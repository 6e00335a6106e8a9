//! How long each stage of a connection may last, when hyper reads and writes
//! it: the limits that a connection of our own world has.

use super::progress::{Progress, Stage, State};
use crate::connection::Timeouts;
use crate::recall::Recall;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::sync::futures::OwnedNotified;
use tokio::time::{Instant, Sleep, sleep_until};

/// Why a connection is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is idle, and has been for too long, or is asked to make room.
    Idle,
    /// A request's head took too long.
    HeadLate,
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
    recall: Arc<Recall>,
    timer: Pin<Box<Sleep>>,
    /// What asks an idle connection to go.
    recalled: Option<Pin<Box<OwnedNotified>>>,
    stopping: Pin<Box<dyn Future<Output = ()> + Send>>,
    stopped: bool,
}

impl Watchdog {
    pub(super) fn new(progress: Arc<Progress>, timeouts: Timeouts, recall: &Arc<Recall>) -> Self {
        let deadline = progress.state().deadline(&timeouts);
        let stopping = Arc::clone(recall);
        Self {
            progress,
            timeouts,
            recall: Arc::clone(recall),
            timer: Box::pin(sleep_until(deadline)),
            recalled: None,
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
        if self.poll_recall(&state, context).is_ready() {
            return Poll::Ready(Verdict::Idle);
        }
        self.poll_timer(&state, context)
    }

    fn poll_recall(&mut self, state: &State, context: &mut Context<'_>) -> Poll<()> {
        // A client that has had no answer yet makes room for no other.
        if !state.is_idle() || state.new {
            self.recalled = None;
            return Poll::Pending;
        }
        let recall = &self.recall;
        let recalled = self
            .recalled
            .get_or_insert_with(|| Box::pin(recall.owned_idle_connection()));
        recalled.as_mut().poll(context)
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
        match self.stage {
            _ if self.blocked => self.moved + timeouts.progress,
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
            Stage::Handling => Verdict::HandlerLate,
            Stage::Sending => Verdict::AnswerLate,
        }
    }
}
