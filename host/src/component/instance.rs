//! Running a handler: one fresh instance for a connection's busy spell, or one that
//! is as new.

use super::idle::{self, Instance};
use super::limits::{CpuTimeExceeded, on_epoch};
use crate::bindings::exports::wasm_host::http::connection_handler::Disposition;
use crate::bindings::{self, HandlerPre};
use crate::connection::Connection;
use crate::grants::Granted;
use crate::scripts::ScriptHost;
use crate::server_info::ServerInfoSource;
use crate::state::InstanceState;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use wasmtime::Store;

/// A loaded handler component.
pub(crate) struct Handler {
    pre: HandlerPre<InstanceState>,
    /// What its instances are known by; none if each is used once.
    renewable: Option<u64>,
    /// Whether another has taken its place.
    replaced: AtomicBool,
}

/// What every instance of a handler is granted, and how far it may go.
pub(crate) struct Grants {
    pub(crate) server: Arc<ServerInfoSource>,
    /// Directories, variables and the like.
    pub(crate) granted: Arc<Granted>,
    /// What runs scripts, if the server's owner wants any.
    pub(crate) scripts: Option<ScriptHost>,
    /// Bytes of linear memory.
    pub(crate) memory: usize,
    pub(crate) cpu_time: Duration,
    /// The longest without progress.
    pub(crate) request_timeout: Duration,
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
    /// It did nothing for too long.
    TimedOut,
}

impl Handler {
    /// `renewable`: whether an instance is as new when its function has returned
    /// ([`super::renewable`]).
    pub(crate) fn new(pre: HandlerPre<InstanceState>, renewable: bool) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        Self {
            pre,
            renewable: renewable.then(|| NUMBERS.fetch_add(1, Ordering::Relaxed)),
            replaced: AtomicBool::new(false),
        }
    }

    /// No instance is kept for this handler any more: another takes its place.
    pub(super) fn retire(&self) {
        self.replaced.store(true, Ordering::Release);
    }

    /// Lets a fresh instance handle the requests on a connection. Returns the
    /// connection, whatever became of the instance.
    pub(crate) async fn handle(
        &self,
        connection: Box<Connection>,
        grants: &Grants,
    ) -> (Box<Connection>, Outcome) {
        let activity = connection.activity();
        activity.progress();
        let (mut store, exports) = self.store(InstanceState::new(connection, grants));
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
            () = activity.stalled(grants.request_timeout) => Outcome::TimedOut,
        };
        let connection = store.data_mut().connection.detach();
        if let Some(exports) = returned {
            self.keep(Instance { store, exports });
        }
        (connection, outcome)
    }

    /// A store for an instance, or with one that is as new.
    fn store(&self, state: InstanceState) -> (Store<InstanceState>, Option<bindings::Handler>) {
        let idle = self.renewable.and_then(idle::take);
        let (mut store, exports) = match idle {
            Some(Instance { mut store, exports }) => {
                *store.data_mut() = state;
                (store, Some(exports))
            }
            None => {
                let mut store = Store::new(self.pre.engine(), state);
                store.limiter(|state| &mut state.limits);
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

    /// Keeps an instance whose function has returned, if it is as new.
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
    match error.downcast_ref::<CpuTimeExceeded>() {
        Some(exceeded) => Outcome::CpuTimeExceeded(exceeded.to_string()),
        None => Outcome::Trapped(error),
    }
}
