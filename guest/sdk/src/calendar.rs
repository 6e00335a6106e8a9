//! The calendar: which date and which time of the day a Unix time is.
//!
//! No other module knows how long a month is. The crate `time` does, but each date
//! takes it some 200 instructions more, and the head of a small file's response has
//! two.
//!
//! Whoever shows a time fills a template of fixed length; the functions here write
//! the numbers in it.

const SECONDS_PER_DAY: i64 = 86_400;
/// `0001-01-01T00:00:00Z`.
pub(crate) const MIN_SECONDS: i64 = -62_135_596_800;
/// `9999-12-31T23:59:59Z`.
pub(crate) const MAX_SECONDS: i64 = 253_402_300_799;

/// From Sunday.
const WEEKDAYS: [&[u8; 3]; 7] = [b"Sun", b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat"];
const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// A second of the proleptic Gregorian calendar, of the years 1 to 9999.
pub(crate) struct Civil {
    pub(crate) year: u32,
    pub(crate) month: u32,
    pub(crate) day: u32,
    pub(crate) hour: u32,
    pub(crate) minute: u32,
    pub(crate) second: u32,
    /// Days from Sunday.
    weekday: usize,
}

impl Civil {
    /// The second of this Unix time; the nearest one if it is of another year.
    ///
    /// Howard Hinnant's `civil_from_days`: the year begins in March, so that the
    /// leap day is the last, in eras of 400 years that are all alike.
    pub(crate) fn nearest(seconds: i64) -> Self {
        let seconds = seconds.clamp(MIN_SECONDS, MAX_SECONDS);
        // In this span every value below fits: days are within ±3 million, and
        // days since 0000-03-01 positive, because 0001-01-01 is day 306.
        let day_number = (seconds.div_euclid(SECONDS_PER_DAY) + 719_468) as u32;
        let second_of_day = seconds.rem_euclid(SECONDS_PER_DAY) as u32;

        let era = day_number / 146_097;
        let day_of_era = day_number % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };

        Self {
            year: era * 400 + year_of_era + u32::from(month <= 2),
            month,
            day: day_of_year - (153 * month_from_march + 2) / 5 + 1,
            hour: second_of_day / 3_600,
            minute: second_of_day / 60 % 60,
            second: second_of_day % 60,
            // 0000-03-01 was a Wednesday.
            weekday: ((day_number + 3) % 7) as usize,
        }
    }

    /// The second of this Unix time, if it is of the years that this knows.
    pub(crate) fn exactly(seconds: i64) -> Option<Self> {
        let known = (MIN_SECONDS..=MAX_SECONDS).contains(&seconds);
        known.then(|| Self::nearest(seconds))
    }

    pub(crate) fn weekday_name(&self) -> &'static [u8; 3] {
        WEEKDAYS[self.weekday]
    }

    pub(crate) fn month_name(&self) -> &'static [u8; 3] {
        MONTHS[self.month as usize - 1]
    }

    /// Writes `15:30:16` over a part of a template, except for the colons.
    pub(crate) fn put_time(&self, text: &mut [u8], at: usize) {
        put2(text, at, self.hour);
        put2(text, at + 3, self.minute);
        put2(text, at + 6, self.second);
    }
}

/// Writes four digits over a part of a template.
pub(crate) fn put4(text: &mut [u8], at: usize, value: u32) {
    put2(text, at, value / 100);
    put2(text, at + 2, value % 100);
}

/// Writes two digits over a part of a template.
pub(crate) fn put2(text: &mut [u8], at: usize, value: u32) {
    text[at] = digit(value / 10);
    text[at + 1] = digit(value % 10);
}

fn digit(value: u32) -> u8 {
    b'0' + value as u8
}

/// A template as text. They are ASCII, so the default never comes; it spares an
/// `unsafe`.
pub(crate) fn text(template: &[u8]) -> &str {
    str::from_utf8(template).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_follows_the_one_before() {
        let (mut year, mut month, mut day, mut weekday) = (1, 1, 1, 1);
        for seconds in (MIN_SECONDS..=MAX_SECONDS).step_by(SECONDS_PER_DAY as usize) {
            let civil = Civil::nearest(seconds);
            assert_eq!(
                (civil.year, civil.month, civil.day, civil.weekday),
                (year, month, day, weekday)
            );
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let days = match month {
                2 => 28 + u32::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            day += 1;
            if day > days {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
            weekday = (weekday + 1) % 7;
        }
        assert_eq!((year, month, day), (10_000, 1, 1));
    }

    #[test]
    fn other_years_have_no_date_but_a_nearest_one() {
        for (seconds, year) in [
            (i64::MIN, 1),
            (MIN_SECONDS - 1, 1),
            (MAX_SECONDS + 1, 9999),
            (i64::MAX, 9999),
        ] {
            assert!(Civil::exactly(seconds).is_none(), "{seconds}");
            assert_eq!(Civil::nearest(seconds).year, year, "{seconds}");
        }
        assert!(Civil::exactly(MIN_SECONDS).is_some());
        assert!(Civil::exactly(MAX_SECONDS).is_some());
    }

    #[test]
    fn times_of_the_day() {
        for (seconds, expected) in [
            (0, "00:00:00"),
            (-1, "23:59:59"),
            (951_782_399, "23:59:59"),
            (1_795_361_416, "15:30:16"),
        ] {
            let mut time = *b"00:00:00";
            Civil::nearest(seconds).put_time(&mut time, 0);
            assert_eq!(text(&time), expected, "{seconds}");
        }
    }
}
