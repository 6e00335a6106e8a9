//! What a server's owner lets clients leave.

const GIB: u64 = 1024 * 1024 * 1024;

/// What clients may leave beneath the served directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadOptions {
    /// Whether a file may take the place of another.
    pub overwrite: bool,
    /// The most bytes of one file.
    pub max_size: u64,
    /// The most bytes of all files together since the server started. Each file, and each
    /// directory that is made for one, counts as 4 KiB more; a file that is replaced is
    /// counted no longer.
    pub quota: u64,
}

impl Default for UploadOptions {
    fn default() -> Self {
        Self {
            overwrite: false,
            max_size: 10 * GIB,
            quota: 10 * GIB,
        }
    }
}
