//! How long each stage of a connection may last, when hyper reads and writes
//! it: the limits that a connection of our own world has.

use crate::connection::Timeouts;
use crate::server::Recall;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::sync::futures::OwnedNotified;
use tokio::time::{Instant, Sleep, sleep_until};

/// Where a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It waits for a request's first byte.
    Idle,
    /// A request's head is arriving.
    Head,
    /// The handler has the request, and hasn't answered.
    Handling,
    /// The answer is on its way.
    Sending,
}

/// A connection's stage, and when something last moved on it.
#[derive(Debug)]
pub(super) struct Progress(Mutex<State>);

#[derive(Debug, Clone, Copy)]
struct State {
    stage: Stage,
    /// Since when.
    since: Instant,
    /// When a byte last came or went.
    moved: Instant,
    /// Whether the client doesn't take what there is.
    blocked: bool,
    /// Whether there has been no request yet.
    new: bool,
    /// How many bytes of the request's content the handler hasn't taken.
    content_left: u64,
}

impl Progress {
    pub(super) fn new() -> Arc<Self> {
        let now = Instant::now();
        Arc::new(Self(Mutex::new(State {
            stage: Stage::Idle,
            since: now,
            moved: now,
            blocked: false,
            new: true,
            content_left: 0,
        })))
    }

    /// Bytes have come.
    pub(super) fn received(&self) {
        let mut state = self.lock();
        state.moved = Instant::now();
        if state.stage == Stage::Idle {
            state.enter(Stage::Head);
        }
    }

    /// Bytes have gone.
    pub(super) fn sent(&self) {
        let mut state = self.lock();
        state.moved = Instant::now();
        state.blocked = false;
    }

    /// The client takes no more for now.
    pub(super) fn blocked(&self) {
        self.lock().blocked = true;
    }

    /// A request goes to the handler, with so many bytes of content.
    pub(super) fn request(&self, content: u64) {
        let mut state = self.lock();
        state.new = false;
        state.content_left = content;
        state.moved = Instant::now();
        state.enter(Stage::Handling);
    }

    /// The handler's answer begins.
    pub(super) fn answer(&self) {
        self.lock().enter(Stage::Sending);
    }

    /// The answer has ended.
    pub(super) fn answered(&self) {
        self.lock().enter(Stage::Idle);
    }

    /// The handler has taken content; so many bytes are left.
    pub(super) fn content_left(&self, bytes: u64) {
        self.lock().content_left = bytes;
    }

    /// How many bytes of the last request's content nobody has taken.
    pub(super) fn untaken(&self) -> u64 {
        self.lock().content_left
    }

    /// When a byte last came or went.
    pub(super) fn moved(&self) -> Instant {
        self.lock().moved
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.since = Instant::now();
    }

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
}

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
pub(super) struct Watch {
    progress: Arc<Progress>,
    timeouts: Timeouts,
    recall: Arc<Recall>,
    timer: Pin<Box<Sleep>>,
    /// What asks an idle connection to go.
    recalled: Option<Pin<Box<OwnedNotified>>>,
    stopping: Pin<Box<dyn Future<Output = ()> + Send>>,
    stopped: bool,
}

impl Watch {
    pub(super) fn new(progress: Arc<Progress>, timeouts: Timeouts, recall: &Arc<Recall>) -> Self {
        let deadline = progress.lock().deadline(&timeouts);
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
        let state = *self.progress.lock();
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
