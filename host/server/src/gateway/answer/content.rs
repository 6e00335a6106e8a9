//! The content of a response of HTTP/1.1 (RFC 9112 sections 6 and 7).

use super::no_answer::{MAX_HEAD, NoAnswer};
use bytes::{Buf, Bytes, BytesMut};
use http::header::{HeaderMap, HeaderName, HeaderValue};

/// The most trailer fields.
const MAX_TRAILERS: usize = 32;

/// The most bytes of a chunk's first line.
const MAX_CHUNK_LINE: usize = 4096;

/// How content ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// After so many bytes.
    Length(u64),
    /// With a chunk of nothing.
    Chunked,
    /// With the connection.
    UntilClose,
}

/// A part of the content.
#[derive(Debug)]
pub(super) enum Piece {
    Bytes { bytes: Bytes, is_last: bool },
    End(Option<HeaderMap>),
}

/// Where the content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// So many bytes are left of all.
    Length(u64),
    UntilClose,
    /// A chunk's first line comes.
    ChunkLine,
    /// So many bytes are left of a chunk.
    Chunk(u64),
    /// The line end after a chunk comes.
    ChunkEnd,
    Trailers,
}

/// What is left of the content.
#[derive(Debug)]
pub(super) struct Content(Stage);

impl Content {
    pub(super) fn new(framing: Framing) -> Self {
        Self(match framing {
            Framing::Length(length) => Stage::Length(length),
            Framing::Chunked => Stage::ChunkLine,
            Framing::UntilClose => Stage::UntilClose,
        })
    }

    /// Whether the connection's end is the content's.
    pub(super) fn lasts_until_close(&self) -> bool {
        self.0 == Stage::UntilClose
    }

    /// Takes the next part from the front of what was received. None: more has to come.
    ///
    /// # Errors
    ///
    /// It isn't content.
    pub(super) fn parse(&mut self, received: &mut BytesMut) -> Result<Option<Piece>, NoAnswer> {
        loop {
            match self.0 {
                Stage::Length(left) => {
                    return Ok(take(received, left).map(|bytes| {
                        let left = left - bytes.len() as u64;
                        self.0 = Stage::Length(left);
                        let is_last = left == 0;
                        Piece::Bytes { bytes, is_last }
                    }));
                }
                Stage::UntilClose => return Ok(take(received, u64::MAX).map(more)),
                Stage::Chunk(left) => {
                    return Ok(take(received, left).map(|bytes| {
                        self.0 = match left - bytes.len() as u64 {
                            0 => Stage::ChunkEnd,
                            left => Stage::Chunk(left),
                        };
                        more(bytes)
                    }));
                }
                Stage::ChunkEnd => match received.get(..2) {
                    Some(b"\r\n") => {
                        received.advance(2);
                        self.0 = Stage::ChunkLine;
                    }
                    Some(_) => return Err(NoAnswer::Chunk),
                    None => return Ok(None),
                },
                Stage::ChunkLine => match line(received, MAX_CHUNK_LINE)? {
                    Some(line) => self.0 = chunk(&line)?,
                    None => return Ok(None),
                },
                Stage::Trailers => return Ok(trailers(received)?.map(Piece::End)),
            }
        }
    }
}

fn more(bytes: Bytes) -> Piece {
    let is_last = false;
    Piece::Bytes { bytes, is_last }
}

/// Up to `most` bytes, if there are any.
fn take(received: &mut BytesMut, most: u64) -> Option<Bytes> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let taken = received.len().min(most);
    (taken > 0).then(|| received.split_to(taken).freeze())
}

/// A line, without its end.
fn line(received: &mut BytesMut, most: usize) -> Result<Option<BytesMut>, NoAnswer> {
    let Some(end) = received.iter().position(|&byte| byte == b'\n') else {
        return if received.len() > most {
            Err(NoAnswer::Chunk)
        } else {
            Ok(None)
        };
    };
    let mut line = received.split_to(end + 1);
    line.truncate(end);
    if line.last() != Some(&b'\r') {
        return Err(NoAnswer::LineEnd);
    }
    line.truncate(end - 1);
    Ok(Some(line))
}

/// What follows a chunk's first line. Extensions are ignored (RFC 9112 section 7.1.1).
fn chunk(line: &[u8]) -> Result<Stage, NoAnswer> {
    let end = line
        .iter()
        .position(|&byte| byte == b';')
        .unwrap_or(line.len());
    let digits = line[..end].trim_ascii_end();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(NoAnswer::Chunk);
    }
    let digits = std::str::from_utf8(digits).map_err(|_| NoAnswer::Chunk)?;
    let length = u64::from_str_radix(digits, 16).map_err(|_| NoAnswer::Chunk)?;
    Ok(match length {
        0 => Stage::Trailers,
        length => Stage::Chunk(length),
    })
}

/// The fields behind the last chunk (RFC 9112 section 7.1.2), if they have come whole.
fn trailers(received: &mut BytesMut) -> Result<Option<Option<HeaderMap>>, NoAnswer> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_TRAILERS];
    let parsed = httparse::parse_headers(received, &mut fields);
    let (length, fields) = match parsed.map_err(|_| NoAnswer::Trailers)? {
        httparse::Status::Complete(complete) => complete,
        httparse::Status::Partial if received.len() > MAX_HEAD => return Err(NoAnswer::Trailers),
        httparse::Status::Partial => return Ok(None),
    };
    let mut trailers = HeaderMap::new();
    for field in fields {
        let name = HeaderName::from_bytes(field.name.as_bytes());
        let value = HeaderValue::from_bytes(field.value);
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(NoAnswer::Trailers);
        };
        if !is_forbidden_trailer(&name) {
            trailers.append(name, value);
        }
    }
    let alone = received[..length]
        .iter()
        .filter(|&&byte| byte == b'\n')
        .count();
    let with_return = received[..length]
        .windows(2)
        .filter(|two| two == b"\r\n")
        .count();
    if alone != with_return {
        return Err(NoAnswer::LineEnd);
    }
    received.advance(length);
    Ok(Some((!trailers.is_empty()).then_some(trailers)))
}

/// RFC 9110 section 6.5.1: what frames or routes a message stands before its content.
fn is_forbidden_trailer(name: &HeaderName) -> bool {
    crate::gateway::request::is_for_one_connection(name)
        || matches!(name.as_str(), "content-length" | "host" | "te" | "trailer")
}
