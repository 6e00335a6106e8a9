//! A zip archive that is written as it goes (PKWARE's APPNOTE.TXT 6.3): what is only
//! known after a file, its length compressed and its checksum, stands behind it (4.3.9),
//! and where everything is, at the end. What is longer than 4 GiB, or more than 65,535
//! files, is written as Zip64 (4.5.3).

use super::deflate::Deflate;
use super::entry::{EntryTime, Method};
use std::io::{self, Write};

/// Names are UTF-8, and lengths stand behind (4.4.4).
const FLAGS: u16 = (1 << 11) | (1 << 3);

/// The version that a reader must know of: of directories and deflate, and of Zip64.
const PLAIN: u16 = 20;
const ZIP64: u16 = 45;

/// Made on Unix (4.4.2).
const MADE_BY: u16 = (3 << 8) | ZIP64;

/// Content of that length may be longer than 4 GiB when it is compressed.
const LARGE: u64 = 0xf000_0000;

/// Written where a number is in the extra field of Zip64 instead.
const ELSEWHERE: u32 = u32::MAX;

/// A zip archive.
pub(super) struct Zip<W> {
    out: Counted<W>,
    /// The entries at the end.
    directory: Vec<u8>,
    entries: u64,
}

/// Counts what is written.
struct Counted<W> {
    inner: W,
    written: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// An entry of which the content is written.
struct Written {
    crc: u32,
    compressed: u64,
    length: u64,
    offset: u64,
    large: bool,
}

impl<W: Write> Zip<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out: Counted {
                inner: out,
                written: 0,
            },
            directory: Vec::new(),
            entries: 0,
        }
    }

    /// How many bytes the end will have so far, which are kept until then.
    pub(super) fn kept(&self) -> usize {
        self.directory.len()
    }

    /// Adds a directory, whose name ends in a slash.
    ///
    /// # Errors
    ///
    /// It can't be written.
    pub(super) fn add_directory(&mut self, name: &[u8], time: EntryTime) -> io::Result<()> {
        self.add(name, time, Method::Stored, 0, |_| Ok((0, 0)))
    }

    /// Adds a file of about that length: what `write` writes, which returns its checksum
    /// and its length.
    ///
    /// # Errors
    ///
    /// It can't be written.
    pub(super) fn add_file(
        &mut self,
        name: &[u8],
        time: EntryTime,
        length: u64,
        write: impl FnOnce(&mut dyn Write) -> io::Result<(u32, u64)>,
    ) -> io::Result<()> {
        self.add(name, time, Method::Deflated, length, |out| {
            let mut encoder = Deflate::new(out);
            let written = write(&mut encoder)?;
            encoder.finish()?;
            Ok(written)
        })
    }

    fn add(
        &mut self,
        name: &[u8],
        time: EntryTime,
        method: Method,
        length: u64,
        write: impl FnOnce(&mut Counted<W>) -> io::Result<(u32, u64)>,
    ) -> io::Result<()> {
        let offset = self.out.written;
        let large = length >= LARGE;
        let head = local_head(name, time, method, large);
        self.out.write_all(&head)?;
        let start = self.out.written;
        let (crc, length) = write(&mut self.out)?;
        let written = Written {
            crc,
            compressed: self.out.written - start,
            length,
            offset,
            large,
        };
        self.out.write_all(&descriptor(&written))?;
        push_entry(&mut self.directory, name, time, method, &written);
        self.entries += 1;
        Ok(())
    }

    /// Writes the end.
    ///
    /// # Errors
    ///
    /// It can't be written.
    pub(super) fn finish(mut self) -> io::Result<W> {
        let start = self.out.written;
        self.out.write_all(&self.directory)?;
        let end = end(self.entries, start, self.directory.len() as u64);
        self.out.write_all(&end)?;
        Ok(self.out.inner)
    }
}

/// Of 4.3.7.
fn local_head(name: &[u8], time: EntryTime, method: Method, large: bool) -> Vec<u8> {
    let mut head = b"PK\x03\x04".to_vec();
    push16(&mut head, if large { ZIP64 } else { PLAIN });
    push16(&mut head, FLAGS);
    push16(&mut head, method as u16);
    let (clock, day) = time.dos();
    push16(&mut head, clock);
    push16(&mut head, day);
    push32(&mut head, 0);
    let length = if large { ELSEWHERE } else { 0 };
    push32(&mut head, length);
    push32(&mut head, length);
    push16(&mut head, to16(name.len() as u64));
    push16(&mut head, if large { 20 } else { 0 });
    head.extend_from_slice(name);
    if large {
        // As the lengths behind are of eight bytes (4.3.9.2).
        push16(&mut head, 1);
        push16(&mut head, 16);
        push64(&mut head, 0);
        push64(&mut head, 0);
    }
    head
}

/// Of 4.3.9.
fn descriptor(written: &Written) -> Vec<u8> {
    let mut descriptor = b"PK\x07\x08".to_vec();
    push32(&mut descriptor, written.crc);
    if written.large {
        push64(&mut descriptor, written.compressed);
        push64(&mut descriptor, written.length);
    } else {
        push32(&mut descriptor, to32(written.compressed));
        push32(&mut descriptor, to32(written.length));
    }
    descriptor
}

/// Of 4.3.12.
fn push_entry(
    directory: &mut Vec<u8>,
    name: &[u8],
    time: EntryTime,
    method: Method,
    written: &Written,
) {
    let mut extra = Vec::new();
    let mut short = |number: u64| {
        if number < u64::from(ELSEWHERE) {
            return to32(number);
        }
        push64(&mut extra, number);
        ELSEWHERE
    };
    // In this order (4.5.3).
    let length = short(written.length);
    let compressed = short(written.compressed);
    let offset = short(written.offset);
    let needs_more = !extra.is_empty() || written.large;
    directory.extend_from_slice(b"PK\x01\x02");
    push16(directory, MADE_BY);
    push16(directory, if needs_more { ZIP64 } else { PLAIN });
    push16(directory, FLAGS);
    push16(directory, method as u16);
    let (clock, day) = time.dos();
    push16(directory, clock);
    push16(directory, day);
    push32(directory, written.crc);
    push32(directory, compressed);
    push32(directory, length);
    push16(directory, to16(name.len() as u64));
    let extra_length = if extra.is_empty() {
        0
    } else {
        extra.len() as u64 + 4
    };
    push16(directory, to16(extra_length));
    // No comment, on the first disk, of no kind.
    push16(directory, 0);
    push16(directory, 0);
    push16(directory, 0);
    // A directory or a file, as everybody may read it.
    let mode: u32 = if name.ends_with(b"/") {
        0o040_755
    } else {
        0o100_644
    };
    push32(directory, mode << 16);
    push32(directory, offset);
    directory.extend_from_slice(name);
    if !extra.is_empty() {
        push16(directory, 1);
        push16(directory, to16(extra.len() as u64));
        directory.extend_from_slice(&extra);
    }
}

/// Of 4.3.14 to 4.3.16.
fn end(entries: u64, start: u64, length: u64) -> Vec<u8> {
    let mut end = Vec::new();
    let is_large = entries >= u64::from(u16::MAX)
        || start >= u64::from(ELSEWHERE)
        || length >= u64::from(ELSEWHERE);
    if is_large {
        end.extend_from_slice(b"PK\x06\x06");
        // What follows this number.
        push64(&mut end, 44);
        push16(&mut end, MADE_BY);
        push16(&mut end, ZIP64);
        push32(&mut end, 0);
        push32(&mut end, 0);
        push64(&mut end, entries);
        push64(&mut end, entries);
        push64(&mut end, length);
        push64(&mut end, start);
        end.extend_from_slice(b"PK\x06\x07");
        push32(&mut end, 0);
        push64(&mut end, start + length);
        push32(&mut end, 1);
    }
    end.extend_from_slice(b"PK\x05\x06");
    push16(&mut end, 0);
    push16(&mut end, 0);
    push16(&mut end, to16(entries));
    push16(&mut end, to16(entries));
    push32(&mut end, to32(length));
    push32(&mut end, to32(start));
    push16(&mut end, 0);
    end
}

fn to16(number: u64) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

fn to32(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(ELSEWHERE)
}

fn push16(out: &mut Vec<u8>, number: u16) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn push32(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn push64(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&number.to_le_bytes());
}
