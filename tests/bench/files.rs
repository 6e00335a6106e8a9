//! What is served: the same files for every server.

use super::error::{Error, Result};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// 1 KB, the size of the first line of the table.
pub(crate) const SMALL: usize = 1024;
/// 100 KB.
pub(crate) const MEDIUM: usize = 100 * 1024;
/// Entries of the directory that is listed.
pub(crate) const ENTRIES: usize = 1000;

/// A directory of files, removed when dropped.
pub(crate) struct Files {
    directory: TempDir,
}

impl Files {
    /// Makes the files beneath `folder`, on a disk like the one that is served
    /// from in earnest.
    pub(crate) fn create(folder: &Path, large: usize) -> Result<Self> {
        let directory = TempDir::with_prefix_in("files-", folder).map_err(Error::at(folder))?;
        let files = Self { directory };
        for (name, size) in [
            ("small.bin", SMALL),
            ("medium.bin", MEDIUM),
            ("large.bin", large),
        ] {
            let path = files.root().join(name);
            fs::write(&path, noise(size)).map_err(Error::at(&path))?;
        }
        let listed = files.root().join("listed");
        fs::create_dir(&listed).map_err(Error::at(&listed))?;
        for number in 0..ENTRIES {
            let path = listed.join(entry_name(number));
            fs::write(&path, b"x").map_err(Error::at(&path))?;
        }
        Ok(files)
    }

    /// The directory that the servers are given.
    pub(crate) fn root(&self) -> &Path {
        self.directory.path()
    }

    /// The content of the file that `target` asks for.
    pub(crate) fn content(&self, target: &str) -> Result<Vec<u8>> {
        let path: PathBuf = self.root().join(target.trim_start_matches('/'));
        fs::read(&path).map_err(Error::at(&path))
    }
}

/// The name of an entry of the listed directory.
pub(crate) fn entry_name(number: usize) -> String {
    format!("entry-{number:04}.txt")
}

/// Bytes that no other offset repeats (xorshift64), so that a wrong offset
/// shows.
fn noise(size: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}
