//! The component that serves, which another can take the place of.

use super::{Binary, Handler, Loaded};
use crate::Error;
use crate::proxy::ProxyState;
use arc_swap::ArcSwap;
use std::sync::Arc;
use wasmtime::Engine;
use wasmtime_wasi_http::handler::ProxyPre;

/// A place for what instances are made of. Who reads it takes no lock, and
/// keeps what it read for as long as it needs: the code of a component that was
/// replaced goes when its last instance has ended.
pub(crate) struct Slot<T>(Arc<ArcSwap<T>>);

impl<T> Slot<T> {
    fn new(component: Arc<T>) -> Self {
        Self(Arc::new(ArcSwap::new(component)))
    }

    /// What an instance is to be made of now.
    pub(crate) fn current(&self) -> Arc<T> {
        self.0.load_full()
    }
}

/// The same place.
impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
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

    /// Loads another component, with the engine of the one before, and puts it
    /// in its place.
    ///
    /// # Errors
    ///
    /// It can't be loaded, or is of another kind: the one before stays.
    pub(crate) fn reload(&self, binary: &Binary, engine: &Engine) -> Result<(), Error> {
        let is_http = matches!(self, Self::Proxy(_));
        if binary.is_http().is_some_and(|other| other != is_http) {
            return Err(binary.other_world());
        }
        match (self, binary.load(engine)?) {
            (Self::Handler(slot), Loaded::Handler(handler)) => slot.0.swap(handler).retire(),
            (Self::Proxy(slot), Loaded::Proxy(pre)) => slot.0.store(pre),
            (Self::Handler(_), Loaded::Proxy(_)) | (Self::Proxy(_), Loaded::Handler(_)) => {
                return Err(binary.other_world());
            }
        }
        Ok(())
    }
}
