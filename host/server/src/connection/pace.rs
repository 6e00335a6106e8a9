//! How fast a client must be, on average: one that sends or takes a byte now and then
//! isn't waited for.

use std::time::Duration;

/// How fast clients must be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MinimumRate {
    /// Bytes a second, sent or taken. None: as slow as they like.
    pub(crate) bytes: Option<u32>,
    /// How long a client is waited for in any case, within one request.
    pub(crate) after: Duration,
}

/// How fast a client has been, within one request.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pace {
    /// How long it was waited for.
    waited: Duration,
    /// How much it has sent and taken.
    moved: u64,
}

impl Pace {
    /// It was waited for.
    pub(crate) fn wait(&mut self, time: Duration) {
        self.waited += time;
    }

    /// It has sent, or taken, so many bytes.
    pub(crate) fn move_on(&mut self, bytes: u64) {
        self.moved = self.moved.saturating_add(bytes);
    }

    /// How long it may still be waited for if it is to be as fast as it must. None: for
    /// as long as it takes.
    pub(crate) fn patience(&self, rate: MinimumRate) -> Option<Duration> {
        let bytes = rate.bytes?;
        let worth = Duration::from_secs(self.moved / u64::from(bytes.max(1)));
        let granted = rate.after.saturating_add(worth);
        Some(granted.saturating_sub(self.waited))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_moved_is_worth_time() {
        let rate = MinimumRate {
            bytes: Some(100),
            after: Duration::from_secs(30),
        };
        let mut pace = Pace::default();
        assert_eq!(pace.patience(rate), Some(Duration::from_secs(30)));
        pace.wait(Duration::from_secs(20));
        pace.move_on(500);
        assert_eq!(pace.patience(rate), Some(Duration::from_secs(15)));
        pace.wait(Duration::from_secs(16));
        assert_eq!(pace.patience(rate), Some(Duration::ZERO));
        let any = MinimumRate {
            bytes: None,
            ..rate
        };
        assert_eq!(pace.patience(any), None);
    }
}
