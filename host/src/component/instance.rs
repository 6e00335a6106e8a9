//! Running a handler: one fresh instance for a connection's busy spell.

use super::limits::{CpuTimeExceeded, on_epoch};
use crate::bindings::HandlerPre;
use crate::bindings::exports::wasm_host::http::connection_handler::Disposition;
use crate::connection::Connection;
use crate::grants::Granted;
use crate::scripts::ScriptHost;
use crate::server_info::ServerInfoSource;
use crate::state::InstanceState;
use std::sync::Arc;
use std::time::Duration;
use wasmtime::Store;

/// A loaded handler component.
#[derive(Clone)]
pub(crate) struct Handler {
    pre: HandlerPre<InstanceState>,
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
    pub(crate) fn new(pre: HandlerPre<InstanceState>) -> Self {
        Self { pre }
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
        let mut store = self.store(connection, grants);
        let outcome = tokio::select! {
            biased;
            called = self.call(&mut store) => match called {
                Ok(Disposition::KeepOpen) => Outcome::KeepOpen,
                Ok(Disposition::Close) => Outcome::Close,
                Err(error) => failure(error),
            },
            () = activity.stalled(grants.request_timeout) => Outcome::TimedOut,
        };
        (store.into_data().connection, outcome)
    }

    fn store(&self, connection: Box<Connection>, grants: &Grants) -> Store<InstanceState> {
        let state = InstanceState::new(connection, grants);
        let mut store = Store::new(self.pre.engine(), state);
        store.limiter(|state| &mut state.limits.store);
        store.epoch_deadline_callback(|mut store| on_epoch(&mut store.data_mut().limits));
        store.set_epoch_deadline(1);
        store
    }

    async fn call(&self, store: &mut Store<InstanceState>) -> wasmtime::Result<Disposition> {
        let instance = self.pre.instantiate_async(&mut *store).await?;
        instance
            .wasm_host_http_connection_handler()
            .call_handle(store)
            .await
    }
}

fn failure(error: wasmtime::Error) -> Outcome {
    match error.downcast_ref::<CpuTimeExceeded>() {
        Some(exceeded) => Outcome::CpuTimeExceeded(exceeded.to_string()),
        None => Outcome::Trapped(error),
    }
}
