//! The path that a rule is for: texts, placeholders (`:name`) and at most one splat
//! (`*`).
//!
//! A segment has at most one of the two, and a pattern at most one splat: so each byte of
//! a path is looked at a fixed number of times, whatever the pattern and whatever the
//! path. Regular expressions, as both peers have them, take a time that a client can
//! raise.

use crate::wire::{Reader, put_bytes, put_number};
use memchr::{memchr, memrchr};

/// A pattern of paths, as it was parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// What stands before the splat, or all of it.
    pub(crate) head: Vec<Piece>,
    pub(crate) splat: Splat,
    /// What stands behind the splat.
    pub(crate) tail: Vec<Piece>,
    pub(crate) end: End,
}

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(Vec<u8>),
    /// One or more bytes up to the segment's end, less the text that follows.
    Placeholder,
}

/// Whether a pattern has a `*`, and what that stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Splat {
    None,
    /// Any text.
    Text,
    /// Nothing, or a slash and any text: that without the slash.
    Segments,
}

/// What may follow a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Nothing,
    /// Nothing, or a slash.
    Slash,
}

/// What the placeholders and the splat of a pattern stand for in a path.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Captures<'a> {
    pub(crate) splat: &'a [u8],
    /// In the pattern's order.
    pub(crate) placeholders: Vec<&'a [u8]>,
}

impl Pattern {
    /// Whether it stands for one path alone, but for a slash at its end.
    pub(crate) fn is_text(&self) -> bool {
        let placeholder = |piece: &Piece| *piece == Piece::Placeholder;
        self.splat == Splat::None && !self.head.iter().any(placeholder)
    }

    /// The text that all its paths begin with.
    pub(crate) fn beginning(&self) -> &[u8] {
        match self.head.first() {
            Some(Piece::Text(text)) => text,
            _ => b"",
        }
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let splat = match self.splat {
            Splat::None => 0,
            Splat::Text => 1,
            Splat::Segments => 2,
        };
        out.push(splat | u8::from(self.end == End::Slash) << 2);
        for pieces in [&self.head, &self.tail] {
            put_number(out, pieces.len());
            for piece in pieces {
                match piece {
                    Piece::Text(text) => put_bytes(out, text),
                    // A text isn't empty.
                    Piece::Placeholder => put_bytes(out, b""),
                }
            }
        }
    }
}

/// A pattern in a part: read as it is matched.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EncodedPattern<'a> {
    kind: u8,
    head: Pieces<'a>,
    tail: Pieces<'a>,
}

/// Some pieces of it.
#[derive(Debug, Clone, Copy)]
struct Pieces<'a> {
    count: usize,
    reader: Reader<'a>,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a [u8];

    /// A piece's text; empty for a placeholder.
    fn next(&mut self) -> Option<&'a [u8]> {
        self.count = self.count.checked_sub(1)?;
        self.reader.bytes()
    }
}

impl<'a> EncodedPattern<'a> {
    /// Reads what [`Pattern::encode`] wrote.
    pub(crate) fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let kind = reader.byte()?;
        let head = Pieces::read(reader)?;
        let tail = Pieces::read(reader)?;
        Some(Self { kind, head, tail })
    }

    /// What its parts stand for in a path, if it is for that path.
    pub(crate) fn captures<'p>(self, path: &'p [u8]) -> Option<Captures<'p>> {
        let whole = self.captures_exactly(path);
        match self.kind & 4 != 0 && whole.is_none() {
            true => self.captures_exactly(path.strip_suffix(b"/")?),
            false => whole,
        }
    }

    fn captures_exactly<'p>(self, path: &'p [u8]) -> Option<Captures<'p>> {
        let mut captures = Captures::default();
        let rest = self.head.consume(path, &mut captures.placeholders)?;
        match self.kind & 3 {
            0 => return rest.is_empty().then_some(captures),
            1 => {
                let (splat, behind) = self.tail.split(rest)?;
                captures.splat = splat;
                let left = self.tail.consume(behind, &mut captures.placeholders)?;
                return left.is_empty().then_some(captures);
            }
            2 if rest.is_empty() => {}
            _ => captures.splat = rest.strip_prefix(b"/")?,
        }
        Some(captures)
    }
}

impl<'a> Pieces<'a> {
    fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let count = reader.number()?;
        let pieces = Self {
            count,
            reader: *reader,
        };
        for _ in 0..count {
            reader.bytes()?;
        }
        Some(pieces)
    }

    /// Takes what the pieces stand for from a path's beginning.
    fn consume<'p>(self, path: &'p [u8], captured: &mut Vec<&'p [u8]>) -> Option<&'p [u8]> {
        let mut rest = path;
        let mut pieces = self;
        while let Some(text) = pieces.next() {
            if !text.is_empty() {
                rest = rest.strip_prefix(text)?;
                continue;
            }
            let segment = memchr(b'/', rest).unwrap_or(rest.len());
            let mut following = pieces;
            let following = following.next().unwrap_or_default();
            let kept = &following[..memchr(b'/', following).unwrap_or(following.len())];
            let taken = rest[..segment].strip_suffix(kept)?;
            if taken.is_empty() {
                return None;
            }
            captured.push(taken);
            rest = &rest[taken.len()..];
        }
        Some(rest)
    }

    /// Splits what follows the head into what the splat stands for and what these pieces
    /// do: those have a certain number of slashes, as a placeholder has none.
    fn split(self, rest: &[u8]) -> Option<(&[u8], &[u8])> {
        let slashes = |text: &[u8]| text.iter().filter(|&&byte| byte == b'/').count();
        let mut end = rest.len();
        for _ in 0..self.map(slashes).sum() {
            end = memrchr(b'/', &rest[..end])?;
        }
        let mut pieces = self;
        let first = pieces.next().unwrap_or_default();
        let kept = memchr(b'/', first).unwrap_or(first.len());
        let splat = rest[..end].strip_suffix(&first[..kept])?;
        Some((splat, &rest[splat.len()..]))
    }
}
