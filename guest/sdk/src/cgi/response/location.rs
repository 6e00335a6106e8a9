//! `Location`, as scripts print it: with whatever a file's name or a form had in it.

use std::borrow::Cow;
use std::fmt::Write;

/// What stands for itself in a URI (RFC 3986 section 2), the percent sign of what is
/// encoded already among it.
fn is_uri(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(character)
}

/// A value as a URI: everything that can't stand in one is percent-encoded, byte by
/// byte. Characters are the bytes that the script printed.
///
/// A backslash is encoded, too: browsers would take it for a slash, and `/\host` for
/// another server.
pub(super) fn as_uri(value: &str) -> Cow<'_, str> {
    if value.chars().all(is_uri) {
        return Cow::Borrowed(value);
    }
    let mut uri = String::with_capacity(value.len() + 8);
    for character in value.chars() {
        if is_uri(character) {
            uri.push(character);
        } else {
            // Writing to a String can't fail.
            let _ = write!(uri, "%{:02X}", u32::from(character));
        }
    }
    Cow::Owned(uri)
}
