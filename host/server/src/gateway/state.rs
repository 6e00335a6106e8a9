//! What is known of a client's connection while it is read and written.

use super::calm::Calm;
use super::frames::Frames;
use super::watch::Watch;
use crate::budget::{Budget, Kept};
use crate::presence::Presence;
use bytes::Bytes;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How much is read before what came with it is begun, and others have their turn.
pub(super) const A_TURN: usize = 64 * 1024;

/// How much of one request's content a client may send that nobody has taken.
pub(super) const STREAM_WINDOW: u32 = 65_535;

/// The same of all its requests together: one that isn't taken holds up no other, unless
/// there are many.
pub(super) const CONNECTION_WINDOW: u32 = 512 * 1024;

/// What the host keeps for a request that is being answered: what waits on its way to
/// the client.
const KEPT_FOR_STREAM: usize = 32 * 1024;

/// How often it is looked how much room a client wants that waits for some.
const AGAIN: Duration = Duration::from_millis(20);

/// What a client mustn't do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It sends more than it should of what costs it nothing.
    Flood,
    /// It begins with something else than its settings (RFC 9113 section 3.4).
    NoSettings,
}

/// What is known of a connection.
pub(super) struct State {
    pub(super) frames: Frames,
    pub(super) calm: Calm,
    pub(super) watch: Watch,
    /// What is kept for this client. None: there are too few bytes for another request,
    /// which isn't begun meanwhile.
    pub(super) kept: Option<Kept>,
    pub(super) room: Option<Pin<Box<dyn Future<Output = Kept> + Send>>>,
    /// What was read before, and isn't looked at yet.
    pub(super) begun: Bytes,
    /// What is to be sent next.
    pub(super) out: Vec<u8>,
    /// How much may still be read in this turn.
    pub(super) turn: usize,
    /// What the client does that it mustn't.
    pub(super) fault: Option<Fault>,
    /// Whether it has sent its settings, which come first.
    pub(super) has_begun: bool,
    /// Whom to tell when the last stream has ended.
    pub(super) waker: Option<Waker>,
}

impl State {
    /// `begun` was read of the client's connection already.
    pub(super) fn new(begun: Vec<u8>, budget: &Arc<Budget>, presence: &Arc<Presence>) -> Self {
        let now = Instant::now();
        Self {
            frames: Frames::new(),
            calm: Calm::new(now),
            watch: Watch::new(presence, now),
            kept: Some(Kept::new(budget, presence)),
            room: None,
            begun: begun.into(),
            out: Vec::new(),
            turn: A_TURN,
            fault: None,
            has_begun: false,
            waker: None,
        }
    }

    /// Waits until there is room for what is kept for this client, if it has one request
    /// more.
    pub(super) fn poll_room(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let streams = (self.watch.streams() + 1) * KEPT_FOR_STREAM;
        let wanted = streams
            + (self.watch.uploads() * STREAM_WINDOW as usize).min(CONNECTION_WINDOW as usize);
        loop {
            if let Some(room) = &mut self.room {
                self.kept = Some(ready!(room.as_mut().poll(context)));
                self.room = None;
            }
            let Some(mut kept) = self.kept.take() else {
                return Poll::Ready(());
            };
            if kept.try_set(wanted) {
                self.kept = Some(kept);
                return Poll::Ready(());
            }
            self.room = Some(Box::pin(async move {
                // By then it may want less, or more.
                let _ = timeout(AGAIN, kept.wait_for(wanted)).await;
                kept
            }));
        }
    }

    /// Notes what has come.
    pub(super) fn receive(&mut self, bytes: &[u8]) {
        let now = Instant::now();
        let Self {
            frames,
            calm,
            watch,
            fault,
            has_begun,
            ..
        } = self;
        let ended = frames.follow(bytes, |frame| {
            if !calm.admits(frame, now) {
                *fault = Some(Fault::Flood);
            }
            if !std::mem::replace(has_begun, true) && !frame.is_settings() {
                *fault = Some(Fault::NoSettings);
            }
            if frame.acknowledges_settings() {
                watch.agree();
            }
        });
        watch.receive(frames.place(), ended, now);
    }
}
