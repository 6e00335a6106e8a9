//! Content that is kept in memory: that of tests, which have no host.

use super::SpoolError;

/// The most bytes that are kept.
const MAX_KEPT: usize = 1024 * 1024;

/// The content.
#[derive(Default)]
pub(super) struct Memory(pub(super) Vec<u8>);

impl Memory {
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), SpoolError> {
        if self.0.len() + bytes.len() > MAX_KEPT {
            return Err(SpoolError::TooLong);
        }
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}
