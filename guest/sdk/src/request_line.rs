//! The request line (RFC 9112 section 3), read as `parse_request` reads it.

use crate::ascii::is_visible;
use std::fmt::Write as _;

/// The longest request line and the longest field line, in bytes, as in
/// `http.server` and `http.client`.
pub const MAX_LINE: usize = 65_536;

/// A version of HTTP.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The major number.
    pub major: u32,
    /// The minor number.
    pub minor: u32,
}

impl Version {
    /// HTTP/0.9: a line, and no header.
    pub const HTTP_09: Self = Self { major: 0, minor: 9 };
    /// HTTP/1.0.
    pub const HTTP_10: Self = Self { major: 1, minor: 0 };
    /// HTTP/1.1.
    pub const HTTP_11: Self = Self { major: 1, minor: 1 };
    const HTTP_20: Self = Self { major: 2, minor: 0 };

    /// Reads `HTTP/1.1`.
    ///
    /// ```
    /// use wasm_host_sdk::request_line::Version;
    /// assert_eq!(Version::parse("HTTP/1.1"), Some(Version::HTTP_11));
    /// assert_eq!(Version::parse("HTTP/1.x"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "HTTP/1.1" {
            return Some(Self::HTTP_11);
        }
        let (major, minor) = text.strip_prefix("HTTP/")?.split_once('.')?;
        Some(Self {
            major: number(major)?,
            minor: number(minor)?,
        })
    }
}

/// A version's number: digits only, ten at most, as in `http.server`.
fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.len() <= 10 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u32::MAX))
}

/// A request line's parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLine<'a> {
    /// The method: `command`.
    pub method: &'a str,
    /// The request target.
    pub target: &'a str,
    /// The version as written, and as numbers. None for HTTP/0.9.
    pub version: Option<(&'a str, Version)>,
}

/// Why a request line was refused: a status code, and what to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// 400 or 505.
    pub status: u16,
    /// The message, as `http.server` words it.
    pub message: String,
}

impl Refusal {
    #[cold]
    pub(crate) fn bad_request(message: String) -> Self {
        Self {
            status: 400,
            message,
        }
    }
}

/// Reads a request line, without its line end.
///
/// Words are separated by spaces or tabs, as in `http.server`; other controls
/// are refused, as are a method that isn't a token and a target that has
/// anything but visible ASCII characters.
///
/// # Errors
///
/// 400 for what isn't a request line, 505 for HTTP/2.0 and above.
///
/// ```
/// use wasm_host_sdk::request_line::parse;
/// let line = parse("GET /a?b HTTP/1.1").unwrap();
/// assert_eq!((line.method, line.target), ("GET", "/a?b"));
/// assert_eq!(parse("GET / HTTP/3.0").unwrap_err().status, 505);
/// ```
pub fn parse(line: &str) -> Result<RequestLine<'_>, Refusal> {
    let syntax = || syntax_error(line);
    let (method, rest) = split_word(line).ok_or_else(syntax)?;
    let (target, rest) = split_word(rest).ok_or_else(syntax)?;
    let version = match split_word(rest) {
        Some((written, rest)) => {
            let more = last_word(rest);
            let version = check_version(more.unwrap_or(written))?;
            if more.is_some() {
                return Err(syntax());
            }
            Some((written, version))
        }
        None if method == "GET" && target.starts_with('/') => None,
        None if method == "GET" => return Err(syntax()),
        None => {
            let message = format!("Bad HTTP/0.9 request type ({})", repr(method));
            return Err(Refusal::bad_request(message));
        }
    };
    // An absolute form without a host (RFC 9110 section 4.2.1).
    if !target.starts_with('/')
        && let Some((_, rest)) = target.split_once("://")
        && (rest.is_empty() || rest.starts_with('/'))
    {
        return Err(syntax());
    }
    if !method.bytes().all(is_token) || !is_visible(target.as_bytes()) {
        return Err(syntax());
    }
    Ok(RequestLine {
        method,
        target,
        version,
    })
}

/// Why something isn't a request line.
#[cold]
pub(crate) fn syntax_error(line: &str) -> Refusal {
    Refusal::bad_request(format!("Bad request syntax ({})", repr(line)))
}

/// The version that a line names which may be wrong in other ways: its last word
/// of three at least, if that is one below HTTP/2.0.
pub(crate) fn named_version(line: &str) -> Option<(&str, Version)> {
    let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
    let last = words.by_ref().skip(2).last()?;
    let version = Version::parse(last)?;
    (version < Version::HTTP_20).then_some((last, version))
}

/// Cuts off the first word. None if there is none.
fn split_word(text: &str) -> Option<(&str, &str)> {
    let start = text.bytes().position(|byte| !is_blank(byte))?;
    let text = &text[start..];
    let end = text.bytes().position(is_blank).unwrap_or(text.len());
    Some(text.split_at(end))
}

fn last_word(text: &str) -> Option<&str> {
    let blank = [' ', '\t'];
    text.rsplit(blank).find(|word| !word.is_empty())
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn check_version(written: &str) -> Result<Version, Refusal> {
    let version = Version::parse(written).ok_or_else(|| bad_version(written))?;
    if version >= Version::HTTP_20 {
        return Err(unsupported_version(written));
    }
    Ok(version)
}

/// Refuses a version that isn't one of HTTP/1, or isn't spelt as RFC 9112
/// section 2.3 has it: a digit, a dot, a digit.
pub(crate) fn check_http_1(written: &str, version: Version) -> Result<(), Refusal> {
    if written.len() != "HTTP/1.1".len() {
        return Err(bad_version(written));
    }
    if version < Version::HTTP_10 {
        return Err(unsupported_version(written));
    }
    Ok(())
}

#[cold]
fn bad_version(written: &str) -> Refusal {
    Refusal::bad_request(format!("Bad request version ({})", repr(written)))
}

#[cold]
fn unsupported_version(written: &str) -> Refusal {
    Refusal {
        status: 505,
        message: format!("Invalid HTTP version ({})", &written["HTTP/".len()..]),
    }
}

/// `tchar` (RFC 9110 section 5.6.2).
pub(crate) fn is_token(byte: u8) -> bool {
    TOKEN[byte as usize]
}

const TOKEN: [bool; 256] = {
    let mut token = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let character = byte as u8;
        token[byte] = character.is_ascii_alphanumeric()
            || matches!(
                character,
                b'!' | b'#'
                    | b'$'
                    | b'%'
                    | b'&'
                    | b'\''
                    | b'*'
                    | b'+'
                    | b'-'
                    | b'.'
                    | b'^'
                    | b'_'
                    | b'`'
                    | b'|'
                    | b'~'
            );
        byte += 1;
    }
    token
};

/// Text as Python's `repr()` shows it, which is how `http.server` words its
/// messages.
pub(crate) fn repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut shown = String::with_capacity(text.len() + 2);
    shown.push(quote);
    for character in text.chars() {
        match character {
            '\\' => shown.push_str("\\\\"),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if c == quote => {
                shown.push('\\');
                shown.push(c);
            }
            c if c.is_control() || c == '\u{a0}' || c == '\u{ad}' => {
                // Writing to a String can't fail.
                let _ = write!(shown, "\\x{:02x}", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    shown.push(quote);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lines_as_python_does() {
        let line = parse("GET  /\tHTTP/1.1 ").unwrap();
        assert_eq!((line.method, line.target), ("GET", "/"));
        assert_eq!(line.version, Some(("HTTP/1.1", Version::HTTP_11)));
        assert_eq!(parse("GET / ").unwrap().version, None);
        assert_eq!(
            parse("GET / HTTP/01.1").unwrap().version,
            Some(("HTTP/01.1", Version::HTTP_11))
        );
    }

    #[test]
    fn refuses_with_pythons_words() {
        for (line, status, message) in [
            ("GET", 400, "Bad request syntax ('GET')"),
            ("GET / FTP/1.1", 400, "Bad request version ('FTP/1.1')"),
            ("GET / HTTP/1", 400, "Bad request version ('HTTP/1')"),
            (
                "GET / HTTP/1.1.1",
                400,
                "Bad request version ('HTTP/1.1.1')",
            ),
            ("GET / HTTP/-1.1", 400, "Bad request version ('HTTP/-1.1')"),
            (
                "GET /spaced out HTTP/1.1",
                400,
                "Bad request syntax ('GET /spaced out HTTP/1.1')",
            ),
            (
                "GET / HTTP/1.1 HTTP/1.1",
                400,
                "Bad request syntax ('GET / HTTP/1.1 HTTP/1.1')",
            ),
            ("GET HTTP/1.1", 400, "Bad request syntax ('GET HTTP/1.1')"),
            ("POST /", 400, "Bad HTTP/0.9 request type ('POST')"),
            ("GET / HTTP/2.0", 505, "Invalid HTTP version (2.0)"),
            (
                "G@T / HTTP/1.1",
                400,
                "Bad request syntax ('G@T / HTTP/1.1')",
            ),
            (
                "GET /\u{e9} HTTP/1.1",
                400,
                "Bad request syntax ('GET /é HTTP/1.1')",
            ),
            (
                "GET /\x0c HTTP/1.1",
                400,
                "Bad request syntax ('GET /\\x0c HTTP/1.1')",
            ),
        ] {
            let refusal = parse(line).unwrap_err();
            assert_eq!(
                (refusal.status, refusal.message.as_str()),
                (status, message),
                "{line:?}"
            );
        }
    }

    #[test]
    fn a_version_of_http_1_has_one_spelling() {
        let check = |written| check_http_1(written, Version::parse(written).unwrap());
        for good in ["HTTP/1.0", "HTTP/1.1", "HTTP/1.2", "HTTP/1.9"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, status) in [
            ("HTTP/01.1", 400),
            ("HTTP/1.10", 400),
            ("HTTP/1.01", 400),
            ("HTTP/00.9", 400),
            ("HTTP/0.9", 505),
            ("HTTP/0.0", 505),
        ] {
            assert_eq!(check(bad).unwrap_err().status, status, "{bad}");
        }
    }

    #[test]
    fn a_bad_line_may_name_its_version() {
        for (line, version) in [
            ("GET / x HTTP/1.1", Some(Version::HTTP_11)),
            ("G@T / HTTP/1.0", Some(Version::HTTP_10)),
            ("GET / x HTTP/0.9", Some(Version::HTTP_09)),
            ("GET HTTP/1.1", None),
            ("GET / HTTP/2.0", None),
            ("GET / HTTP/1.1 x", None),
            ("", None),
        ] {
            let named = named_version(line).map(|(_, version)| version);
            assert_eq!(named, version, "{line:?}");
        }
    }

    #[test]
    fn repr_is_pythons() {
        assert_eq!(repr("it's"), "\"it's\"");
        assert_eq!(repr("'\""), "'\\'\"'");
        assert_eq!(repr("\x1b\\"), "'\\x1b\\\\'");
    }
}
