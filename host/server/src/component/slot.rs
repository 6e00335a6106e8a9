//! A place for a component, which another can take over.

use arc_swap::ArcSwap;
use std::sync::Arc;

/// A place for what instances are made of. Who reads it takes no lock, and
/// keeps what it read for as long as it needs: the code of a component that was
/// replaced goes when its last instance has ended.
pub(crate) struct Slot<T>(Arc<ArcSwap<T>>);

impl<T> Slot<T> {
    pub(crate) fn new(component: Arc<T>) -> Self {
        Self(Arc::new(ArcSwap::new(component)))
    }

    /// Puts another there. Returns the one before.
    pub(crate) fn replace(&self, component: Arc<T>) -> Arc<T> {
        self.0.swap(component)
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
