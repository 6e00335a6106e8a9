//! All connections of a server, and which of them is to give way when others need
//! what it has.
//!
//! A client's share is as much as each has when all have alike. Who has more than
//! that gives way first, and at once; the others only when they have waited for
//! [`GRACE`]. Among those that have alike, the one goes that has the least to lose
//! ([`Standing`]), and then the one that has waited for longest.

use crate::metrics::{self, Event};
use crate::presence::{Client, ClientId, Presence, Standing};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a client that has no more than its share is waited for in any case.
const GRACE: Duration = Duration::from_millis(250);

/// The same in the midst of a request or a response, where only the connection's
/// place is wanted.
const GRACE_IN_RESPONSE: Duration = Duration::from_secs(5);

/// How many connections are looked at to find the one that gives way: who has many
/// is among them, and looking at all would cost more than what is defended.
const LOOKED_AT: usize = 256;

/// What is scarce, and how much there is of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scarce {
    pub(super) what: Resource,
    pub(super) places: u32,
}

/// What can be scarce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource {
    /// Places among the connections, or descriptors.
    Connections,
    /// Places among the instances.
    Instances,
    /// Bytes that are kept for clients.
    Memory,
}

impl Resource {
    /// What is counted when a connection is asked to give way for it.
    fn made_room(self) -> Event {
        match self {
            Self::Connections => Event::MadeRoomForConnection,
            Self::Instances => Event::MadeRoomForInstance,
            Self::Memory => Event::MadeRoomForMemory,
        }
    }
}

/// Whose connection may be asked to give way.
#[derive(Clone, Copy)]
pub(super) enum Whose<'a> {
    /// Anybody's who has no less of what is scarce than this client.
    NoLessThan(&'a Client),
    /// Anybody's.
    Anybodys,
    /// This client's own, unless it is in the midst of a response.
    Own(&'a Client),
}

impl Whose<'_> {
    fn is(self, presence: &Presence, scarce: Scarce) -> bool {
        let client = presence.client();
        match self {
            Self::NoLessThan(other) => scarce.had_by(client) >= scarce.had_by(other),
            Self::Anybodys => true,
            Self::Own(own) => client.id() == own.id(),
        }
    }

    fn is_own(self) -> bool {
        matches!(self, Self::Own(_))
    }
}

/// A server's connections, and its clients.
#[derive(Default)]
pub(super) struct Registry(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    clients: HashMap<ClientId, Arc<Client>>,
    connections: Vec<Arc<Presence>>,
    /// Where the next look begins.
    next: usize,
}

/// A connection's entry, as long as it lives.
pub(crate) struct Entry {
    registry: Arc<Registry>,
    presence: Arc<Presence>,
}

impl Registry {
    /// That client.
    pub(super) fn client(&self, id: ClientId) -> Arc<Client> {
        match self.lock().clients.get(&id) {
            Some(client) => Arc::clone(client),
            None => Arc::new(Client::new(id)),
        }
    }

    /// Enters a connection of that client, unless it has so many already.
    pub(super) fn enter(self: &Arc<Self>, id: ClientId, most: u32) -> Option<Entry> {
        let mut inner = self.lock();
        let client = inner.clients.entry(id);
        let client = client.or_insert_with(|| Arc::new(Client::new(id)));
        if client.connections() >= most {
            return None;
        }
        client.connect();
        let presence = Presence::new(Arc::clone(client));
        drop(inner);
        Some(self.add(presence))
    }

    /// Enters a part of a connection that is entered already.
    pub(super) fn enter_part(self: &Arc<Self>, whole: &Presence) -> Entry {
        self.add(Presence::part_of(whole))
    }

    fn add(self: &Arc<Self>, presence: Presence) -> Entry {
        let presence = Arc::new(presence);
        let mut inner = self.lock();
        presence.set_index(inner.connections.len());
        inner.connections.push(Arc::clone(&presence));
        Entry {
            registry: Arc::clone(self),
            presence,
        }
    }

    /// How much each client has when all have alike, of so much.
    pub(super) fn share(&self, of: u32) -> u32 {
        self.lock().share(of)
    }

    /// Asks a connection to give way. Returns whether there is one, or one that was
    /// asked goes.
    pub(super) fn take_back(&self, scarce: Scarce, whose: Whose<'_>) -> bool {
        let (chosen, is_going) = self.lock().choose(scarce, whose);
        match chosen {
            Some((presence, standing)) => {
                metrics::count(scarce.what.made_room());
                presence.call_back(standing)
            }
            None => is_going,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn share(&self, of: u32) -> u32 {
        let clients = u32::try_from(self.clients.len()).unwrap_or(u32::MAX);
        (of / clients.max(1)).max(1)
    }

    /// The connection that is to give way, and whether there is one that was asked.
    fn choose(
        &mut self,
        scarce: Scarce,
        whose: Whose<'_>,
    ) -> (Option<(Arc<Presence>, Standing)>, bool) {
        let share = self.share(scarce.places);
        let now = Instant::now();
        let mut is_going = false;
        let mut best: Option<(Dispensability, &Arc<Presence>)> = None;
        for presence in self.look_at() {
            if !whose.is(presence, scarce) {
                continue;
            }
            let Some(dispensability) = scarce.dispensability(presence, whose, share, now) else {
                continue;
            };
            if presence.is_called() {
                is_going = true;
            } else if best
                .as_ref()
                .is_none_or(|(least, _)| dispensability > *least)
            {
                best = Some((dispensability, presence));
            }
        }
        let chosen = best
            .map(|(dispensability, presence)| (Arc::clone(presence), dispensability.standing.0));
        (chosen, is_going)
    }

    /// Some of the connections, others each time.
    fn look_at(&mut self) -> impl Iterator<Item = &Arc<Presence>> {
        let start = self.next % self.connections.len().max(1);
        let (before, from) = self.connections.split_at(start);
        self.next = start + LOOKED_AT;
        let all = from.iter().chain(before);
        all.take(LOOKED_AT)
    }
}

/// How little a connection loses when it gives way, compared with others: the
/// greatest goes.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Dispensability {
    /// How often its client's share is in what that has, in powers of two.
    excess: u32,
    standing: Reverse<Standing>,
    waited: Duration,
}

impl Scarce {
    /// How much a client has of it.
    fn had_by(self, client: &Client) -> u32 {
        match self.what {
            Resource::Connections | Resource::Memory => client.connections(),
            Resource::Instances => client.instances(),
        }
    }

    /// None: it keeps its place.
    fn dispensability(
        self,
        presence: &Presence,
        whose: Whose<'_>,
        share: u32,
        now: Instant,
    ) -> Option<Dispensability> {
        let (standing, waited) = presence.standing(now);
        let waits = match self.what {
            Resource::Connections if presence.is_part() => false,
            Resource::Connections if whose.is_own() => standing < Standing::Request,
            Resource::Connections => standing < Standing::Busy,
            Resource::Instances => standing == Standing::Request && presence.has_instance(),
            Resource::Memory => standing < Standing::Busy && presence.kept() > 0,
        };
        let excess = self.excess(presence, share);
        let has_its_share = excess == 0 || self.what == Resource::Memory;
        let spared = has_its_share && waited < self.grace(standing);
        (waits && !spared).then_some(Dispensability {
            excess,
            standing: Reverse(standing),
            waited,
        })
    }

    /// How much more than its share a client has, in powers of two; of memory, how
    /// much the connection has.
    fn excess(self, presence: &Presence, share: u32) -> u32 {
        if self.what == Resource::Memory {
            return presence.kept().checked_ilog2().unwrap_or(0);
        }
        let has = self.had_by(presence.client());
        if has > share {
            (has / share).ilog2() + 1
        } else {
            0
        }
    }

    /// How long a client is waited for in any case that has no more than its share.
    fn grace(self, standing: Standing) -> Duration {
        match (self.what, standing) {
            (Resource::Connections, Standing::Request) => GRACE_IN_RESPONSE,
            _ => GRACE,
        }
    }
}

impl Entry {
    /// What others see of the connection.
    pub(crate) fn presence(&self) -> &Arc<Presence> {
        &self.presence
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut inner = self.registry.lock();
        let index = self.presence.index();
        inner.connections.swap_remove(index);
        if let Some(moved) = inner.connections.get(index) {
            moved.set_index(index);
        }
        let client = self.presence.client();
        if !self.presence.is_part() && client.disconnect() {
            inner.clients.remove(&client.id());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    const CONNECTIONS: Scarce = Scarce {
        what: Resource::Connections,
        places: 8,
    };

    const INSTANCES: Scarce = Scarce {
        what: Resource::Instances,
        places: 8,
    };

    fn connect(registry: &Arc<Registry>, number: u8) -> Entry {
        let address = IpAddr::from([192, 0, 2, number]);
        registry.enter(address.into(), u32::MAX).unwrap()
    }

    /// It does that, and has for long.
    fn long(entry: &Entry, standing: Standing) {
        let since = Instant::now().checked_sub(Duration::from_secs(60));
        entry.presence().enter_at(standing, since.unwrap());
    }

    #[test]
    fn who_has_most_gives_way_whatever_it_does() {
        let registry = Arc::default();
        let crowd: Vec<_> = (0..6).map(|_| connect(&registry, 1)).collect();
        for entry in &crowd {
            entry.presence().enter(Standing::Request);
        }
        let other = connect(&registry, 2);
        long(&other, Standing::Silent);
        assert_eq!(registry.share(8), 4);
        assert!(registry.take_back(CONNECTIONS, Whose::Anybodys));
        assert!(!other.presence().is_called());
        let called = crowd.iter().filter(|entry| entry.presence().is_called());
        assert_eq!(called.count(), 1);
    }

    #[test]
    fn among_those_that_have_alike_the_least_dispensable_stays_and_the_newest() {
        let registry = Arc::default();
        let entries: Vec<_> = (0..5).map(|number| connect(&registry, number)).collect();
        long(&entries[0], Standing::Request);
        long(&entries[1], Standing::Idle);
        long(&entries[2], Standing::Silent);
        entries[3].presence().enter(Standing::Silent);
        entries[4].presence().work();
        let mut order = Vec::new();
        while registry.take_back(CONNECTIONS, Whose::Anybodys) && order.len() < 3 {
            let is_called = |entry: &Entry| entry.presence().is_called();
            order.extend(
                (0..5)
                    .filter(|&at| is_called(&entries[at]) && !order.contains(&at))
                    .collect::<Vec<_>>(),
            );
        }
        assert_eq!(order, [2, 1, 0]);
        assert!(!entries[3].presence().is_called() && !entries[4].presence().is_called());
    }

    #[test]
    fn who_has_less_makes_no_room_for_who_has_more() {
        let registry = Arc::default();
        let crowd: Vec<_> = (0..3).map(|_| connect(&registry, 1)).collect();
        let other = connect(&registry, 2);
        long(&other, Standing::Idle);
        for entry in &crowd {
            entry.presence().work();
        }
        let greedy = Arc::clone(crowd[0].presence().client());
        assert!(!registry.take_back(CONNECTIONS, Whose::NoLessThan(&greedy)));
        assert!(registry.take_back(CONNECTIONS, Whose::Anybodys));
        assert!(registry.take_back(CONNECTIONS, Whose::Anybodys), "it goes");
    }

    #[test]
    fn an_instance_is_taken_from_who_waits_in_mid_request() {
        let registry = Arc::default();
        let idle = connect(&registry, 1);
        long(&idle, Standing::Idle);
        let without = connect(&registry, 1);
        long(&without, Standing::Request);
        let with = connect(&registry, 1);
        assert!(!registry.take_back(INSTANCES, Whose::Anybodys));
        long(&with, Standing::Request);
        with.presence().set_instance(true);
        assert!(registry.take_back(INSTANCES, Whose::Anybodys));
        assert!(with.presence().is_called() && !without.presence().is_called());
    }

    #[test]
    fn a_part_of_a_connection_gives_up_its_instance_and_no_place() {
        let registry = Arc::default();
        let whole = connect(&registry, 1);
        whole.presence().work();
        let part = registry.enter_part(whole.presence());
        long(&part, Standing::Request);
        part.presence().set_instance(true);
        assert!(!registry.take_back(CONNECTIONS, Whose::Anybodys));
        assert!(registry.take_back(INSTANCES, Whose::Anybodys));
        assert!(part.presence().is_called() && !whole.presence().is_called());
        assert_eq!(whole.presence().client().connections(), 1);
        drop(part);
        assert_eq!(whole.presence().client().connections(), 1);
        drop(whole);
        assert!(registry.lock().clients.is_empty() && registry.lock().connections.is_empty());
    }

    #[test]
    fn a_client_without_connections_is_forgotten() {
        let registry: Arc<Registry> = Arc::default();
        let entries: Vec<_> = (0..4)
            .map(|number| connect(&registry, number % 2))
            .collect();
        assert_eq!(registry.lock().clients.len(), 2);
        drop(entries);
        assert!(registry.lock().clients.is_empty() && registry.lock().connections.is_empty());
    }
}
