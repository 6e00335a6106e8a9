//! A response's bytes on their way out (`wfile`).

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
/// What is written is gathered. It leaves when there are 16 KiB of it, on
/// [`flush`](Write::flush), and at the end of the request. No more is written than
/// the [`Content-Length`](crate::BaseHttpRequestHandler::send_header) that was
/// announced.
pub struct ResponseWriter {
    link: Rc<RefCell<Link>>,
    gathered: Vec<u8>,
    /// What follows the gathered bytes.
    file: Option<FileRange>,
    /// The content that may follow, if the head says.
    announced: Option<u64>,
    written: u64,
    begun: bool,
}

impl ResponseWriter {
    pub(crate) fn new(link: Rc<RefCell<Link>>) -> Self {
        Self {
            link,
            gathered: Vec::with_capacity(USUAL_HEAD),
            file: None,
            announced: None,
            written: 0,
            begun: false,
        }
    }

    /// Forgets the response before.
    pub(crate) fn begin(&mut self) {
        self.announced = None;
        self.written = 0;
        self.begun = false;
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
        Ok(())
    }

    /// Says how much content follows.
    pub(crate) fn announce(&mut self, length: Option<u64>) {
        self.announced = length;
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
        self.count(length)?;
        self.make_way()?;
        let mut link = self.link.borrow_mut();
        let sent = link
            .transport
            .send_file(&self.gathered, file, offset, length);
        self.gathered.clear();
        Ok(sent?)
    }

    /// [`Self::send_file`] for a file that isn't used again. It leaves when what
    /// is gathered does.
    pub(crate) fn send_owned_file(&mut self, range: FileRange) -> Result<()> {
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

    /// Writes content as a chunk (RFC 9112 section 7.1). Its framing doesn't
    /// count as content.
    pub(crate) fn write_chunk(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.count(bytes.len() as u64)?;
        self.make_way()?;
        // Writing to a Vec can't fail.
        let _ = write!(self.gathered, "{:x}\r\n", bytes.len());
        self.gathered.extend_from_slice(bytes);
        self.gathered.extend_from_slice(b"\r\n");
        Ok(())
    }

    /// Writes the last chunk.
    pub(crate) fn write_last_chunk(&mut self) {
        self.gathered.extend_from_slice(b"0\r\n\r\n");
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
        let rest = Rest {
            bytes: &self.gathered,
            file: self.file.take(),
        };
        let sent = rest.send(&mut *self.link.borrow_mut().transport);
        self.gathered.clear();
        sent
    }
}

impl Write for ResponseWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
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
