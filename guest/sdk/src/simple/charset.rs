//! Which charset a text is said to have (RFC 9110 section 8.3.2).
//!
//! A charset in `Content-Type` outranks what a text says of itself, so none is sent
//! that isn't known to be right:
//!
//! * A page has its `<meta>`, a style sheet its `@charset`, XML its declaration; a
//!   script has its page's charset. They get none, as from `http.server` and nginx.
//! * Plain text and its like can't declare anything. It is UTF-8 if it can be read as
//!   that, which hardly any text in another charset can by chance.
//! * With `--charset`, the server's owner says what all texts have.

use super::content_type::{self, ExtensionsMap};
use crate::Exchange;
use crate::file::File;
use std::borrow::Cow;

/// How much of a text is looked at.
const LOOK: usize = 64 * 1024;

/// Types of text that declare their charset themselves, or have their page's.
const DECLARING: [&str; 4] = ["text/html", "text/css", "text/javascript", "text/xml"];

/// Adds a charset to the type of the file of this name, if one is known. `text` is
/// the file and its length; none where only a compressed one is there.
pub(super) fn declare(
    exchange: &Exchange,
    content_type: &mut Cow<'static, str>,
    name: &[u8],
    text: Option<(&File, u64)>,
) {
    if !content_type.starts_with("text/") || content_type.contains(';') {
        return;
    }
    if let Some(charset) = &exchange.server.simple.charset {
        let labelled = format!("{content_type}; charset={charset}");
        *content_type = Cow::Owned(labelled);
    } else if declares_nothing(content_type, name)
        && text.is_some_and(|(file, length)| is_utf8(file, length))
    {
        *content_type = match content_type.as_ref() {
            "text/plain" => Cow::Borrowed("text/plain; charset=utf-8"),
            other => Cow::Owned(format!("{other}; charset=utf-8")),
        };
    }
}

/// A type of a handler's own is sent as the handler wrote it.
fn declares_nothing(content_type: &str, name: &[u8]) -> bool {
    !DECLARING.contains(&content_type)
        && content_type::guess(name, &ExtensionsMap::new()).is_some_and(|it| it == content_type)
}

fn is_utf8(file: &File, length: u64) -> bool {
    let look = usize::try_from(length).map_or(LOOK, |length| length.min(LOOK));
    let mut text = Vec::new();
    while text.len() < look {
        match file.read_at(text.len() as u64, look - text.len()) {
            Ok(bytes) if bytes.is_empty() => break,
            Ok(bytes) => text.extend_from_slice(&bytes),
            Err(_) => return false,
        }
    }
    reads_as_utf8(&text, length > text.len() as u64)
}

/// Whether a text, or its beginning, is UTF-8. An escape begins another charset in
/// ISO 2022 (RFC 1468), a NUL is half of a character in UTF-16: neither is in plain
/// text.
fn reads_as_utf8(text: &[u8], goes_on: bool) -> bool {
    if memchr::memchr2(0, 0x1b, text).is_some() {
        return false;
    }
    match std::str::from_utf8(text) {
        // A beginning that is all ASCII says nothing of the rest.
        Ok(text) => !goes_on || !text.is_ascii(),
        // It may be cut within a character.
        Err(error) => goes_on && error.error_len().is_none() && error.valid_up_to() > 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_utf8() {
        for (text, goes_on, expected) in [
            (&b""[..], false, true),
            (b"ascii\n", false, true),
            ("größer".as_bytes(), false, true),
            ("größer".as_bytes(), true, true),
            (b"gr\xf6\xdfer", false, false),
            (b"gr\xc3\xb6\xc3", true, true),
            (b"gr\xc3\xb6\xc3", false, false),
            (b"gr\xc3\xb6\xf6x", true, false),
            (b"ascii so far", true, false),
            (b"\xff\xfea\0", false, false),
            (b"a\0b\0", false, false),
            (b"\x1b$B$3\x1b(B", false, false),
            (b"\xa4\xb3\xa4\xf3", false, false),
        ] {
            assert_eq!(
                reads_as_utf8(text, goes_on),
                expected,
                "{}",
                text.escape_ascii()
            );
        }
    }
}
