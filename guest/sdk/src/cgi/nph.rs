//! The output of a script whose name begins with `nph-`, which is all of a response and
//! leaves as it is (RFC 3875 section 5).
//!
//! What its head says of the connection is the server's to keep: it stays open after
//! output that says so, says where it ends, and ends there.

use super::CgiHttpRequestHandler;
use super::head::speaks_1_1;
use super::response::{HeadError, MAX_HEAD, head_length};
use super::run::{Fault, Running};
use crate::decimal;
use crate::exchange::HeadSays;
use crate::status::HttpStatus;
use std::io::Write;

/// What is known of the output by what has come of it.
enum Seen {
    /// A part of the head.
    Head(Vec<u8>),
    /// A head after which the connection can stay open, and how much content is still to
    /// come.
    Kept(HeadSays, u64),
    /// One after which it closes: so it says, or doesn't say where it ends, or another
    /// head follows.
    Closed,
}

/// Sends output as it comes, and none beyond the end that it has named.
pub(super) fn pass_through<H: CgiHttpRequestHandler>(
    handler: &mut H,
    running: &mut Running,
) -> Result<(), Fault> {
    let mut bytes = running.read()?;
    if bytes.is_empty() {
        running.wait(handler)?;
        return Err(HeadError::Empty.into());
    }
    let asked_to_close = std::mem::replace(&mut handler.exchange().close_connection, true);
    handler.log_request(status_of(&bytes), None);
    let mut seen = match speaks_1_1(handler) {
        true => Seen::Head(Vec::new()),
        false => Seen::Closed,
    };
    let mut excess = false;
    while !bytes.is_empty() {
        let is_head = handler.exchange().command == "HEAD";
        let fits = seen.take(&bytes, is_head);
        excess |= fits < bytes.len();
        let wfile = &mut handler.exchange().wfile;
        wfile.write_all(&bytes[..fits])?;
        wfile.flush()?;
        bytes = running.read()?;
    }
    running.wait(handler)?;
    if excess {
        running.log(handler, "it printed more than its Content-Length");
    }
    if let Seen::Kept(says, 0) = seen
        && !excess
    {
        let exchange = handler.exchange();
        exchange.head_says = says;
        exchange.close_connection = asked_to_close;
    }
    Ok(())
}

impl Seen {
    /// Takes more output. Returns how much of it is the response's.
    fn take(&mut self, bytes: &[u8], is_head: bool) -> usize {
        match self {
            Self::Closed => bytes.len(),
            Self::Kept(_, left) => {
                let fits = usize::try_from(*left).unwrap_or(usize::MAX);
                let fits = fits.min(bytes.len());
                *left -= fits as u64;
                fits
            }
            Self::Head(head) => {
                let before = head.len();
                head.extend_from_slice(bytes);
                let Some(length) = head_length(head, before) else {
                    if head.len() > MAX_HEAD {
                        *self = Self::Closed;
                    }
                    return bytes.len();
                };
                *self = kept(&head[..length], is_head)
                    .map_or(Self::Closed, |(says, left)| Self::Kept(says, left));
                let of_head = length - before;
                of_head + self.take(&bytes[of_head..], is_head)
            }
        }
    }
}

/// What a head says after which the connection can stay open, and how long its content
/// is. None: it can't.
fn kept(head: &[u8], is_head: bool) -> Option<(HeadSays, u64)> {
    let mut lines = head
        .split(|&byte| byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let line = lines.next()?;
    // What earlier versions say of it, not all clients understand.
    let status = line.starts_with(b"HTTP/1.1 ").then(|| status_of(line))?;
    let mut length = None;
    for line in lines.take_while(|line| !line.is_empty()) {
        let colon = memchr::memchr(b':', line)?;
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        if is("Connection") || is("Transfer-Encoding") {
            return None;
        }
        if is("Content-Length") && length.replace(decimal::parse(value)?).is_some() {
            return None;
        }
    }
    if status.is_informational() {
        return None;
    }
    let has_content = !is_head && status.allows_body();
    let content_length = if has_content { Some(length?) } else { length };
    let says = HeadSays {
        status: Some(status),
        content_length,
        ..HeadSays::default()
    };
    Some((says, content_length.filter(|_| has_content).unwrap_or(0)))
}

/// The status code in a status line, for the log.
fn status_of(output: &[u8]) -> HttpStatus {
    let code = output.get(9..12).filter(|_| output.starts_with(b"HTTP/"));
    let code = code.and_then(|code| std::str::from_utf8(code).ok());
    let code = code.and_then(|code| code.parse().ok());
    code.map_or(HttpStatus::OK, HttpStatus::new)
}
