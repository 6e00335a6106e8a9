//! Escaping text for HTML, as Python's `html.escape(s, quote=True)`.
//!
//! Everything that a page echoes (a path, a file name, an error message) passes
//! through here, so that no request can put markup into a response.

use memchr::memchr3;
use std::borrow::Cow;

/// Returns `text` with `&`, `<`, `>`, `"` and `'` replaced by character
/// references, as `html.escape` does with `quote=True`.
///
/// The result may stand in an element's content and in a quoted attribute.
/// Text without any of the five is returned as it is, without a copy.
///
/// ```
/// use wasm_host_sdk::html::escape;
///
/// assert_eq!(escape("<a href='x'>&\"</a>"), "&lt;a href=&#x27;x&#x27;&gt;&amp;&quot;&lt;/a&gt;");
/// assert_eq!(escape("plain"), "plain");
/// ```
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| reference(byte).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    escape_into(&mut escaped, text);
    Cow::Owned(escaped)
}

/// Replaces `&`, `<` and `>`, as `html.escape` does with `quote=False`.
///
/// The result may stand in an element's content, and nowhere else.
///
/// ```
/// assert_eq!(wasm_host_sdk::html::escape_text("<it's>"), "&lt;it's&gt;");
/// ```
#[must_use]
pub fn escape_text(text: &str) -> Cow<'_, str> {
    if memchr3(b'&', b'<', b'>', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    Cow::Owned(escaped.replace('>', "&gt;"))
}

/// Appends to `out` what [`escape`] would return for `text`: `html.escape`
/// without a temporary string.
///
/// ```
/// let mut page = String::from("<p>");
/// wasm_host_sdk::html::escape_into(&mut page, "1 < 2");
/// assert_eq!(page, "<p>1 &lt; 2");
/// ```
pub fn escape_into(out: &mut String, text: &str) {
    let mut copied = 0;
    for (at, byte) in text.bytes().enumerate() {
        if let Some(reference) = reference(byte) {
            // Both ends lie beside an ASCII byte, so they are char boundaries.
            out.push_str(&text[copied..at]);
            out.push_str(reference);
            copied = at + 1;
        }
    }
    out.push_str(&text[copied..]);
}

/// The character reference for a byte that HTML would read as markup.
const fn reference(byte: u8) -> Option<&'static str> {
    match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'"' => Some("&quot;"),
        b'\'' => Some("&#x27;"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_the_five_of_python() {
        // Python: html.escape('&<>"\'x&amp;')
        assert_eq!(
            escape("&<>\"'x&amp;"),
            "&amp;&lt;&gt;&quot;&#x27;x&amp;amp;"
        );
    }

    #[test]
    fn borrows_what_needs_no_change() {
        assert!(matches!(escape(""), Cow::Borrowed("")));
        assert!(matches!(escape("naïve ✓ / = `"), Cow::Borrowed(_)));
    }

    #[test]
    fn keeps_text_around_references_whole() {
        assert_eq!(escape("é<é>é"), "é&lt;é&gt;é");
        assert_eq!(escape("<>"), "&lt;&gt;");
    }

    #[test]
    fn into_appends() {
        let mut out = String::from("a");
        escape_into(&mut out, "'");
        escape_into(&mut out, "");
        escape_into(&mut out, "b");
        assert_eq!(out, "a&#x27;b");
    }
}
