//! A request's content (`rfile`): exactly the bytes that belong to it.
//!
//! Where `http.server` hands its handler the socket, here the framing of RFC
//! 9112 section 6 is undone first, so that no handler reads into the next
//! request.

mod unread;

use crate::framing::Framing;
use crate::headers::Headers;
use crate::link::{Line, Link};
use crate::request_line::MAX_LINE;
use crate::status::HttpStatus;
use crate::transport::Part;
use crate::{Error, Result};
use std::cell::RefCell;
use std::io::{self, Read};
use std::rc::Rc;

/// The most bytes of a chunk's size line, its extensions included.
const MAX_CHUNK_LINE: usize = 4096;

/// The most lines of a trailer section.
const MAX_TRAILERS: usize = crate::headers::MAX_FIELDS;

/// Where in its content a reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// This many bytes are left.
    Length(u64),
    /// A chunk's size line is next.
    ChunkSize,
    /// This many bytes of a chunk are left.
    Chunk(u64),
    /// A chunk's line end is next.
    ChunkEnd,
    /// The last chunk was read: what follows are fields, and an empty line.
    Trailers,
    /// The host will say where the end is.
    ByHost,
    /// So much is left that nobody reads.
    Left(u64),
    /// The same, and it is dropped in any case.
    Promised(u64),
    /// All is read.
    Done,
    /// The client broke the framing: what follows can't be told apart.
    Broken,
}

/// `rfile`: a request's content, without its transfer coding.
///
/// Reads to its end and no further; without content, at once.
pub struct RequestBody {
    link: Rc<RefCell<Link>>,
    state: State,
}

impl RequestBody {
    pub(crate) fn new(link: Rc<RefCell<Link>>) -> Self {
        Self {
            link,
            state: State::Done,
        }
    }

    /// Begins a request's content.
    pub(crate) fn begin(&mut self, framing: Framing) {
        self.state = match framing {
            Framing::Length(0) => State::Done,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::ChunkSize,
            Framing::ByHost => State::ByHost,
        };
    }

    /// Whether all of the content has been read.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        matches!(
            self.state,
            State::Done | State::Left(_) | State::Promised(_)
        )
    }

    /// How many bytes are left to read. None if only reading tells.
    #[must_use]
    pub fn remaining(&self) -> Option<u64> {
        match self.state {
            State::Done | State::Left(_) | State::Promised(_) => Some(0),
            State::Length(left) => Some(left),
            State::ChunkSize
            | State::Chunk(_)
            | State::ChunkEnd
            | State::Trailers
            | State::ByHost
            | State::Broken => None,
        }
    }

    /// Reads all that is left, if that is at most `limit` bytes.
    ///
    /// ```
    /// # use std::io::Write;
    /// # use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result, testing};
    /// # struct Upper(Exchange);
    /// # impl BaseHttpRequestHandler for Upper {
    /// # fn new(exchange: Exchange) -> Self { Self(exchange) }
    /// # fn exchange(&mut self) -> &mut Exchange { &mut self.0 }
    /// fn do_post(&mut self) -> Result<()> {
    ///     let shouted = self.exchange().rfile.read_all(1024)?.to_ascii_uppercase();
    ///     self.send_response(HttpStatus::OK)?;
    ///     self.send_header("Content-Length", shouted.len())?;
    ///     self.end_headers()?;
    ///     Ok(self.exchange().wfile.write_all(&shouted)?)
    /// }
    /// # }
    /// let response = testing::respond::<Upper>(b"POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi");
    /// assert!(response.ends_with(b"\r\n\r\nHI"));
    /// let response = testing::respond::<Upper>(b"POST / HTTP/1.0\r\nContent-Length: 2048\r\n\r\n");
    /// assert!(response.starts_with(b"HTTP/1.0 413 "));
    /// ```
    ///
    /// # Errors
    ///
    /// There is more: an [`Error::Status`] of 413. The client has gone, or its
    /// framing is broken.
    pub fn read_all(&mut self, limit: usize) -> Result<Vec<u8>> {
        let too_large = Error::from(HttpStatus::CONTENT_TOO_LARGE);
        let limit = limit as u64;
        if self.remaining().is_some_and(|left| left > limit) {
            return Err(too_large);
        }
        let mut content = Vec::new();
        let mut within = self.by_ref().take(limit.saturating_add(1));
        let read = within.read_to_end(&mut content);
        read.map_err(|error| Error::from(error).unwrapped())?;
        if content.len() as u64 > limit {
            return Err(too_large);
        }
        Ok(content)
    }

    /// Lets content that comes slowly be gathered before it is read.
    pub(crate) fn await_all(&mut self) -> Result<()> {
        if let State::Length(length) = self.state {
            self.link.borrow_mut().await_content(length)?;
        }
        Ok(())
    }

    /// Leaves what is left to the host: nothing can be read here any more.
    pub(crate) fn hand_over(&mut self) {
        self.link.borrow_mut().hand_over();
        self.state = State::Done;
    }

    /// What is left, for who reads it elsewhere; nothing is left here until it is put back.
    pub(crate) fn take_over(&mut self) -> Self {
        let nothing = Self::new(Rc::clone(&self.link));
        std::mem::replace(self, nothing)
    }

    /// The head that said how the content ends can't be read.
    pub(crate) fn lose(&mut self) {
        self.state = State::Broken;
    }

    fn read_some(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = self.read_framed(buffer);
        match &read {
            // It is read on when the rest has arrived.
            Ok(_) | Err(Error::Incomplete) => {}
            Err(_) => self.state = State::Broken,
        }
        read
    }

    fn read_framed(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.state == State::ChunkEnd {
            self.end_chunk()?;
        }
        if self.state == State::ChunkSize {
            self.begin_chunk()?;
        }
        if self.state == State::Trailers {
            self.skip_trailers()?;
        }
        match self.state {
            State::Done | State::Left(_) | State::Promised(_) => Ok(0),
            State::Broken | State::ChunkSize | State::ChunkEnd | State::Trailers => {
                Err(Error::BadContent("the framing is broken"))
            }
            State::Length(left) => {
                let read = self.copy(buffer, left)?;
                self.state = match left - read as u64 {
                    0 => State::Done,
                    left => State::Length(left),
                };
                Ok(read)
            }
            State::Chunk(left) => {
                let read = self.copy(buffer, left)?;
                self.state = State::Chunk(left - read as u64);
                if self.state == State::Chunk(0) {
                    self.state = State::ChunkEnd;
                    self.end_chunk()?;
                }
                Ok(read)
            }
            State::ByHost => {
                let read = self.copy_arrived(buffer)?;
                if read == 0 {
                    self.state = State::Done;
                }
                Ok(read)
            }
        }
    }

    fn copy(&self, buffer: &mut [u8], left: u64) -> Result<usize> {
        let most = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        match self.copy_arrived(&mut buffer[..most])? {
            0 => Err(Error::BadContent("it ends early")),
            read => Ok(read),
        }
    }

    /// Copies what is there, or the next to arrive. 0 at the end of what the
    /// client sends.
    fn copy_arrived(&self, buffer: &mut [u8]) -> Result<usize> {
        let mut link = self.link.borrow_mut();
        let bytes = link.take(buffer.len())?;
        buffer[..bytes.len()].copy_from_slice(bytes);
        Ok(bytes.len())
    }

    fn begin_chunk(&mut self) -> Result<()> {
        let size = self.line(MAX_CHUNK_LINE, chunk_size)??;
        self.state = match size {
            0 => State::Trailers,
            size => State::Chunk(size),
        };
        Ok(())
    }

    fn skip_trailers(&mut self) -> Result<()> {
        for _ in 0..=MAX_TRAILERS {
            if self.line(MAX_LINE, is_last_trailer)?? {
                self.state = State::Done;
                return Ok(());
            }
        }
        Err(Error::BadContent("too many trailers"))
    }

    fn end_chunk(&mut self) -> Result<()> {
        if self.line(2, <[u8]>::is_empty)? {
            self.state = State::ChunkSize;
            return Ok(());
        }
        Err(Error::BadContent("a chunk is longer than its size"))
    }

    /// Uses the next line, and reads it with `read`, without its CRLF. A bare
    /// LF isn't a line end here: servers disagree on that, which smugglers use.
    fn line<T>(&self, most: usize, read: impl FnOnce(&[u8]) -> T) -> Result<T> {
        let mut link = self.link.borrow_mut();
        let start = link.position();
        let end = match link.find_line(start, most, Part::Content)? {
            Line::EndsAt(end) => end,
            Line::TooLong => return Err(Error::BadContent("a line is too long")),
            Line::Cut => return Err(Error::BadContent("it ends early")),
        };
        let line = link
            .bytes(start, end)
            .strip_suffix(b"\r\n")
            .ok_or(Error::BadContent("a line ends without CR"))?;
        let value = read(line);
        link.advance_to(end);
        Ok(value)
    }
}

/// The number at the start of a chunk's size line (RFC 9112 section 7.1).
pub(crate) fn chunk_size(line: &[u8]) -> Result<u64> {
    let bad = Error::BadContent("a chunk has no size");
    let size = line.split(|&byte| byte == b';').next().unwrap_or_default();
    let size = size.trim_ascii_end();
    let hex = !size.is_empty() && size.len() <= 16 && size.iter().all(u8::is_ascii_hexdigit);
    let clean = line
        .iter()
        .all(|&byte| byte == b'\t' || !byte.is_ascii_control());
    let text = std::str::from_utf8(size).ok().filter(|_| hex && clean);
    text.and_then(|text| u64::from_str_radix(text, 16).ok())
        .ok_or(bad)
}

/// Whether a line ends the trailer section; any other must be a field (RFC 9112
/// section 7.1.2).
fn is_last_trailer(line: &[u8]) -> Result<bool> {
    if line.is_empty() {
        return Ok(true);
    }
    match Headers::parse([line, b"\r\n\r\n"].concat()) {
        Ok(_) => Ok(false),
        Err(_) => Err(Error::BadContent("a trailer isn't a field")),
    }
}

impl Read for RequestBody {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(self.read_some(buffer)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::MemoryTransport;

    fn read(framing: Framing, content: &[u8]) -> (Result<Vec<u8>>, bool) {
        let transport = MemoryTransport::new(content);
        let link = Rc::new(RefCell::new(Link::new(Box::new(transport))));
        let mut body = RequestBody::new(link);
        body.begin(framing);
        let mut bytes = Vec::new();
        let read = body.read_to_end(&mut bytes);
        let finished = body.is_finished();
        (read.map(|_| bytes).map_err(Error::from), finished)
    }

    #[test]
    fn reads_chunks_extensions_and_trailers() {
        let content = b"5;a=b\r\nhello\r\n6 \r\n world\r\n0\r\nX: y\r\n\r\nGET";
        let (bytes, finished) = read(Framing::Chunked, content);
        assert_eq!(bytes.unwrap(), b"hello world");
        assert!(finished);
    }

    #[test]
    fn refuses_bad_chunks() {
        for content in [
            &b"5\nhello\r\n0\r\n\r\n"[..],
            b"g\r\nhello\r\n",
            b"-1\r\n",
            b"\r\n",
            b"5\r\nhelloX\r\n",
            b"5\r\nhel",
            b"11111111111111111\r\n",
            b"5;\0\r\nhello\r\n0\r\n\r\n",
            b"0\r\nno colon\r\n\r\n",
            b"0\r\n folded: x\r\n\r\n",
        ] {
            let (bytes, finished) = read(Framing::Chunked, content);
            assert!(bytes.is_err() && !finished, "{content:?}");
        }
    }

    #[test]
    fn content_that_ends_early_is_an_error() {
        let (bytes, finished) = read(Framing::Length(5), b"hell");
        assert!(bytes.is_err());
        assert!(!finished);
    }
}
