//! Numbers in decimal digits, as fields hold them. What the crate `itoa` writes,
//! `parse` reads.

/// The number that these digits are. Nothing else may stand there (RFC 9110
/// section 8.6), where the standard library's parser takes a sign as well.
pub(crate) fn parse(digits: &[u8]) -> Option<u64> {
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_their_number() {
        for number in [0, 7, 10, 4096, u64::MAX / 16, u64::MAX - 1, u64::MAX] {
            assert_eq!(parse(number.to_string().as_bytes()), Some(number));
        }
        assert_eq!(parse(b"007"), Some(7));
        for bad in [
            "",
            "+1",
            "-1",
            "1 ",
            "1a",
            "18446744073709551616",
            "99999999999999999999",
        ] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad:?}");
        }
    }
}
