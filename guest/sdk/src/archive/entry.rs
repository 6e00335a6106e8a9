//! What formats have in common of an entry.

use crate::calendar::Civil;

/// How an entry's content is written in a zip archive (4.4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Stored = 0,
    Deflated = 8,
}

/// When an entry was last changed, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EntryTime(pub(super) i64);

impl EntryTime {
    /// The time of day and the date as MS-DOS has them, in UTC: the earliest or latest
    /// that it can write, if this is none.
    pub(super) fn dos(self) -> (u16, u16) {
        let civil = Civil::nearest(self.0);
        let narrow = |number: u32| u16::try_from(number).unwrap_or(0);
        match civil.year {
            ..1980 => (0, (1 << 5) | 1),
            2108.. => ((23 << 11) | (59 << 5) | 29, (127 << 9) | (12 << 5) | 31),
            year => (
                narrow((civil.hour << 11) | (civil.minute << 5) | (civil.second / 2)),
                narrow(((year - 1980) << 9) | (civil.month << 5) | civil.day),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_dos_writes_them() {
        // 2026-11-22T15:30:16Z
        let (clock, day) = EntryTime(1_795_361_416).dos();
        assert_eq!((clock >> 11, (clock >> 5) & 63, clock & 31), (15, 30, 8));
        assert_eq!((day >> 9, (day >> 5) & 15, day & 31), (46, 11, 22));
        assert_eq!(EntryTime(0).dos(), (0, 0x21));
        assert_eq!(EntryTime(i64::MAX).dos().1, (127 << 9) | (12 << 5) | 31);
    }
}
