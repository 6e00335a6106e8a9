//! Calling back what waits: idle connections and the instances that linger on
//! quiet ones, when others need their place or the server stops.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// What connections listen to while they wait for their clients.
#[derive(Debug, Default)]
pub(crate) struct Recall {
    stopping: AtomicBool,
    stop: Notify,
    idle_connections: Notify,
    waiting_instances: Notify,
    /// How many connections wait for an instance.
    queued: AtomicUsize,
}

impl Recall {
    /// Whether the server accepts no more requests.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Ends every wait, now and from now on.
    pub(crate) fn stop_all(&self) {
        self.stopping.store(true, Ordering::Release);
        self.stop.notify_waiters();
        self.idle_connections.notify_waiters();
        self.waiting_instances.notify_waiters();
    }

    /// Resolves when the server stops.
    pub(crate) async fn stopped(&self) {
        let stop = self.stop.notified();
        if !self.is_stopping() {
            stop.await;
        }
    }

    /// Asks the connection that has been idle for longest to close.
    pub(crate) fn want_connection(&self) {
        self.idle_connections.notify_one();
    }

    /// Resolves when an idle connection should close. One that is new, and has
    /// had no answer yet, makes room for no other.
    pub(crate) fn idle_connection(&self, new: bool) -> Notified<'_> {
        if new {
            self.stop.notified()
        } else {
            self.idle_connections.notified()
        }
    }

    /// Asks the instance that has lingered for longest to go, as long as the
    /// returned guard lives.
    pub(crate) fn want_instance(&self) -> Queued<'_> {
        self.queued.fetch_add(1, Ordering::AcqRel);
        self.waiting_instances.notify_one();
        Queued(self)
    }

    /// Whether instances should go rather than linger.
    pub(crate) fn wants_instances(&self) -> bool {
        self.is_stopping() || self.queued.load(Ordering::Acquire) > 0
    }

    /// Resolves when a lingering instance should go.
    pub(crate) fn waiting_instance(&self) -> Notified<'_> {
        self.waiting_instances.notified()
    }
}

/// A connection's place in the queue for an instance.
pub(crate) struct Queued<'a>(&'a Recall);

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.queued.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wait_begun_before_the_stop_ends() {
        let recall = Recall::default();
        let idle = recall.idle_connection(false);
        let new = recall.idle_connection(true);
        let instance = recall.waiting_instance();
        recall.stop_all();
        idle.await;
        new.await;
        instance.await;
        recall.stopped().await;
        assert!(recall.wants_instances());
    }

    #[tokio::test]
    async fn instances_are_wanted_while_someone_queues() {
        let recall = Recall::default();
        assert!(!recall.wants_instances());
        let lingering = recall.waiting_instance();
        let queued = recall.want_instance();
        assert!(recall.wants_instances());
        lingering.await;
        drop(queued);
        assert!(!recall.wants_instances());
    }
}
