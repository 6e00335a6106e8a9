//! Which characters a text consists of, tested eight bytes at a time.
//!
//! A request and its response have some twenty names and values to test. In a
//! sandbox, every turn of a loop first checks whether the request's time is up, so
//! fewer turns count for more than elsewhere.
//!
//! A byte `b` below 0x80 is tested by an addition that can't carry into the next
//! one: `b + (0x80 - n)` has its highest bit set if `b` is at least `n`.

/// One byte, eight times.
const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The highest bit of each byte.
const HIGH: u64 = each(0x80);

/// The highest bits of those bytes, all below 0x80, that are at least `least`.
const fn at_least(word: u64, least: u8) -> u64 {
    word.wrapping_add(each(0x80 - least))
}

/// The highest bits of those bytes, all below 0x80, that are this one.
const fn equal(word: u64, byte: u8) -> u64 {
    !at_least(word ^ each(byte), 1)
}

/// Without optional whitespace (RFC 9110 section 5.6.3), which is less than what
/// Unicode has.
pub(crate) fn trim_ows(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// Whether all are visible ASCII characters or spaces.
pub(crate) fn is_plain(bytes: &[u8]) -> bool {
    all(bytes, |word| {
        at_least(word, b' ') & !at_least(word, 0x7f) & !word
    })
}

/// Whether all are visible ASCII characters.
pub(crate) fn is_visible(bytes: &[u8]) -> bool {
    all(bytes, |word| {
        at_least(word, b'!') & !at_least(word, 0x7f) & !word
    })
}

/// Whether all are what most names consist of: ASCII letters, digits and `-`.
/// Some may be although this says that they aren't.
pub(crate) fn is_usual_name(bytes: &[u8]) -> bool {
    all(bytes, |word| {
        (alphanumeric(word) | equal(word, b'-')) & !word
    })
}

/// The same of a host and a port: `.` and `:` may be there too.
pub(crate) fn is_usual_host(bytes: &[u8]) -> bool {
    all(bytes, |word| {
        let separator = equal(word, b'-') | equal(word, b'.') | equal(word, b':');
        (alphanumeric(word) | separator) & !word
    })
}

const fn alphanumeric(word: u64) -> u64 {
    let lower = word | each(0x20);
    // The bit makes capitals small, and a letter of nothing else: `@` and `[` to
    // `_` become the neighbours of the small ones.
    let letter = at_least(lower, b'a') & !at_least(lower, b'z' + 1);
    let digit = at_least(word, b'0') & !at_least(word, b'9' + 1);
    letter | digit
}

/// Whether a test holds for all bytes: it leaves the highest bit of those that
/// pass. A byte of 0x80 and more fails it, and may spoil what it says of the
/// bytes after it, which is of no account then.
#[inline(always)]
fn all(bytes: &[u8], passing: impl Fn(u64) -> u64) -> bool {
    let failed = |word| !passing(word) & HIGH;
    let Some(last) = bytes.last_chunk() else {
        return failed(short(bytes)) == 0;
    };
    let (words, _) = bytes.as_chunks();
    // Without an early end: most texts pass. The last word overlaps the one
    // before it.
    let of = |word: &[u8; 8]| failed(u64::from_le_bytes(*word));
    words.iter().fold(of(last), |any, word| any | of(word)) == 0
}

/// Fewer than eight bytes as a word, some of them twice; for none, letters.
#[inline(always)]
fn short(bytes: &[u8]) -> u64 {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32;
    }
    match *bytes {
        [] => each(b'a'),
        [a] => each(a),
        [a, b] => u64::from_le_bytes([a, b, a, b, a, b, a, b]),
        [a, b, c, ..] => u64::from_le_bytes([a, b, c, a, b, c, a, b]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Test = (fn(&[u8]) -> bool, fn(u8) -> bool);

    const TESTS: [Test; 4] = [
        (is_plain, |byte| byte == b' ' || byte.is_ascii_graphic()),
        (is_visible, |byte| byte.is_ascii_graphic()),
        (is_usual_name, |byte| {
            byte.is_ascii_alphanumeric() || byte == b'-'
        }),
        (is_usual_host, |byte| {
            byte.is_ascii_alphanumeric() || b"-.:".contains(&byte)
        }),
    ];

    #[test]
    fn every_byte_is_seen_at_every_place() {
        for (whole, single) in TESTS {
            for length in 1..=20 {
                for place in 0..length {
                    for byte in 0..=u8::MAX {
                        let mut text = vec![b'x'; length];
                        text[place] = byte;
                        assert_eq!(whole(&text), single(byte), "{byte:#x} in {text:?}");
                    }
                }
            }
            assert!(whole(b""));
        }
    }

    #[test]
    fn a_byte_never_hides_another() {
        for (whole, single) in TESTS {
            for first in 0..=u8::MAX {
                for second in 0..=u8::MAX {
                    let expected = single(first) && single(second);
                    let text = [b'x', first, second, b'x', b'x', b'x', b'x', b'x'];
                    assert_eq!(whole(&text), expected, "{first:#x} {second:#x}");
                    assert_eq!(whole(&text[1..3]), expected, "{first:#x} {second:#x}");
                }
            }
        }
    }
}
