//! Times of modification, written into a listing without temporary strings.

use crate::calendar::{self, Civil, put2, put4};

/// A time as RFC 3339 writes it (section 5.6).
pub(super) struct UtcTime([u8; 20]);

impl UtcTime {
    /// Nothing for a time that only a broken or hostile file system has.
    pub(super) fn new(seconds: i64) -> Option<Self> {
        let civil = Civil::exactly(seconds)?;
        let mut text = *b"0000-00-00T00:00:00Z";
        put4(&mut text, 0, civil.year);
        put2(&mut text, 5, civil.month);
        put2(&mut text, 8, civil.day);
        civil.put_time(&mut text, 11);
        Some(Self(text))
    }

    /// `2026-11-22T15:30:16Z`.
    pub(super) fn rfc3339(&self) -> &str {
        calendar::text(&self.0)
    }

    /// `2026-11-22`.
    pub(super) fn date(&self) -> &str {
        calendar::text(&self.0[..10])
    }

    /// `15:30`.
    pub(super) fn minutes(&self) -> &str {
        calendar::text(&self.0[11..16])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_rfc_3339_writes_them() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (1_795_361_416, "2026-11-22T15:30:16Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
            (-62_135_596_800, "0001-01-01T00:00:00Z"),
        ] {
            let time = UtcTime::new(seconds).unwrap();
            assert_eq!(time.rfc3339(), expected);
            assert_eq!(time.date(), &expected[..10]);
            assert_eq!(time.minutes(), &expected[11..16]);
        }
    }

    #[test]
    fn a_year_without_four_digits_is_not_shown() {
        for seconds in [i64::MIN, 253_402_300_800, i64::MAX] {
            assert!(UtcTime::new(seconds).is_none(), "{seconds}");
        }
    }
}
