//! The instances of a standard component: made for a request, and ended when
//! they have answered, when nobody wants the answer any more, or when their
//! time is up.

use super::context::ProxyContext;
use super::state::ProxyState;
use super::ticket::{Fate, Ticket};
use crate::admission::InstancePlace;
use crate::component::{Slot, on_epoch};
use crate::metrics::{self, Event};
use crate::recall::Recall;
use std::future::{self, Future};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use tokio::sync::futures::OwnedNotified;
use tokio::time::{Sleep, sleep_until};
use wasmtime::component::GuestTaskId;
use wasmtime::{Engine, Store, StoreContextMut};
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, ProxyHandler, ProxyPre, Request, Response, ShouldAccept,
    WorkerExpiration, WorkerState, WorkerStatus,
};

/// How long an instance that may be used again waits for the next request.
const LINGER: Duration = Duration::from_secs(1);

/// The instances of one worker.
#[derive(Clone)]
pub(crate) struct Instances(ProxyHandler<Maker>);

impl Instances {
    pub(crate) fn new(components: Slot<ProxyPre<ProxyState>>, context: Arc<ProxyContext>) -> Self {
        Self(ProxyHandler::new(Maker {
            components,
            context,
        }))
    }

    /// Has a request answered, by a fresh instance or one that waits for
    /// another request.
    ///
    /// # Errors
    ///
    /// The instance can't be made, or gave no answer.
    pub(super) async fn handle(
        &self,
        ticket: Arc<Ticket>,
        request: Request,
    ) -> wasmtime::Result<Response> {
        self.0.handle(ticket, request).await
    }
}

struct Maker {
    components: Slot<ProxyPre<ProxyState>>,
    context: Arc<ProxyContext>,
}

impl Maker {
    fn store(&self, engine: &Engine) -> Store<ProxyState> {
        let mut store = Store::new(engine, ProxyState::new(&self.context.allowance));
        store.limiter(|state| &mut state.limits);
        store.set_hostcall_fuel(self.context.allowance.memory.each_call());
        store.epoch_deadline_callback(|mut store| {
            store.data_mut().note_progress();
            on_epoch(&mut store.data_mut().limits)
        });
        store.set_epoch_deadline(1);
        store
    }
}

fn engine(component: &ProxyPre<ProxyState>) -> &Engine {
    match component {
        ProxyPre::P2(pre) => pre.engine(),
        ProxyPre::P3(pre) => pre.engine(),
    }
}

impl HandlerState for Maker {
    type StoreData = ProxyState;
    type WorkerExpiration = Expiration;
    type WorkerState = Worker;

    async fn instantiate(&self) -> wasmtime::Result<Instance<ProxyState, Expiration, Worker>> {
        let recall = self.context.admission.recall();
        let swaps = recall.swaps();
        let component = self.components.current();
        let mut store = self.store(engine(&component));
        let proxy = component.instantiate_async(&mut store).await?;
        metrics::count(Event::InstanceMade);
        let desk = Arc::new(Mutex::new(Desk::default()));
        Ok(Instance {
            store,
            proxy,
            view: ProxyState::http,
            expiration: Expiration {
                desk: Arc::clone(&desk),
                request_timeout: self.context.allowance.request_timeout,
                recall: Arc::clone(recall),
                recalled: None,
                timer: None,
            },
            state: Worker {
                desk,
                reuse: self.context.reuse,
                recall: Arc::clone(recall),
                swaps,
            },
        })
    }
}

/// What an instance has at hand.
#[derive(Default)]
struct Desk {
    ticket: Option<Arc<Ticket>>,
    /// Among the instances that there may be at once.
    place: Option<InstancePlace>,
}

/// An instance, as `ProxyHandler` asks what it may take on.
pub(crate) struct Worker {
    desk: Arc<Mutex<Desk>>,
    reuse: u32,
    recall: Arc<Recall>,
    /// How many components had been swapped in before this instance was made.
    swaps: usize,
}

impl WorkerState for Worker {
    type StoreData = ProxyState;
    type RequestData = Arc<Ticket>;

    fn should_accept_request(&self, at_once: usize, so_far: usize) -> ShouldAccept {
        if so_far >= self.reuse as usize || self.recall.swaps() != self.swaps {
            ShouldAccept::Never
        } else if at_once > 0 {
            // One that fails takes no other with it.
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        mut store: StoreContextMut<'_, ProxyState>,
        ticket: Arc<Ticket>,
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        store.data_mut().begin(&ticket);
        let mut desk = lock(&self.desk);
        desk.place = ticket.take_place();
        desk.ticket = Some(ticket);
        // Its time is up when `Expiration` says so.
        Box::pin(future::pending())
    }

    fn drop(&self, store: Store<ProxyState>, result: wasmtime::Result<()>) {
        // Its slot is free before its place is.
        drop(store);
        let mut desk = lock(&self.desk);
        if let (Err(error), Some(ticket)) = (result, desk.ticket.take()) {
            ticket.fail(error);
        }
        desk.place = None;
    }
}

/// When an instance's time is up.
pub(crate) struct Expiration {
    desk: Arc<Mutex<Desk>>,
    request_timeout: Duration,
    recall: Arc<Recall>,
    /// What asks an instance to go that waits for another request.
    recalled: Option<Pin<Box<OwnedNotified>>>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl WorkerExpiration for Expiration {
    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        status: WorkerStatus,
        since: Instant,
    ) -> Poll<()> {
        match status {
            WorkerStatus::Idle => self.poll_idle(context, since),
            WorkerStatus::Requests | WorkerStatus::PostReturn => self.poll_busy(context),
        }
    }
}

impl Expiration {
    /// One that waits for another request goes when others need its place, or
    /// none comes.
    fn poll_idle(&mut self, context: &mut Context<'_>, since: Instant) -> Poll<()> {
        let recall = &self.recall;
        let recalled = self
            .recalled
            .get_or_insert_with(|| Box::pin(recall.owned_waiting_instance()));
        if recall.wants_instance() || recalled.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        self.poll_until(context, since + LINGER)
    }

    /// One that works goes when nobody wants its answer, or when it has
    /// answered and doesn't come to an end. How long it may take to answer, the
    /// connection watches.
    fn poll_busy(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.recalled = None;
        let fate = match &lock(&self.desk).ticket {
            Some(ticket) => ticket.fate(context.waker()),
            None => Fate::Open,
        };
        match fate {
            Fate::Open => Poll::Pending,
            Fate::Answered(at) => self.poll_until(context, at + self.request_timeout),
            Fate::Abandoned => Poll::Ready(()),
        }
    }

    fn poll_until(&mut self, context: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let deadline = deadline.into();
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if timer.deadline() != deadline {
            timer.as_mut().reset(deadline);
        }
        ready!(timer.as_mut().poll(context));
        Poll::Ready(())
    }
}

fn lock(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}
