//! Files through the file system, for native tests. Nothing here keeps a path in
//! the directory: the host does, and the host's tests show it.

use super::{DirectoryEntry, EntryKind, FileError, Opened, Status, Timestamp, Version};
use std::ffi::OsStr;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

/// A file open for reading.
#[derive(Debug)]
pub struct File(pub(crate) std::fs::File);

impl File {
    /// Reads from `offset` on: `most` bytes at most, and perhaps fewer; none at the
    /// end.
    ///
    /// What is only to be sent needn't be read:
    /// [`send_file`](crate::ResponseWriter::send_file).
    ///
    /// # Errors
    ///
    /// It can't be read.
    pub fn read_at(&self, offset: u64, most: usize) -> Result<Vec<u8>, FileError> {
        let mut bytes = vec![0; most];
        let read = self.0.read_at(&mut bytes, offset)?;
        bytes.truncate(read);
        Ok(bytes)
    }
}

/// A directory.
#[derive(Debug, Clone)]
pub struct Directory(PathBuf);

impl Directory {
    /// None: a native test names its directory itself, with [`Self::at`].
    #[must_use]
    pub fn granted() -> Option<Self> {
        None
    }

    /// The directory at a path.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Opens what `path` leads to, for reading: names separated by `/`, none
    /// for this directory itself.
    ///
    /// # Errors
    ///
    /// See [`FileError`].
    pub fn open(&self, path: &[u8]) -> Result<Opened, FileError> {
        let path = self.0.join(OsStr::from_bytes(path));
        let metadata = std::fs::metadata(&path)?;
        if metadata.is_dir() {
            return Ok(Opened::Directory(Self(path)));
        }
        if !metadata.is_file() {
            return Err(FileError::Special);
        }
        let file = std::fs::File::open(&path)?;
        Ok(Opened::File(File(file), status(&metadata)))
    }

    /// Reads up to `limit` entries, in no order, and whether there are more.
    ///
    /// # Errors
    ///
    /// The directory can't be read.
    pub fn entries(&self, limit: u32) -> Result<(Vec<DirectoryEntry>, bool), FileError> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(&self.0)? {
            if entries.len() >= limit as usize {
                return Ok((entries, true));
            }
            let entry = entry?;
            let metadata = std::fs::metadata(entry.path()).ok();
            entries.push(DirectoryEntry {
                name: entry.file_name().into_vec(),
                kind: metadata.as_ref().map_or(EntryKind::Other, kind),
                is_symlink: entry.file_type()?.is_symlink(),
                status: metadata.as_ref().map(status),
            });
        }
        Ok((entries, false))
    }
}

fn kind(metadata: &std::fs::Metadata) -> EntryKind {
    if metadata.is_dir() {
        EntryKind::Directory
    } else if metadata.is_file() {
        EntryKind::File
    } else {
        EntryKind::Other
    }
}

fn status(metadata: &std::fs::Metadata) -> Status {
    let modified = metadata.modified().ok();
    let since_epoch = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Status {
        size: metadata.len(),
        modified: since_epoch.map(|since| Timestamp {
            seconds: i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            nanoseconds: since.subsec_nanos(),
        }),
        version: Some(version(metadata)),
    }
}

/// Of what the host makes it, but for what the clock's ticks ask for: a test
/// answers sooner than one is over.
fn version(metadata: &std::fs::Metadata) -> Version {
    let mut hasher = DefaultHasher::new();
    (metadata.dev(), metadata.ino(), metadata.size()).hash(&mut hasher);
    (metadata.ctime(), metadata.ctime_nsec()).hash(&mut hasher);
    (metadata.mtime(), metadata.mtime_nsec()).hash(&mut hasher);
    Version::Exact {
        id: hasher.finish(),
        since: Some(Timestamp {
            seconds: metadata.ctime(),
            nanoseconds: u32::try_from(metadata.ctime_nsec()).unwrap_or(0),
        }),
    }
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::PermissionDenied => Self::Forbidden,
            io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::InvalidFilename => Self::NotFound,
            _ => Self::Unreadable,
        }
    }
}
