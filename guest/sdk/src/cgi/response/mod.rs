//! What a script's output begins with (RFC 3875 section 6): its head.

mod fields;
mod location;
mod oddity;
#[cfg(test)]
mod tests;

pub use oddity::Oddity;

use crate::decimal;
use crate::status::HttpStatus;
use fields::Field;

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
    /// A second `Content-Length` says another length than the first.
    #[error("it has two lengths: {0} and {1}")]
    Lengths(u64, u64),
    /// `Status` doesn't begin with three digits from 100 on, or would have the
    /// connection speak another protocol.
    #[error("its Status isn't a status: {0:?}")]
    Status(String),
    /// `Location` is empty.
    #[error("its Location is empty")]
    Location,
    /// `Content-Length` isn't a number.
    #[error("its Content-Length isn't a number: {0:?}")]
    ContentLength(String),
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
    /// What is unusual about it, and was understood all the same.
    pub oddities: Vec<Oddity>,
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
        let lines = fields::read(head, &mut parsed.oddities)?;
        if let Some(line) = lines.status {
            parsed.take_status_line(line)?;
        }
        let mut typed = false;
        for field in lines.fields {
            typed |= field.name.eq_ignore_ascii_case("Content-Type");
            parsed.take(field)?;
        }
        if !typed && parsed.code.is_none() && parsed.location.is_none() {
            parsed.oddities.push(Oddity::Untyped);
        }
        Ok(parsed)
    }

    /// `HTTP/1.1 404 Not Found` in place of `Status: 404 Not Found`.
    fn take_status_line(&mut self, line: String) -> Result<(), HeadError> {
        let value = line.split_once(' ').map_or("", |(_, value)| value.trim());
        let Some((code, reason)) = status(value) else {
            return Err(HeadError::Status(line));
        };
        self.code = Some(code);
        self.reason = reason;
        self.oddities.push(Oddity::StatusLine);
        Ok(())
    }

    fn take(&mut self, field: Field) -> Result<(), HeadError> {
        let Field { name, value } = field;
        if name.eq_ignore_ascii_case("Status") {
            let (code, reason) = status(&value).ok_or(HeadError::Status(value))?;
            self.reason = reason;
            // One after a status line is the more deliberate of the two.
            if self.code.replace(code).is_some_and(|other| other != code) {
                self.oddities.push(Oddity::Repeated("Status"));
            }
        } else if name.eq_ignore_ascii_case("Location") {
            self.take_location(&value)?;
        } else if name.eq_ignore_ascii_case("Content-Length") {
            self.take_length(value)?;
        } else if name.eq_ignore_ascii_case("Content-Type") {
            self.take_type(name, value);
        } else if !is_servers_own(&name) {
            self.fields.push((name, value));
        }
        Ok(())
    }

    fn take_location(&mut self, value: &str) -> Result<(), HeadError> {
        if value.is_empty() {
            return Err(HeadError::Location);
        }
        let location = location::as_uri(value);
        if location != value {
            self.oddities.push(Oddity::Location);
        }
        if self.location.replace(location.into_owned()).is_some() {
            self.oddities.push(Oddity::Repeated("Location"));
        }
        Ok(())
    }

    /// Two lengths that differ are two messages to two readers (RFC 9112 section
    /// 6.3), and never passed on.
    fn take_length(&mut self, value: String) -> Result<(), HeadError> {
        let length = decimal::parse(value.as_bytes());
        let length = length.ok_or(HeadError::ContentLength(value))?;
        match self.content_length.replace(length) {
            Some(other) if other != length => return Err(HeadError::Lengths(other, length)),
            Some(_) => self.oddities.push(Oddity::Repeated("Content-Length")),
            None => {}
        }
        Ok(())
    }

    /// The last of several types is the one that counts, as browsers have it; a
    /// client never gets two to choose from.
    fn take_type(&mut self, name: String, value: String) {
        let is_type = |(name, _): &&mut (String, String)| name.eq_ignore_ascii_case("Content-Type");
        match self.fields.iter_mut().find(is_type) {
            Some((_, first)) => {
                *first = value;
                self.oddities.push(Oddity::Repeated("Content-Type"));
            }
            None => self.fields.push((name, value)),
        }
    }

    /// Whether another head follows: this one is an interim response's (RFC 9110
    /// section 15.2).
    #[must_use]
    pub fn is_interim(&self) -> bool {
        self.code.is_some_and(HttpStatus::is_informational)
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

/// Whether a field of this name isn't the script's to send, or the client's to see.
fn is_servers_own(name: &str) -> bool {
    let prefix = name.as_bytes().get(..EXTENSION.len());
    let extension = prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(EXTENSION.as_bytes()));
    extension || SERVERS_OWN.iter().any(|own| name.eq_ignore_ascii_case(own))
}

/// `404 Not Found`, or `404`. Not 101, after which the connection would speak
/// something else than HTTP.
fn status(value: &str) -> Option<(HttpStatus, Option<String>)> {
    let (code, reason) = value.split_once([' ', '\t']).unwrap_or((value, ""));
    let digits = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    let code: u16 = code.parse().ok().filter(|&code| digits && code >= 100)?;
    let reason = Some(reason.trim()).filter(|reason| !reason.is_empty());
    (code != 101).then(|| (HttpStatus::new(code), reason.map(str::to_owned)))
}
