//! Spellings of a path: as the URL standard's parser leaves one, and the one that says
//! which file is meant.

/// A path as the URL standard's parser leaves it (section 4.4, "path state"): without
/// dot segments, encoded ones among them, with slashes for backslashes, and with
/// what can't stand in a path encoded. It begins with one slash.
pub(crate) fn normal(path: &[u8]) -> Vec<u8> {
    let slashed: Vec<u8> = path
        .iter()
        .map(|&it| if it == b'\\' { b'/' } else { it })
        .collect();
    let rest = slashed.strip_prefix(b"/").unwrap_or(&slashed);
    let mut segments: Vec<&[u8]> = Vec::new();
    let mut left = rest.split(|&byte| byte == b'/').peekable();
    while let Some(segment) = left.next() {
        let is_last = left.peek().is_none();
        match dots(segment) {
            Some(count) => {
                if count == 2 {
                    segments.pop();
                }
                if is_last {
                    segments.push(b"");
                }
            }
            None => segments.push(segment),
        }
    }
    let mut normal = Vec::with_capacity(path.len() + 1);
    for segment in segments {
        normal.push(b'/');
        for &byte in segment {
            match BYTES[usize::from(byte)] & STAYS != 0 {
                true => normal.push(byte),
                false => push_encoded(&mut normal, byte),
            }
        }
    }
    normal
}

/// What a byte may be in a path, as the bits [`STAYS`] and [`PLAIN`].
const BYTES: [u8; 256] = {
    let mut bytes = [0; 256];
    let mut byte = 0x21;
    while byte < 0x7f {
        bytes[byte] = STAYS | PLAIN;
        byte += 1;
    }
    let mut odd = 0;
    while odd < ODD.len() {
        bytes[ODD[odd] as usize] = 0;
        odd += 1;
    }
    let mut encoded = 0;
    while encoded < ENCODED.len() {
        bytes[ENCODED[encoded] as usize] = STAYS;
        encoded += 1;
    }
    bytes
};

/// [`normal`] leaves it: it isn't of the standard's "path percent-encode set".
const STAYS: u8 = 1;
/// [`canonical`] leaves it: it is of `pchar` (RFC 3986 section 3.3), or a slash.
const PLAIN: u8 = 2;
/// What can be seen, and both encode.
const ODD: &[u8; 10] = b"\"#<>?^`{}\\";
/// What only [`canonical`] encodes, or decodes.
const ENCODED: &[u8; 4] = b"%[]|";

/// What a look at a path says: of most that clients send, that nothing is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    /// It is as [`normal`] leaves it.
    pub(crate) is_normal: bool,
    /// It is as [`canonical`] leaves it.
    pub(crate) is_canonical: bool,
}

impl Look {
    pub(crate) fn at(path: &[u8]) -> Self {
        let mut all = STAYS | PLAIN;
        let mut dotted = false;
        let mut doubled = false;
        let mut before = 0;
        for &byte in path {
            all &= BYTES[usize::from(byte)];
            if before == b'/' {
                dotted |= byte == b'.' || byte == b'%';
                doubled |= byte == b'/';
            }
            before = byte;
        }
        let is_rooted = path.starts_with(b"/") && !dotted;
        Self {
            is_normal: is_rooted && all & STAYS != 0,
            is_canonical: is_rooted && !doubled && all & PLAIN != 0,
        }
    }
}

/// How many dots a dot segment has.
fn dots(segment: &[u8]) -> Option<u8> {
    let mut rest = segment;
    let mut count = 0;
    while !rest.is_empty() {
        rest = match rest {
            [b'.', rest @ ..] | [b'%', b'2', b'e' | b'E', rest @ ..] => rest,
            _ => return None,
        };
        count += 1;
        if count > 2 {
            return None;
        }
    }
    (count > 0).then_some(count)
}

/// Appends a byte as `%` and two digits.
pub(crate) fn push_encoded(out: &mut Vec<u8>, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.extend_from_slice(&[
        b'%',
        DIGITS[usize::from(byte >> 4)],
        DIGITS[usize::from(byte & 15)],
    ]);
}

/// The spelling that all paths have which mean the same file: decoded once, without dot
/// segments and doubled slashes, an encoded slash as a slash, and encoded again where it
/// has to be. A client could go around a rule by another spelling.
pub(crate) fn canonical(path: &[u8]) -> Vec<u8> {
    let decoded = decode(path);
    let mut segments: Vec<&[u8]> = Vec::new();
    for segment in decoded.split(|&byte| byte == b'/') {
        match segment {
            b"" | b"." => {}
            b".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    let mut canonical = Vec::with_capacity(path.len());
    for segment in &segments {
        canonical.push(b'/');
        for &byte in *segment {
            match BYTES[usize::from(byte)] & PLAIN != 0 {
                true => canonical.push(byte),
                false => push_encoded(&mut canonical, byte),
            }
        }
    }
    if decoded.ends_with(b"/") || segments.is_empty() {
        canonical.push(b'/');
    }
    canonical
}

/// Decodes what is percent-encoded, once. What isn't an escape stays.
pub(crate) fn decode(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, others)) = rest.split_first() {
        let escaped = match others {
            [high, low, after @ ..] if first == b'%' => {
                digit(*high).zip(digit(*low)).map(|pair| (pair, after))
            }
            _ => None,
        };
        match escaped {
            Some(((high, low), after)) => {
                decoded.push(high << 4 | low);
                rest = after;
            }
            None => {
                decoded.push(first);
                rest = others;
            }
        }
    }
    decoded
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_paths() {
        for (given, expected) in [
            ("/", "/"),
            ("", "/"),
            ("/a/../b", "/b"),
            ("/a/%2E%2e/b/.", "/b/"),
            ("/../..", "/"),
            ("/a/b/..", "/a/"),
            ("/a//b", "/a//b"),
            ("/a\\b", "/a/b"),
            ("/a b\"<\u{e9}", "/a%20b%22%3C%C3%A9"),
            ("/%c3%a9", "/%c3%a9"),
            ("/...", "/..."),
        ] {
            let normal = normal(given.as_bytes());
            assert_eq!(String::from_utf8_lossy(&normal), expected, "{given}");
            assert!(
                !Look::at(given.as_bytes()).is_normal || given == expected,
                "{given}"
            );
        }
    }

    #[test]
    fn canonical_paths() {
        for (given, expected) in [
            ("/", "/"),
            ("/%61", "/a"),
            ("//a", "/a"),
            ("/a%2fb", "/a/b"),
            ("/x/..%2Fa/", "/a/"),
            ("/%c3%a9", "/%C3%A9"),
            ("/a%20b", "/a%20b"),
            ("/%zz", "/%25zz"),
            ("/%", "/%25"),
            ("/a/.", "/a"),
        ] {
            let canonical = canonical(given.as_bytes());
            assert_eq!(String::from_utf8_lossy(&canonical), expected, "{given}");
            assert!(
                !Look::at(given.as_bytes()).is_canonical || given == expected,
                "{given}"
            );
        }
    }
}
