//! Options' values that are numbers. What is wrong with one is said by what
//! would be right: its bounds.

use jiff::SignedDuration;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

/// The longest time that can be given: some thirty years. Far longer ones couldn't
/// be added to the time that it is.
const LONGEST: Duration = Duration::from_secs(1_000_000_000);

/// A time: a number of seconds, decimals allowed (`30`, `0.5`), or with a unit
/// (`500ms`, `30s`, `5m`, `1h30m`).
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    any_duration(text)?
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| format!("give a time above 0 and at most {} s", LONGEST.as_secs()))
}

/// As [`duration`], where none is a length, too: not to wait at all.
pub(super) fn duration_or_none(text: &str) -> Result<Duration, String> {
    any_duration(text)?.ok_or_else(|| format!("give a time between 0 and {} s", LONGEST.as_secs()))
}

/// None if there is no such time.
fn any_duration(text: &str) -> Result<Option<Duration>, String> {
    let duration = match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        // ISO 8601 is known to `jiff`, and to nobody who types an option.
        Err(_) if text.contains(['P', 'p']) => return Err(NO_DURATION.to_owned()),
        Err(_) => {
            let parsed: SignedDuration = text.parse().map_err(|_| NO_DURATION.to_owned())?;
            Duration::try_from(parsed).ok()
        }
    };
    Ok(duration.filter(|duration| *duration <= LONGEST))
}

const NO_DURATION: &str =
    "give a number of seconds, such as 30 or 0.5, or a time such as 500ms, 30s or 5m";

/// A number of bytes: alone, or with a unit, which is a power of 1024 (`500K`, `20M`,
/// `2GiB`).
pub(super) fn size(text: &str) -> Result<u64, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let power = match unit.to_ascii_uppercase().as_str() {
        "" | "B" => Some(0),
        "K" | "KB" | "KIB" => Some(1),
        "M" | "MB" | "MIB" => Some(2),
        "G" | "GB" | "GIB" => Some(3),
        "T" | "TB" | "TIB" => Some(4),
        _ => None,
    };
    let bytes = power.and_then(|power| number.parse::<u64>().ok()?.checked_mul(1 << (10 * power)));
    let most = i64::MAX.unsigned_abs();
    bytes
        .filter(|bytes| (1..=most).contains(bytes))
        .ok_or_else(|| {
            "give a number of bytes above 0, such as 1048576, or a size such as 500K, 20M or 2G"
                .to_owned()
        })
}

/// A port.
pub(super) fn port(text: &str) -> Result<u16, String> {
    text.parse()
        .map_err(|_| format!("give a port number between 0 and {}", u16::MAX))
}

/// The port of a server. Who gives a directory there knows other servers.
pub(super) fn port_of_server(text: &str) -> Result<u16, String> {
    port(text).map_err(|wanted| match Path::new(text).is_dir() {
        true => format!("it is a directory; give it as --directory {text}"),
        false => wanted,
    })
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
        assert_eq!(duration("0.25"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("1e9"), Ok(Duration::from_secs(1_000_000_000)));
        for bad in ["", "x", "-1", "0", "NaN", "inf", "1e30"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_time_may_have_a_unit() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("0.5s", 500),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("2h", 7_200_000),
        ] {
            let time = Duration::from_millis(milliseconds);
            assert_eq!(duration(text), Ok(time), "{text}");
        }
        for bad in [
            "0s",
            "-5s",
            "5 minutes ago",
            "5x",
            "s",
            "PT5M",
            "40y",
            "300000h",
        ] {
            let said = duration(bad).unwrap_err();
            assert!(said.starts_with("give a"), "{bad}: {said}");
        }
    }

    #[test]
    fn none_is_a_time_only_where_it_means_something() {
        assert_eq!(duration_or_none("0"), Ok(Duration::ZERO));
        assert_eq!(duration_or_none("0s"), Ok(Duration::ZERO));
        assert_eq!(duration_or_none("0.5"), duration("0.5"));
        for bad in ["", "-1", "NaN", "inf", "1e30"] {
            assert!(duration_or_none(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_size_may_have_a_unit() {
        for (text, bytes) in [
            ("1", 1),
            ("4096", 4096),
            ("10b", 10),
            ("500K", 512_000),
            ("20M", 20_971_520),
            ("2GiB", 2_147_483_648),
            ("1tb", 1_099_511_627_776),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for bad in [
            "",
            "0",
            "0M",
            "-1",
            "M",
            "1.5G",
            "1 G",
            "10X",
            "1Ki",
            "8388608T",
            "18446744073709551616",
        ] {
            let said = size(bad).unwrap_err();
            assert!(said.starts_with("give a number of bytes"), "{bad}: {said}");
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
