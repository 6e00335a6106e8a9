//! A file's entity tag (RFC 9110 section 8.8.3).

use crate::FieldValue;
use crate::conditional::EntityTag;
use crate::encoding::Coding;
use crate::file::Status;

/// Room for the greatest numbers, the marks between them, and a coding's name.
const ROOM: usize = 64;

/// A tag made of what changes when the file does: the time of its last change,
/// to the nanosecond, and its length. Each coding of a file is a representation
/// of its own.
///
/// Written from its end to its start, as numbers are.
pub(super) struct FileTag {
    text: [u8; ROOM],
    start: usize,
}

impl FileTag {
    /// None where the system doesn't know when the file was changed.
    pub(super) fn new(status: &Status, coding: Coding) -> Option<Self> {
        let modified = status.modified?;
        let mut tag = Self {
            text: [0; ROOM],
            start: ROOM,
        };
        if coding != Coding::Identity {
            for byte in coding.token().bytes().rev() {
                tag.put(byte);
            }
            tag.put(b'-');
        }
        tag.put_hex(status.size);
        tag.put(b'-');
        tag.put_hex(modified.nanoseconds.into());
        tag.put(b'.');
        tag.put_hex(modified.seconds.cast_unsigned());
        Some(tag)
    }

    fn put(&mut self, byte: u8) {
        self.start -= 1;
        self.text[self.start] = byte;
    }

    fn put_hex(&mut self, mut number: u64) {
        loop {
            self.put(b"0123456789abcdef"[(number & 0xf) as usize]);
            number >>= 4;
            if number == 0 {
                return;
            }
        }
    }

    fn as_bytes(&self) -> &[u8] {
        &self.text[self.start..]
    }

    /// The text between the quotes.
    pub(super) fn as_str(&self) -> &str {
        // It is ASCII, so the default never comes; it spares an `unsafe`.
        str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    pub(super) fn entity_tag(&self) -> Option<EntityTag<'_>> {
        EntityTag::strong(self.as_str())
    }
}

impl FieldValue for FileTag {
    fn write_to(&self, head: &mut Vec<u8>) -> bool {
        head.push(b'"');
        head.extend_from_slice(self.as_bytes());
        head.push(b'"');
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::Timestamp;

    #[test]
    fn a_tag_is_made_of_time_length_and_coding() {
        for (seconds, nanoseconds, size) in [
            (0, 0, 0),
            (1_795_357_816, 123_456_789, 1024),
            (-1, 999_999_999, u64::MAX),
            (i64::MAX, 16, 1 << 32),
        ] {
            let status = Status {
                size,
                modified: Some(Timestamp {
                    seconds,
                    nanoseconds,
                }),
            };
            let text = format!("{seconds:x}.{nanoseconds:x}-{size:x}");
            let tag = FileTag::new(&status, Coding::Identity).unwrap();
            assert_eq!(tag.as_str(), text);
            let mut head = Vec::new();
            assert!(tag.write_to(&mut head));
            assert_eq!(head, format!("\"{text}\"").as_bytes());
            for coding in [Coding::Gzip, Coding::Brotli, Coding::Zstd] {
                let tag = FileTag::new(&status, coding).unwrap();
                assert_eq!(tag.as_str(), format!("{text}-{}", coding.token()));
                assert!(tag.entity_tag().is_some());
            }
        }
    }

    #[test]
    fn a_file_without_a_time_has_no_tag() {
        let status = Status {
            size: 1,
            modified: None,
        };
        assert!(FileTag::new(&status, Coding::Identity).is_none());
    }
}
