//! Calling back what waits: the instances that linger on quiet connections, when
//! others need their place, and all when the server stops.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::sync::Notify;
use tokio::sync::futures::{Notified, OwnedNotified};

/// The most instances that linger at once. Each keeps its memory; beyond that
/// the next request of a connection finds a fresh one.
const MAX_LINGERING: usize = 256;

/// What connections listen to while they wait for their clients.
#[derive(Debug, Default)]
pub(crate) struct Recall {
    stopping: AtomicBool,
    stop: Notify,
    waiting_instances: Arc<Notify>,
    swapped: Notify,
    /// How many connections wait for an instance.
    queued: AtomicUsize,
    /// How often another component took over.
    swaps: AtomicUsize,
    /// How many instances linger on quiet connections.
    lingering: AtomicUsize,
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
        self.waiting_instances.notify_waiters();
    }

    /// Resolves when the server stops.
    pub(crate) async fn stopped(&self) {
        let stop = self.stop.notified();
        if !self.is_stopping() {
            stop.await;
        }
    }

    /// Asks the instance that has lingered for longest to go, as long as the
    /// returned guard lives.
    pub(crate) fn want_instance(&self) -> Queued<'_> {
        self.queued.fetch_add(1, Ordering::AcqRel);
        self.waiting_instances.notify_one();
        Queued(self)
    }

    /// Resolves when a lingering instance should go.
    pub(crate) fn waiting_instance(&self) -> Notified<'_> {
        self.waiting_instances.notified()
    }

    /// Another component has taken over: asks all instances that linger to go, and
    /// those that handle a request to handle no other.
    pub(crate) fn note_swap(&self) {
        self.swaps.fetch_add(1, Ordering::AcqRel);
        self.waiting_instances.notify_waiters();
        self.swapped.notify_waiters();
    }

    /// Resolves when [`Recall::note_swap`] is called after this.
    pub(crate) fn swapped(&self) -> Notified<'_> {
        self.swapped.notified()
    }

    /// How often another component took over: an instance that was made when it
    /// was less often is out of date.
    pub(crate) fn swaps(&self) -> usize {
        self.swaps.load(Ordering::Acquire)
    }

    /// [`Recall::waiting_instance`] for a task to keep.
    pub(crate) fn owned_waiting_instance(&self) -> OwnedNotified {
        Arc::clone(&self.waiting_instances).notified_owned()
    }

    /// Whether no instance should linger now.
    pub(crate) fn wants_instance(&self) -> bool {
        self.is_stopping() || self.queued.load(Ordering::Acquire) > 0
    }

    /// Whether an instance lingers that will go.
    pub(crate) fn has_lingering(&self) -> bool {
        self.lingering.load(Ordering::Acquire) > 0
    }

    /// A place among the instances that linger, as long as the guard lives.
    /// None if this one should go.
    pub(crate) fn linger(&self) -> Option<Lingering<'_>> {
        let lingering = Lingering(self);
        let others = self.lingering.fetch_add(1, Ordering::AcqRel);
        (others < MAX_LINGERING && !self.wants_instance()).then_some(lingering)
    }
}

/// A connection's place in the queue for an instance.
pub(crate) struct Queued<'a>(&'a Recall);

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.queued.fetch_sub(1, Ordering::AcqRel);
    }
}

/// An instance's stay on a quiet connection.
pub(crate) struct Lingering<'a>(&'a Recall);

impl Drop for Lingering<'_> {
    fn drop(&mut self) {
        self.0.lingering.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wait_begun_before_the_stop_ends() {
        let recall = Recall::default();
        let stopped = recall.stopped();
        let instance = recall.waiting_instance();
        recall.stop_all();
        stopped.await;
        instance.await;
        assert!(recall.linger().is_none());
    }

    #[test]
    fn only_so_many_linger() {
        let recall = Recall::default();
        let mut all: Vec<_> = (0..MAX_LINGERING).map_while(|_| recall.linger()).collect();
        assert_eq!(all.len(), MAX_LINGERING);
        assert!(recall.linger().is_none());
        all.pop();
        assert!(recall.linger().is_some());
    }

    #[tokio::test]
    async fn instances_are_wanted_while_someone_queues() {
        let recall = Recall::default();
        assert!(recall.linger().is_some());
        let lingering = recall.waiting_instance();
        let queued = recall.want_instance();
        assert!(recall.linger().is_none());
        lingering.await;
        drop(queued);
        assert!(recall.linger().is_some());
    }
}
