//! A response's bytes on their way out (`wfile`).

mod framing;

pub(crate) use framing::Framing;

use crate::file::File;
use crate::link::Link;
use crate::transport::{FileRange, Rest, TransportError};
use crate::{Error, Result};
use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

/// How much is gathered before it is written: a head and a small page leave in
/// one packet.
const GATHER: usize = 16 * 1024;

/// Room for the head of a usual response.
pub(crate) const USUAL_HEAD: usize = 1024;

/// `wfile`: where a response's content is written.
///
/// What is written is gathered. It leaves when there is enough of it, on
/// [`flush`](Write::flush), and at the end of the request: so a handler that
/// streams flushes whenever its client is to see something. No more is written
/// than the [`Content-Length`](crate::BaseHttpRequestHandler::send_header) that was
/// announced.
///
/// Under HTTP/1.1, a response whose head says neither a length nor a transfer
/// coding is framed here (RFC 9112 section 6): it gets a `Content-Length` if all
/// of it is written before 8 KiB of it are there or it is flushed, and else leaves
/// in chunks. What is written of a response that has no content, as to HEAD, is
/// left out.
pub struct ResponseWriter {
    link: Rc<RefCell<Link>>,
    gathered: Vec<u8>,
    /// Content that isn't framed yet, and so isn't among what is gathered.
    content: Vec<u8>,
    framing: Framing,
    /// What follows the gathered bytes.
    file: Option<FileRange>,
    /// The content that may follow, if the head says.
    announced: Option<u64>,
    written: u64,
    begun: bool,
    /// Whether some of the response has left.
    left: bool,
    /// Where a field could still be added to the head: before its last line.
    head_end: Option<usize>,
}

impl ResponseWriter {
    pub(crate) fn new(link: Rc<RefCell<Link>>) -> Self {
        Self {
            link,
            gathered: Vec::with_capacity(USUAL_HEAD),
            content: Vec::new(),
            framing: Framing::AsItIs,
            file: None,
            announced: None,
            written: 0,
            begun: false,
            left: false,
            head_end: None,
        }
    }

    /// Forgets the response before.
    pub(crate) fn begin(&mut self) {
        self.content.clear();
        self.framing = Framing::AsItIs;
        self.announced = None;
        self.written = 0;
        self.begun = false;
        self.left = false;
        self.head_end = None;
    }

    /// What has left so far was an interim response, and the one that counts can
    /// still be another.
    pub(crate) fn pass_interim(&mut self) {
        self.left = false;
    }

    /// Forgets what was written of a response of which nothing has left. False: it
    /// can't be another any more.
    pub(crate) fn take_back(&mut self) -> bool {
        if self.left {
            return false;
        }
        self.gathered.clear();
        self.file = None;
        self.begin();
        true
    }

    /// Moves bytes here that aren't content: a head, or an interim response.
    pub(crate) fn push_head(&mut self, head: &mut Vec<u8>) -> Result<()> {
        self.begun = true;
        self.make_way()?;
        if self.gathered.is_empty() {
            std::mem::swap(&mut self.gathered, head);
        } else {
            self.gathered.append(head);
        }
        self.head_end = match self.framing {
            Framing::Undecided => Some(self.gathered.len()),
            _ if self.gathered.ends_with(b"\r\n\r\n") => Some(self.gathered.len() - 2),
            _ => None,
        };
        Ok(())
    }

    /// Says how much content follows, and how it is framed.
    pub(crate) fn announce(&mut self, length: Option<u64>, framing: Framing) {
        self.announced = length;
        self.framing = framing;
    }

    /// Adds a field to the head, unless that has left.
    #[cold]
    pub(crate) fn add_field(&mut self, line: &[u8]) {
        if let Some(end) = self.head_end {
            self.gathered.splice(end..end, line.iter().copied());
            self.head_end = Some(end + line.len());
        }
    }

    /// Whether some of the response has left.
    pub(crate) fn has_left(&self) -> bool {
        self.left
    }

    /// Whether a response has been begun.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        self.begun
    }

    /// How many bytes of content have been written.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Whether all was written that was announced.
    pub(crate) fn is_whole(&self) -> bool {
        self.begun && self.announced == Some(self.written)
    }

    /// Whether less content was written than announced.
    pub(crate) fn is_short(&self) -> bool {
        self.announced
            .is_some_and(|announced| announced != self.written)
    }

    /// Writes a range of a file. Its bytes go from the file system to the
    /// client without entering the sandbox.
    ///
    /// # Errors
    ///
    /// The file is shorter, or can't be read; the client has gone.
    pub fn send_file(&mut self, file: &File, offset: u64, length: u64) -> Result<()> {
        if self.framing == Framing::NoContent || (length == 0 && self.is_framed()) {
            return Ok(());
        }
        self.count(length)?;
        self.make_way()?;
        let chunk = self.is_framed();
        if chunk {
            self.frame();
            self.begin_chunk(length);
        }
        let mut link = self.link.borrow_mut();
        let sent = link
            .transport
            .send_file(&self.gathered, file, offset, length);
        drop(link);
        if sent == Err(TransportError::File) && !self.left {
            // Nothing of the response has left: it can still be another.
            self.take_back();
        }
        self.gathered.clear();
        self.head_end = None;
        sent?;
        self.left = true;
        if chunk {
            self.gathered.extend_from_slice(b"\r\n");
        }
        Ok(())
    }

    /// [`Self::send_file`] for a file that isn't used again. It leaves when what
    /// is gathered does.
    pub(crate) fn send_owned_file(&mut self, range: FileRange) -> Result<()> {
        if self.framing != Framing::AsItIs {
            return self.send_file(&range.file, range.offset, range.length);
        }
        self.count(range.length)?;
        self.make_way()?;
        self.file = Some(range);
        Ok(())
    }

    /// Sends what is gathered, and waits for another request: one call of the
    /// host for both. False: there is none for now.
    pub(crate) fn finish_and_begin(&mut self) -> Result<bool, TransportError> {
        self.finish_by(Link::begin)
    }

    /// Sends what is gathered, and returns the bytes that belong to no request.
    pub(crate) fn finish(&mut self) -> Result<(), TransportError> {
        self.finish_by(Link::end)
    }

    fn finish_by<T>(
        &mut self,
        end: impl FnOnce(&mut Link, Rest<'_>) -> Result<T, TransportError>,
    ) -> Result<T, TransportError> {
        // A head can be of any length.
        if self.gathered.len() >= GATHER {
            self.send_gathered()?;
        }
        let rest = Rest {
            bytes: &self.gathered,
            file: self.file.take(),
        };
        let ended = end(&mut self.link.borrow_mut(), rest);
        self.gathered.clear();
        ended
    }

    fn count(&mut self, length: u64) -> Result<()> {
        let written = self.written.saturating_add(length);
        if self.announced.is_some_and(|announced| written > announced) {
            return Err(Error::ContentTooLong);
        }
        self.begun = true;
        self.written = written;
        Ok(())
    }

    /// Makes sure that what is gathered next doesn't overtake a file.
    fn make_way(&mut self) -> Result<()> {
        if self.file.is_some() {
            self.write_out()?;
        }
        Ok(())
    }

    fn write_out(&mut self) -> Result<()> {
        Ok(self.send_gathered()?)
    }

    pub(crate) fn send_gathered(&mut self) -> Result<(), TransportError> {
        if self.is_framed() {
            self.frame();
        }
        let rest = Rest {
            bytes: &self.gathered,
            file: self.file.take(),
        };
        let leaves = !rest.bytes.is_empty() || rest.file.is_some();
        let sent = rest.send(&mut *self.link.borrow_mut().transport);
        self.gathered.clear();
        self.head_end = None;
        // A file that can't be read has kept its head back.
        self.left |= leaves && sent != Err(TransportError::File);
        sent
    }
}

impl Write for ResponseWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.framing {
            Framing::AsItIs => {}
            Framing::Undecided | Framing::Chunked => return Ok(self.write_framed(bytes)?),
            Framing::NoContent => return Ok(bytes.len()),
            Framing::Ended => return Err(Error::ContentTooLong.into()),
        }
        self.count(bytes.len() as u64)?;
        self.make_way()?;
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= GATHER {
            self.write_out()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(self.write_out()?)
    }
}
