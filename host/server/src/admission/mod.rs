//! Who gets in: places among the connections, and among the instances that may be
//! in use at once.
//!
//! Where there are none, [`registry`] finds a connection that waits for its client,
//! and asks it to give way. Requests that wait for an instance take turns by client
//! ([`queue`]). What takes a handler long has places of its own ([`long_work`]).

mod long_work;
mod queue;
mod registry;

#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub use long_work::LongPlace;
pub(crate) use long_work::LongWork;
pub(crate) use queue::InstancePlace;

use crate::budget::Budget;
use crate::metrics::{self, Event, Open};
use crate::presence::{Client, ClientId, Presence};
use crate::recall::Recall;
use queue::Queue;
use registry::{Entry, Registry, Resource, Scarce, Whose};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// How often another connection is asked to give way, while somebody waits.
const AGAIN: Duration = Duration::from_millis(20);

/// How long a client waits for a connection that has more than its share already, of
/// which each is at work: behind it wait others.
const PATIENCE: Duration = Duration::from_millis(100);

/// How many connections are asked to give way when the process is out of
/// descriptors.
const MADE_ROOM: usize = 32;

/// How many places there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places {
    /// Among the connections.
    pub(crate) connections: u32,
    /// The most of them that one client has.
    pub(crate) connections_each: u32,
    /// Among the instances.
    pub(crate) instances: u32,
    /// The most of them that one client has.
    pub(crate) instances_each: u32,
    /// The longest that a request waits for an instance.
    pub(crate) queue_timeout: Duration,
}

/// The places of a server, which all its workers share.
pub(crate) struct Admission {
    recall: Arc<Recall>,
    places: Places,
    registry: Arc<Registry>,
    connections: Arc<Semaphore>,
    instances: Arc<Queue>,
    pause_reported: AtomicBool,
}

/// A connection's place, as long as it lives.
pub(crate) struct ConnectionPlace {
    entry: Entry,
    permit: OwnedSemaphorePermit,
}

impl ConnectionPlace {
    /// What others see of the connection.
    pub(crate) fn presence(&self) -> &Arc<Presence> {
        self.entry.presence()
    }
}

/// A part of a connection, for those who look for room, as long as it lives.
pub(crate) struct Part(Entry);

impl Part {
    /// What others see of it.
    pub(crate) fn presence(&self) -> &Arc<Presence> {
        self.0.presence()
    }
}

impl Admission {
    pub(crate) fn new(recall: Arc<Recall>, places: Places) -> Self {
        Self {
            recall,
            places,
            registry: Arc::default(),
            connections: Arc::new(Semaphore::new(places.connections as usize)),
            instances: Arc::new(Queue::new(places.instances, places.instances_each)),
            pause_reported: AtomicBool::new(false),
        }
    }

    /// By which those that linger are called back.
    pub(crate) fn recall(&self) -> &Arc<Recall> {
        &self.recall
    }

    /// A place among the connections: at once, or when another has given way. None:
    /// the client has more than its share, and each of its connections is at work.
    pub(crate) async fn connection_place(&self, id: ClientId) -> Option<ConnectionPlace> {
        if let Ok(permit) = Arc::clone(&self.connections).try_acquire_owned()
            && let Some(entry) = self.registry.enter(id, self.places.connections_each)
        {
            return Some(ConnectionPlace { entry, permit });
        }
        // In a box, as it is rare.
        Box::pin(self.wait_for_connection_place(id)).await
    }

    /// The same place, for the client whose connection it is, as is known now. None: as in
    /// [`connection_place`](Self::connection_place).
    pub(crate) fn hand_over(
        &self,
        place: ConnectionPlace,
        to: ClientId,
    ) -> Option<ConnectionPlace> {
        let ConnectionPlace { entry, permit } = place;
        drop(entry);
        // Nobody knew whose it was when it took its place. If that was the last one, it is
        // for who has less than a share.
        let most = match self.connections.available_permits() {
            0 => self.registry.share(self.places.connections),
            _ => u32::MAX,
        };
        let most = most.min(self.places.connections_each);
        let entry = match self.registry.enter(to, most) {
            Some(entry) => entry,
            None if self.make_connection_go(Whose::Own(&self.registry.client(to))) => {
                // One more than it may have, until the one goes that makes room for it.
                self.registry.enter(to, u32::MAX)?
            }
            None => return None,
        };
        Some(ConnectionPlace { entry, permit })
    }

    async fn wait_for_connection_place(&self, id: ClientId) -> Option<ConnectionPlace> {
        let client = self.registry.client(id);
        let has_its_most = client.connections() >= self.places.connections_each;
        if has_its_most && !self.make_connection_go(Whose::Own(&client)) {
            return None;
        }
        let patience = Instant::now() + PATIENCE;
        let permit = loop {
            if let Ok(permit) = Arc::clone(&self.connections).try_acquire_owned() {
                break permit;
            }
            if !self.make_connection_go(Whose::NoLessThan(&client))
                && client.connections() > self.registry.share(self.places.connections)
                && patience < Instant::now()
            {
                return None;
            }
            let freed = Arc::clone(&self.connections).acquire_owned();
            if let Ok(freed) = timeout(AGAIN, freed).await {
                break freed.ok()?;
            }
        };
        Some(ConnectionPlace {
            // One more than it may have, until the one goes that makes room for it.
            entry: self.registry.enter(id, u32::MAX)?,
            permit,
        })
    }

    /// One of several requests at once on a connection that has its place: it asks for
    /// an instance like any other, and gives it up by itself.
    pub(crate) fn part(&self, whole: &Presence) -> Part {
        Part(self.registry.enter_part(whole))
    }

    /// Asks a connection to give way. Returns whether there is one.
    fn make_connection_go(&self, whose: Whose<'_>) -> bool {
        let connections = Scarce {
            what: Resource::Connections,
            places: self.places.connections,
        };
        self.registry.take_back(connections, whose)
    }

    /// A place among the instances: at once, or when one that waits for its client
    /// has gone, or another request is done. None if that takes too long.
    pub(crate) async fn instance_place(&self, presence: &Arc<Presence>) -> Option<InstancePlace> {
        if let Some(place) = self.instances.try_take(presence) {
            return Some(place);
        }
        // In a box, as it is rare.
        Box::pin(self.wait_for_instance_place(presence)).await
    }

    async fn wait_for_instance_place(&self, presence: &Arc<Presence>) -> Option<InstancePlace> {
        let deadline = Instant::now() + self.places.queue_timeout;
        let _queued = self.recall.want_instance();
        let _counted = Open::wait();
        let mut place = self.instances.wait(presence);
        loop {
            if self.instances.is_next(presence) && !self.recall.has_lingering() {
                self.make_instance_go(presence.client());
            }
            tokio::select! {
                biased;
                place = &mut place => return place.ok(),
                () = sleep_until(deadline.min(Instant::now() + AGAIN)) => {}
            }
            if deadline <= Instant::now() {
                metrics::count(Event::WaitedTooLong);
                return None;
            }
        }
    }

    /// Asks an instance to go that waits for its client.
    fn make_instance_go(&self, client: &Client) {
        let instances = Scarce {
            what: Resource::Instances,
            places: self.places.instances,
        };
        let whose = if self.instances.has_its_most(client) {
            Whose::Own(client)
        } else {
            Whose::NoLessThan(client)
        };
        self.registry.take_back(instances, whose);
    }

    /// Has those make room that have most kept for them, whenever somebody needs some.
    pub(crate) async fn keep_room(&self, budget: &Budget) {
        let memory = Scarce {
            what: Resource::Memory,
            places: 1,
        };
        loop {
            budget.is_short().await;
            self.registry.take_back(memory, Whose::Anybodys);
            sleep(AGAIN).await;
        }
    }

    /// The process is out of descriptors: has connections go that wait for their
    /// clients, and says so in the log, once.
    pub(crate) fn report_pause(&self, error: &io::Error) {
        if !self.pause_reported.swap(true, Ordering::Relaxed) {
            tracing::error!(
                "cannot accept connections for now: {error}; new ones wait until others close (raise `ulimit -n`, or lower --max-connections)"
            );
        }
        for _ in 0..MADE_ROOM {
            self.make_connection_go(Whose::Anybodys);
        }
    }
}
