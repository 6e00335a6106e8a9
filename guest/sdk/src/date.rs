//! Dates as HTTP and logs write them (RFC 9110 §5.6.7), from Unix seconds.
//!
//! A response head has a date or two and each request a log line, so everything
//! here fills a fixed template: no formatting machinery, at most one allocation.
//! Times outside the years 1 to 9999, which no template has room for, are
//! clamped to that span.

use std::fmt;
use std::time::UNIX_EPOCH;

const SECONDS_PER_DAY: i64 = 86_400;
/// `0001-01-01T00:00:00Z`.
const MIN_SECONDS: i64 = -62_135_596_800;
/// `9999-12-31T23:59:59Z`.
const MAX_SECONDS: i64 = 253_402_300_799;
/// The largest offset from UTC that is kept, in seconds: as in Python's `timezone`,
/// less than a day.
const MAX_UTC_OFFSET: i32 = 86_399;

/// From Sunday.
const WEEKDAYS: [&[u8; 3]; 7] = [b"Sun", b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat"];
const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// An IMF-fixdate of 29 bytes, without a heap allocation; see [`http_date`].
///
/// ```
/// use wasm_host_sdk::date::http_date;
///
/// let date = http_date(0);
/// assert_eq!(date.as_str(), "Thu, 01 Jan 1970 00:00:00 GMT");
/// assert_eq!(date.as_bytes().len(), 29);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct HttpDate([u8; 29]);

impl HttpDate {
    /// The date as text (RFC 9110 §5.6.7).
    ///
    /// ```
    /// use wasm_host_sdk::date::http_date;
    ///
    /// assert_eq!(http_date(784_111_777).as_str(), "Sun, 06 Nov 1994 08:49:37 GMT");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        ascii(&self.0)
    }

    /// The date as bytes, to append to a response head (RFC 9110 §5.6.7).
    ///
    /// ```
    /// use wasm_host_sdk::date::http_date;
    ///
    /// assert!(http_date(0).as_bytes().ends_with(b" GMT"));
    /// ```
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 29] {
        &self.0
    }
}

impl fmt::Display for HttpDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for HttpDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HttpDate").field(&self.as_str()).finish()
    }
}

/// The IMF-fixdate of a Unix time (RFC 9110 §5.6.7), as `date_time_string` in
/// `http.server`, for Date and Last-Modified.
///
/// ```
/// use wasm_host_sdk::date::http_date;
///
/// assert_eq!(http_date(1_795_357_816).to_string(), "Sun, 22 Nov 2026 14:30:16 GMT");
/// ```
#[must_use]
pub fn http_date(seconds: i64) -> HttpDate {
    let civil = Civil::from_unix(seconds);
    let mut text = *b"Day, 00 Mon 0000 00:00:00 GMT";
    text[..3].copy_from_slice(civil.weekday_name());
    put2(&mut text, 5, civil.day);
    text[8..11].copy_from_slice(civil.month_name());
    put4(&mut text, 12, civil.year);
    put_time(&mut text, 17, &civil);
    HttpDate(text)
}

/// The date that was written last: within a second, a connection's responses
/// share it.
#[derive(Debug)]
pub(crate) struct LastDate {
    seconds: i64,
    date: HttpDate,
}

impl LastDate {
    /// What [`http_date`] returns.
    pub(crate) fn at(&mut self, seconds: i64) -> HttpDate {
        if self.seconds != seconds {
            self.date = http_date(seconds);
            self.seconds = seconds;
        }
        self.date
    }
}

impl Default for LastDate {
    fn default() -> Self {
        Self {
            seconds: 0,
            date: http_date(0),
        }
    }
}

/// The Unix time of an HTTP-date in any of its three forms: IMF-fixdate, RFC 850
/// and asctime (RFC 9110 §5.6.7).
///
/// `None` for anything else, for a weekday that isn't the date's and for years
/// outside 1970 to 9999. A two-digit year is one of 1970 to 2069.
///
/// ```
/// use wasm_host_sdk::date::parse_http_date;
///
/// assert_eq!(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
/// assert_eq!(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), Some(784_111_777));
/// assert_eq!(parse_http_date("Sun Nov  6 08:49:37 1994"), Some(784_111_777));
/// assert_eq!(parse_http_date("yesterday"), None);
/// ```
#[must_use]
pub fn parse_http_date(value: &str) -> Option<i64> {
    let time = httpdate::parse_http_date(value).ok()?;
    let since_epoch = time.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since_epoch.as_secs()).ok()
}

/// The local time of a log line, as `log_date_time_string` in `http.server`.
///
/// WASI knows no time zone, so the host tells the offset from UTC.
///
/// ```
/// use wasm_host_sdk::date::log_date_time;
///
/// assert_eq!(log_date_time(1_795_357_816, 3600), "22/Nov/2026 15:30:16");
/// ```
#[must_use]
pub fn log_date_time(seconds: i64, utc_offset_seconds: i32) -> String {
    let civil = Civil::from_unix(local(seconds, clamp_offset(utc_offset_seconds)));
    let mut text = *b"00/Mon/0000 00:00:00";
    put_log_time(&mut text, &civil);
    ascii(&text).to_owned()
}

/// The local time as the Common Log Format has it (NCSA; `%t` of Apache's
/// `mod_log_config`, without its brackets), for logs that other tools read.
/// `http.server` has no counterpart: its [`log_date_time`] leaves out the zone.
///
/// ```
/// use wasm_host_sdk::date::common_log_date_time;
///
/// assert_eq!(common_log_date_time(1_795_357_816, 3600), "22/Nov/2026:15:30:16 +0100");
/// ```
#[must_use]
pub fn common_log_date_time(seconds: i64, utc_offset_seconds: i32) -> String {
    let offset = clamp_offset(utc_offset_seconds);
    let civil = Civil::from_unix(local(seconds, offset));
    let mut text = *b"00/Mon/0000:00:00:00 +0000";
    put_log_time(&mut text, &civil);
    if offset < 0 {
        text[21] = b'-';
    }
    let minutes = offset.unsigned_abs() / 60;
    put2(&mut text, 22, minutes / 60);
    put2(&mut text, 24, minutes % 60);
    ascii(&text).to_owned()
}

/// The time in UTC with milliseconds (RFC 3339 §5.6), for structured logs;
/// `nanos` beyond a second count as its last millisecond.
///
/// ```
/// use wasm_host_sdk::date::rfc3339;
///
/// assert_eq!(rfc3339(1_795_357_816, 123_456_789), "2026-11-22T14:30:16.123Z");
/// ```
#[must_use]
pub fn rfc3339(seconds: i64, nanos: u32) -> String {
    let civil = Civil::from_unix(seconds);
    let millis = (nanos / 1_000_000).min(999);
    let mut text = *b"0000-00-00T00:00:00.000Z";
    put4(&mut text, 0, civil.year);
    put2(&mut text, 5, civil.month);
    put2(&mut text, 8, civil.day);
    put_time(&mut text, 11, &civil);
    text[20] = digit(millis / 100);
    put2(&mut text, 21, millis % 100);
    ascii(&text).to_owned()
}

/// A moment of the proleptic Gregorian calendar, the only place that knows it.
struct Civil {
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    /// Days from Sunday.
    weekday: usize,
}

impl Civil {
    /// Howard Hinnant's `civil_from_days`: the year begins in March, so that the
    /// leap day is the last, in eras of 400 years that are all alike.
    fn from_unix(seconds: i64) -> Self {
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

    fn weekday_name(&self) -> &'static [u8; 3] {
        WEEKDAYS[self.weekday]
    }

    fn month_name(&self) -> &'static [u8; 3] {
        MONTHS[self.month as usize - 1]
    }
}

fn clamp_offset(utc_offset_seconds: i32) -> i32 {
    utc_offset_seconds.clamp(-MAX_UTC_OFFSET, MAX_UTC_OFFSET)
}

fn local(seconds: i64, offset: i32) -> i64 {
    seconds.saturating_add(i64::from(offset))
}

/// `22/Nov/2026 15:30:16`, except for the byte between the date and the time.
fn put_log_time(text: &mut [u8], civil: &Civil) {
    put2(text, 0, civil.day);
    text[3..6].copy_from_slice(civil.month_name());
    put4(text, 7, civil.year);
    put_time(text, 12, civil);
}

/// `15:30:16`, except for the colons.
fn put_time(text: &mut [u8], at: usize, civil: &Civil) {
    put2(text, at, civil.hour);
    put2(text, at + 3, civil.minute);
    put2(text, at + 6, civil.second);
}

fn put4(text: &mut [u8], at: usize, value: u32) {
    put2(text, at, value / 100);
    put2(text, at + 2, value % 100);
}

fn put2(text: &mut [u8], at: usize, value: u32) {
    text[at] = digit(value / 10);
    text[at + 1] = digit(value % 10);
}

fn digit(value: u32) -> u8 {
    b'0' + value as u8
}

/// The templates are ASCII, so the default never comes; it spares an `unsafe`.
fn ascii(text: &[u8]) -> &str {
    str::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_date_is_that_of_its_second() {
        let mut last = LastDate::default();
        for seconds in [0, 784_111_777, 784_111_777, 784_111_778, -1, 0] {
            assert_eq!(last.at(seconds), http_date(seconds));
        }
    }

    #[test]
    fn http_dates() {
        let cases = [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
            (-2_203_891_200, "Thu, 01 Mar 1900 00:00:00 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
            (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
            (MIN_SECONDS, "Mon, 01 Jan 0001 00:00:00 GMT"),
            (MAX_SECONDS, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(http_date(seconds).as_str(), expected);
        }
    }

    #[test]
    fn clamps_beyond_four_digit_years() {
        assert_eq!(http_date(i64::MIN), http_date(MIN_SECONDS));
        assert_eq!(http_date(MIN_SECONDS - 1), http_date(MIN_SECONDS));
        assert_eq!(http_date(i64::MAX), http_date(MAX_SECONDS));
        assert_eq!(http_date(MAX_SECONDS + 1), http_date(MAX_SECONDS));
        assert_eq!(log_date_time(i64::MAX, 3600), "31/Dec/9999 23:59:59");
        assert_eq!(log_date_time(i64::MIN, -3600), "01/Jan/0001 00:00:00");
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let (mut year, mut month, mut day, mut weekday) = (1, 1, 1, 1);
        for seconds in (MIN_SECONDS..=MAX_SECONDS).step_by(SECONDS_PER_DAY as usize) {
            let civil = Civil::from_unix(seconds);
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
    fn parses_what_it_writes() {
        for seconds in (0..=MAX_SECONDS).step_by(86_399 * 97) {
            assert_eq!(parse_http_date(http_date(seconds).as_str()), Some(seconds));
        }
        assert_eq!(
            parse_http_date(http_date(MAX_SECONDS).as_str()),
            Some(MAX_SECONDS)
        );
    }

    #[test]
    fn parses_all_forms_and_refuses_others() {
        let cases = [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            (" Sun, 06 Nov 1994 08:49:37 GMT ", Some(784_111_777)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777)),
            ("Sun Nov  6 08:49:37 1994", Some(784_111_777)),
            ("Sat Nov 12 08:49:37 1994", Some(784_630_177)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Wed, 31 Dec 1969 23:59:59 GMT", None),
            ("Mon, 06 Nov 1994 08:49:37 GMT", None),
            ("Wed, 30 Feb 2000 00:00:00 GMT", None),
            ("Sun, 06 Nov 1994 24:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
            ("Sun, 06 Nov 1994 08:49:37", None),
            (
                "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
                None,
            ),
            ("", None),
            ("0", None),
            ("Saturday, ", None),
            ("S\u{fc}n, 06 Nov 1994 08:49:37 GMT", None),
        ];
        for (value, expected) in cases {
            assert_eq!(parse_http_date(value), expected, "{value}");
        }
    }

    #[test]
    fn a_damaged_date_never_panics() {
        for date in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Wednesday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            for end in 0..=date.len() {
                let _ = parse_http_date(&date[..end]);
                for byte in ["9", "z", " ", "\u{e9}", "\0"] {
                    let tail = date.get(end + 1..).unwrap_or("");
                    let _ = parse_http_date(&format!("{}{byte}{tail}", &date[..end]));
                }
            }
        }
    }

    #[test]
    fn log_times() {
        let now = 1_795_357_816;
        assert_eq!(log_date_time(now, 0), "22/Nov/2026 14:30:16");
        assert_eq!(log_date_time(now, 36_000), "23/Nov/2026 00:30:16");
        let cases = [
            (0, "22/Nov/2026:14:30:16 +0000"),
            (3_600, "22/Nov/2026:15:30:16 +0100"),
            (20_700, "22/Nov/2026:20:15:16 +0545"),
            (-12_600, "22/Nov/2026:11:00:16 -0330"),
            (-1_800, "22/Nov/2026:14:00:16 -0030"),
            (i32::MAX, "23/Nov/2026:14:30:15 +2359"),
            (i32::MIN, "21/Nov/2026:14:30:17 -2359"),
        ];
        for (offset, expected) in cases {
            assert_eq!(common_log_date_time(now, offset), expected);
        }
    }

    #[test]
    fn rfc3339_times() {
        let cases = [
            (0, 0, "1970-01-01T00:00:00.000Z"),
            (0, 999_999, "1970-01-01T00:00:00.000Z"),
            (0, 7_000_000, "1970-01-01T00:00:00.007Z"),
            (-1, 999_999_999, "1969-12-31T23:59:59.999Z"),
            (1_795_357_816, u32::MAX, "2026-11-22T14:30:16.999Z"),
            (MIN_SECONDS, 0, "0001-01-01T00:00:00.000Z"),
        ];
        for (seconds, nanos, expected) in cases {
            assert_eq!(rfc3339(seconds, nanos), expected);
        }
    }

    #[test]
    fn formats() {
        assert_eq!(
            format!("{:>31}", http_date(0)),
            "  Thu, 01 Jan 1970 00:00:00 GMT"
        );
        assert_eq!(
            format!("{:?}", http_date(0)),
            "HttpDate(\"Thu, 01 Jan 1970 00:00:00 GMT\")"
        );
    }
}
