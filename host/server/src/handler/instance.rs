//! Running a handler: an instance handles the requests of one connection for as
//! long as they follow each other closely. It is fresh, or was used and has been put
//! back as it was when it was made.

use super::bindings::exports::wasm_host::http::connection_handler::Disposition;
use super::bindings::{self, HandlerPre};
use super::context::HandlerContext;
use super::idle::{self, Instance};
use super::imports;
use super::state::InstanceState;
use super::unknown_import::explained;
use crate::component::{Compiled, CpuTimeExceeded, MemoryExceeded, first_line, on_epoch};
use crate::connection::Connection;
use crate::error::Error;
use crate::metrics::{self, Event};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use wasmtime::{Engine, Store};

/// A loaded handler component.
pub(crate) struct Handler {
    pre: HandlerPre<InstanceState>,
    /// What its instances are known by; none if each is used once.
    renewable: Option<u64>,
    /// Whether another has taken its place.
    replaced: AtomicBool,
}

/// How a handler left its connection.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The connection waits for another request.
    KeepOpen,
    /// The connection is to be closed.
    Close,
    /// It trapped.
    Trapped(wasmtime::Error),
    /// It computed for too long.
    CpuTimeExceeded(String),
    /// All instances together have as much memory as they may.
    NoMemory(String),
    /// It did nothing for too long.
    TimedOut,
    /// Its client has gone.
    ClientGone,
}

impl Handler {
    /// Links a component to what its world may import.
    ///
    /// # Errors
    ///
    /// It imports what it isn't given, or its export isn't what it should be.
    pub(crate) fn link(engine: &Engine, compiled: &Compiled) -> Result<Self, Error> {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        let pre = imports::linker(engine)
            .and_then(|linker| linker.instantiate_pre(&compiled.component))
            .map_err(|error| Error::UnknownImport {
                component: compiled.name.clone(),
                detail: explained(first_line(&error)),
                world: compiled.world.to_string(),
            })?;
        let pre = HandlerPre::new(pre).map_err(|error| Error::BadHandler {
            component: compiled.name.clone(),
            detail: first_line(&error),
        })?;
        let number = || NUMBERS.fetch_add(1, Ordering::Relaxed);
        Ok(Self {
            pre,
            renewable: compiled.renewable.then(number),
            replaced: AtomicBool::new(false),
        })
    }

    /// No instance is kept for this handler any more: another takes its place.
    pub(crate) fn retire(&self) {
        self.replaced.store(true, Ordering::Release);
    }

    /// Lets a fresh instance handle the requests on a connection. Returns the
    /// connection, whatever became of the instance.
    pub(crate) async fn handle(
        &self,
        connection: Box<Connection>,
        context: &HandlerContext,
    ) -> (Box<Connection>, Outcome) {
        let activity = connection.activity();
        let departure = connection.departure();
        activity.progress();
        let (mut store, exports) = self.store(connection, context);
        let mut returned = None;
        let outcome = tokio::select! {
            biased;
            called = self.call(&mut store, exports) => match called {
                Ok((disposition, exports)) => {
                    returned = Some(exports);
                    match disposition {
                        Disposition::KeepOpen => Outcome::KeepOpen,
                        Disposition::Close => Outcome::Close,
                    }
                }
                Err(error) => failure(error),
            },
            () = activity.stalled(context.allowance.request_timeout) => Outcome::TimedOut,
            () = departure.noticed() => Outcome::ClientGone,
        };
        let connection = store.data_mut().connection.detach();
        if let Some(exports) = returned {
            self.keep(Instance { store, exports });
        }
        (connection, outcome)
    }

    /// A store for a fresh instance, or with one that was put back.
    fn store(
        &self,
        connection: Box<Connection>,
        context: &HandlerContext,
    ) -> (Store<InstanceState>, Option<bindings::Handler>) {
        let state = InstanceState::new(connection, context);
        let idle = self.renewable.and_then(idle::take);
        let (mut store, exports) = match idle {
            Some(Instance { mut store, exports }) => {
                metrics::count(Event::InstanceRenewed);
                let mut before = std::mem::replace(store.data_mut(), state);
                store.data_mut().limits.inherit(&mut before.limits);
                (store, Some(exports))
            }
            None => {
                metrics::count(Event::InstanceMade);
                let mut store = Store::new(self.pre.engine(), state);
                store.limiter(|state| &mut state.limits);
                store.set_hostcall_fuel(context.allowance.memory.each_call());
                store.epoch_deadline_callback(|mut store| on_epoch(&mut store.data_mut().limits));
                (store, None)
            }
        };
        store.set_epoch_deadline(1);
        (store, exports)
    }

    /// Calls the handler's function, in a fresh instance unless there is one.
    async fn call(
        &self,
        store: &mut Store<InstanceState>,
        exports: Option<bindings::Handler>,
    ) -> wasmtime::Result<(Disposition, bindings::Handler)> {
        let exports = match exports {
            Some(exports) => exports,
            None => {
                let client = store.data().connection.client().ip();
                tracing::debug!(%client, "instance made");
                self.pre.instantiate_async(&mut *store).await?
            }
        };
        let function = exports.wasm_host_http_connection_handler();
        let disposition = function.call_handle(store).await?;
        Ok((disposition, exports))
    }

    /// Keeps an instance whose function has returned, if nothing of the call is left.
    fn keep(&self, mut instance: Instance) {
        let state = instance.store.data_mut();
        let as_new = state.handles.are_as_new() && !state.limits.has_grown;
        if let (Some(number), true, false) = (
            self.renewable,
            as_new,
            self.replaced.load(Ordering::Acquire),
        ) {
            idle::keep(number, instance);
        }
    }
}

fn failure(error: wasmtime::Error) -> Outcome {
    if let Some(exceeded) = error.downcast_ref::<CpuTimeExceeded>() {
        return Outcome::CpuTimeExceeded(exceeded.to_string());
    }
    match error.downcast_ref::<MemoryExceeded>() {
        Some(exceeded @ MemoryExceeded::All { .. }) => Outcome::NoMemory(exceeded.to_string()),
        Some(MemoryExceeded::Each { .. }) | None => Outcome::Trapped(error),
    }
}
