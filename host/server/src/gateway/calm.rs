//! How much of what costs a client nothing it may send: frames that ask for no work,
//! and requests that it takes back. Work that it lets be done to its end earns more.

use super::frames::{Frame, Kind};
use std::time::Duration;
use tokio::time::Instant;

/// How many frames that ask for nothing a client may send at once: PING, SETTINGS,
/// PRIORITY, window updates, empty DATA and pieces of header blocks.
const CHATTER: u32 = 2048;

/// How many more with each second, and with each request.
const CHATTER_A_SECOND: u32 = 64;
const CHATTER_A_REQUEST: u32 = 8;

/// For how many bytes that go to the client it may send one frame more: it has to say
/// that it takes them.
const BYTES_A_FRAME: usize = 1024;

/// How many for each piece of an answer, however short: the client may say that it takes
/// it of the stream, and of the connection. Where its windows are nearly used up, pieces
/// are of a few bytes, and each costs it as much as it costs the server.
const CHATTER_A_PIECE: u32 = 2;

/// The longest piece of content or of a header block that counts as chatter.
const SMALL: usize = 16;

/// How many requests a client may take back at once (CVE-2023-44487): more than a
/// browser has open when its user leaves a page.
const RESETS: u32 = 256;

/// How many more with each second.
const RESETS_A_SECOND: u32 = 16;

/// What a client may still send.
#[derive(Debug)]
pub(super) struct Calm {
    chatter: Bucket,
    resets: Bucket,
    /// Bytes that went to the client, and aren't counted yet.
    sent: usize,
}

impl Calm {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            chatter: Bucket::new(CHATTER, CHATTER_A_SECOND, now),
            resets: Bucket::new(RESETS, RESETS_A_SECOND, now),
            sent: 0,
        }
    }

    /// Counts a frame. Returns whether the client may send it.
    pub(super) fn admits(&mut self, frame: Frame, now: Instant) -> bool {
        match frame.kind {
            Kind::Reset => self.resets.take(now),
            Kind::Headers => {
                self.chatter.give(CHATTER_A_REQUEST);
                true
            }
            Kind::Data | Kind::Continuation if frame.length > SMALL => true,
            Kind::Data | Kind::Continuation | Kind::Settings | Kind::WindowUpdate | Kind::Other => {
                self.chatter.take(now)
            }
        }
    }

    /// Counts bytes that went to the client.
    pub(super) fn sent(&mut self, bytes: usize) {
        self.sent += bytes;
        let earned = self.sent / BYTES_A_FRAME;
        self.sent %= BYTES_A_FRAME;
        self.chatter.give(u32::try_from(earned).unwrap_or(u32::MAX));
    }

    /// Counts a piece of an answer that goes to the client.
    pub(super) fn sent_piece(&mut self) {
        self.chatter.give(CHATTER_A_PIECE);
    }

    /// A request was answered to its end: one more may be taken back.
    pub(super) fn answered(&mut self) {
        self.resets.give(1);
    }
}

/// A number that is used up, and grows with time.
#[derive(Debug)]
struct Bucket {
    left: u32,
    most: u32,
    a_second: u32,
    /// Until when its growth is counted.
    counted: Instant,
}

impl Bucket {
    fn new(most: u32, a_second: u32, now: Instant) -> Self {
        Self {
            left: most,
            most,
            a_second,
            counted: now,
        }
    }

    fn give(&mut self, more: u32) {
        self.left = self.left.saturating_add(more).min(self.most);
    }

    /// Takes one. Returns whether there was one.
    fn take(&mut self, now: Instant) -> bool {
        if self.left == 0 {
            self.grow(now);
        }
        let taken = self.left.checked_sub(1);
        self.left = taken.unwrap_or(0);
        taken.is_some()
    }

    fn grow(&mut self, now: Instant) {
        let each = Duration::from_secs(1) / self.a_second;
        let elapsed = now.saturating_duration_since(self.counted);
        let more = elapsed.as_nanos() / each.as_nanos();
        self.counted = now;
        self.give(u32::try_from(more).unwrap_or(u32::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::super::frames::Frames;
    use super::*;

    fn frame(kind: u8, length: u8) -> Frame {
        let mut seen = None;
        let mut frames = Frames::new();
        frames.follow(&[0; 24], |_| {});
        frames.follow(&[0, 0, length, kind, 0, 0, 0, 0, 1], |frame| {
            seen = Some(frame);
        });
        seen.unwrap()
    }

    #[test]
    fn who_only_chats_is_told_to_be_calm() {
        let now = Instant::now();
        for (kind, length) in [(0, 0), (2, 5), (4, 0), (6, 8), (8, 4), (9, 1), (99, 0)] {
            let mut calm = Calm::new(now);
            let admitted = (0..10_000).filter(|_| calm.admits(frame(kind, length), now));
            assert_eq!(admitted.count(), CHATTER as usize, "type {kind}");
            let later = now + Duration::from_secs(2);
            assert!(calm.admits(frame(kind, length), later), "type {kind}");
        }
    }

    #[test]
    fn what_comes_with_work_is_earned() {
        let now = Instant::now();
        let mut calm = Calm::new(now);
        // Two window updates for each frame that was taken, also for the shortest one.
        for length in [16 * 1024, 512, 1] {
            for _ in 0..10_000 {
                calm.sent_piece();
                calm.sent(length);
                assert!(calm.admits(frame(8, 4), now) && calm.admits(frame(8, 4), now));
            }
        }
        for _ in 0..10_000 {
            assert!(calm.admits(frame(1, 20), now) && calm.admits(frame(8, 4), now));
            assert!(calm.admits(frame(0, 200), now));
        }
    }

    #[test]
    fn requests_are_taken_back_only_so_often() {
        let now = Instant::now();
        let mut calm = Calm::new(now);
        let reset =
            |calm: &mut Calm| calm.admits(frame(1, 20), now) && calm.admits(frame(3, 4), now);
        assert_eq!(
            (0..10_000).filter(|_| reset(&mut calm)).count(),
            RESETS as usize
        );
        calm.answered();
        assert!(reset(&mut calm) && !reset(&mut calm));
    }
}
