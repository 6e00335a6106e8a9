//! Many small blobs in one request: for each of them its SHA-256 in 32 bytes, its length
//! in 8 bytes with the greatest first, and its content. Nothing is between them, before
//! or after.

use crate::digest::Digest;
use bytes::{Buf, BufMut, Bytes, BytesMut};

/// The most bytes of a pack.
pub const MAX_PACK: u64 = 8 * 1024 * 1024;

/// The bytes of a record beside its content.
pub const PACK_RECORD: u64 = 40;

/// What is before a blob's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordHead {
    /// Of the content.
    pub sha256: Digest,
    /// Of the content, in bytes.
    pub size: u64,
}

/// A blob of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What it says of itself; nobody has compared it yet.
    pub head: RecordHead,
    /// As many bytes as the head says.
    pub content: Bytes,
}

impl RecordHead {
    /// Appends itself to a pack; the content has to follow.
    pub fn write(&self, pack: &mut BytesMut) {
        pack.put_slice(self.sha256.as_bytes());
        pack.put_u64(self.size);
    }
}

impl Record {
    /// Takes a blob off the beginning of a pack; none if nothing is left.
    ///
    /// # Errors
    ///
    /// The pack ends within the blob: says where.
    pub fn take(pack: &mut Bytes) -> Result<Option<Self>, String> {
        if pack.is_empty() {
            return Ok(None);
        }
        if (pack.len() as u64) < PACK_RECORD {
            return Err("the pack ends within a blob's SHA-256 and length".to_owned());
        }
        let mut digest = [0; 32];
        pack.copy_to_slice(&mut digest);
        let sha256 = Digest::from_bytes(digest);
        let size = pack.get_u64();
        let length = usize::try_from(size)
            .ok()
            .filter(|size| *size <= pack.len());
        let Some(length) = length else {
            let left = pack.len();
            return Err(format!(
                "the blob {sha256} is said to have {size} bytes, but {left} are left of the pack"
            ));
        };
        let content = pack.split_to(length);
        let head = RecordHead { sha256, size };
        Ok(Some(Self { head, content }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(contents: &[&str]) -> BytesMut {
        let mut pack = BytesMut::new();
        for content in contents {
            let sha256 = Digest::of(content.as_bytes());
            let size = content.len() as u64;
            RecordHead { sha256, size }.write(&mut pack);
            pack.put_slice(content.as_bytes());
        }
        pack
    }

    #[test]
    fn what_is_packed_comes_out() {
        let mut pack = pack(&["a", "", "long"]).freeze();
        let mut contents = Vec::new();
        while let Some(record) = Record::take(&mut pack).unwrap() {
            assert_eq!(record.head.sha256, Digest::of(&record.content));
            contents.push(record.content);
        }
        assert_eq!(contents, ["a", "", "long"]);
    }

    #[test]
    fn one_that_ends_early_is_refused_wherever_it_ends() {
        let whole = pack(&["abc"]).freeze();
        for end in 1..whole.len() {
            assert!(Record::take(&mut whole.slice(..end)).is_err(), "{end}");
        }
        let mut huge = BytesMut::from(&whole[..32]);
        huge.put_u64(u64::MAX);
        assert!(Record::take(&mut huge.freeze()).is_err());
    }
}
