//! What one process tells another: parts, each behind its length in four bytes.

use std::io::{self, Read, Write};

/// Writes a part.
pub(crate) fn write_part(mut to: impl Write, part: &[u8]) -> io::Result<()> {
    let length = u32::try_from(part.len()).map_err(io::Error::other)?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(part)
}

/// Reads a part of at most so many bytes, and no byte of what follows.
pub(crate) fn read_part(mut from: impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > most {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut part = vec![0; length];
    from.read_exact(&mut part)?;
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_as_they_were_written() {
        let mut written = Vec::new();
        for part in [&b"one"[..], b"", b"three"] {
            write_part(&mut written, part).expect("it is memory");
        }
        let mut rest = &written[..];
        assert_eq!(read_part(&mut rest, 3).expect("a part"), b"one");
        assert_eq!(read_part(&mut rest, 0).expect("a part"), b"");
        assert!(read_part(rest, 4).is_err(), "it is too long");
        assert_eq!(read_part(&mut rest, 5).expect("a part"), b"three");
        assert!(read_part(rest, 5).is_err(), "there is no more");
    }
}
