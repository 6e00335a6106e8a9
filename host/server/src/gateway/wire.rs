//! A client's connection: what goes there is put together, so that many small answers
//! leave in one system call.

use super::state::{A_TURN, Fault, State};
use super::watch::Late;
use crate::budget::Budget;
use crate::connection::Timeouts;
use crate::presence::Presence;
use crate::stream::{Stream, Then};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use tokio::time::Instant;

/// A client's connection, and what is known of it.
pub(super) struct Wire {
    stream: Stream,
    state: Mutex<State>,
}

impl Wire {
    /// `begun` was read of the stream already.
    pub(super) fn new(
        stream: Stream,
        begun: Vec<u8>,
        budget: &Arc<Budget>,
        presence: &Arc<Presence>,
    ) -> Self {
        let state = State::new(begun, budget, presence);
        Self {
            stream,
            state: Mutex::new(state),
        }
    }

    /// What carries it.
    pub(super) fn stream(&self) -> &Stream {
        &self.stream
    }

    /// Another turn begins.
    pub(super) fn begin_turn(&self, context: &Context<'_>) {
        let mut state = self.lock();
        state.turn = A_TURN;
        match &mut state.waker {
            Some(waker) => waker.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
    }

    /// What the client does that it mustn't, and that `h2` doesn't see.
    pub(super) fn fault(&self) -> Option<Fault> {
        self.lock().fault
    }

    /// When the client is late with what it does, unless it goes on; and with what.
    pub(super) fn deadline(&self, timeouts: &Timeouts) -> Option<(Instant, Late)> {
        self.lock().watch.deadline(timeouts)
    }

    /// Resolves when there is room for another request of this client's, among what is
    /// kept for all.
    pub(super) fn poll_room(&self, context: &mut Context<'_>) -> Poll<()> {
        self.lock().poll_room(context)
    }

    /// Whether no request is being answered, and nothing waits to be sent.
    pub(super) fn is_idle(&self) -> bool {
        let state = self.lock();
        state.watch.is_idle() && state.out.is_empty()
    }

    /// Sends what was put together.
    pub(super) fn poll_flush(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.lock();
        self.poll_flush_locked(&mut state, context)
    }

    pub(super) fn poll_flush_locked(
        &self,
        state: &mut State,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let mut sent = 0;
        while sent < state.out.len() {
            let out = std::mem::take(&mut state.out);
            let polled = self.poll_send(state, context, |stream| {
                stream.try_send(&out[sent..], Then::Nothing)
            });
            state.out = out;
            match polled {
                Poll::Ready(Ok(more)) => sent += more,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    state.out.drain(..sent);
                    return Poll::Pending;
                }
            }
        }
        state.out.clear();
        Poll::Ready(Ok(()))
    }

    pub(super) fn poll_send(
        &self,
        state: &mut State,
        context: &mut Context<'_>,
        send: impl Fn(&Stream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            match send(&self.stream) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if self.stream.poll_writable(context)?.is_pending() {
                        state.watch.block();
                        return Poll::Pending;
                    }
                }
                sent => {
                    if let Ok(bytes) = &sent {
                        state.watch.sent(*bytes);
                        state.calm.sent(*bytes);
                    }
                    return Poll::Ready(sent);
                }
            }
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
