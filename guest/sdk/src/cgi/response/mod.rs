//! What a script's output begins with (RFC 3875 section 6): its head.

use crate::decimal;
use crate::headers::latin1;
use crate::request_line::is_token;
use crate::status::HttpStatus;

#[cfg(test)]
mod tests;

/// The most bytes of a script's head.
pub const MAX_HEAD: usize = 64 * 1024;

/// Fields that the server says itself, or that concern one connection only (RFC
/// 3875 section 6.3.4, RFC 9110 section 7.6.1).
const SERVERS_OWN: [&str; 9] = [
    "Connection",
    "Date",
    "Keep-Alive",
    "Proxy-Connection",
    "Server",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
];

/// The prefix of fields that are meant for the server alone (RFC 3875 section
/// 6.3.5).
const EXTENSION: &str = "X-CGI-";

/// Why a script's head isn't one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// The script printed nothing.
    #[error("it printed nothing")]
    Empty,
    /// The script ended before its head did.
    #[error("its head has no empty line at its end")]
    Cut,
    /// More than [`MAX_HEAD`] bytes.
    #[error("its head is longer than {MAX_HEAD} bytes")]
    TooLong,
    /// A line that isn't a name, a colon and a value.
    #[error("its head has a line that isn't a field: {0:?}")]
    Line(String),
    /// A control character in a value.
    #[error("the value of {0} has a control character")]
    Value(String),
    /// A field that there may be only one of.
    #[error("there is more than one {0}")]
    Twice(&'static str),
    /// `Status` doesn't begin with three digits from 200 on.
    #[error("its Status isn't a status: {0:?}")]
    Status(String),
    /// `Location` is empty, or isn't a URI.
    #[error("its Location isn't a URI: {0:?}")]
    Location(String),
    /// `Content-Length` isn't a number.
    #[error("its Content-Length isn't a number: {0:?}")]
    ContentLength(String),
    /// None of Content-Type, Location and Status.
    #[error("its head has none of Content-Type, Location and Status")]
    Nothing,
}

/// A script's head.
///
/// ```
/// use wasm_host_sdk::HttpStatus;
/// use wasm_host_sdk::cgi::response::Head;
///
/// let head = Head::parse(b"Status: 404 Gone fishing\nContent-Type: text/plain\n\n").unwrap();
/// assert_eq!(head.status(), HttpStatus::NOT_FOUND);
/// assert_eq!(head.reason.as_deref(), Some("Gone fishing"));
/// assert_eq!(head.fields, [("Content-Type".to_owned(), "text/plain".to_owned())]);
/// ```
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Head {
    /// `Status`, the code.
    pub code: Option<HttpStatus>,
    /// `Status`, the words.
    pub reason: Option<String>,
    /// `Location`.
    pub location: Option<String>,
    /// `Content-Length`.
    pub content_length: Option<u64>,
    /// The other fields that are the client's, in order; values are Latin-1.
    pub fields: Vec<(String, String)>,
}

/// Where the head at the start of `output` ends: after its first empty line.
/// Looked for from `from` on, which is the length of what was looked at before.
///
/// ```
/// use wasm_host_sdk::cgi::response::head_length;
///
/// assert_eq!(head_length(b"Content-Type: text/plain\r\n\r\nhello", 0), Some(28));
/// assert_eq!(head_length(b"Content-Type: text/plain\r\n", 0), None);
/// ```
#[must_use]
pub fn head_length(output: &[u8], from: usize) -> Option<usize> {
    let mut line = output[..from.min(output.len())]
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |at| at + 1);
    while let Some(length) = memchr::memchr(b'\n', &output[line..]) {
        let end = line + length + 1;
        if matches!(&output[line..end], b"\n" | b"\r\n") {
            return Some(end);
        }
        line = end;
    }
    None
}

impl Head {
    /// Reads a head, with the empty line at its end. Lines end in LF or CRLF.
    ///
    /// # Errors
    ///
    /// See [`HeadError`].
    pub fn parse(head: &[u8]) -> Result<Self, HeadError> {
        let mut parsed = Self::default();
        let mut typed = false;
        for line in head.split(|&byte| byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() {
                break;
            }
            let (name, value) = field(line)?;
            if name.eq_ignore_ascii_case("Content-Type") {
                if std::mem::replace(&mut typed, true) {
                    return Err(HeadError::Twice("Content-Type"));
                }
                parsed.fields.push((name, value));
            } else {
                parsed.take(name, value)?;
            }
        }
        if !typed && parsed.code.is_none() && parsed.location.is_none() {
            return Err(HeadError::Nothing);
        }
        Ok(parsed)
    }

    fn take(&mut self, name: String, value: String) -> Result<(), HeadError> {
        if name.eq_ignore_ascii_case("Status") {
            let (code, reason) = status(&value).ok_or(HeadError::Status(value))?;
            self.reason = reason;
            return once(&mut self.code, code, "Status");
        }
        if name.eq_ignore_ascii_case("Location") {
            if value.is_empty() || !value.bytes().all(|byte| byte > b' ') {
                return Err(HeadError::Location(value));
            }
            return once(&mut self.location, value, "Location");
        }
        if name.eq_ignore_ascii_case("Content-Length") {
            let length = decimal::parse(value.as_bytes());
            let length = length.ok_or(HeadError::ContentLength(value))?;
            return once(&mut self.content_length, length, "Content-Length");
        }
        let own = SERVERS_OWN.iter().any(|own| name.eq_ignore_ascii_case(own));
        let prefix = name.as_bytes().get(..EXTENSION.len());
        let extension =
            prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(EXTENSION.as_bytes()));
        if !own && !extension {
            self.fields.push((name, value));
        }
        Ok(())
    }

    /// The status to answer with: that of `Status`; otherwise 302 if there is a
    /// `Location`, and 200 if not.
    #[must_use]
    pub fn status(&self) -> HttpStatus {
        let default = match self.location {
            Some(_) => HttpStatus::FOUND,
            None => HttpStatus::OK,
        };
        self.code.unwrap_or(default)
    }

    /// Where in this server the answer is to be found, if the script says no
    /// more than that (RFC 3875 section 6.2.2).
    ///
    /// A head with another status, with a fragment, or with fields that would
    /// be lost (a cookie) is the client's: it gets the path as a redirect.
    #[must_use]
    pub fn local_redirect(&self) -> Option<&str> {
        let location = self.location.as_deref()?;
        let path =
            location.starts_with('/') && location.bytes().all(|byte| byte.is_ascii_graphic());
        let alone = self
            .fields
            .iter()
            .all(|(name, _)| name.eq_ignore_ascii_case("Content-Type"));
        let plain = self.code.is_none_or(|code| code == HttpStatus::OK);
        (path && alone && plain && !location.contains('#')).then_some(location)
    }
}

/// Keeps a value, if there was none.
fn once<T>(kept: &mut Option<T>, value: T, name: &'static str) -> Result<(), HeadError> {
    match kept.replace(value) {
        None => Ok(()),
        Some(_) => Err(HeadError::Twice(name)),
    }
}

fn field(line: &[u8]) -> Result<(String, String), HeadError> {
    let bad = || HeadError::Line(shortened(line));
    let colon = memchr::memchr(b':', line).ok_or_else(bad)?;
    let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
    if name.is_empty() || !name.iter().copied().all(is_token) {
        return Err(bad());
    }
    let name = latin1(name).into_owned();
    // Bytes from 0x80 on may be anything (RFC 9110 section 5.5), UTF-8 mostly.
    let control = |&byte: &u8| byte != b'\t' && byte.is_ascii_control();
    if value.iter().any(control) {
        return Err(HeadError::Value(name));
    }
    Ok((name, latin1(value).into_owned()))
}

/// `404 Not Found`, or `404`. A final status: an interim one isn't an answer.
fn status(value: &str) -> Option<(HttpStatus, Option<String>)> {
    let (code, reason) = value.split_once([' ', '\t']).unwrap_or((value, ""));
    let digits = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    let code: u16 = code.parse().ok().filter(|&code| digits && code >= 200)?;
    let reason = Some(reason.trim()).filter(|reason| !reason.is_empty());
    Some((HttpStatus::new(code), reason.map(str::to_owned)))
}

/// The start of a line, for the log.
fn shortened(line: &[u8]) -> String {
    const MOST: usize = 80;
    latin1(&line[..line.len().min(MOST)]).into_owned()
}
