//! How many bytes the host keeps for all clients together: what has arrived and
//! isn't consumed, and what they haven't taken. So many slow clients, each within
//! its own bounds, don't use up the memory.

use crate::presence::Presence;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;

/// The bytes that may be kept, of a server.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: usize,
    used: AtomicUsize,
    /// Tells that somebody gets none.
    short: Notify,
    /// Tells that some were given back.
    freed: Notify,
}

/// What is kept for one connection.
#[derive(Debug)]
pub(crate) struct Kept {
    budget: Arc<Budget>,
    presence: Arc<Presence>,
    bytes: usize,
}

impl Budget {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            used: AtomicUsize::new(0),
            short: Notify::new(),
            freed: Notify::new(),
        }
    }

    /// Resolves when somebody gets none.
    pub(crate) async fn is_short(&self) {
        self.short.notified().await;
    }

    fn take(&self, bytes: usize, most: usize) -> bool {
        let taken = |used: usize| used.checked_add(bytes).filter(|&sum| sum <= most);
        let order = Ordering::Relaxed;
        self.used.fetch_update(order, order, taken).is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
        self.freed.notify_waiters();
    }
}

impl Kept {
    /// Nothing yet.
    pub(crate) fn new(budget: &Arc<Budget>, presence: &Arc<Presence>) -> Self {
        Self {
            budget: Arc::clone(budget),
            presence: Arc::clone(presence),
            bytes: 0,
        }
    }

    /// From now on so many are kept, if there are as many. Fewer always are.
    pub(crate) fn try_set(&mut self, bytes: usize) -> bool {
        self.set_within(bytes, self.budget.limit)
    }

    /// [`Kept::try_set`] for what could wait elsewhere: half of all is left to what
    /// can't.
    pub(crate) fn set_if_plenty(&mut self, bytes: usize) -> bool {
        self.set_within(bytes, self.budget.limit / 2)
    }

    fn set_within(&mut self, bytes: usize, most: usize) -> bool {
        if bytes > self.bytes && !self.budget.take(bytes - self.bytes, most) {
            return false;
        }
        if bytes < self.bytes {
            self.budget.give_back(self.bytes - bytes);
        }
        self.note(bytes);
        true
    }

    /// [`Kept::try_set`], though it be more than there are: of what is there
    /// already.
    pub(crate) fn set(&mut self, bytes: usize) {
        if !self.try_set(bytes) {
            let more = bytes - self.bytes;
            self.budget.used.fetch_add(more, Ordering::Relaxed);
            self.note(bytes);
        }
    }

    /// [`Kept::try_set`] once there are as many.
    pub(crate) async fn wait_for(&mut self, bytes: usize) {
        loop {
            let budget = Arc::clone(&self.budget);
            let freed = budget.freed.notified();
            tokio::pin!(freed);
            // What is given back from here on is heard of.
            freed.as_mut().enable();
            if self.try_set(bytes) {
                return;
            }
            budget.short.notify_one();
            freed.await;
        }
    }

    fn note(&mut self, bytes: usize) {
        self.presence.note_kept(self.bytes, bytes);
        self.bytes = bytes;
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.try_set(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presence::Client;
    use std::net::IpAddr;

    fn presence() -> Arc<Presence> {
        let address: IpAddr = [192, 0, 2, 1].into();
        Arc::new(Presence::new(Arc::new(Client::new(address.into()))))
    }

    #[tokio::test]
    async fn who_waits_gets_what_others_give_back() {
        let budget = Arc::new(Budget::new(100));
        let mut one = Kept::new(&budget, &presence());
        let mut other = Kept::new(&budget, &presence());
        assert!(one.try_set(80) && !other.try_set(30) && other.try_set(20));
        assert_eq!(one.presence.kept(), 80);
        let mut last = Kept::new(&budget, &presence());
        assert!(!last.set_if_plenty(1));
        let waiting = tokio::spawn(async move {
            other.wait_for(60).await;
            other.bytes
        });
        budget.is_short().await;
        one.try_set(10);
        assert_eq!(waiting.await.unwrap(), 60);
        one.set(300);
        drop(one);
        assert_eq!(budget.used.load(Ordering::Relaxed), 0);
    }
}
