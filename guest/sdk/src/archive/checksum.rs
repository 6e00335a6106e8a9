//! The checksum of zip and gzip (RFC 1952 section 8).

use crc::{CRC_32_ISO_HDLC, Crc, Digest, Table};

/// One table of 1 KiB: a faster sum's 16 would be a part of each instance's memory, which
/// is put back for each request, and would leave no room for the heap in its pages.
static ALGORITHM: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

/// A sum of what was seen so far.
pub(super) struct Checksum(Digest<'static, u32, Table<1>>);

impl Checksum {
    pub(super) fn new() -> Self {
        Self(ALGORITHM.digest())
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn finalize(self) -> u32 {
        self.0.finalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_others() {
        let mut sum = Checksum::new();
        sum.update(b"1234");
        sum.update(b"56789");
        // The check value that every table of such sums has.
        assert_eq!(sum.finalize(), 0xcbf4_3926);
    }
}
