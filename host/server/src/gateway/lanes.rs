//! The requests of one connection, each in a task of its own, and what these keep
//! between two requests: a connection to the handler, so that a client which asks for
//! one thing after the other finds it ready.

use super::exchange::{Afterwards, Job, Setting, answer};
use super::inner::{Handlers, Inner};
use crate::presence::Presence;
use crate::stream::Peer;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// The most connections to the handler that wait for another request.
const MAX_IDLE: usize = 32;

/// How long one does: as long as an instance stays on a quiet connection.
const IDLE: Duration = Duration::from_millis(200);

/// The requests of a connection.
pub(super) struct Lanes {
    site: Arc<Site>,
    idle: Arc<Idle>,
}

/// What each of them needs to know.
struct Site {
    handlers: Handlers,
    peer: Peer,
    presence: Arc<Presence>,
}

/// Tasks that wait for another request.
#[derive(Default)]
struct Idle(Mutex<Vec<Arc<Seat>>>);

/// Where a task waits for another request.
#[derive(Default)]
struct Seat(Mutex<(Option<Job>, Option<Waker>)>);

impl Lanes {
    pub(super) fn new(handlers: Handlers, peer: Peer, presence: &Arc<Presence>) -> Self {
        let site = Site {
            handlers,
            peer,
            presence: Arc::clone(presence),
        };
        Self {
            site: Arc::new(site),
            idle: Arc::default(),
        }
    }

    /// Has a request answered, by a task that waits for one or by a new one.
    pub(super) fn start(&self, job: Job, tasks: &mut JoinSet<()>) {
        let waiting = self.idle.lock().pop();
        match waiting {
            Some(seat) => seat.give(job),
            None => {
                let (site, idle) = (Arc::clone(&self.site), Arc::clone(&self.idle));
                tasks.spawn(async move { run(&site, &idle, job).await });
            }
        }
    }
}

/// Answers a request, and others that come soon after it.
async fn run(site: &Site, idle: &Idle, first: Job) {
    let setting = Setting {
        client: site.peer.client().ip(),
        timeouts: site.handlers.terms.timeouts,
        recall: &site.handlers.terms.recall,
        is_alone: site.handlers.each_alone,
    };
    let open = || Box::new(Inner::open(&site.handlers, site.peer, &site.presence));
    let mut inner = open();
    let mut next = Some(first);
    let seat = Arc::new(Seat::default());
    while let Some(job) = next {
        // It may have closed meanwhile, as it was idle.
        if inner.is_over() {
            inner = open();
        }
        match answer(job, &mut inner, setting).await {
            Afterwards::Connection => {}
            Afterwards::Content(unread) => {
                drop(inner);
                return unread.discard().await;
            }
            Afterwards::Nothing => return,
        }
        next = wait(&mut inner, idle, &seat).await;
    }
}

/// Waits for another request. None: none comes soon.
async fn wait(inner: &mut Inner, idle: &Idle, seat: &Arc<Seat>) -> Option<Job> {
    if !idle.add(seat) {
        return None;
    }
    let mut over = pin!(sleep(IDLE));
    poll_fn(|context| {
        if let Some(job) = seat.take(context.waker()) {
            return Poll::Ready(Some(job));
        }
        inner.poll(context);
        if inner.is_over() || over.as_mut().poll(context).is_ready() {
            // A request may just have been given to this one.
            let left = idle.remove(seat);
            return Poll::Ready(if left {
                None
            } else {
                seat.take(context.waker())
            });
        }
        Poll::Pending
    })
    .await
}

impl Idle {
    fn add(&self, seat: &Arc<Seat>) -> bool {
        let mut seats = self.lock();
        let has_room = seats.len() < MAX_IDLE;
        if has_room {
            seats.push(Arc::clone(seat));
        }
        has_room
    }

    /// Returns whether it was there.
    fn remove(&self, seat: &Arc<Seat>) -> bool {
        let mut seats = self.lock();
        let at = seats.iter().position(|other| Arc::ptr_eq(other, seat));
        at.map(|at| seats.swap_remove(at)).is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Seat>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    fn give(&self, job: Job) {
        let mut seat = self.lock();
        seat.0 = Some(job);
        if let Some(waker) = seat.1.take() {
            waker.wake();
        }
    }

    fn take(&self, waker: &Waker) -> Option<Job> {
        let mut seat = self.lock();
        let job = seat.0.take();
        if job.is_none() {
            match &mut seat.1 {
                Some(waiting) => waiting.clone_from(waker),
                none => *none = Some(waker.clone()),
            }
        }
        job
    }

    fn lock(&self) -> MutexGuard<'_, (Option<Job>, Option<Waker>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
