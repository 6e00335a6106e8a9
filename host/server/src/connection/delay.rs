//! A wait before a client is answered that guesses.

use super::Connection;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::sleep;

/// The longest that a client is made to wait.
const MAX_DELAY: Duration = Duration::from_secs(5);

/// The most clients that wait so at once, of this process. Each has an instance: they
/// must leave most of those to others.
const MAX_DELAYED: usize = 64;

static DELAYED: AtomicUsize = AtomicUsize::new(0);

/// A place among those that wait.
struct Delayed;

impl Delayed {
    fn begin() -> Option<Self> {
        let place = Self;
        (DELAYED.fetch_add(1, Ordering::Relaxed) < MAX_DELAYED).then_some(place)
    }
}

impl Drop for Delayed {
    fn drop(&mut self) {
        DELAYED.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Connection {
    /// Has the client wait for so long, or not at all where many do. One that has
    /// gone is waited for no longer.
    pub(crate) async fn delay(&self, time: Duration) {
        let Some(_place) = Delayed::begin() else {
            return;
        };
        tokio::select! {
            () = sleep(time.min(MAX_DELAY)) => {}
            () = self.client_gone(true) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_have_a_place_and_more_have_none() {
        let places: Vec<_> = (0..MAX_DELAYED).map(|_| Delayed::begin()).collect();
        assert!(places.iter().all(Option::is_some));
        assert!(Delayed::begin().is_none());
        drop(places);
        assert!(Delayed::begin().is_some());
    }
}
