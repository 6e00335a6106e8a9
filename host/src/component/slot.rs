//! The handler that serves, which another can take the place of.

use super::Handler;
use arc_swap::ArcSwap;
use std::sync::Arc;

/// A place for a handler. Who reads it takes no lock, and keeps what it read
/// for as long as it needs: the code of a handler that was replaced goes when
/// its last instance has ended.
pub(crate) struct HandlerSlot(ArcSwap<Handler>);

impl HandlerSlot {
    pub(crate) fn new(handler: Handler) -> Self {
        Self(ArcSwap::from_pointee(handler))
    }

    /// The handler for an instance that is to be made now.
    pub(crate) fn current(&self) -> Arc<Handler> {
        self.0.load_full()
    }

    pub(crate) fn replace(&self, handler: Handler) {
        self.0.store(Arc::new(handler));
    }
}
