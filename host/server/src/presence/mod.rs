//! A connection as those see it who look for room: whose it is, whether it waits
//! for its client, and for what. One that waits can be called back.

mod client;

pub(crate) use client::{Client, ClientId};

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// The moment that [`Presence`] counts from: before any connection was there.
static START: LazyLock<Instant> = LazyLock::new(|| {
    let now = Instant::now();
    now.checked_sub(Duration::from_secs(3600)).unwrap_or(now)
});

/// How many bits of a word have the standing; the rest has since when.
const STANDING_BITS: u32 = 3;

/// What a connection does, in the order in which others are given its place: who
/// has the least to lose comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Standing {
    /// It has never sent anything.
    Silent,
    /// It has its response, and goes on sending what nobody reads.
    Closing,
    /// It is between two requests.
    Idle,
    /// It has sent a part of a head.
    Head,
    /// In mid request: the client is waited for, to send content or to take some.
    Request,
    /// The server works for it. Nobody is given its place.
    Busy,
}

impl Standing {
    fn from_bits(bits: u64) -> Self {
        match bits {
            0 => Self::Silent,
            1 => Self::Closing,
            2 => Self::Idle,
            3 => Self::Head,
            4 => Self::Request,
            _ => Self::Busy,
        }
    }
}

/// A connection, for those who look for room.
#[derive(Debug)]
pub(crate) struct Presence {
    client: Arc<Client>,
    /// What it does, and since when.
    now: AtomicU64,
    /// What it did when it was called back: by the time that it hears of it, it may
    /// have gone on.
    called: AtomicU64,
    call: Notify,
    /// Whether an instance works for it.
    has_instance: AtomicBool,
    /// Whether it is a part of a connection, which has a place for all of them.
    is_part: bool,
    /// How many bytes the host keeps for it.
    kept: AtomicUsize,
    /// Where it is in the list of all.
    index: AtomicUsize,
}

impl Presence {
    /// A connection that has sent nothing yet.
    pub(crate) fn new(client: Arc<Client>) -> Self {
        Self {
            client,
            now: AtomicU64::new(word(Standing::Silent, Instant::now())),
            called: AtomicU64::new(u64::MAX),
            call: Notify::new(),
            has_instance: AtomicBool::new(false),
            is_part: false,
            kept: AtomicUsize::new(0),
            index: AtomicUsize::new(0),
        }
    }

    /// One of several requests at once on a connection, which has a presence of its own:
    /// this one has an instance and memory, but no place among the connections.
    pub(crate) fn part_of(whole: &Self) -> Self {
        Self {
            is_part: true,
            ..Self::new(Arc::clone(&whole.client))
        }
    }

    /// Whether it is only a part of a connection.
    pub(crate) fn is_part(&self) -> bool {
        self.is_part
    }

    /// Whether the client is waited for in mid request.
    pub(crate) fn waits_in_request(&self) -> bool {
        read(self.now.load(Ordering::Acquire)).0 == Standing::Request
    }

    /// Whose it is.
    pub(crate) fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// Notes what the connection does from now on.
    pub(crate) fn enter(&self, standing: Standing) {
        self.enter_at(standing, Instant::now());
    }

    /// [`Presence::enter`], by somebody who knows the time.
    pub(crate) fn enter_at(&self, standing: Standing, since: Instant) {
        self.now.store(word(standing, since), Ordering::Release);
    }

    /// Notes that the client is waited for, until the guard is dropped.
    pub(crate) fn wait(&self, standing: Standing) -> Waiting<'_> {
        self.enter(standing);
        Waiting(self)
    }

    /// The server works for it again.
    pub(crate) fn work(&self) {
        // No one asks since when.
        self.now.store(Standing::Busy as u64, Ordering::Release);
    }

    /// What the connection does, and for how long it has by then.
    pub(crate) fn standing(&self, at: Instant) -> (Standing, Duration) {
        let (standing, since) = read(self.now.load(Ordering::Acquire));
        (standing, at.saturating_duration_since(since))
    }

    /// Whether an instance works for it.
    pub(crate) fn has_instance(&self) -> bool {
        self.has_instance.load(Ordering::Relaxed)
    }

    /// Notes whether an instance works for it.
    pub(crate) fn set_instance(&self, has: bool) {
        self.has_instance.store(has, Ordering::Relaxed);
    }

    /// Where it is in the list of all connections.
    pub(crate) fn index(&self) -> usize {
        self.index.load(Ordering::Relaxed)
    }

    /// Notes where it is in the list of all connections.
    pub(crate) fn set_index(&self, index: usize) {
        self.index.store(index, Ordering::Relaxed);
    }

    /// How many bytes the host keeps for it.
    pub(crate) fn kept(&self) -> usize {
        self.kept.load(Ordering::Relaxed)
    }

    /// Notes that the host keeps so many bytes of a kind for it, where it kept others.
    pub(crate) fn note_kept(&self, before: usize, now: usize) {
        self.kept.fetch_add(now, Ordering::Relaxed);
        self.kept.fetch_sub(before, Ordering::Relaxed);
    }

    /// Asks it to give way, if it still does what it did when it was chosen. Not
    /// twice: it may take a moment to go.
    pub(crate) fn call_back(&self, chosen: Standing) -> bool {
        let now = self.now.load(Ordering::Acquire);
        if read(now).0 != chosen || self.called.swap(now, Ordering::AcqRel) == now {
            return false;
        }
        self.call.notify_one();
        true
    }

    /// Whether it was asked to give way for as long as it does what it does.
    pub(crate) fn is_called(&self) -> bool {
        self.called.load(Ordering::Acquire) == self.now.load(Ordering::Acquire)
    }

    /// Resolves when it is asked to give way for as long as it does what it does.
    pub(crate) async fn called_back(&self) {
        while !self.is_called() {
            self.call.notified().await;
        }
    }
}

/// Ends the wait that [`Presence::wait`] noted.
pub(crate) struct Waiting<'a>(&'a Presence);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.work();
    }
}

fn word(standing: Standing, since: Instant) -> u64 {
    let since = since.saturating_duration_since(*START);
    let milliseconds = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
    milliseconds << STANDING_BITS | standing as u64
}

fn read(word: u64) -> (Standing, Instant) {
    let standing = Standing::from_bits(word & ((1 << STANDING_BITS) - 1));
    (
        standing,
        *START + Duration::from_millis(word >> STANDING_BITS),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::net::IpAddr;
    use std::pin::pin;
    use std::task::Poll;

    fn presence() -> Presence {
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        Presence::new(Arc::new(Client::new(address.into())))
    }

    /// Whether it is asked to give way at this moment.
    async fn is_asked(presence: &Presence) -> bool {
        let mut called = pin!(presence.called_back());
        poll_fn(|context| Poll::Ready(called.as_mut().poll(context).is_ready())).await
    }

    #[tokio::test]
    async fn who_has_gone_on_is_not_called_back() {
        let presence = presence();
        let standing = || presence.standing(Instant::now()).0;
        assert_eq!(standing(), Standing::Silent);
        assert!(presence.call_back(Standing::Silent));
        assert!(!presence.call_back(Standing::Silent), "not twice");
        presence.work();
        assert!(!is_asked(&presence).await);
        let waiting = presence.wait(Standing::Request);
        assert!(!is_asked(&presence).await);
        assert!(!presence.call_back(Standing::Idle), "it isn't that");
        assert!(presence.call_back(Standing::Request));
        assert!(is_asked(&presence).await);
        drop(waiting);
        assert_eq!(standing(), Standing::Busy);
    }
}
