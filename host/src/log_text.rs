//! Text from elsewhere, as the formats of the log have it: escaped, and cut so that a
//! line is of at most 8 KiB.
//!
//! What is too long is cut in its middle, as a request line ends with its version, and a
//! line of the log with the status. How many bytes are missing stands in their place:
//! `GET /aaaa[53120-bytes-cut]aaaa HTTP/1.1`.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The most of a request line, in bytes of the log.
pub(super) const REQUEST: usize = 4 * 1024;
/// The most of a field that a client sent.
pub(super) const FIELD: usize = 1024;
/// The most of the name of a user.
pub(super) const USER: usize = 256;
/// The most of what a handler or the server says.
pub(super) const MESSAGE: usize = 7 * 1024;

/// How much is kept of the end of what is cut.
const KEPT_AT_END: usize = 64;
/// The longest mark: `[18446744073709551615-bytes-cut]`.
const MARK: usize = 32;

/// Text of which at most `most` bytes of the log are kept, between characters. `width`
/// says how many bytes a character becomes.
pub(super) fn cut(text: &str, most: usize, width: impl Fn(char) -> usize) -> Cow<'_, str> {
    // No byte becomes more than six, as `\u001b`.
    if text.len() * 6 <= most || text.chars().map(&width).sum::<usize>() <= most {
        return Cow::Borrowed(text);
    }
    let fits = |room: usize| {
        let mut used = 0;
        let width = &width;
        move |character: &char| {
            used += width(*character);
            used <= room
        }
    };
    let bytes = |characters: &mut dyn Iterator<Item = char>| -> usize {
        characters.map(char::len_utf8).sum()
    };
    let in_front = fits(most - KEPT_AT_END - MARK);
    let start = bytes(&mut text.chars().take_while(in_front));
    let end = text.len() - bytes(&mut text.chars().rev().take_while(fits(KEPT_AT_END)));
    let missing = end - start;
    Cow::Owned(format!(
        "{}[{missing}-bytes-cut]{}",
        &text[..start],
        &text[end..]
    ))
}

/// As it is, with at most `most` bytes of it.
pub(super) fn plain(text: &str, most: usize) -> Cow<'_, str> {
    cut(text, most, char::len_utf8)
}

/// What becomes at most `most` bytes as a string of JSON, without its quotes.
pub(super) fn for_json(text: &str, most: usize) -> Cow<'_, str> {
    cut(text, most, |character| match character {
        '"' | '\\' => 2,
        '\0'..='\x1f' => 6,
        _ => character.len_utf8(),
    })
}

/// In quotes, with those inside escaped as Apache does.
pub(super) fn quoted(text: &str, most: usize) -> String {
    let text = cut(text, most, |character| match character {
        '"' | '\\' => 2,
        _ => character.len_utf8(),
    });
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// In quotes, with every byte that isn't printable ASCII as `\xhh`, as Apache and nginx
/// have it. `text` has a character for each byte that the client sent (Latin-1), with
/// controls escaped already; characters beyond are a handler's own, in UTF-8.
pub(super) fn as_bytes(text: &str, most: usize) -> String {
    let text = cut(text, most, width_as_bytes);
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for (at, character) in text.char_indices() {
        // Writing to a String can't fail.
        let _ = match character {
            '"' => quoted.write_str("\\\""),
            '\\' if is_escape(&text[at..]) => quoted.write_char(character),
            '\\' => quoted.write_str("\\\\"),
            ' '..='~' => quoted.write_char(character),
            _ => escape(&mut quoted, character),
        };
    }
    quoted.push('"');
    quoted
}

/// The name of a user, which stands without quotes: in it is nothing that could end
/// it, and begin another part of the line.
pub(super) fn user(text: &str) -> String {
    if text.is_empty() {
        return "\"\"".to_owned();
    }
    let mut name = String::with_capacity(text.len());
    for character in cut(text, USER, width_as_bytes).chars() {
        match character {
            '"' | '\\' | '[' | ']' => {
                let _ = write!(name, "\\x{:02x}", u32::from(character));
            }
            '!'..='~' => name.push(character),
            _ => {
                let _ = escape(&mut name, character);
            }
        }
    }
    name
}

fn width_as_bytes(character: char) -> usize {
    match character {
        '"' | '\\' => 2,
        ' '..='~' => 1,
        '\0'..='\u{ff}' => 4,
        _ => 4 * character.len_utf8(),
    }
}

/// The bytes of a character: one, as a client sent it, or those of UTF-8.
fn escape(escaped: &mut String, character: char) -> std::fmt::Result {
    if let Ok(byte) = u8::try_from(character) {
        return write!(escaped, "\\x{byte:02x}");
    }
    let mut bytes = [0; 4];
    let mut bytes = character.encode_utf8(&mut bytes).bytes();
    bytes.try_for_each(|byte| write!(escaped, "\\x{byte:02x}"))
}

/// Whether a control was escaped here: `\x1b`.
fn is_escape(text: &str) -> bool {
    let digits = text.strip_prefix("\\x").and_then(|rest| rest.get(..2));
    digits.is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_printable_ascii_is_told_by_its_bytes() {
        for (text, quoted) in [
            ("GET / HTTP/1.1", r#""GET / HTTP/1.1""#),
            ("a \"b\"", r#""a \"b\"""#),
            // The two bytes of an e with an accent, as Latin-1 has them.
            ("\u{c3}\u{a9}", r#""\xc3\xa9""#),
            ("\u{ff}", r#""\xff""#),
            ("\u{20ac}", r#""\xe2\x82\xac""#),
            (r"\x1b[31m", r#""\x1b[31m""#),
            (r"C:\dir", r#""C:\\dir""#),
        ] {
            assert_eq!(as_bytes(text, REQUEST), quoted, "{text}");
        }
    }

    #[test]
    fn a_user_is_one_word() {
        assert_eq!(user("alice"), "alice");
        assert_eq!(user(""), "\"\"");
        assert_eq!(
            user("a [1] \"GET /\" é"),
            r"a\x20\x5b1\x5d\x20\x22GET\x20/\x22\x20\xe9"
        );
    }

    #[test]
    fn what_is_long_is_cut_between_characters_and_fits_when_escaped() {
        for character in ["a", "\"", "\\", "é", "\u{ff}", "€", "🦀"] {
            for length in [FIELD, 60_000] {
                let text = format!("GET /{} HTTP/1.1", character.repeat(length));
                let bytes = as_bytes(&text, REQUEST);
                // An escape that is cut may have its backslash doubled.
                assert!(bytes.len() <= REQUEST + 4, "{} of {character}", bytes.len());
                assert!(quoted(&text, REQUEST).len() <= REQUEST + 2, "{character}");
                let json = serde_json::to_string(&for_json(&text, REQUEST)).unwrap();
                assert!(json.len() <= REQUEST + 2, "{} of {character}", json.len());
                let plain = plain(&text, REQUEST);
                assert!(plain.len() <= REQUEST, "{character}");
                for kept in [&bytes, &json, &*plain] {
                    assert!(
                        kept.contains("GET /") && kept.contains(" HTTP/1.1"),
                        "{kept}"
                    );
                }
            }
        }
        let text = format!("GET /{} HTTP/1.1", "a".repeat(60_000));
        let kept = as_bytes(&text, REQUEST);
        let (before, after) = kept.split_once('[').unwrap();
        let (missing, after) = after.split_once("-bytes-cut]").unwrap();
        let missing: usize = missing.parse().unwrap();
        assert_eq!(before.len() + missing + after.len(), text.len() + 2);
    }
}
