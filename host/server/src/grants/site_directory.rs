//! The directory of one of a server's sites.

use super::error::GrantError;
use std::fs::File;
use std::path::Path;
use wasmtime_wasi::filesystem::{Descriptor, Dir};
use wasmtime_wasi::{FsPerms, OpenMode};

/// An open directory, which is served read-only. Instances share its descriptor.
pub(crate) struct SiteDirectory(Dir);

impl SiteDirectory {
    /// # Errors
    ///
    /// It isn't a directory that can be read.
    pub(crate) fn open(path: &Path) -> Result<Self, GrantError> {
        let open = || {
            // Opening reports a file as a directory only when it is first used.
            std::fs::read_dir(path)?;
            File::open(path)
        };
        let file = open().map_err(|source| GrantError::Served {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self(Dir::new(
            file,
            FsPerms::ReadOnly,
            OpenMode::READ,
            false,
        )))
    }

    /// For an instance.
    pub(crate) fn descriptor(&self) -> Descriptor {
        Descriptor::Dir(self.0.clone())
    }
}
