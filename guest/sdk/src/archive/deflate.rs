//! Deflate (RFC 1951), with little memory: each piece by itself, with the codes that are
//! fixed (section 3.2.6), or as it is where that isn't shorter. It is as quick as it is
//! simple, and halves text.
//!
//! The usual libraries take some hundred kilobytes of stack to begin with, of which the
//! embedded component has 32.

use std::io::{self, Write};

/// The longest piece: what positions of 16 bits tell apart.
pub(super) const PIECE: usize = 64 * 1024 - 1;

/// The farthest that a match may be behind (section 3.2.5).
const MAX_DISTANCE: usize = 32 * 1024;

/// The shortest match that is looked for, and the longest that there is.
const MIN_MATCH: usize = 4;
const MAX_MATCH: usize = 258;

/// How many beginnings are remembered, as a power of two.
const HASH_BITS: u32 = 13;

/// No position: that of the piece's end.
const NOWHERE: u16 = u16::MAX;

/// The shortest length of each code, from 257 on, and its extra bits.
const LENGTHS: [(u16, u8); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];

/// The same of distances, from 0 on.
const DISTANCES: [(u16, u8); 30] = [
    (1, 0),
    (2, 0),
    (3, 0),
    (4, 0),
    (5, 1),
    (7, 1),
    (9, 2),
    (13, 2),
    (17, 3),
    (25, 3),
    (33, 4),
    (49, 4),
    (65, 5),
    (97, 5),
    (129, 6),
    (193, 6),
    (257, 7),
    (385, 7),
    (513, 8),
    (769, 8),
    (1025, 9),
    (1537, 9),
    (2049, 10),
    (3073, 10),
    (4097, 11),
    (6145, 11),
    (8193, 12),
    (12289, 12),
    (16385, 13),
    (24577, 13),
];

/// Compresses what is written to it.
pub(super) struct Deflate<W> {
    out: W,
    bits: Bits,
    latest: Vec<u16>,
}

/// Bits that are on their way out, the first lowest.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    pending: u64,
    count: u32,
}

impl Bits {
    fn put(&mut self, bits: u32, count: u32) {
        self.pending |= u64::from(bits) << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.count -= 8;
        }
    }

    /// Codes are packed from their highest bit on (section 3.1.1).
    fn put_code(&mut self, code: u32, count: u32) {
        self.put(code.reverse_bits() >> (32 - count), count);
    }

    fn fill_byte(&mut self) {
        if self.count > 0 {
            self.put(0, 8 - self.count);
        }
    }

    /// A literal, or a length's code (section 3.2.6).
    fn put_symbol(&mut self, symbol: u32) {
        match symbol {
            0..144 => self.put_code(0x30 + symbol, 8),
            144..256 => self.put_code(0x190 + symbol - 144, 9),
            256..280 => self.put_code(symbol - 256, 7),
            _ => self.put_code(0xc0 + symbol - 280, 8),
        }
    }

    fn put_match(&mut self, length: usize, distance: usize) {
        let (code, extra, bits) = coded(&LENGTHS, length);
        self.put_symbol(257 + code);
        self.put(extra, bits);
        let (code, extra, bits) = coded(&DISTANCES, distance);
        self.put_code(code, 5);
        self.put(extra, bits);
    }
}

/// A number's code, and what is added to that, in how many bits.
fn coded(codes: &[(u16, u8)], number: usize) -> (u32, u32, u32) {
    let after = codes.partition_point(|(least, _)| usize::from(*least) <= number);
    let code = after.saturating_sub(1);
    let (least, bits) = codes[code];
    let extra = number.saturating_sub(least.into());
    (code as u32, extra as u32, bits.into())
}

impl<W: Write> Deflate<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            bits: Bits::default(),
            latest: vec![NOWHERE; 1 << HASH_BITS],
        }
    }

    /// Adds a piece, of [`PIECE`] bytes at most.
    fn add(&mut self, piece: &[u8]) -> io::Result<()> {
        let Bits { pending, count, .. } = self.bits;
        self.compress(piece);
        if self.bits.bytes.len() > piece.len() + 5 {
            // As it is (section 3.2.4).
            self.bits = Bits {
                bytes: Vec::new(),
                pending,
                count,
            };
            self.bits.put(0, 3);
            self.bits.fill_byte();
            let length = piece.len() as u16;
            self.bits.bytes.extend_from_slice(&length.to_le_bytes());
            self.bits.bytes.extend_from_slice(&(!length).to_le_bytes());
            self.bits.bytes.extend_from_slice(piece);
        }
        self.send()
    }

    /// One block: each position is looked up among those that began alike.
    fn compress(&mut self, piece: &[u8]) {
        self.latest.fill(NOWHERE);
        // Not the last block, of fixed codes.
        self.bits.put(0b010, 3);
        let mut at = 0;
        while at < piece.len() {
            let found = self.find(piece, at);
            if let Some((length, distance)) = found {
                self.bits.put_match(length, distance);
                at += length;
            } else {
                self.bits.put_symbol(piece[at].into());
                at += 1;
            }
        }
        self.bits.put_symbol(256);
    }

    /// The match at a position, if there is one, as its length and its distance.
    fn find(&mut self, piece: &[u8], at: usize) -> Option<(usize, usize)> {
        let four = piece.get(at..at + MIN_MATCH)?;
        let four = u32::from_le_bytes(four.try_into().ok()?);
        let slot = (four.wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS)) as usize;
        let before = std::mem::replace(&mut self.latest[slot], at as u16);
        let before = Some(before).filter(|before| *before != NOWHERE)?;
        let before = usize::from(before);
        let distance = at - before;
        let pairs = piece[before..].iter().zip(&piece[at..]);
        let length = pairs.take(MAX_MATCH).take_while(|(a, b)| a == b).count();
        let is_match = length >= MIN_MATCH && distance <= MAX_DISTANCE;
        is_match.then_some((length, distance))
    }

    fn send(&mut self) -> io::Result<()> {
        self.out.write_all(&self.bits.bytes)?;
        self.bits.bytes.clear();
        Ok(())
    }

    /// Writes the end: a last block with nothing in it.
    ///
    /// # Errors
    ///
    /// It can't be written.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.bits.put(0b011, 3);
        self.bits.put_symbol(256);
        self.bits.fill_byte();
        self.send()?;
        Ok(self.out)
    }
}

impl<W: Write> Write for Deflate<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = &bytes[..bytes.len().min(PIECE)];
        if !piece.is_empty() {
            self.add(piece)?;
        }
        Ok(piece.len())
    }

    /// What is compressed has been passed on.
    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compressed(content: &[u8]) -> Vec<u8> {
        let mut deflate = Deflate::new(Vec::new());
        deflate.write_all(content).unwrap();
        deflate.finish().unwrap()
    }

    /// That it can be read again, other programs show: `tests/archives.rs`.
    #[test]
    fn text_is_shorter_and_noise_isnt_much_longer() {
        let text = "the same words, and the same words again; ".repeat(5000);
        assert!(compressed(text.as_bytes()).len() < text.len() / 20);
        let mut state = 1_u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(200_000)
        .collect();
        assert!(compressed(&noise).len() < noise.len() + 100);
        assert_eq!(compressed(b""), [0x03, 0x00]);
    }

    #[test]
    fn numbers_have_the_codes_of_the_standard() {
        assert_eq!(coded(&LENGTHS, 3), (0, 0, 0));
        assert_eq!(coded(&LENGTHS, 18), (11, 1, 1));
        assert_eq!(coded(&LENGTHS, 257), (27, 30, 5));
        assert_eq!(coded(&LENGTHS, 258), (28, 0, 0));
        assert_eq!(coded(&DISTANCES, 1), (0, 0, 0));
        assert_eq!(coded(&DISTANCES, 32_768), (29, 8191, 13));
    }
}
