//! A tar archive (POSIX.1-2024, "pax Interchange Format"), written as it goes. A name that
//! is long, or a length beyond 8 GiB, is in an entry of its own before, which is what
//! "pax" is.

use super::entry::EntryTime;
use std::io::{self, Write};

const BLOCK: usize = 512;

/// The longest name in a head.
const MAX_NAME: usize = 100;

/// What a head has room for, in eleven octal digits.
const MAX_LENGTH: u64 = 0o777_7777_7777;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File = b'0' as isize,
    Directory = b'5' as isize,
    /// What is said of the next one.
    Extended = b'x' as isize,
}

/// A tar archive.
pub(super) struct Tar<W> {
    out: W,
}

impl<W: Write> Tar<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out }
    }

    /// Adds a directory, whose name ends in a slash.
    ///
    /// # Errors
    ///
    /// It can't be written.
    pub(super) fn add_directory(&mut self, name: &[u8], time: EntryTime) -> io::Result<()> {
        self.add_head(name, Kind::Directory, 0, time)
    }

    /// Adds a file of that length: what `write` writes, which returns how much that was.
    /// What is missing is zeros. Returns whether something was.
    ///
    /// # Errors
    ///
    /// It can't be written.
    pub(super) fn add_file(
        &mut self,
        name: &[u8],
        time: EntryTime,
        length: u64,
        write: impl FnOnce(&mut dyn Write) -> io::Result<u64>,
    ) -> io::Result<()> {
        self.add_head(name, Kind::File, length, time)?;
        let written = write(&mut self.out)?;
        let missing = length.saturating_sub(written);
        io::copy(&mut io::Read::take(io::repeat(0), missing), &mut self.out)?;
        self.pad(length)
    }

    /// Writes the end.
    ///
    /// # Errors
    ///
    /// It can't be written.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&[0; 2 * BLOCK])?;
        Ok(self.out)
    }

    fn add_head(
        &mut self,
        name: &[u8],
        kind: Kind,
        length: u64,
        time: EntryTime,
    ) -> io::Result<()> {
        let mut records = Vec::new();
        if name.len() > MAX_NAME {
            if str::from_utf8(name).is_err() {
                push_record(&mut records, "hdrcharset", b"BINARY");
            }
            push_record(&mut records, "path", name);
        }
        if length > MAX_LENGTH {
            push_record(&mut records, "size", length.to_string().as_bytes());
        }
        if !records.is_empty() {
            let extended = head(b"pax", Kind::Extended, records.len() as u64, time);
            self.out.write_all(&extended)?;
            self.out.write_all(&records)?;
            self.pad(records.len() as u64)?;
        }
        self.out.write_all(&head(name, kind, length, time))
    }

    /// Fills the last block of content.
    fn pad(&mut self, length: u64) -> io::Result<()> {
        let over = (length % BLOCK as u64) as usize;
        match over {
            0 => Ok(()),
            over => self.out.write_all(&[0; BLOCK][over..]),
        }
    }
}

/// A record, which begins with its own length.
fn push_record(records: &mut Vec<u8>, name: &str, value: &[u8]) {
    // A space, an equals sign and a line's end.
    let rest = name.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    records.extend_from_slice(format!("{length} {name}=").as_bytes());
    records.extend_from_slice(value);
    records.push(b'\n');
}

fn head(name: &[u8], kind: Kind, length: u64, time: EntryTime) -> [u8; BLOCK] {
    let mut head = [0; BLOCK];
    let name = &name[..name.len().min(MAX_NAME)];
    head[..name.len()].copy_from_slice(name);
    let mode = if kind == Kind::Directory {
        0o755
    } else {
        0o644
    };
    put_octal(&mut head[100..108], mode);
    // Nobody's: user and group.
    put_octal(&mut head[108..116], 0);
    put_octal(&mut head[116..124], 0);
    put_octal(
        &mut head[124..136],
        if length > MAX_LENGTH { 0 } else { length },
    );
    let time = u64::try_from(time.0).unwrap_or(0).min(MAX_LENGTH);
    put_octal(&mut head[136..148], time);
    head[156] = kind as u8;
    head[257..265].copy_from_slice(b"ustar\x0000");
    // The sum is that of the head with spaces in its place.
    head[148..156].fill(b' ');
    let sum = head.iter().map(|&byte| u64::from(byte)).sum();
    put_octal(&mut head[148..155], sum);
    head
}

/// Writes octal digits, and a zero behind them.
fn put_octal(field: &mut [u8], mut number: u64) {
    let digits = field.len() - 1;
    for digit in field[..digits].iter_mut().rev() {
        *digit = b'0' + (number & 7) as u8;
        number >>= 3;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_says_its_own_length() {
        for length in [1, 80, 89, 90, 91, 985, 990, 1000] {
            let mut records = Vec::new();
            push_record(&mut records, "path", &vec![b'n'; length]);
            let said = records.split(|&byte| byte == b' ').next().unwrap();
            assert_eq!(said, records.len().to_string().as_bytes(), "{length}");
        }
    }

    #[test]
    fn what_is_missing_of_a_file_is_zeros() {
        let mut tar = Tar::new(Vec::new());
        tar.add_file(b"a", EntryTime(0), 600, |out| {
            out.write_all(b"one").map(|()| 3)
        })
        .unwrap();
        let written = tar.finish().unwrap();
        assert_eq!(written.len(), BLOCK + 2 * BLOCK + 2 * BLOCK);
        assert!(written[BLOCK + 3..].iter().all(|&byte| byte == 0));
    }
}
