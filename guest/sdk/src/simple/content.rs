//! What follows a response's head: bytes, and ranges of files.

use crate::Result;
use crate::file::File;
use crate::range::ByteRange;
use crate::response::ResponseWriter;
use crate::transport::FileRange;
use std::io::Write;

/// A response's content, to be sent by
/// [`copyfile`](super::SimpleHttpRequestHandler::copyfile).
#[derive(Debug)]
pub struct Content(Kind);

#[derive(Debug)]
enum Kind {
    Bytes(Vec<u8>),
    File(FileRange),
    /// `multipart/byteranges` (RFC 9110 section 14.6): each range with the
    /// bytes before it, and the bytes at the end.
    Parts {
        file: File,
        parts: Vec<(Vec<u8>, ByteRange)>,
        end: Vec<u8>,
    },
}

impl Content {
    /// Content that is all in memory.
    #[must_use]
    pub fn bytes(bytes: Vec<u8>) -> Self {
        Self(Kind::Bytes(bytes))
    }

    /// A range of a file.
    #[must_use]
    pub fn file(file: File, offset: u64, length: u64) -> Self {
        Self(Kind::File(FileRange {
            file,
            offset,
            length,
        }))
    }

    pub(super) fn parts(file: File, parts: Vec<(Vec<u8>, ByteRange)>, end: Vec<u8>) -> Self {
        Self(Kind::Parts { file, parts, end })
    }

    /// Its length in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        match &self.0 {
            Kind::Bytes(bytes) => bytes.len() as u64,
            Kind::File(range) => range.length,
            Kind::Parts { parts, end, .. } => {
                let of_part =
                    |(before, range): &(Vec<u8>, ByteRange)| before.len() as u64 + range.len();
                parts.iter().map(of_part).sum::<u64>() + end.len() as u64
            }
        }
    }

    /// Writes it. The bytes of a file leave at the end of the request.
    ///
    /// # Errors
    ///
    /// The client has gone, or more than was announced would be written. That a
    /// file can't be read turns out at the end, and is logged then.
    pub fn send(self, wfile: &mut ResponseWriter) -> Result<()> {
        match self.0 {
            Kind::Bytes(bytes) => wfile.write_all(&bytes)?,
            Kind::File(range) => wfile.send_owned_file(range)?,
            Kind::Parts { file, parts, end } => {
                for (before, range) in parts {
                    wfile.write_all(&before)?;
                    wfile.send_file(&file, range.start, range.len())?;
                }
                wfile.write_all(&end)?;
            }
        }
        Ok(())
    }
}
