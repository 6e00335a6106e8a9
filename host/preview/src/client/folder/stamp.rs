//! Whether a file is still as it was.

use rustix::fs::OFlags;
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// What changes with a file's content, as far as the system tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// Opens a regular file, and nothing that took its place: a FIFO would never be opened,
/// and a symbolic link could lead anywhere.
pub(crate) fn open(path: &Path) -> io::Result<(File, Stamp)> {
    let flags = OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::NOCTTY;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = file.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => changed(),
        kind => io::Error::new(kind, format!("it can't be read: {error}")),
    })?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(changed());
    }
    let stamp = Stamp::of(&found);
    Ok((file, stamp))
}

impl Stamp {
    fn of(found: &Metadata) -> Self {
        Self {
            device: found.dev(),
            inode: found.ino(),
            size: found.size(),
            modified: (found.mtime(), found.mtime_nsec()),
            changed: (found.ctime(), found.ctime_nsec()),
        }
    }

    /// After `read` bytes of the file were read up to its end.
    pub(crate) fn check(self, file: &File, read: u64) -> io::Result<()> {
        if Self::of(&file.metadata()?) == self && read == self.size {
            Ok(())
        } else {
            Err(changed())
        }
    }
}

/// Why a file isn't deployed whose content changed meanwhile.
pub(crate) fn changed() -> io::Error {
    io::Error::other("it changed while it was read; deploy when nothing writes to the folder")
}
