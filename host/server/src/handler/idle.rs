//! Instances that were used and have been put back as they were when they were
//! made, until they are used again.
//!
//! Each worker has its own: what one of its instances touches is in its core's
//! caches.

use super::bindings;
use super::state::InstanceState;
use std::cell::RefCell;
use std::mem;
use wasmtime::Store;

/// The most that a worker keeps. Those of handlers that have nothing to wait for
/// are in use one at a time.
const MAX_IDLE: u32 = 16;

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
    /// The most of them.
    at_most: usize,
    /// The number of the handler that all of them are of.
    handler: u64,
    instances: Vec<Instance>,
}

/// The most that each worker should keep: together no more than may be in use,
/// but one each.
pub(crate) fn share(max_instances: u32, workers: u32) -> u32 {
    max_instances.div_ceil(workers).min(MAX_IDLE)
}

/// Lets this worker keep so many.
pub(crate) fn allow(at_most: u32) {
    IDLE.with_borrow_mut(|idle| idle.at_most = at_most as usize);
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
        if idle.instances.len() < idle.at_most {
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

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn no_more_are_kept_than_may_be_in_use_but_one_a_worker() {
        assert_eq!(share(1024, 2), 16);
        assert_eq!(share(8, 2), 4);
        assert_eq!(share(9, 2), 5);
        assert_eq!(share(1, 4), 1);
    }
}
