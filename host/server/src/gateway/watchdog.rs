//! What ends a connection besides its client: its time is up, others need its place, or
//! the server stops.

use super::ending::Cut;
use super::watch::Late;
use crate::connection::Timeouts;
use crate::presence::Presence;
use crate::recall::Recall;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::time::{Instant, Sleep, sleep_until};

/// What ends a connection besides its client.
pub(super) struct Watchdog {
    pub(super) timeouts: Timeouts,
    timer: Pin<Box<Sleep>>,
    called_back: Pin<Box<dyn Future<Output = ()> + Send>>,
    stopping: Pin<Box<dyn Future<Output = ()> + Send>>,
    stop: Stop,
}

/// Whether the server stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    No,
    /// It does, and the client isn't told yet.
    Untold,
    Told,
}

impl Watchdog {
    pub(super) fn new(timeouts: Timeouts, recall: &Arc<Recall>, presence: &Arc<Presence>) -> Self {
        let (stopping, called) = (Arc::clone(recall), Arc::clone(presence));
        Self {
            timeouts,
            timer: Box::pin(sleep_until(Instant::now() + timeouts.header)),
            called_back: Box::pin(async move { called.called_back().await }),
            stopping: Box::pin(async move { stopping.stopped().await }),
            stop: Stop::No,
        }
    }

    /// Whether the server stops.
    pub(super) fn poll_stopping(&mut self, context: &mut Context<'_>) -> bool {
        if self.stop == Stop::No && self.stopping.as_mut().poll(context).is_ready() {
            self.stop = Stop::Untold;
        }
        self.stop != Stop::No
    }

    /// Whether the client is to be told now.
    pub(super) fn announces_stop(&mut self) -> bool {
        std::mem::replace(&mut self.stop, Stop::Told) == Stop::Untold
    }

    pub(super) fn poll(
        &mut self,
        context: &mut Context<'_>,
        deadline: Option<(Instant, Late)>,
    ) -> Poll<Cut> {
        if self.called_back.as_mut().poll(context).is_ready() {
            return Poll::Ready(Cut::CalledBack);
        }
        let Some((deadline, late)) = deadline else {
            return Poll::Pending;
        };
        // One that is too early is only found out when it rings: setting it isn't free.
        if deadline < self.timer.deadline() || self.timer.is_elapsed() {
            self.timer.as_mut().reset(deadline);
        }
        loop {
            ready!(self.timer.as_mut().poll(context));
            if deadline <= Instant::now() {
                return Poll::Ready(Cut::Late(late));
            }
            self.timer.as_mut().reset(deadline);
        }
    }
}
