//! What becomes of content that a handler didn't read: the next request begins behind it.

use super::{RequestBody, State};
use crate::link::Patience;

/// The most content that is read and forgotten, so that a connection can be
/// kept whose handler didn't read it.
const MAX_DRAINED: u64 = 256 * 1024;

/// The most that the host drops between two requests.
const MAX_PASSED_OVER: u64 = 1024 * 1024;

impl RequestBody {
    /// Leaves what is left unread, as no other request follows. Returns how many
    /// bytes may still come, at most.
    pub(crate) fn leave(&mut self) -> u64 {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Done => 0,
            State::Length(left) | State::Left(left) | State::Promised(left) => left,
            State::ChunkSize
            | State::Chunk(_)
            | State::ChunkEnd
            | State::Trailers
            | State::ByHost
            | State::Broken => u64::MAX,
        }
    }

    /// Has what is left of the content that the host was to move, once nobody reads that
    /// any more.
    pub(crate) fn give_up(&mut self, left: u64) {
        self.state = match left {
            0 => State::Done,
            left => State::Left(left),
        };
    }

    /// Has all that is left dropped, as the response has said that another may follow.
    /// Returns whether the host does that: not of any length.
    pub(crate) fn promise_end(&mut self) -> bool {
        match self.state {
            State::Left(left) if Self::can_be_promised(left) => {
                self.state = State::Promised(left);
                true
            }
            State::Left(_) => false,
            _ => true,
        }
    }

    /// Whether content of a length is so little that [`Self::promise_end`] can have it
    /// dropped.
    pub(crate) fn can_be_promised(length: u64) -> bool {
        length <= MAX_PASSED_OVER
    }

    /// Whether content of a length is so little that [`Self::drain`] can have it dropped.
    pub(crate) fn is_droppable(length: u64) -> bool {
        length <= MAX_DRAINED
    }

    /// Whether what is left is so little that [`Self::drain`] can have it dropped, as
    /// far as is known. Of chunks, those that have arrived are read and forgotten;
    /// those that are still to come may be few.
    pub(crate) fn is_soon_over(&mut self) -> bool {
        match self.state {
            State::Done | State::Promised(_) => true,
            State::Length(left) | State::Left(left) => Self::is_droppable(left),
            State::ByHost | State::Broken => false,
            State::ChunkSize | State::Chunk(_) | State::ChunkEnd | State::Trailers => {
                self.link.borrow_mut().wait(Patience::Arrived);
                let within = self.read_away();
                self.link.borrow_mut().wait(Patience::HostsOwn);
                within && self.state != State::Broken
            }
        }
    }

    /// Whether only who reads what is left knows where it ends.
    pub(crate) fn must_be_read(&self) -> bool {
        !self.is_finished() && !matches!(self.state, State::Length(_))
    }

    /// Has the host drop what is left, or if only reading tells where that ends, reads
    /// it and forgets it; unless it is too much. Returns whether the next request can
    /// be told from this one's content.
    pub(crate) fn drain(&mut self) -> bool {
        match self.state {
            State::Done => true,
            State::Length(left) | State::Left(left) if !Self::is_droppable(left) => false,
            State::Length(left) | State::Left(left) | State::Promised(left) => {
                self.link.borrow_mut().pass_over(left);
                self.state = State::Done;
                true
            }
            _ => self.read_away() && self.is_finished(),
        }
    }

    /// Apart from [`Self::drain`], lest its room on the stack be taken for all
    /// of a request, whose values would be a page further apart. False: there is
    /// more than that.
    #[inline(never)]
    fn read_away(&mut self) -> bool {
        let mut scrap = [0; 4096];
        let mut left = MAX_DRAINED;
        while !self.is_finished() && left > 0 {
            match self.read_some(&mut scrap) {
                Ok(0) | Err(_) => break,
                Ok(read) => left = left.saturating_sub(read as u64),
            }
        }
        self.is_finished() || left > 0
    }
}
