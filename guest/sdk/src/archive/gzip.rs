//! Gzip (RFC 1952).

use super::READ;
use super::checksum::Checksum;
use super::deflate::Deflate;
use std::io::{self, BufWriter, Write};

/// Deflate, without a name or a date, made on Unix (section 2.3).
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];

/// Compresses what is written to it.
pub(super) struct Gzip<W: Write> {
    deflate: BufWriter<Deflate<W>>,
    sum: Checksum,
    length: u32,
}

impl<W: Write> Gzip<W> {
    pub(super) fn new(mut out: W) -> io::Result<Self> {
        out.write_all(&HEAD)?;
        Ok(Self {
            deflate: BufWriter::with_capacity(READ, Deflate::new(out)),
            sum: Checksum::new(),
            length: 0,
        })
    }

    /// Writes the end.
    ///
    /// # Errors
    ///
    /// It can't be written.
    pub(super) fn finish(self) -> io::Result<W> {
        let deflate = self.deflate.into_inner();
        let mut out = deflate.map_err(io::IntoInnerError::into_error)?.finish()?;
        out.write_all(&self.sum.finalize().to_le_bytes())?;
        out.write_all(&self.length.to_le_bytes())?;
        Ok(out)
    }
}

impl<W: Write> Write for Gzip<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.deflate.write(bytes)?;
        self.sum.update(&bytes[..written]);
        // Of the length, the last 32 bits are written.
        self.length = self.length.wrapping_add(written as u32);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.deflate.flush()
    }
}
