//! The bytes between the host and a request's parser: what has arrived, how much
//! of it the parser has used, and how much of that the host still keeps, as it
//! hasn't been told.

use crate::transport::{Part, Rest, Transport, TransportError};
use crate::{Error, Result};
use memchr::memchr;

/// What is waited for when there are no bytes left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// As many as the host waits for.
    HostsOwn,
    /// None: only what has arrived counts.
    Arrived,
}

/// A transport, and the bytes that it gave and that aren't used yet.
pub(crate) struct Link {
    pub(crate) transport: Box<dyn Transport>,
    buffer: Vec<u8>,
    /// The bytes before this are used.
    position: usize,
    patience: Patience,
    /// How many used bytes the host still keeps.
    unreported: u64,
    /// When the request began, if the host says.
    pub(crate) begun: Option<i64>,
}

/// A line that was looked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// It ends before this index; its line end is included.
    EndsAt(usize),
    /// It is longer than allowed.
    TooLong,
    /// The client finished before the line did.
    Cut,
}

impl Link {
    pub(crate) fn new(transport: Box<dyn Transport>) -> Self {
        Self {
            transport,
            buffer: Vec::new(),
            position: 0,
            patience: Patience::HostsOwn,
            unreported: 0,
            begun: None,
        }
    }

    /// Sends the rest of a response, and waits for a request. False: there is
    /// none for now.
    pub(crate) fn begin(&mut self, rest: Rest<'_>) -> Result<bool, TransportError> {
        self.position = 0;
        let consumed = std::mem::take(&mut self.unreported);
        match self.transport.next_request(consumed, rest)? {
            Some(request) => {
                self.buffer = request.bytes;
                self.begun = request.time;
                Ok(true)
            }
            None => {
                self.buffer.clear();
                Ok(false)
            }
        }
    }

    /// Waits a moment until so many bytes more are there, of a request that is read anew
    /// if they aren't.
    pub(crate) fn await_content(&mut self, length: u64) -> Result<(), TransportError> {
        if (self.rest().len() as u64) < length {
            let request = self.unreported.saturating_add(length);
            self.transport.await_content(request)?;
        }
        Ok(())
    }

    /// Uses bytes that may not be there yet, and that nobody reads.
    pub(crate) fn pass_over(&mut self, length: u64) {
        self.unreported = self.unreported.saturating_add(length);
    }

    /// Sends the rest of a response, after which no other follows.
    pub(crate) fn end(&mut self, rest: Rest<'_>) -> Result<(), TransportError> {
        let consumed = std::mem::take(&mut self.unreported);
        if consumed == 0 && rest.bytes.is_empty() && rest.file.is_none() {
            return Ok(());
        }
        self.transport.end_request(consumed, rest)
    }

    /// The index of the first byte that isn't used. If all are, it is that of the
    /// next to arrive: [`Self::find_line`] may wait for it.
    pub(crate) fn position(&mut self) -> usize {
        if self.position == self.buffer.len() {
            self.buffer.clear();
            self.position = 0;
        }
        self.position
    }

    /// The bytes from `start` to `end`, both as indices that [`Self::position`]
    /// and [`Line::EndsAt`] gave since the last [`Self::advance_to`].
    pub(crate) fn bytes(&self, start: usize, end: usize) -> &[u8] {
        &self.buffer[start..end]
    }

    /// All bytes that aren't used.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.buffer[self.position..]
    }

    /// Looks for the end of the line that begins at `start`, waiting for it.
    /// Nothing is used by that.
    pub(crate) fn find_line(&mut self, start: usize, most: usize, part: Part) -> Result<Line> {
        let mut seen = start;
        loop {
            if let Some(offset) = memchr(b'\n', &self.buffer[seen..]) {
                let end = seen + offset + 1;
                let fits = end - start <= most;
                return Ok(if fits {
                    Line::EndsAt(end)
                } else {
                    Line::TooLong
                });
            }
            seen = self.buffer.len();
            if seen - start > most {
                return Ok(Line::TooLong);
            }
            if !self.fill(part)? {
                return Ok(Line::Cut);
            }
        }
    }

    /// Uses the bytes before `end`.
    pub(crate) fn advance_to(&mut self, end: usize) {
        self.unreported += (end - self.position) as u64;
        self.position = end;
        if self.position == self.buffer.len() {
            self.buffer.clear();
            self.position = 0;
        }
    }

    /// Uses up to `most` bytes: those that are there, or the next to arrive.
    /// Empty at the end of what the client sends.
    pub(crate) fn take(&mut self, most: usize) -> Result<&[u8]> {
        if self.position == self.buffer.len() && !self.fill(Part::Content)? {
            return Ok(&[]);
        }
        let start = self.position;
        let end = self.buffer.len().min(start + most);
        self.unreported += (end - start) as u64;
        self.position = end;
        Ok(&self.buffer[start..end])
    }

    /// Tells the host which bytes are used.
    pub(crate) fn report(&mut self) {
        if self.unreported > 0 {
            self.transport.consume(self.unreported);
            self.unreported = 0;
        }
    }

    /// Leaves what follows the used bytes to the host, which has it all: this
    /// copy of it is dropped.
    pub(crate) fn hand_over(&mut self) {
        self.report();
        self.buffer.clear();
        self.position = 0;
    }

    /// Uses all bytes that are there, and tells the host so.
    pub(crate) fn take_all(&mut self) -> Vec<u8> {
        let rest = self.rest().to_vec();
        self.advance_to(self.buffer.len());
        self.report();
        rest
    }

    /// Forgets what was used: the request will be read anew.
    pub(crate) fn rewind(&mut self) {
        self.unreported = 0;
    }

    /// Says what is waited for from here on. What isn't is
    /// [`Error::Incomplete`].
    pub(crate) fn wait(&mut self, patience: Patience) {
        self.patience = patience;
    }

    fn fill(&mut self, part: Part) -> Result<bool> {
        if self.patience == Patience::Arrived {
            return Err(Error::Incomplete);
        }
        // The host gives a head whose rest is slow to another instance, as long
        // as all of it is still there.
        if part == Part::Content {
            self.report();
        }
        if self.position == self.buffer.len() {
            self.buffer.clear();
            self.position = 0;
        }
        let bytes = self.transport.fill(part)?;
        let arrived = !bytes.is_empty();
        if self.buffer.is_empty() {
            self.buffer = bytes;
        } else {
            self.buffer.extend_from_slice(&bytes);
        }
        Ok(arrived)
    }
}
