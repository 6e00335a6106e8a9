//! The component that serves, which another can take the place of.

use crate::component::{Binary, Compiled, Compiler, ServedWorld, Slot};
use crate::error::Error;
use crate::handler::Handler;
use crate::proxy::{self, ProxyState};
use std::sync::Arc;
use wasmtime::Engine;
use wasmtime_wasi_http::handler::ProxyPre;

/// A component that is ready to be instantiated.
pub(crate) enum Loaded {
    /// It handles connections.
    Handler(Arc<Handler>),
    /// It handles requests.
    Proxy(Arc<ProxyPre<ProxyState>>),
}

impl Loaded {
    /// Links a component to what its world may import.
    ///
    /// # Errors
    ///
    /// It imports what it isn't given, or its export isn't what it should be.
    pub(crate) fn link(engine: &Engine, compiled: &Compiled) -> Result<Self, Error> {
        Ok(match compiled.world {
            ServedWorld::Handler => Self::Handler(Arc::new(Handler::link(engine, compiled)?)),
            ServedWorld::Proxy | ServedWorld::Service => {
                Self::Proxy(Arc::new(proxy::link(engine, compiled)?))
            }
        })
    }
}

/// The place of a server's component: of one world, for as long as it serves.
pub(crate) enum ComponentSlot {
    /// For one that handles connections.
    Handler(Slot<Handler>),
    /// For one that handles requests.
    Proxy(Slot<ProxyPre<ProxyState>>),
}

impl ComponentSlot {
    pub(crate) fn new(component: Loaded) -> Self {
        match component {
            Loaded::Handler(handler) => Self::Handler(Slot::new(handler)),
            Loaded::Proxy(pre) => Self::Proxy(Slot::new(pre)),
        }
    }

    /// Whether its component is of `wasi:http`.
    pub(crate) fn is_http(&self) -> bool {
        matches!(self, Self::Proxy(_))
    }

    /// Loads another component, with the engine of the one before, and puts it
    /// in its place.
    ///
    /// # Errors
    ///
    /// It can't be loaded, or is of another kind: the one before stays.
    pub(super) fn swap(
        &self,
        binary: &Binary,
        engine: &Engine,
        compiler: &Compiler,
    ) -> Result<(), Error> {
        if binary
            .is_http()
            .is_some_and(|other| other != self.is_http())
        {
            return Err(binary.other_world());
        }
        let loaded = Loaded::link(engine, &binary.compile(engine, compiler)?)?;
        match (self, loaded) {
            (Self::Handler(slot), Loaded::Handler(handler)) => slot.replace(handler).retire(),
            (Self::Proxy(slot), Loaded::Proxy(pre)) => drop(slot.replace(pre)),
            (Self::Handler(_), Loaded::Proxy(_)) | (Self::Proxy(_), Loaded::Handler(_)) => {
                return Err(binary.other_world());
            }
        }
        Ok(())
    }
}
