//! A file's entity tag (RFC 9110 section 8.8.3).

use crate::FieldValue;
use crate::conditional::EntityTag;
use crate::encoding::Coding;
use crate::file::{Status, Version};

/// Room for the greatest numbers, the mark between them, and a coding's name.
const ROOM: usize = 48;

/// A tag made of the file's [version](Version) and its length. Each coding of a
/// file is a representation of its own.
///
/// Written from its end to its start, as numbers are.
pub(super) struct FileTag {
    text: [u8; ROOM],
    start: usize,
    strength: Strength,
}

/// RFC 9110 section 8.8.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strength {
    Strong,
    Weak,
}

impl FileTag {
    /// None where nothing is known that changes with the content.
    pub(super) fn new(status: &Status, coding: Coding) -> Option<Self> {
        let (id, strength) = match status.version? {
            Version::Exact { id, .. } => (id, Strength::Strong),
            Version::Likely(id) => (id, Strength::Weak),
        };
        let mut tag = Self {
            text: [0; ROOM],
            start: ROOM,
            strength,
        };
        if coding != Coding::Identity {
            for byte in coding.token().bytes().rev() {
                tag.put(byte);
            }
            tag.put(b'-');
        }
        tag.put_hex(status.size);
        tag.put(b'-');
        tag.put_hex(id);
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
        match self.strength {
            Strength::Strong => EntityTag::strong(self.as_str()),
            Strength::Weak => EntityTag::weak(self.as_str()),
        }
    }
}

impl FieldValue for FileTag {
    fn write_to(&self, head: &mut Vec<u8>) -> bool {
        if self.strength == Strength::Weak {
            head.extend_from_slice(b"W/");
        }
        head.push(b'"');
        head.extend_from_slice(self.as_bytes());
        head.push(b'"');
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(size: u64, version: Option<Version>) -> Status {
        Status {
            size,
            modified: None,
            version,
        }
    }

    #[test]
    fn a_tag_is_made_of_version_length_and_coding() {
        for (id, size) in [(0, 0), (0xfeed, 1024), (u64::MAX, u64::MAX), (1, 1 << 32)] {
            let status = status(size, Some(Version::Exact { id, since: None }));
            let text = format!("{id:x}-{size:x}");
            let tag = FileTag::new(&status, Coding::Identity).unwrap();
            assert_eq!(tag.as_str(), text);
            let mut head = Vec::new();
            assert!(tag.write_to(&mut head));
            assert_eq!(head, format!("\"{text}\"").as_bytes());
            for coding in [Coding::Gzip, Coding::Brotli, Coding::Zstd] {
                let tag = FileTag::new(&status, coding).unwrap();
                assert_eq!(tag.as_str(), format!("{text}-{}", coding.token()));
                assert!(tag.entity_tag().is_some_and(|tag| !tag.is_weak()));
            }
        }
    }

    #[test]
    fn what_is_only_likely_is_weak() {
        let tag = FileTag::new(&status(1, Some(Version::Likely(10))), Coding::Gzip).unwrap();
        assert!(tag.entity_tag().unwrap().is_weak());
        let mut head = Vec::new();
        assert!(tag.write_to(&mut head));
        assert_eq!(head, b"W/\"a-1-gzip\"");
    }

    #[test]
    fn a_file_without_a_version_has_no_tag() {
        assert!(FileTag::new(&status(1, None), Coding::Identity).is_none());
    }
}
