//! How much a client wants what it names: the weights in `Accept` and
//! `Accept-Encoding` (RFC 9110 section 12.4.2).

/// A weight in thousandths.
pub(crate) type Quality = u16;

/// The greatest weight, which is also that of what has none written.
pub(crate) const MOST: Quality = 1000;

/// Reads a `qvalue`: `0` or `1` with up to three digits after the point, and at
/// most 1.
pub(crate) fn parse(value: &str) -> Option<Quality> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut quality = match whole {
        "0" => 0,
        "1" => MOST,
        _ => return None,
    };
    for (digit, unit) in fraction.bytes().zip([100, 10, 1]) {
        quality += Quality::from(digit - b'0') * unit;
    }
    (quality <= MOST).then_some(quality)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_nought_to_one_in_thousandths() {
        let cases = [
            ("0", Some(0)),
            ("0.", Some(0)),
            ("0.5", Some(500)),
            ("0.05", Some(50)),
            ("0.005", Some(5)),
            ("0.999", Some(999)),
            ("1", Some(1000)),
            ("1.", Some(1000)),
            ("1.000", Some(1000)),
            ("1.001", None),
            ("1.9", None),
            ("0.0000", None),
            ("2", None),
            ("-1", None),
            ("+1", None),
            (".5", None),
            ("0.x", None),
            ("0,5", None),
            ("01", None),
            ("1e0", None),
            (" 1", None),
            ("0.\u{0665}", None),
            ("", None),
        ];
        for (value, expected) in cases {
            assert_eq!(parse(value), expected, "{value}");
        }
    }
}
