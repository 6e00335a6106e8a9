//! Whether a future that is polled together with others is worth polling: only when it
//! was woken itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

/// A future's waker, which remembers that it was called.
#[derive(Debug)]
pub(super) struct Signal {
    is_set: AtomicBool,
    /// Whom it wakes in turn: the task that polls the future.
    task: Mutex<Option<Waker>>,
}

/// One that was called: a new future is to be polled once.
impl Default for Signal {
    fn default() -> Self {
        Self {
            is_set: AtomicBool::new(true),
            task: Mutex::new(None),
        }
    }
}

impl Signal {
    /// Has this task woken from now on.
    pub(super) fn forward_to(&self, waker: &Waker) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *task {
            Some(task) => task.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }

    pub(super) fn is_set(&self) -> bool {
        self.is_set.load(Ordering::Acquire)
    }

    /// Whether it was called since the last time.
    pub(super) fn take(&self) -> bool {
        self.is_set.swap(false, Ordering::AcqRel)
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_set.swap(true, Ordering::AcqRel) {
            let task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(task) = &*task {
                task.wake_by_ref();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_future_is_polled_once_for_each_time_that_it_is_woken() {
        let outer = Arc::new(Signal::default());
        assert!(outer.take() && !outer.take());
        let inner = Arc::new(Signal::default());
        inner.forward_to(&Waker::from(Arc::clone(&outer)));
        assert!(inner.take());
        inner.wake_by_ref();
        assert!(inner.is_set() && outer.is_set());
        assert!(inner.take() && !inner.take());
    }
}
