//! Where a rule sends: a path or a URL, with what the request's path and query have for
//! its placeholders.

use crate::pattern::Captures;
use crate::url_path::{normal, push_encoded};
use crate::wire::{Reader, put_bytes, put_number};

/// A text with gaps, as it was parsed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Template(pub(crate) Vec<Gap>);

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Gap {
    Text(Vec<u8>),
    Splat,
    /// By its number in the pattern.
    Placeholder(usize),
    /// By its number among the conditions that have a name.
    Query(usize),
}

impl Template {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        put_number(out, self.0.len());
        for gap in &self.0 {
            match gap {
                Gap::Text(text) => {
                    out.push(0);
                    put_bytes(out, text);
                }
                Gap::Splat => out.push(1),
                Gap::Placeholder(number) => {
                    out.push(2);
                    put_number(out, *number);
                }
                Gap::Query(number) => {
                    out.push(3);
                    put_number(out, *number);
                }
            }
        }
    }
}

/// Reads what [`Template::encode`] wrote, and fills its gaps.
pub(crate) fn filled(
    reader: &mut Reader<'_>,
    captures: &Captures<'_>,
    queries: &[Vec<u8>],
) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    for _ in 0..reader.number()? {
        match reader.byte()? {
            0 => text.extend_from_slice(reader.bytes()?),
            1 => text.extend_from_slice(captures.splat),
            2 => text.extend_from_slice(captures.placeholders.get(reader.number()?)?),
            3 => text.extend_from_slice(queries.get(reader.number()?)?),
            _ => return None,
        }
    }
    Some(text)
}

/// What a template, filled, says: the parts of a URL.
struct Address<'a> {
    /// `https://host`, or nothing.
    origin: &'a [u8],
    path: &'a [u8],
    /// With its question mark, or nothing.
    query: &'a [u8],
    /// With its number sign, or nothing.
    fragment: &'a [u8],
}

impl<'a> Address<'a> {
    fn of(text: &'a [u8]) -> Self {
        let (text, fragment) = split_before(text, b"#");
        let (text, query) = split_before(text, b"?");
        let scheme = [&b"https://"[..], b"http://"]
            .into_iter()
            .find(|scheme| text.starts_with(scheme));
        let authority = scheme.map_or(0, |scheme| {
            let (authority, _) = split_before(&text[scheme.len()..], b"/\\");
            scheme.len() + authority.len()
        });
        let (origin, path) = text.split_at(authority);
        Self {
            origin,
            path,
            query,
            fragment,
        }
    }
}

/// The `Location` for a filled template.
///
/// What a client chose, by a splat or a placeholder, can neither become a host, as the
/// path is left with one slash in front, nor end the field, as all that isn't visible
/// ASCII is encoded.
pub(crate) fn location(text: &[u8], query: &[u8]) -> Vec<u8> {
    let address = Address::of(text);
    let mut location = address.origin.to_vec();
    location.extend_from_slice(&match address.origin {
        b"" => local_path(address.path),
        _ => normal(address.path),
    });
    match address.query {
        b"" | b"?" if query.is_empty() => {}
        b"" | b"?" => {
            location.push(b'?');
            push_visible(&mut location, query);
        }
        query => push_visible(&mut location, query),
    }
    push_visible(&mut location, address.fragment);
    location
}

/// The path beneath the root that a filled template rewrites to.
pub(crate) fn rewritten(text: &[u8]) -> Vec<u8> {
    local_path(Address::of(text).path)
}

/// A path that no browser takes for a host: with one slash in front, whatever comes
/// after it.
fn local_path(path: &[u8]) -> Vec<u8> {
    let mut path = normal(path);
    let slashes = path.iter().take_while(|&&byte| byte == b'/').count();
    path.drain(1..slashes.max(1));
    path
}

/// One slash for each run of them, in what isn't a URL.
pub(crate) fn without_doubled_slashes(mut text: Vec<u8>) -> Vec<u8> {
    let is_url = memchr::memmem::find(&text, b"://").is_some_and(|at| {
        let scheme = &text[..at];
        !scheme.is_empty()
            && scheme
                .iter()
                .all(|it| it.is_ascii_alphanumeric() || *it == b'_')
    });
    if !is_url {
        text.dedup_by(|second, first| *second == b'/' && *first == b'/');
    }
    text
}

/// Splits a text before the first of some bytes.
fn split_before<'a>(text: &'a [u8], ends: &[u8]) -> (&'a [u8], &'a [u8]) {
    let end = text.iter().position(|byte| ends.contains(byte));
    text.split_at(end.unwrap_or(text.len()))
}

fn push_visible(out: &mut Vec<u8>, text: &[u8]) {
    for &byte in text {
        match byte.is_ascii_graphic() && !b"\"<>".contains(&byte) {
            true => out.push(byte),
            false => push_encoded(out, byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, query: &str) -> String {
        let location = location(text.as_bytes(), query.as_bytes());
        String::from_utf8(location).unwrap()
    }

    #[test]
    fn no_location_is_another_host_by_accident() {
        for hostile in [
            "//evil.com",
            "/\\evil.com",
            "\\\\evil.com",
            "///evil.com",
            "/./\\/evil.com",
            "/x/..//evil.com",
            "/%2e//evil.com",
            "/\t/evil.com",
        ] {
            let location = at(hostile, "");
            assert!(!location.starts_with("//"), "{hostile}: {location}");
            assert!(location.starts_with('/') && !location.contains('\\'));
        }
        let split = at("/a\r\nSet-Cookie: x", "q=\r\nX: y");
        assert_eq!(split, "/a%0D%0ASet-Cookie:%20x?q=%0D%0AX:%20y");
    }

    #[test]
    fn the_query_is_kept_unless_the_target_has_one() {
        assert_eq!(at("/b", "x=1"), "/b?x=1");
        assert_eq!(at("/b#f", "x=1"), "/b?x=1#f");
        assert_eq!(at("/b?y=2#f", "x=1"), "/b?y=2#f");
        assert_eq!(at("https://h.com", "x=1"), "https://h.com/?x=1");
        assert_eq!(at("https://h.com:8/a/../b", ""), "https://h.com:8/b");
    }
}
