//! Where a connection is, when hyper reads and writes it.

use crate::connection::Pace;
use crate::presence::{Presence, Standing};
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
pub(crate) struct Progress {
    /// What others see of the connection.
    presence: Arc<Presence>,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    pub(super) stage: Stage,
    /// Since when.
    pub(super) since: Instant,
    /// When a byte last came or went.
    pub(super) moved: Instant,
    /// Whether the client doesn't take what there is.
    pub(super) blocked: bool,
    /// Whether the handler waits for content that hasn't come.
    pub(super) lacking: bool,
    /// Whether there has been no request yet.
    pub(super) new: bool,
    /// Whether no byte of the last answer has gone.
    pub(super) unsent: bool,
    /// How fast the client is.
    pub(super) pace: Pace,
    /// Since when it is waited for in mid request, if it is.
    pub(super) waits_since: Option<Instant>,
    /// How many bytes of the request's content the handler hasn't taken.
    pub(super) content_left: u64,
}

impl Progress {
    pub(crate) fn new(presence: &Arc<Presence>) -> Arc<Self> {
        let now = Instant::now();
        Arc::new(Self {
            presence: Arc::clone(presence),
            state: Mutex::new(State {
                stage: Stage::Idle,
                since: now,
                moved: now,
                blocked: false,
                lacking: false,
                new: true,
                unsent: true,
                pace: Pace::default(),
                waits_since: None,
                content_left: 0,
            }),
        })
    }

    /// Bytes have come.
    pub(super) fn received(&self, bytes: usize) {
        let mut state = self.lock();
        state.moved = Instant::now();
        state.pace.move_on(bytes as u64);
        if state.stage == Stage::Idle {
            state.lacking = false;
            self.enter(&mut state, Stage::Head);
        }
    }

    /// Bytes have gone.
    pub(super) fn sent(&self, bytes: usize) {
        let mut state = self.lock();
        state.moved = Instant::now();
        state.pace.move_on(bytes as u64);
        state.unsent = false;
        if state.blocked {
            state.blocked = false;
            self.note(&mut state);
        }
    }

    /// The client takes no more for now.
    pub(super) fn blocked(&self) {
        let mut state = self.lock();
        state.blocked = true;
        self.note(&mut state);
    }

    /// The handler waits for content that hasn't come.
    pub(crate) fn lacks_content(&self) {
        let mut state = self.lock();
        state.lacking = true;
        self.note(&mut state);
    }

    /// A request goes to the handler, with so many bytes of content.
    pub(crate) fn request(&self, content: u64) {
        let mut state = self.lock();
        state.new = false;
        state.pace = Pace::default();
        state.content_left = content;
        state.moved = Instant::now();
        state.lacking = false;
        self.enter(&mut state, Stage::Handling);
    }

    /// The handler's answer begins. If it waits for content by then, it goes on to.
    pub(crate) fn answer(&self) {
        let mut state = self.lock();
        state.unsent = true;
        self.enter(&mut state, Stage::Sending);
    }

    /// The answer has ended.
    pub(crate) fn answered(&self) {
        let mut state = self.lock();
        state.lacking = false;
        self.enter(&mut state, Stage::Idle);
    }

    /// The handler has taken content; so many bytes are left.
    pub(super) fn content_left(&self, bytes: u64) {
        let mut state = self.lock();
        state.content_left = bytes;
        state.lacking = false;
        self.note(&mut state);
    }

    /// When a byte last came or went.
    pub(super) fn moved(&self) -> Instant {
        self.lock().moved
    }

    /// Where the connection is at this moment.
    pub(super) fn state(&self) -> State {
        *self.lock()
    }

    fn enter(&self, state: &mut State, stage: Stage) {
        state.stage = stage;
        state.since = Instant::now();
        self.note(state);
    }

    /// Notes for others, and for the client's pace, what the connection waits for.
    fn note(&self, state: &mut State) {
        let standing = state.standing();
        // It is waited for since the first time that this is noticed.
        if standing == Standing::Request && state.waits_since.is_some() {
            return;
        }
        let now = Instant::now();
        self.presence.enter_at(standing, now);
        if let Some(since) = state.waits_since.take() {
            state.pace.wait(now.duration_since(since));
        }
        state.waits_since = (standing == Standing::Request).then_some(now);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What the connection waits for, if that is its client.
    fn standing(&self) -> Standing {
        match self.stage {
            _ if self.blocked || self.lacking => Standing::Request,
            Stage::Idle if self.new => Standing::Silent,
            Stage::Idle => Standing::Idle,
            Stage::Head => Standing::Head,
            Stage::Handling | Stage::Sending => Standing::Busy,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presence::Client;
    use std::net::IpAddr;

    /// Whichever comes first: the answer, or that there is no content to take.
    #[test]
    fn who_waits_for_content_does_so_when_it_has_answered_too() {
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        let presence = Arc::new(Presence::new(Arc::new(Client::new(address.into()))));
        let progress = Progress::new(&presence);
        let standing = || presence.standing(Instant::now()).0;
        for answers_first in [true, false] {
            progress.request(1000);
            assert_eq!(standing(), Standing::Busy);
            if answers_first {
                progress.answer();
                progress.lacks_content();
            } else {
                progress.lacks_content();
                progress.answer();
            }
            assert_eq!(standing(), Standing::Request, "{answers_first}");
            assert!(progress.state().lacking);
            progress.content_left(10);
            assert_eq!(standing(), Standing::Busy);
            progress.lacks_content();
            progress.answered();
            assert_eq!(standing(), Standing::Idle);
        }
    }
}
