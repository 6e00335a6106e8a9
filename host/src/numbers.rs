//! Options' values that are numbers. What is wrong with one is said by what
//! would be right: its bounds.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

/// The longest time that can be given, in seconds: some thirty years. Far longer
/// ones couldn't be added to the time that it is.
const LONGEST: f64 = 1e9;

/// A number of seconds, decimals allowed: `30`, `0.5`.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    number_of_seconds(text)?
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| format!("give a number of seconds above 0 and at most {LONGEST}"))
}

/// As [`seconds`], where none is a length, too: not to wait at all.
pub(super) fn seconds_or_none(text: &str) -> Result<Duration, String> {
    number_of_seconds(text)?
        .ok_or_else(|| format!("give a number of seconds between 0 and {LONGEST}"))
}

/// None if there is no such time.
fn number_of_seconds(text: &str) -> Result<Option<Duration>, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "give a number of seconds, such as 30 or 0.5".to_owned())?;
    let duration = Duration::try_from_secs_f64(seconds).ok();
    Ok(duration.filter(|_| seconds <= LONGEST))
}

/// A port.
pub(super) fn port(text: &str) -> Result<u16, String> {
    text.parse()
        .map_err(|_| format!("give a port number between 0 and {}", u16::MAX))
}

/// A whole number between these.
pub(super) fn whole<T>(
    range: RangeInclusive<T>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static
where
    T: FromStr + PartialOrd + Display + Clone + Send + Sync + 'static,
{
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        let wanted = || {
            let (least, most) = (range.start(), range.end());
            format!("give a whole number between {least} and {most}")
        };
        number.ok_or_else(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_decimals_but_no_sign() {
        assert_eq!(seconds("0.25"), Ok(Duration::from_millis(250)));
        assert_eq!(seconds("1e9"), Ok(Duration::from_secs(1_000_000_000)));
        for bad in ["", "x", "-1", "0", "NaN", "inf", "1e30"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn none_is_a_time_only_where_it_means_something() {
        assert_eq!(seconds_or_none("0"), Ok(Duration::ZERO));
        assert_eq!(seconds_or_none("0.5"), seconds("0.5"));
        for bad in ["", "-1", "NaN", "inf", "1e30"] {
            assert!(seconds_or_none(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn whole_numbers_have_bounds() {
        let parse = whole(1..=4096_u32);
        assert_eq!((parse("1"), parse("4096")), (Ok(1), Ok(4096)));
        for bad in [
            "0",
            "4097",
            "",
            "-1",
            "1.5",
            "64MiB",
            "18446744073709551616",
        ] {
            let message = parse(bad).unwrap_err();
            assert_eq!(message, "give a whole number between 1 and 4096", "{bad}");
        }
        assert_eq!(port("65535"), Ok(65535));
        assert!(port("65536").is_err());
    }
}
