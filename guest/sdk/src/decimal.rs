//! Numbers in decimal digits: what `write!` does in many more steps, for every
//! head and for thousands of rows; and what `parse` takes no sign for.

/// A number's digits.
pub(crate) struct Decimal {
    /// As many as the greatest number has; from `start` on.
    digits: [u8; 20],
    start: usize,
}

impl Decimal {
    pub(crate) fn new(mut number: u64) -> Self {
        let mut digits = [0; 20];
        let mut start = digits.len();
        loop {
            start -= 1;
            digits[start] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                return Self { digits, start };
            }
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.digits[self.start..]
    }

    pub(crate) fn as_str(&self) -> &str {
        // They are ASCII, so the default never comes; it spares an `unsafe`.
        str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

/// The number that these digits are: nothing else may stand there (RFC 9110
/// section 8.6 allows no sign).
pub(crate) fn parse(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0, |number: u64, &byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        // A multiplication that may be too large is several on a machine that
        // has no wider numbers.
        if number < u64::MAX / 16 {
            return Some(number * 10 + digit);
        }
        number.checked_mul(10)?.checked_add(digit)
    })
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

    #[test]
    fn numbers_have_their_digits() {
        for number in [0, 7, 10, 4096, u64::MAX - 1, u64::MAX] {
            assert_eq!(Decimal::new(number).as_str(), number.to_string());
        }
    }
}
