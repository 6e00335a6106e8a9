//! What a handler has written and the client hasn't taken: it waits here, so that
//! the handler doesn't.

use super::transfer::Transfer;
use crate::budget::Kept;
use std::collections::VecDeque;

/// The most pieces that wait: as many as a response of many ranges has.
const MAX_PIECES: usize = 128;

/// The most bytes that wait, besides those of files: a listing of some thousand
/// entries.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Pieces of a response, in their order.
#[derive(Debug)]
pub(super) struct Backlog {
    pieces: VecDeque<Transfer>,
    /// Their bytes, as far as they are in memory.
    bytes: usize,
    kept: Kept,
}

impl Backlog {
    pub(super) fn new(kept: Kept) -> Self {
        Self {
            pieces: VecDeque::new(),
            bytes: 0,
            kept,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The piece that is being sent.
    pub(super) fn first(&mut self) -> Option<&mut Transfer> {
        self.pieces.front_mut()
    }

    /// Adds a piece, or gives it back where there is no room for it.
    pub(super) fn push(&mut self, piece: Transfer) -> Result<(), Transfer> {
        let bytes = self.bytes + piece.size();
        let fits = self.pieces.len() < MAX_PIECES && bytes <= MAX_BYTES;
        if !fits || !self.kept.set_if_plenty(bytes) {
            return Err(piece);
        }
        self.add(piece);
        Ok(())
    }

    /// Adds a piece in any case: the rest of one that was taken before.
    pub(super) fn push_rest(&mut self, piece: Transfer) {
        self.kept.set(self.bytes + piece.size());
        self.add(piece);
    }

    fn add(&mut self, piece: Transfer) {
        self.bytes += piece.size();
        self.pieces.push_back(piece);
    }

    /// The first piece is sent.
    pub(super) fn pop(&mut self) {
        if let Some(piece) = self.pieces.pop_front() {
            self.bytes -= piece.size();
            self.kept.try_set(self.bytes);
        }
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.pieces.clear();
        self.bytes = 0;
        self.kept.try_set(0);
    }
}
