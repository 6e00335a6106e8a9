//! When a certificate is renewed, and when what failed is tried again.

use ring::rand::{SecureRandom, SystemRandom};
use std::time::{Duration, SystemTime};

/// The pause after the first failure, and the longest: it doubles in between.
const FIRST_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(6 * 60 * 60);

/// The longest that an authority is waited for because it says so.
const LONGEST_ASKED: Duration = Duration::from_secs(24 * 60 * 60);

/// When a certificate of that time is renewed: when two thirds of it are over, or up to
/// a thirtieth of it earlier. Those who were issued theirs at once don't all come at once.
/// `chance` is between 0 and 1.
pub(crate) fn renewal(validity: (SystemTime, SystemTime), chance: f64) -> SystemTime {
    let (from, until) = validity;
    let lifetime = until.duration_since(from).unwrap_or_default();
    let earlier = (lifetime / 30).mul_f64(chance.clamp(0.0, 1.0));
    from + (lifetime / 3 * 2).saturating_sub(earlier)
}

/// How long after the last of so many failures it is tried again.
pub(crate) fn pause(failures: u32, asked: Option<Duration>, chance: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let pause = (FIRST_PAUSE * (1 << doublings)).min(LONGEST_PAUSE);
    let pause = pause + (pause / 10).mul_f64(chance.clamp(0.0, 1.0));
    pause.max(asked.unwrap_or_default().min(LONGEST_ASKED))
}

/// A number between 0 and 1.
pub(crate) fn chance() -> f64 {
    let mut bytes = [0; 2];
    // Without chance it works as well.
    let _ = SystemRandom::new().fill(&mut bytes);
    f64::from(u16::from_ne_bytes(bytes)) / f64::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    #[test]
    fn a_certificate_is_renewed_when_two_thirds_are_over() {
        let from = SystemTime::UNIX_EPOCH + 1000 * DAY;
        let validity = (from, from + 90 * DAY);
        assert_eq!(renewal(validity, 0.0), from + 60 * DAY);
        assert_eq!(renewal(validity, 1.0), from + 57 * DAY);
        // One that makes no sense is renewed at once.
        assert_eq!(renewal((from, from - DAY), 1.0), from);
    }

    #[test]
    fn pauses_double_up_to_six_hours() {
        let minutes = |failures| pause(failures, None, 0.0).as_secs() / 60;
        let pauses: Vec<u64> = (1..=11).map(minutes).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]);
        assert_eq!(minutes(u32::MAX), 360);
        assert_eq!(pause(1, None, 1.0), Duration::from_secs(66));
    }

    #[test]
    fn an_authority_may_ask_for_more_but_not_for_ever() {
        assert_eq!(pause(1, Some(DAY / 2), 0.0), DAY / 2);
        assert_eq!(pause(1, Some(400 * DAY), 0.0), DAY);
        assert_eq!(
            pause(3, Some(Duration::ZERO), 0.0),
            Duration::from_secs(240)
        );
    }
}
