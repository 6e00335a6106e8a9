//! One request, as the two sides see it that don't otherwise meet: the
//! connection it came on, and the instance that answers it.

use super::failure::describe;
use super::progress::Progress;
use crate::admission::InstancePlace;
use crate::logging::escape_lines;
use http::uri::Scheme;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Instant;

/// A request that an instance answers.
pub(crate) struct Ticket {
    pub(super) client: IpAddr,
    /// By which the client says that it has reached us.
    pub(super) scheme: Scheme,
    pub(super) progress: Arc<Progress>,
    inner: Mutex<Inner>,
}

struct Inner {
    fate: Fate,
    /// Whoever waits for the fate to change.
    waker: Option<Waker>,
    /// The instance's place, until it takes it.
    place: Option<InstancePlace>,
    /// What became of the instance, if it failed.
    failure: Option<wasmtime::Error>,
    content: AnswerContent,
}

/// How far a handler of `wasi:http` 0.2 has come with the content of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AnswerContent {
    /// It has asked for none. There is none then; or it is of 0.3, which has another
    /// way to say that its content was cut short.
    Unopened,
    /// It has begun, and hasn't said that this was all.
    Open,
    /// It has said that this was all.
    Finished,
}

/// What became of a request, for its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is being answered.
    Open,
    /// The whole answer has been taken.
    Answered(Instant),
    /// Nobody wants an answer any more.
    Abandoned,
}

impl Ticket {
    pub(super) fn new(
        client: IpAddr,
        scheme: Scheme,
        progress: Arc<Progress>,
        place: InstancePlace,
    ) -> Arc<Self> {
        let inner = Inner {
            fate: Fate::Open,
            waker: None,
            place: Some(place),
            failure: None,
            content: AnswerContent::Unopened,
        };
        Arc::new(Self {
            client,
            scheme,
            progress,
            inner: Mutex::new(inner),
        })
    }

    /// What has become of the request. `waker` is woken when that changes.
    pub(super) fn fate(&self, waker: &Waker) -> Fate {
        let mut inner = self.lock();
        inner.waker = Some(waker.clone());
        inner.fate
    }

    /// The place that the instance takes, once.
    pub(super) fn take_place(&self) -> Option<InstancePlace> {
        self.lock().place.take()
    }

    /// Notes why the instance failed, for whoever waits for its answer. If
    /// nobody does, it is logged.
    pub(super) fn fail(&self, error: wasmtime::Error) {
        let mut inner = self.lock();
        let client = self.client;
        match inner.fate {
            Fate::Open => inner.failure = Some(error),
            Fate::Answered(_) => {
                let reason = escape_lines(&describe(&error));
                tracing::error!(%client, "{reason} (after its whole answer)");
            }
            Fate::Abandoned => {
                tracing::debug!(%client, "the handler was ended, as its client has gone");
            }
        }
    }

    /// Why the instance failed, if it did.
    pub(super) fn take_failure(&self) -> Option<wasmtime::Error> {
        self.lock().failure.take()
    }

    /// The handler begins the content of its answer.
    pub(super) fn open_content(&self) {
        self.lock().content = AnswerContent::Open;
    }

    /// The handler says that this was all of the content.
    pub(super) fn finish_content(&self) {
        self.lock().content = AnswerContent::Finished;
    }

    fn settle(&self, fate: Fate) {
        let mut inner = self.lock();
        if inner.fate == Fate::Open {
            inner.fate = fate;
            if let Some(waker) = inner.waker.take() {
                waker.wake();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The client's interest in an answer: dropping it abandons the request.
pub(super) struct Interest(Arc<Ticket>);

impl Interest {
    pub(super) fn in_answer_to(ticket: &Arc<Ticket>) -> Self {
        Self(Arc::clone(ticket))
    }

    /// Why the instance failed, if it did.
    pub(super) fn failure(&self) -> Option<wasmtime::Error> {
        self.0.take_failure()
    }

    pub(super) fn has_failed(&self) -> bool {
        self.0.lock().failure.is_some()
    }

    /// Whether the handler has left its answer's content without saying that this was
    /// all.
    pub(super) fn is_cut_short(&self) -> bool {
        self.0.lock().content == AnswerContent::Open
    }

    /// The whole answer has been taken.
    pub(super) fn satisfied(&self) {
        self.0.settle(Fate::Answered(Instant::now()));
    }
}

impl Drop for Interest {
    fn drop(&mut self) {
        self.0.settle(Fate::Abandoned);
    }
}
