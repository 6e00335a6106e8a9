//! Times of modification, written into a listing without temporary strings.

/// A time of the years that RFC 3339 can write, 0 to 9999, as it writes it.
pub(super) struct UtcTime([u8; 20]);

impl UtcTime {
    /// Nothing for a time that only a broken or hostile file system has.
    pub(super) fn new(seconds: i64) -> Option<Self> {
        let (year, month, day, hour, minute, second) = civil(seconds);
        let year = u16::try_from(year).ok().filter(|&year| year <= 9999)?;
        let mut text = *b"0000-00-00T00:00:00Z";
        // Neither half of a year up to 9999 exceeds 99.
        let numbers = [
            (year / 100) as u8,
            (year % 100) as u8,
            month,
            day,
            hour,
            minute,
            second,
        ];
        for (number, at) in numbers.into_iter().zip([0, 2, 5, 8, 11, 14, 17]) {
            text[at] += number / 10;
            text[at + 1] += number % 10;
        }
        Some(Self(text))
    }

    /// `2026-11-22T15:30:16Z`.
    pub(super) fn rfc3339(&self) -> &str {
        self.part(0, 20)
    }

    /// `2026-11-22`.
    pub(super) fn date(&self) -> &str {
        self.part(0, 10)
    }

    /// `15:30`.
    pub(super) fn minutes(&self) -> &str {
        self.part(11, 16)
    }

    fn part(&self, start: usize, end: usize) -> &str {
        // It is ASCII, so the default never comes; it spares an `unsafe`.
        str::from_utf8(&self.0[start..end]).unwrap_or_default()
    }
}

/// The UTC date and time of a Unix time: year, month, day, hour, minute, second.
///
/// Howard Hinnant's `civil_from_days`: eras of 400 years that begin on 1 March,
/// so that a leap day is the last day of its year.
fn civil(seconds: i64) -> (i64, u8, u8, u8, u8, u8) {
    let (days, time) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let months_since_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * months_since_march + 2) / 5 + 1;
    let month = (months_since_march + 2) % 12 + 1;
    let year = 400 * era + year_of_era + i64::from(month <= 2);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    // All but the year are below 100.
    (
        year,
        month as u8,
        day as u8,
        hour as u8,
        minute as u8,
        second as u8,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn civil_dates() {
        for (seconds, expected) in [
            (0, (1970, 1, 1, 0, 0, 0)),
            (-1, (1969, 12, 31, 23, 59, 59)),
            (951_782_400, (2000, 2, 29, 0, 0, 0)),
            (951_868_800, (2000, 3, 1, 0, 0, 0)),
            (4_107_542_399, (2100, 2, 28, 23, 59, 59)),
            (4_107_542_400, (2100, 3, 1, 0, 0, 0)),
            (1_795_361_416, (2026, 11, 22, 15, 30, 16)),
            (253_402_300_799, (9999, 12, 31, 23, 59, 59)),
            (-62_167_219_200, (0, 1, 1, 0, 0, 0)),
        ] {
            assert_eq!(civil(seconds), expected, "{seconds}");
        }
        // The ends of the range don't overflow.
        let _ = (civil(i64::MIN), civil(i64::MAX));
    }
}
