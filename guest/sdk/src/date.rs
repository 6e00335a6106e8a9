//! Dates as HTTP and logs write them (RFC 9110 section 5.6.7), from Unix seconds.
//!
//! The crate `httpdate` reads dates. It doesn't write them, as that takes it some
//! 670 instructions more for each, 3 % of a small file's request: here a template
//! is filled. Times outside the years 1 to 9999, for which a template has no room,
//! become the nearest that it has room for.

use crate::calendar::{self, Civil, put2, put4};
use std::fmt;
use std::time::UNIX_EPOCH;

/// The largest offset from UTC that is kept, in seconds: as in Python's `timezone`,
/// less than a day.
const MAX_UTC_OFFSET: i32 = 86_399;

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
    /// The date as text (RFC 9110 section 5.6.7).
    ///
    /// ```
    /// use wasm_host_sdk::date::http_date;
    ///
    /// assert_eq!(http_date(784_111_777).as_str(), "Sun, 06 Nov 1994 08:49:37 GMT");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        calendar::text(&self.0)
    }

    /// The date as bytes, to append to a response head (RFC 9110 section 5.6.7).
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

/// The IMF-fixdate of a Unix time (RFC 9110 section 5.6.7), as `date_time_string` in
/// `http.server`, for Date and Last-Modified.
///
/// ```
/// use wasm_host_sdk::date::http_date;
///
/// assert_eq!(http_date(1_795_357_816).to_string(), "Sun, 22 Nov 2026 14:30:16 GMT");
/// ```
#[must_use]
pub fn http_date(seconds: i64) -> HttpDate {
    let civil = Civil::nearest(seconds);
    let mut text = *b"Day, 00 Mon 0000 00:00:00 GMT";
    text[..3].copy_from_slice(civil.weekday_name());
    put2(&mut text, 5, civil.day);
    text[8..11].copy_from_slice(civil.month_name());
    put4(&mut text, 12, civil.year);
    civil.put_time(&mut text, 17);
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
/// and asctime (RFC 9110 section 5.6.7).
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
    let offset = utc_offset_seconds.clamp(-MAX_UTC_OFFSET, MAX_UTC_OFFSET);
    let civil = Civil::nearest(seconds.saturating_add(offset.into()));
    let mut text = *b"00/Mon/0000 00:00:00";
    put2(&mut text, 0, civil.day);
    text[3..6].copy_from_slice(civil.month_name());
    put4(&mut text, 7, civil.year);
    civil.put_time(&mut text, 12);
    calendar::text(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{MAX_SECONDS, MIN_SECONDS};

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
        let cases = [
            (0, "22/Nov/2026 14:30:16"),
            (3_600, "22/Nov/2026 15:30:16"),
            (20_700, "22/Nov/2026 20:15:16"),
            (36_000, "23/Nov/2026 00:30:16"),
            (-12_600, "22/Nov/2026 11:00:16"),
            (-1_800, "22/Nov/2026 14:00:16"),
            (i32::MAX, "23/Nov/2026 14:30:15"),
            (i32::MIN, "21/Nov/2026 14:30:17"),
        ];
        for (offset, expected) in cases {
            assert_eq!(log_date_time(now, offset), expected);
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
