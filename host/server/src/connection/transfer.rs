//! A response's head, or its end, and a file's bytes on their way to the client.
//!
//! The file's bytes never enter the sandbox. A small file is read behind its head and
//! sent with it in one call; a large one goes as the stream has it,
//! by `sendfile(2)` if that can be.

use crate::stream::{Stream, Then};
use std::cell::Cell;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// Up to this length a file is copied behind its head: one system call more,
/// `pread`, instead of a second packet.
pub(super) const COPY_LIMIT: u64 = 32 * 1024;

/// The most that goes to one client before another's turn comes.
const TURN: usize = 1024 * 1024;

/// The rest of a response: bytes, then a range of a file.
#[derive(Debug)]
pub(crate) struct Transfer {
    /// Those that are to be sent, and then what the buffer held before.
    bytes: Vec<u8>,
    bytes_sent: usize,
    bytes_end: usize,
    file: Option<FileRange>,
}

thread_local! {
    /// The buffer of the last small response, for the next: most are sent at
    /// once, and need it no longer than that. It keeps its length, as clearing
    /// it costs more than what is written to it.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// The largest buffer that is kept: one for a head and a small file.
const MAX_SPARE: usize = 2 * COPY_LIMIT as usize;

impl Drop for Transfer {
    fn drop(&mut self) {
        if self.file.is_none() && self.bytes.capacity() <= MAX_SPARE {
            SPARE.set(std::mem::take(&mut self.bytes));
        }
    }
}

/// What is sent of a file.
#[derive(Debug)]
pub(crate) struct FileRange {
    pub(crate) file: Arc<File>,
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

impl Transfer {
    /// A head and a range of a file. A small file is read here and now, so an
    /// error says that nothing was sent.
    pub(crate) fn of_file(head: &[u8], range: FileRange) -> io::Result<Self> {
        if range.length > COPY_LIMIT {
            range.check()?;
            let mut transfer = Self::of_bytes(head);
            transfer.file = Some(range);
            return Ok(transfer);
        }
        let bytes_end = head.len() + usize::try_from(range.length).unwrap_or(0);
        let mut bytes = SPARE.take();
        if bytes.len() < bytes_end {
            bytes.resize(bytes_end, 0);
        }
        let (to_head, content) = bytes[..bytes_end].split_at_mut(head.len());
        to_head.copy_from_slice(head);
        // Should this fail, the buffer is gone, and the next one is new.
        range.read(content)?;
        Ok(Self {
            bytes,
            bytes_sent: 0,
            bytes_end,
            file: None,
        })
    }

    /// Bytes, and no file behind them.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.to_vec(),
            bytes_sent: 0,
            bytes_end: bytes.len(),
            file: None,
        }
    }

    /// How many bytes aren't sent.
    pub(super) fn left(&self) -> u64 {
        let of_file = self.file.as_ref().map_or(0, |file| file.length);
        (self.bytes_end - self.bytes_sent) as u64 + of_file
    }

    /// How many bytes it has in memory.
    pub(super) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Sends what the client takes now. Returns whether all is sent.
    pub(super) fn advance(&mut self, stream: &Stream) -> io::Result<bool> {
        let mut turn = TURN;
        loop {
            let sent = match self.send_some(stream, turn) {
                Ok(sent) => sent,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if self.is_done() {
                return Ok(true);
            }
            turn = turn.saturating_sub(sent);
            if turn == 0 {
                return Ok(false);
            }
        }
    }

    fn is_done(&self) -> bool {
        self.bytes_sent == self.bytes_end && self.file.as_ref().is_none_or(|file| file.length == 0)
    }

    fn send_some(&mut self, stream: &Stream, most: usize) -> io::Result<usize> {
        if self.bytes_sent < self.bytes_end {
            let sent = self.send_bytes(stream)?;
            self.bytes_sent += sent;
            return Ok(sent);
        }
        match &mut self.file {
            None => Ok(0),
            Some(file) => file.send_some(stream, most),
        }
    }

    /// Sends the bytes, telling the kernel to wait for the file's first bytes
    /// if there are any, so that both leave in one packet.
    fn send_bytes(&self, stream: &Stream) -> io::Result<usize> {
        let rest = &self.bytes[self.bytes_sent..self.bytes_end];
        let then = match self.file {
            Some(_) => Then::More,
            None => Then::Nothing,
        };
        stream.try_send(rest, then)
    }
}

impl FileRange {
    /// Reads all of it at once, which a file mostly gives, or in pieces.
    pub(super) fn read(&self, bytes: &mut [u8]) -> io::Result<()> {
        let read =
            rustix::io::retry_on_intr(|| rustix::io::pread(&*self.file, &mut *bytes, self.offset))?;
        if read == bytes.len() {
            return Ok(());
        }
        let offset = self.offset + read as u64;
        self.file.read_exact_at(&mut bytes[read..], offset)
    }

    /// Fails if the file ends before the range does.
    fn check(&self) -> io::Result<()> {
        let size = u64::try_from(rustix::fs::fstat(&*self.file)?.st_size).unwrap_or(0);
        if self.offset.saturating_add(self.length) > size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    fn send_some(&mut self, stream: &Stream, most: usize) -> io::Result<usize> {
        let most = usize::try_from(self.length).unwrap_or(usize::MAX).min(most);
        let sent = stream.try_send_file(&self.file, self.offset, most)?;
        if sent == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the file became shorter while it was being sent",
            ));
        }
        self.offset += sent as u64;
        self.length -= sent as u64;
        Ok(sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file(content: &[u8]) -> Arc<File> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        Arc::new(file)
    }

    fn transfer(head: &[u8], file: Arc<File>, offset: u64, length: u64) -> io::Result<Transfer> {
        let range = FileRange {
            file,
            offset,
            length,
        };
        Transfer::of_file(head, range)
    }

    fn rest(transfer: &Transfer) -> &[u8] {
        &transfer.bytes[transfer.bytes_sent..transfer.bytes_end]
    }

    #[test]
    fn nothing_of_the_response_before_is_sent() {
        let secret = file(b"what another client was sent");
        let sent = transfer(b"a long head: ", secret, 0, 28).unwrap();
        assert_eq!(rest(&sent), b"a long head: what another client was sent");
        drop(sent);
        let public = file(b"0123456789");
        let sent = transfer(b"head: ", public, 2, 3).unwrap();
        assert_eq!(rest(&sent), b"head: 234");
        assert!(sent.bytes.len() > sent.bytes_end, "it is the buffer before");
    }

    #[test]
    fn a_file_that_is_too_short_is_an_error() {
        let short = file(b"0123456789");
        for (offset, length) in [(0, 11), (9, 2), (10, 1), (0, COPY_LIMIT + 1)] {
            let error = transfer(b"head", Arc::clone(&short), offset, length).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        }
        assert!(transfer(b"head", short, 10, 0).is_ok());
    }
}
