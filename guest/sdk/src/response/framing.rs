//! Content whose length the head doesn't say: counted, or made chunks of.

use super::ResponseWriter;
use crate::Result;
use std::io::Write;

/// How much content is kept back whose length the head doesn't say: less is
/// counted, and more is sent in chunks of this many bytes at most.
const COUNTED: usize = 8 * 1024;

/// How a client learns where the content ends (RFC 9112 section 6.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Framing {
    /// As the head says, or with the connection: what is written leaves as it is.
    #[default]
    AsItIs,
    /// There is none, whatever is written: the method or the status says so.
    NoContent,
    /// What is written first decides: its end, or a flush. The head lacks its last
    /// line until then.
    Undecided,
    /// In chunks, of which the last is still to come.
    Chunked,
    /// It is there: the last chunk, or as much as was counted.
    Ended,
}

impl ResponseWriter {
    /// Ends the content, if that isn't as it is: counts it, or writes the last
    /// chunk.
    pub(crate) fn end_content(&mut self) {
        match self.framing {
            Framing::Undecided => {
                // Writing to a Vec can't fail.
                let length = self.content.len();
                let _ = write!(self.gathered, "Content-Length: {length}\r\n\r\n");
                self.gathered.append(&mut self.content);
                self.framing = Framing::Ended;
            }
            Framing::Chunked => {
                self.frame();
                self.write_last_chunk();
                self.framing = Framing::Ended;
            }
            Framing::AsItIs | Framing::NoContent | Framing::Ended => {}
        }
    }

    /// Whether the content's end is among what was written.
    pub(crate) fn is_ended(&self) -> bool {
        self.framing == Framing::Ended
    }

    /// Makes chunks of the content that isn't framed yet (RFC 9112 section 7.1).
    pub(super) fn frame(&mut self) {
        if self.framing == Framing::Undecided {
            let line = b"Transfer-Encoding: chunked\r\n\r\n";
            self.gathered.extend_from_slice(line);
            self.framing = Framing::Chunked;
        }
        if !self.content.is_empty() {
            self.begin_chunk(self.content.len() as u64);
            self.gathered.append(&mut self.content);
            self.gathered.extend_from_slice(b"\r\n");
        }
    }

    pub(super) fn begin_chunk(&mut self, length: u64) {
        // Writing to a Vec can't fail.
        let _ = write!(self.gathered, "{length:x}\r\n");
    }

    /// Whether content is counted or made chunks of here.
    pub(super) fn is_framed(&self) -> bool {
        matches!(self.framing, Framing::Undecided | Framing::Chunked)
    }

    /// Writes content that is counted or made chunks of: as much as is kept back.
    pub(super) fn write_framed(&mut self, bytes: &[u8]) -> Result<usize> {
        let room = COUNTED - self.content.len();
        let taken = bytes.len().min(room);
        self.count(taken as u64)?;
        self.content.extend_from_slice(&bytes[..taken]);
        if self.content.len() == COUNTED {
            self.write_out()?;
        }
        Ok(taken)
    }

    /// Writes content as a chunk (RFC 9112 section 7.1). Its framing doesn't
    /// count as content.
    pub(crate) fn write_chunk(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.count(bytes.len() as u64)?;
        self.make_way()?;
        self.begin_chunk(bytes.len() as u64);
        self.gathered.extend_from_slice(bytes);
        self.gathered.extend_from_slice(b"\r\n");
        Ok(())
    }

    /// Writes the last chunk.
    pub(crate) fn write_last_chunk(&mut self) {
        self.gathered.extend_from_slice(b"0\r\n\r\n");
    }
}
