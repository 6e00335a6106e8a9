//! Where a connection is, when hyper reads and writes it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

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
pub(super) struct State {
    pub(super) stage: Stage,
    /// Since when.
    pub(super) since: Instant,
    /// When a byte last came or went.
    pub(super) moved: Instant,
    /// Whether the client doesn't take what there is.
    pub(super) blocked: bool,
    /// Whether there has been no request yet.
    pub(super) new: bool,
    /// Whether no byte of the last answer has gone.
    pub(super) unsent: bool,
    /// How many bytes of the request's content the handler hasn't taken.
    pub(super) content_left: u64,
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
            unsent: true,
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
        state.unsent = false;
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
        let mut state = self.lock();
        state.unsent = true;
        state.enter(Stage::Sending);
    }

    /// The answer has ended.
    pub(super) fn answered(&self) {
        self.lock().enter(Stage::Idle);
    }

    /// The handler has taken content; so many bytes are left.
    pub(super) fn content_left(&self, bytes: u64) {
        self.lock().content_left = bytes;
    }

    /// When a byte last came or went.
    pub(super) fn moved(&self) -> Instant {
        self.lock().moved
    }

    /// Where the connection is at this moment.
    pub(super) fn state(&self) -> State {
        *self.lock()
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
}
