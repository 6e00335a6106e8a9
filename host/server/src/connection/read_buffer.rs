//! Bytes that have arrived on a connection and aren't consumed yet.

use crate::stream::Stream;
use std::io;

/// The most bytes that are kept for a handler that doesn't consume them: a
/// request line and a field line of the greatest length that `http.server`
/// takes, and some more.
const MAX_BUFFERED: usize = 256 * 1024;

/// How much is read from the socket at once.
pub(super) const READ_SIZE: usize = 16 * 1024;

/// A buffer with two cursors: what is consumed is gone, what was shown to the
/// handler isn't shown again to the same instance.
#[derive(Debug, Default)]
pub(super) struct ReadBuffer {
    bytes: Vec<u8>,
    shown: usize,
}

impl ReadBuffer {
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() >= MAX_BUFFERED
    }

    /// All of them.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Gives its room back, if nothing is in it.
    pub(super) fn give_back(&mut self) {
        if self.is_empty() {
            *self = Self::default();
        }
    }

    /// Reads what has arrived, without waiting. Returns the number of bytes, zero at
    /// the end of the stream.
    pub(super) fn read_from(&mut self, stream: &Stream) -> io::Result<usize> {
        self.bytes.reserve(READ_SIZE);
        stream.try_receive(&mut self.bytes)
    }

    /// The bytes not shown yet, which from here on are.
    pub(super) fn show(&mut self) -> Vec<u8> {
        let fresh = self.bytes[self.shown..].to_vec();
        self.shown = self.bytes.len();
        fresh
    }

    /// Shows all bytes again: to a new instance, or as a new request.
    pub(super) fn hide(&mut self) {
        self.shown = 0;
    }

    /// Whether there are bytes that haven't been shown.
    pub(super) fn has_unshown(&self) -> bool {
        self.shown < self.bytes.len()
    }

    /// Removes up to `most` bytes from the front, and returns them.
    pub(super) fn take(&mut self, most: usize) -> Vec<u8> {
        let most = most.min(self.bytes.len());
        let rest = self.bytes.split_off(most);
        self.shown = self.shown.saturating_sub(most);
        std::mem::replace(&mut self.bytes, rest)
    }

    /// Removes bytes from the front.
    pub(super) fn consume(&mut self, length: u64) {
        let length = usize::try_from(length)
            .unwrap_or(usize::MAX)
            .min(self.bytes.len());
        if length == self.bytes.len() {
            self.bytes.clear();
        } else {
            self.bytes.drain(..length);
        }
        self.shown = self.shown.saturating_sub(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_bytes_once_and_keeps_what_is_not_consumed() {
        let mut buffer = ReadBuffer {
            bytes: b"first second".to_vec(),
            shown: 0,
        };
        assert_eq!(buffer.show(), b"first second");
        assert_eq!(buffer.show(), b"");
        buffer.consume(6);
        assert!(!buffer.has_unshown());
        buffer.hide();
        assert_eq!(buffer.show(), b"second");
        buffer.consume(u64::MAX);
        assert!(buffer.is_empty());
        assert_eq!(buffer.show(), b"");
    }
}
