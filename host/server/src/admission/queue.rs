//! The places among the instances, and the requests that wait for one: each
//! client's in a line of its own, and the lines take turns. So who sends a
//! thousand requests makes nobody wait but itself.

use crate::metrics::Open;
use crate::presence::{Client, ClientId, Presence};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// The places among the instances.
pub(super) struct Queue {
    /// The most that one client has.
    most_each: u32,
    inner: Mutex<Inner>,
}

struct Inner {
    free: u32,
    lines: HashMap<ClientId, VecDeque<Waiter>>,
    /// Whose turn is next.
    order: VecDeque<ClientId>,
}

struct Waiter {
    presence: Arc<Presence>,
    place: oneshot::Sender<InstancePlace>,
}

/// An instance's place, as long as it lives.
pub(crate) struct InstancePlace {
    queue: Arc<Queue>,
    presence: Arc<Presence>,
    _counted: Open,
}

impl Queue {
    pub(super) fn new(places: u32, most_each: u32) -> Self {
        Self {
            most_each,
            inner: Mutex::new(Inner {
                free: places,
                lines: HashMap::new(),
                order: VecDeque::new(),
            }),
        }
    }

    /// Whether a client has as many places as it may.
    pub(super) fn has_its_most(&self, client: &Client) -> bool {
        client.instances() >= self.most_each
    }

    /// A place, if there is one. Who waits already comes first: places are only
    /// free while nobody may have them.
    pub(super) fn try_take(self: &Arc<Self>, presence: &Arc<Presence>) -> Option<InstancePlace> {
        let mut inner = self.lock();
        if inner.free == 0 || self.has_its_most(presence.client()) {
            return None;
        }
        inner.free -= 1;
        Some(self.place(Arc::clone(presence)))
    }

    /// Waits for a place. Who drops the receiver waits no more.
    pub(super) fn wait(
        self: &Arc<Self>,
        presence: &Arc<Presence>,
    ) -> oneshot::Receiver<InstancePlace> {
        let (place, receiver) = oneshot::channel();
        let mut inner = self.lock();
        let id = presence.client().id();
        let line = inner.lines.entry(id).or_default();
        line.push_back(Waiter {
            presence: Arc::clone(presence),
            place,
        });
        if line.len() == 1 {
            inner.order.push_back(id);
        }
        self.give(inner);
        receiver
    }

    /// Whether of its client's requests it is the next to get a place.
    pub(super) fn is_next(&self, presence: &Arc<Presence>) -> bool {
        let mut inner = self.lock();
        let Some(line) = inner.lines.get_mut(&presence.client().id()) else {
            return false;
        };
        while line.len() > 1 && line.front().is_some_and(|first| first.place.is_closed()) {
            line.pop_front();
        }
        let first = line.front();
        first.is_some_and(|first| Arc::ptr_eq(&first.presence, presence))
    }

    /// Counts a place as taken.
    fn place(self: &Arc<Self>, presence: Arc<Presence>) -> InstancePlace {
        presence.client().take_instance();
        presence.set_instance(true);
        InstancePlace {
            queue: Arc::clone(self),
            presence,
            _counted: Open::instance(),
        }
    }

    /// Gives the free places to those that wait.
    fn give(self: &Arc<Self>, mut inner: MutexGuard<'_, Inner>) {
        let mut unwanted = Vec::new();
        while inner.free > 0 {
            let Some(waiter) = inner.next(self.most_each) else {
                break;
            };
            if waiter.place.is_closed() {
                continue;
            }
            inner.free -= 1;
            let place = self.place(waiter.presence);
            unwanted.extend(waiter.place.send(place).err());
        }
        // Comes back here, which is locked.
        drop(inner);
        drop(unwanted);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Who is next. Clients that have as many as they may are passed over.
    fn next(&mut self, most_each: u32) -> Option<Waiter> {
        for _ in 0..self.order.len() {
            let id = self.order.pop_front()?;
            let line = self.lines.get_mut(&id)?;
            let first = line.front()?;
            if first.presence.client().instances() >= most_each && !first.place.is_closed() {
                self.order.push_back(id);
                continue;
            }
            let waiter = line.pop_front();
            if line.is_empty() {
                self.lines.remove(&id);
            } else {
                self.order.push_back(id);
            }
            return waiter;
        }
        None
    }
}

impl Drop for InstancePlace {
    fn drop(&mut self) {
        let mut inner = self.queue.lock();
        self.presence.client().give_instance_back();
        self.presence.set_instance(false);
        inner.free += 1;
        self.queue.give(inner);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    fn client(number: u8) -> Arc<Client> {
        let address: IpAddr = [192, 0, 2, number].into();
        Arc::new(Client::new(address.into()))
    }

    fn request_of(client: &Arc<Client>) -> Arc<Presence> {
        Arc::new(Presence::new(Arc::clone(client)))
    }

    #[test]
    fn clients_take_turns_however_many_requests_each_has() {
        let queue = Arc::new(Queue::new(1, 1));
        let (crowd, other) = (client(1), client(2));
        let taken = queue.try_take(&request_of(&crowd)).unwrap();
        let mut waiting: Vec<_> = (0..5).map(|_| queue.wait(&request_of(&crowd))).collect();
        let mut late = queue.wait(&request_of(&other));
        drop(taken);
        let first = waiting[0].try_recv().unwrap();
        assert!(late.try_recv().is_err() && waiting[1].try_recv().is_err());
        drop(first);
        let others = late.try_recv().unwrap();
        assert!(waiting[1].try_recv().is_err());
        drop(others);
        assert!(waiting[1].try_recv().is_ok());
    }

    #[test]
    fn a_client_that_has_its_most_leaves_the_rest_to_others() {
        let queue = Arc::new(Queue::new(4, 3));
        let (crowd, other) = (client(1), client(2));
        let taken: Vec<_> = (0..3)
            .map_while(|_| queue.try_take(&request_of(&crowd)))
            .collect();
        assert_eq!((taken.len(), crowd.instances()), (3, 3));
        assert!(queue.has_its_most(&crowd));
        let mut waiting = queue.wait(&request_of(&crowd));
        assert!(waiting.try_recv().is_err());
        let others = queue.try_take(&request_of(&other));
        assert!(others.is_some());
        drop(taken);
        assert!(waiting.try_recv().is_ok());
        assert_eq!(crowd.instances(), 0);
    }

    #[test]
    fn who_waits_no_more_is_passed_over() {
        let queue = Arc::new(Queue::new(1, 1));
        let crowd = client(1);
        let taken = queue.try_take(&request_of(&crowd)).unwrap();
        let gone = queue.wait(&request_of(&crowd));
        let next = request_of(&crowd);
        let mut waiting = queue.wait(&next);
        assert!(!queue.is_next(&next));
        drop(gone);
        assert!(queue.is_next(&next));
        drop(taken);
        let place = waiting.try_recv().unwrap();
        assert!(next.has_instance());
        drop(place);
        assert!(!next.has_instance() && queue.try_take(&next).is_some());
    }
}
