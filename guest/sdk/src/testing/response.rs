//! A response that a test looks at.

use super::MemoryTransport;
use crate::body::RequestBody;
use crate::framing::Framing;
use crate::headers::{Headers, latin1};
use crate::link::Link;
use std::borrow::Cow;
use std::cell::RefCell;
use std::io::Read;
use std::rc::Rc;

/// One response, taken apart.
#[derive(Debug, Clone)]
pub struct Response {
    /// Its version, as `HTTP/1.1`.
    pub version: String,
    /// Its status code.
    pub status: u16,
    /// Its reason phrase.
    pub reason: String,
    /// Its header fields.
    pub headers: Headers,
    /// Its content, without the transfer coding. Where neither its length nor
    /// chunks say where it ends, all that follows.
    pub body: Vec<u8>,
}

impl Response {
    /// A field's value, if the field is there.
    ///
    /// # Panics
    ///
    /// It is there more than once, or isn't ASCII: see
    /// [`headers`](Self::headers) for these.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let fields = self.headers.items();
        let mut values = fields
            .filter(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value);
        let value = values.next()?;
        assert!(values.next().is_none(), "{name} is there twice");
        match value {
            Cow::Borrowed(value) => Some(value),
            Cow::Owned(value) => panic!("{name} isn't ASCII: {value}"),
        }
    }

    /// The content as text.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

/// The first response that isn't an interim one.
pub(super) fn first_final(sent: &[u8]) -> Response {
    let mut rest = sent;
    loop {
        let (mut response, content) = split(rest).unwrap_or_else(|| {
            panic!("no response in what was sent: {}", rest.escape_ascii());
        });
        if !(100..200).contains(&response.status) {
            response.body = body(&response.headers, content);
            return response;
        }
        rest = content;
    }
}

/// Parses a head; what follows it is returned with it.
fn split(bytes: &[u8]) -> Option<(Response, &[u8])> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let (head, content) = bytes.split_at(end);
    let line_end = head.windows(2).position(|two| two == b"\r\n")? + 2;
    let (line, section) = head.split_at(line_end);
    let line = latin1(line.strip_suffix(b"\r\n")?);
    let mut words = line.splitn(3, ' ').map(str::to_owned);
    let response = Response {
        version: words.next().filter(|word| word.starts_with("HTTP/"))?,
        status: words.next()?.parse().ok()?,
        reason: words.next()?,
        headers: Headers::parse(section).ok()?,
        body: Vec::new(),
    };
    Some((response, content))
}

fn body(headers: &Headers, content: &[u8]) -> Vec<u8> {
    if headers.contains("Transfer-Encoding") {
        return without_chunks(content);
    }
    let length = headers.get("Content-Length");
    let length = length.and_then(|length| length.parse().ok());
    let length = length.unwrap_or(content.len()).min(content.len());
    content[..length].to_vec()
}

fn without_chunks(content: &[u8]) -> Vec<u8> {
    let link = Link::new(Box::new(MemoryTransport::new(content)));
    let mut chunked = RequestBody::new(Rc::new(RefCell::new(link)));
    chunked.begin(Framing::Chunked);
    let mut body = Vec::new();
    let read = chunked.read_to_end(&mut body);
    read.unwrap_or_else(|error| panic!("{error}: {}", content.escape_ascii()));
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interim_responses_are_passed_over() {
        let sent = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Very Well\r\nA: b\r\n\r\nrest";
        let response = first_final(sent);
        assert_eq!(
            (response.status, response.reason.as_str()),
            (200, "Very Well")
        );
        assert_eq!(response.field("a"), Some("b"));
        assert_eq!(response.field("c"), None);
        assert_eq!(response.text(), "rest");
    }

    #[test]
    fn a_body_ends_where_the_head_says() {
        let length = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 404 N\r\n\r\n";
        assert_eq!(first_final(length).body, b"ab");
        let chunked =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\nHTTP";
        assert_eq!(first_final(chunked).body, b"ab");
    }

    #[test]
    #[should_panic(expected = "no response in what was sent: hello")]
    fn what_is_no_response_is_shown() {
        first_final(b"hello");
    }
}
