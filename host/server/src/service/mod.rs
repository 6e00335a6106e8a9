//! What a server's workers share: the component that serves, and what its
//! instances are given.

mod component_compiler;
mod precompile;
mod slot;

pub use component_compiler::ComponentCompiler;
pub use precompile::precompile;
pub(crate) use slot::{ComponentSlot, Loaded};

use crate::admission::Admission;
use crate::component::{Binary, Compiler};
use crate::connection::Terms;
use crate::error::Error;
use crate::handler::HandlerContext;
use crate::heartbeat::Heartbeat;
use crate::metrics::{Metrics, Phase};
use crate::proxy::ProxyContext;
use crate::proxy_protocol::ProxyProtocol;
use crate::tls::Tls;
use std::sync::Arc;
use std::time::Duration;
use wasmtime::Engine;

/// What all workers of a server share.
pub(crate) struct Service {
    pub(crate) component: ComponentSlot,
    pub(crate) engine: Engine,
    pub(crate) compiler: Arc<Compiler>,
    /// For a component of our own world.
    pub(crate) handler: Arc<HandlerContext>,
    /// For one of `wasi:http`.
    pub(crate) proxy: Arc<ProxyContext>,
    pub(crate) terms: Terms,
    pub(crate) admission: Arc<Admission>,
    /// None: each connection is its client's own.
    pub(crate) proxies: Option<ProxyProtocol>,
    /// Whether a handler of our own world is handed requests, and no connection.
    pub(crate) gateway: bool,
    /// None: nobody watches.
    pub(crate) metrics: Option<Metrics>,
    /// None: nobody asks whether the workers turn.
    pub(crate) heartbeat: Option<Heartbeat>,
    /// None: connections aren't encrypted.
    pub(crate) tls: Option<Arc<Tls>>,
    /// How many instances of a handler each worker keeps for later.
    pub(crate) max_idle: u32,
    /// The longest that requests may go on when the server stops.
    pub(crate) shutdown_timeout: Duration,
}

impl Service {
    /// Whoever watches sees that the server is in a phase from now on.
    pub(crate) fn enter(&self, phase: Phase) {
        if let Some(metrics) = &self.metrics {
            metrics.enter(phase);
        }
    }

    /// Lets another component take over: from now on every new instance is of
    /// this one.
    ///
    /// # Errors
    ///
    /// It can't be loaded, or is of another kind: the one before goes on.
    pub(crate) fn swap(&self, binary: &Binary) -> Result<(), Error> {
        self.component.swap(binary, &self.engine, &self.compiler)?;
        self.admission.recall().note_swap();
        if let Some(metrics) = &self.metrics {
            metrics.note_swap();
        }
        Ok(())
    }
}
