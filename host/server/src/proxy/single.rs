//! A request that comes by itself, as over HTTP/2: there a connection has many at once,
//! and each of them keeps the time limits that a connection of HTTP/1.1 has.

use super::body::AnswerBody;
use super::context::ProxyContext;
use super::exchange::{Exchange, Incoming};
use super::instances::Instances;
use super::progress::Progress;
use super::watchdog::{Verdict, Watchdog};
use crate::apology::Apology;
use crate::presence::Presence;
use crate::stream::Peer;
use http::{Request, Response};
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// A request that comes by itself.
pub(crate) struct Single {
    exchange: Exchange,
    progress: Arc<Progress>,
}

/// Watches how long each stage of it lasts.
pub(crate) struct Limits {
    progress: Arc<Progress>,
    watchdog: Watchdog,
}

/// What becomes of a request whose time is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overdue {
    /// Its client is told.
    Answer(Apology),
    /// It is cut off: the answer has begun, or others need what it has.
    CutOff,
}

impl Single {
    /// `presence` is of this request alone.
    ///
    /// # Errors
    ///
    /// Its client has gone.
    pub(crate) fn new(
        context: &Arc<ProxyContext>,
        instances: &Instances,
        peer: Peer,
        presence: &Arc<Presence>,
    ) -> io::Result<(Self, Limits)> {
        let server = peer.server().ok_or(io::ErrorKind::NotConnected)?;
        let progress = Progress::new(presence);
        let exchange = Exchange {
            context: Arc::clone(context),
            instances: instances.clone(),
            client: peer.client().ip(),
            server,
            encrypted: peer.is_encrypted(),
            progress: Arc::clone(&progress),
            presence: Arc::clone(presence),
        };
        let recall = context.admission.recall();
        let watchdog = Watchdog::new(Arc::clone(&progress), context.timeouts, recall, presence);
        let limits = Limits {
            progress: Arc::clone(&progress),
            watchdog,
        };
        Ok((Self { exchange, progress }, limits))
    }

    /// Answers it.
    pub(crate) async fn answer<B: Incoming>(&self, request: Request<B>) -> Response<AnswerBody> {
        self.exchange.answer(request).await
    }

    /// Notes that the client has taken so much of the answer.
    pub(crate) fn note_sent(&self, bytes: usize) {
        self.progress.sent(bytes);
    }

    /// Notes that it takes no more for now.
    pub(crate) fn note_blocked(&self) {
        self.progress.blocked();
    }
}

impl Limits {
    /// Resolves when its time is up. Must be polled after the request itself, whenever
    /// that is.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Overdue> {
        loop {
            let verdict = ready!(self.watchdog.poll(context));
            let unsent = self.progress.state().unsent;
            return Poll::Ready(match verdict {
                // What has begun is answered.
                Verdict::Stopping => continue,
                Verdict::ContentLate if unsent => Overdue::Answer(Apology::ContentLate),
                Verdict::HandlerLate => Overdue::Answer(Apology::TimedOut),
                Verdict::Idle
                | Verdict::HeadLate
                | Verdict::ContentLate
                | Verdict::AnswerLate
                | Verdict::ClientLate => Overdue::CutOff,
            });
        }
    }
}
