//! A connection's socket, and what the worker's outbox has to say about it.

use super::transfer::Transfer;
use crate::stream::Stream;
use std::io;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// A response's end that couldn't be sent whole: what is left of it, or why its
/// file can't be read.
pub(super) type Unsent = io::Result<Transfer>;

/// A socket that a connection shares with the outbox of its worker. All of this
/// happens on the worker's thread; that it could be shared with others is for
/// the sake of the task's type.
pub(super) struct Socket {
    stream: Stream,
    /// Whether the outbox has something that isn't known to be sent.
    pending: AtomicBool,
    /// Whether somebody waits until it is sent.
    awaited: AtomicBool,
    returned: Mutex<Returned>,
}

#[derive(Default)]
struct Returned {
    unsent: Option<Unsent>,
    /// Whom to tell.
    waker: Option<Waker>,
}

impl Socket {
    pub(super) fn new(stream: Stream) -> Self {
        Self {
            stream,
            pending: AtomicBool::new(false),
            awaited: AtomicBool::new(false),
            returned: Mutex::default(),
        }
    }

    /// What carries it.
    pub(super) fn into_stream(self) -> Stream {
        self.stream
    }

    /// Whether the outbox has something that isn't known to be sent.
    pub(super) fn is_pending(&self) -> bool {
        self.pending.load(Ordering::Relaxed)
    }

    /// Notes that the outbox has something to send.
    pub(super) fn begin(&self) {
        self.pending.store(true, Ordering::Relaxed);
    }

    /// Notes that the outbox has sent all.
    pub(super) fn finish(&self) {
        self.pending.store(false, Ordering::Relaxed);
        if self.awaited.swap(false, Ordering::Relaxed) {
            self.wake();
        }
    }

    /// Notes what the outbox couldn't send.
    pub(super) fn give_back(&self, unsent: Unsent) {
        self.returned().unsent = Some(unsent);
        self.wake();
    }

    fn wake(&self) {
        let waker = self.returned().waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Resolves when the outbox has sent all, or has given something back.
    pub(super) fn poll_settled(&self, context: &Context<'_>) -> Poll<()> {
        if !self.is_pending() {
            return Poll::Ready(());
        }
        self.awaited.store(true, Ordering::Relaxed);
        self.poll_returned(context)
    }

    /// Resolves when the outbox has given something back.
    pub(super) fn poll_returned(&self, context: &Context<'_>) -> Poll<()> {
        let mut returned = self.returned();
        if returned.unsent.is_some() {
            return Poll::Ready(());
        }
        match &mut returned.waker {
            Some(waker) => waker.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        Poll::Pending
    }

    /// What the outbox has given back.
    pub(super) fn take_unsent(&self) -> Option<Unsent> {
        self.finish();
        self.returned().unsent.take()
    }

    fn returned(&self) -> MutexGuard<'_, Returned> {
        self.returned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for Socket {
    type Target = Stream;

    fn deref(&self) -> &Stream {
        &self.stream
    }
}
