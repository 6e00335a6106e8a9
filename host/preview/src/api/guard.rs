//! Wrong tokens cost whoever sends them time.
//!
//! * A right token is never made to wait, whatever others of the same address do: behind
//!   a proxy or a provider's translation, that may be anybody.
//! * Failures of an address wait one after the other, each longer than the one before, so
//!   many connections at once gain nothing. From some length on the queue is closed.
//! * Addresses of IPv6 count by their /64, of which one customer has all. There is room
//!   for so many; beyond, all others share one place.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many addresses are remembered.
const ADDRESSES: usize = 4096;

/// The longest wait for one failure.
const LONGEST: Duration = Duration::from_secs(1);

/// The longest that a failure waits, with those before it.
const QUEUE: Duration = Duration::from_secs(10);

/// After so long without a failure, an address begins anew.
const FORGOTTEN: Duration = Duration::from_secs(60);

/// Who failed, and until when.
#[derive(Debug)]
pub(super) struct Guard {
    first: Duration,
    failures: Mutex<HashMap<Option<IpAddr>, Failures>>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    /// When the last of them has waited.
    until: Instant,
    step: Duration,
}

/// What happens to a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sentence {
    /// It is answered after so long.
    Wait(Duration),
    /// It is answered at once: too many wait already, for so long.
    TooMany(Duration),
}

impl Guard {
    /// The first failure waits for `first`, and each of the next twice as long.
    pub(super) fn new(first: Duration) -> Self {
        let failures = Mutex::default();
        Self { first, failures }
    }

    /// Somebody said a wrong token at `now`.
    pub(super) fn failed(&self, who: Option<IpAddr>, now: Instant) -> Sentence {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let mut who = who.map(network);
        if !failures.contains_key(&who) && failures.len() >= ADDRESSES {
            failures.retain(|_, failures| now < failures.until + FORGOTTEN);
            if failures.len() >= ADDRESSES {
                who = None;
            }
        }
        let fresh = Failures {
            until: now,
            step: self.first,
        };
        let entry = failures.entry(who).or_insert(fresh);
        if now >= entry.until + FORGOTTEN {
            *entry = fresh;
        }
        let until = entry.until.max(now) + entry.step;
        let wait = until - now;
        if wait > QUEUE {
            return Sentence::TooMany(entry.until.max(now) - now);
        }
        entry.until = until;
        entry.step = (entry.step * 2).min(LONGEST.max(self.first));
        Sentence::Wait(wait)
    }
}

/// The part of an address that tells customers of a provider apart.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_millis(100);

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn failures_of_an_address_wait_for_each_other() {
        let (guard, now) = (Guard::new(STEP), Instant::now());
        let who = address("192.0.2.1");
        assert_eq!(guard.failed(who, now), Sentence::Wait(STEP));
        assert_eq!(guard.failed(who, now), Sentence::Wait(3 * STEP));
        assert_eq!(guard.failed(who, now), Sentence::Wait(7 * STEP));
        // By another name of the same address, too.
        let mapped = address("::ffff:192.0.2.1");
        assert_eq!(guard.failed(mapped, now), Sentence::Wait(15 * STEP));
        assert_eq!(
            guard.failed(address("192.0.2.2"), now),
            Sentence::Wait(STEP)
        );
    }

    #[test]
    fn many_connections_at_once_gain_nothing() {
        let (guard, now) = (Guard::new(STEP), Instant::now());
        let tried = (0..10_000).map(|_| guard.failed(address("192.0.2.1"), now));
        let answered = tried.filter(|sentence| matches!(sentence, Sentence::Wait(_)));
        assert!(answered.count() < 20);
        let later = now + QUEUE + FORGOTTEN;
        assert_eq!(
            guard.failed(address("192.0.2.1"), later),
            Sentence::Wait(STEP)
        );
    }

    #[test]
    fn a_customers_many_addresses_are_one() {
        let (guard, now) = (Guard::new(STEP), Instant::now());
        assert_eq!(
            guard.failed(address("2001:db8::1"), now),
            Sentence::Wait(STEP)
        );
        assert_eq!(
            guard.failed(address("2001:db8::ffff:1"), now),
            Sentence::Wait(3 * STEP)
        );
        assert_eq!(
            guard.failed(address("2001:db8:0:1::1"), now),
            Sentence::Wait(STEP)
        );
    }

    #[test]
    fn endlessly_many_addresses_take_no_more_room() {
        let (guard, now) = (Guard::new(STEP), Instant::now());
        for number in 0..20_000_u32 {
            guard.failed(Some(IpAddr::V4(number.into())), now);
        }
        assert_eq!(guard.failures.lock().unwrap().len(), ADDRESSES + 1);
        let stranger = guard.failed(address("203.0.113.9"), now);
        assert!(matches!(stranger, Sentence::TooMany(_)), "{stranger:?}");
    }
}
