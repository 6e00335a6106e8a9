//! The bytes that a handler writes, as a response again.
//!
//! 1. Gather a head (RFC 9112 sections 4 and 5), and read it.
//! 2. Forget it if it is an interim response's (RFC 9110 section 15.2): the host
//!    sends those.
//! 3. Hand the final one on, without the fields that concern the connection.
//! 4. Hand its content on as it comes, without the chunked coding if the
//!    handler wrote that (RFC 9112 section 7.1); or nothing, if the response
//!    has none (section 6.3).

use super::request_head::concerns_connection;
use crate::body::chunk_size;
use crate::status::HttpStatus;

/// The most fields in a response's head.
const MAX_FIELDS: usize = 256;

/// A response's head.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) fields: Vec<(String, Vec<u8>)>,
    pub(super) has_content: bool,
}

impl Head {
    /// Whether Content-Length says that there is, or would be, content.
    pub(super) fn announces_content(&self) -> bool {
        self.fields
            .iter()
            .any(|(name, value)| name.eq_ignore_ascii_case("Content-Length") && value != b"0")
    }
}

/// Why what a handler wrote isn't a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadResponse {
    #[error("the response's head isn't HTTP")]
    Head,
    #[error("a response can't switch protocols here")]
    Upgrade,
    #[error("the response's chunks are broken")]
    Chunk,
}

/// What was decoded of some bytes, in this order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Decoded<'a> {
    pub(super) head: Option<Head>,
    pub(super) content: Vec<&'a [u8]>,
}

/// Decodes one response.
#[derive(Debug)]
pub(super) struct Decoder {
    to_head: bool,
    state: State,
    /// The start of a head or of a line, whose rest is still to come.
    partial: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    /// Whatever comes is content.
    Content,
    /// Whatever comes is nothing: HEAD, 204, 304.
    NoContent,
    ChunkSize,
    Chunk(u64),
    ChunkEnd,
    Trailer,
    AfterLastChunk,
}

impl Decoder {
    /// For the response to a request of this method.
    pub(super) fn new(method: &str) -> Self {
        Self {
            to_head: method == "HEAD",
            state: State::Head,
            partial: Vec::new(),
        }
    }

    /// Whether what follows is content, in whatever coding.
    pub(super) fn takes_content(&self) -> bool {
        self.state != State::NoContent
    }

    /// Whether what follows is content as it is.
    pub(super) fn passes_on(&self) -> bool {
        self.state == State::Content
    }

    /// Whether the response may end here, as far as its bytes tell.
    pub(super) fn may_end(&self) -> bool {
        matches!(
            self.state,
            State::Content | State::NoContent | State::AfterLastChunk
        )
    }

    /// Decodes what comes next.
    pub(super) fn decode<'a>(&mut self, mut bytes: &'a [u8]) -> Result<Decoded<'a>, BadResponse> {
        let mut decoded = Decoded::default();
        while !bytes.is_empty() {
            let used = match self.state {
                State::Head => {
                    let (head, used) = self.head(bytes)?;
                    decoded.head = head;
                    used
                }
                State::NoContent => bytes.len(),
                State::Content => {
                    decoded.content.push(bytes);
                    bytes.len()
                }
                State::Chunk(left) => {
                    let most = usize::try_from(left).unwrap_or(usize::MAX);
                    let used = most.min(bytes.len());
                    decoded.content.push(&bytes[..used]);
                    self.state = match left - used as u64 {
                        0 => State::ChunkEnd,
                        left => State::Chunk(left),
                    };
                    used
                }
                State::ChunkSize | State::ChunkEnd | State::Trailer => self.line(bytes)?,
                State::AfterLastChunk => return Err(BadResponse::Chunk),
            };
            bytes = &bytes[used..];
        }
        Ok(decoded)
    }

    /// Reads a head, if all of it is there. Returns how many bytes are used.
    fn head(&mut self, bytes: &[u8]) -> Result<(Option<Head>, usize), BadResponse> {
        let before = self.partial.len();
        self.partial.extend_from_slice(bytes);
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut response = httparse::Response::new(&mut fields);
        let parsed = response.parse(&self.partial);
        let end = match parsed.map_err(|_| BadResponse::Head)? {
            httparse::Status::Complete(end) => end,
            httparse::Status::Partial => return Ok((None, bytes.len())),
        };
        let status = response.code.ok_or(BadResponse::Head)?;
        let head = match status {
            101 => return Err(BadResponse::Upgrade),
            100..200 => None,
            _ => {
                let chunked = is_chunked(response.headers)?;
                let has_content = HttpStatus::new(status).allows_body() && !self.to_head;
                self.state = match (has_content, chunked) {
                    (false, _) => State::NoContent,
                    (true, true) => State::ChunkSize,
                    (true, false) => State::Content,
                };
                Some(Head {
                    status,
                    fields: kept(response.headers, chunked),
                    has_content,
                })
            }
        };
        self.partial.clear();
        Ok((head, end - before))
    }

    /// Reads a line of the chunked coding, if all of it is there. Returns how
    /// many bytes are used.
    fn line(&mut self, bytes: &[u8]) -> Result<usize, BadResponse> {
        let end = memchr::memchr(b'\n', bytes);
        let used = end.map_or(bytes.len(), |end| end + 1);
        self.partial.extend_from_slice(&bytes[..used]);
        if end.is_none() {
            return Ok(used);
        }
        let line = self.partial.strip_suffix(b"\r\n");
        let line = line.ok_or(BadResponse::Chunk)?;
        self.state = match self.state {
            State::ChunkSize => match chunk_size(line).map_err(|_| BadResponse::Chunk)? {
                0 => State::Trailer,
                size => State::Chunk(size),
            },
            State::Trailer if line.is_empty() => State::AfterLastChunk,
            State::Trailer => State::Trailer,
            _ if line.is_empty() => State::ChunkSize,
            _ => return Err(BadResponse::Chunk),
        };
        self.partial.clear();
        Ok(used)
    }
}

/// Whether content is in the chunked coding, the only one that can be undone.
fn is_chunked(fields: &[httparse::Header<'_>]) -> Result<bool, BadResponse> {
    let mut codings = fields
        .iter()
        .filter(|field| field.name.eq_ignore_ascii_case("Transfer-Encoding"));
    match (codings.next(), codings.next()) {
        (None, _) => Ok(false),
        (Some(coding), None) if coding.value.eq_ignore_ascii_case(b"chunked") => Ok(true),
        _ => Err(BadResponse::Head),
    }
}

/// The fields that concern the message. A length beside the chunked coding means
/// nothing (RFC 9112 section 6.3).
fn kept(fields: &[httparse::Header<'_>], chunked: bool) -> Vec<(String, Vec<u8>)> {
    let of_message = |field: &&httparse::Header<'_>| {
        let undone = chunked && field.name.eq_ignore_ascii_case("Content-Length");
        !undone && !concerns_connection(field.name)
    };
    fields
        .iter()
        .filter(of_message)
        .map(|field| (field.name.to_owned(), field.value.to_vec()))
        .collect()
}

#[cfg(test)]
mod tests;
