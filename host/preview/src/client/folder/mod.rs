//! The folder that is deployed: which files it has, and what is in them.
//!
//! 1. [`walk`] finds the files, by [`ignores`] and [`secrets`].
//! 2. [`hash`] reads each of them, and [`stamp`] sees whether it changes meanwhile.
//!
//! Nothing has been sent until both have looked at all files.

mod faults;
mod hash;
mod ignores;
mod secrets;
mod stamp;
#[cfg(test)]
mod tests;
mod walk;

use crate::client::text::plain;
use std::io;
use std::path::{Path, PathBuf};

pub use faults::{Fault, Faults};
pub(crate) use hash::SiteFile;
pub use ignores::IGNORE_FILE;
pub use secrets::Why;
pub(crate) use stamp::{changed, open};
pub use walk::LeftOut;

/// A folder's content at one moment.
#[derive(Debug)]
pub(crate) struct Folder {
    /// In the order of their paths.
    pub(crate) files: Vec<SiteFile>,
    /// What isn't deployed, in the order of their paths.
    pub(crate) left_out: Vec<LeftOut>,
}

/// Why a folder can't be deployed.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It isn't there, isn't a folder, or may not be read.
    #[error("cannot deploy {}: {source}; give the folder that your site is built into", plain(&.path.to_string_lossy()))]
    Unreadable {
        /// As given.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no file to deploy.
    #[error("{} has no file to deploy; give the folder that your site is built into", plain(&.0.to_string_lossy()))]
    Empty(PathBuf),
    /// Some of what is in it can't be deployed.
    #[error("{0}")]
    Faults(Faults),
}

impl Folder {
    /// Finds and hashes all files below `path`. `found` is told how many there are, and
    /// `hashed`, by any thread, of each one's size.
    ///
    /// # Errors
    ///
    /// There is nothing to deploy, or something that can't be: see [`FolderError`].
    pub(crate) fn read(
        path: &Path,
        found: impl FnOnce(usize),
        hashed: &(dyn Fn(u64) + Sync),
    ) -> Result<Self, FolderError> {
        let unreadable = |source| FolderError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let root = path.canonicalize().map_err(unreadable)?;
        if !root.is_dir() {
            return Err(unreadable(io::Error::other("it isn't a folder")));
        }
        let (names, left_out) = walk::walk(&root).map_err(FolderError::Faults)?;
        if names.is_empty() {
            return Err(FolderError::Empty(path.to_owned()));
        }
        found(names.len());
        let files = hash::hash(&names, hashed).map_err(FolderError::Faults)?;
        Ok(Self { files, left_out })
    }
}
