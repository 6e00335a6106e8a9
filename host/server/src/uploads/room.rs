//! How much is kept of all uploads together.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a file or directory counts beside its content: the least that it takes on a disk.
/// So the quota bounds how many there are, too.
pub(super) const EACH: u64 = 4096;

/// What all uploads together take. All workers share one.
#[derive(Debug)]
pub(super) struct Room {
    quota: u64,
    taken: AtomicU64,
}

impl Room {
    pub(super) fn new(quota: u64) -> Self {
        Self {
            quota,
            taken: AtomicU64::new(0),
        }
    }

    /// Whether there is as much for now.
    pub(super) fn has(&self, length: u64) -> bool {
        let taken = self.taken.load(Ordering::Relaxed);
        taken.saturating_add(length) <= self.quota
    }

    /// Takes so much, if it is there.
    pub(super) fn take(&self, length: u64) -> bool {
        let more = |taken: u64| {
            let sum = taken.checked_add(length)?;
            (sum <= self.quota).then_some(sum)
        };
        let ordering = Ordering::Relaxed;
        self.taken.fetch_update(ordering, ordering, more).is_ok()
    }

    /// Gives back what was taken, or what a file took that is replaced: that one may have
    /// been there before the server, and then nothing is left to give back.
    pub(super) fn give_back(&self, length: u64) {
        let less = |taken: u64| Some(taken.saturating_sub(length));
        let ordering = Ordering::Relaxed;
        let _ = self.taken.fetch_update(ordering, ordering, less);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_taken_than_there_is() {
        let room = Room::new(10);
        assert!(room.take(6) && room.has(4) && !room.has(5));
        assert!(!room.take(5));
        assert!(!room.take(u64::MAX));
        assert!(room.take(4));
        room.give_back(4);
        assert!(room.take(4));
        // A file of the owner's was replaced.
        room.give_back(1000);
        assert!(room.take(10) && !room.take(1));
    }
}
