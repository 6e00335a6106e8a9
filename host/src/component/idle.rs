//! Instances that have been used and are as new, until they are used again.
//!
//! Each worker has its own: what one of its instances touches is in its core's
//! caches.

use crate::bindings;
use crate::state::InstanceState;
use std::cell::RefCell;
use std::mem;
use wasmtime::Store;

/// The most that a worker keeps. Those of handlers that have nothing to wait for
/// are in use one at a time.
pub(crate) const MAX_IDLE: u32 = 16;

/// An instance that is ready to run.
pub(super) struct Instance {
    pub(super) store: Store<InstanceState>,
    pub(super) exports: bindings::Handler,
}

thread_local! {
    static IDLE: RefCell<Idle> = RefCell::default();
}

#[derive(Default)]
struct Idle {
    /// The number of the handler that all of them are of.
    handler: u64,
    instances: Vec<Instance>,
}

/// Takes one of a handler's instances.
pub(super) fn take(handler: u64) -> Option<Instance> {
    IDLE.with_borrow_mut(|idle| {
        if idle.handler == handler {
            idle.instances.pop()
        } else {
            None
        }
    })
}

/// Keeps an instance for its handler's next use.
pub(super) fn keep(handler: u64, instance: Instance) {
    let dropped = IDLE.with_borrow_mut(|idle| {
        let others = if idle.handler == handler {
            Vec::new()
        } else {
            idle.handler = handler;
            mem::take(&mut idle.instances)
        };
        if idle.instances.len() < MAX_IDLE as usize {
            idle.instances.push(instance);
            (others, None)
        } else {
            (others, Some(instance))
        }
    });
    // Not while they are borrowed, whatever that leads to.
    drop(dropped);
}

/// Drops all that this worker keeps.
pub(crate) fn clear() {
    let instances = IDLE.with_borrow_mut(|idle| mem::take(&mut idle.instances));
    drop(instances);
}
