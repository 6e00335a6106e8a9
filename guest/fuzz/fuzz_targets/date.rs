//! Dates are written as the crate httpdate writes them, and read as what was written,
//! or as a count of days says.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::time::{Duration, UNIX_EPOCH};
use wasm_host_sdk::date::{http_date, log_date_time, parse_http_date};

/// The end of the year 9999.
const END: i64 = 253_402_300_800;

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

fuzz_target!(|input: (i64, i32, &str)| {
    let (seconds, offset, text) = input;
    written(seconds);
    written(seconds.rem_euclid(END));
    let logged = log_date_time(seconds, offset);
    assert_eq!(logged.len(), "01/Jan/1970 00:00:00".len());
    read(text);
    // Most texts are no dates: one that nearly is.
    let date = http_date(seconds.rem_euclid(END)).to_string();
    let length = text.len() % (date.len() + 1);
    read(&format!("{}{}", &date[..length], text));
});

fn written(seconds: i64) {
    let date = http_date(seconds);
    assert_eq!(date.as_bytes().len(), 29);
    if (0..END).contains(&seconds) {
        let time = UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs());
        assert_eq!(date.as_str(), httpdate::fmt_http_date(time));
        assert_eq!(parse_http_date(date.as_str()), Some(seconds));
        assert_eq!(counted(date.as_str()), Some(seconds));
    }
}

fn read(text: &str) {
    let read = parse_http_date(text);
    if let Some(seconds) = read {
        assert!((0..END).contains(&seconds), "{text:?}");
        let again = http_date(seconds);
        assert_eq!(parse_http_date(again.as_str()), read);
    }
    if let Some(counted) = counted(text) {
        // A leap second is taken for the one before or after, or for none.
        if &text[23..25] != "60" {
            assert_eq!(read, Some(counted), "{text:?}");
        }
    }
}

/// The seconds of an IMF-fixdate (RFC 9110 section 5.6.7) from 1970 on, year by year.
fn counted(text: &str) -> Option<i64> {
    if text.len() != 29 || !text.is_ascii() {
        return None;
    }
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = &text[from..to];
        let all = digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|_| all)
    };
    let month = MONTHS.iter().position(|month| *month == &text[8..11])?;
    let (day, year) = (number(5, 7)?, number(12, 16)?);
    let (hour, minute, second) = (number(17, 19)?, number(20, 22)?, number(23, 25)?);
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = |year: i64| {
        [
            31,
            28 + i64::from(leap(year)),
            31,
            30,
            31,
            30,
            31,
            31,
            30,
            31,
            30,
            31,
        ]
    };
    let within = (1..=lengths(year)[month]).contains(&day) && hour < 24 && minute < 60;
    if year < 1970 || !within || second > 59 {
        return None;
    }
    let years: i64 = (1970..year).map(|year| 365 + i64::from(leap(year))).sum();
    let days = years + lengths(year)[..month].iter().sum::<i64>() + day - 1;
    let template = format!(
        "{}, {day:02} {} {year:04} {hour:02}:{minute:02}:{second:02} GMT",
        DAYS[usize::try_from(days % 7).ok()?],
        MONTHS[month]
    );
    (template == text).then_some(((days * 24 + hour) * 60 + minute) * 60 + second)
}
