//! Files through the host's `files` interface.

use super::{DirectoryEntry, EntryKind, FileError, Opened, Status, Timestamp, Version};
use crate::bindings::wasi::filesystem::preopens;
use crate::bindings::wasi::filesystem::types::{Descriptor, DescriptorType};
use crate::bindings::wasm_host::http::files;

/// A file open for reading.
#[derive(Debug)]
pub struct File(pub(crate) Descriptor);

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
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        Ok(files::read_at(&self.0, offset, most)?)
    }
}

/// A directory.
#[derive(Debug)]
pub struct Directory(Descriptor);

impl Directory {
    /// The directory that the server was told to serve. None if the handler
    /// was granted none.
    #[must_use]
    pub fn granted() -> Option<Self> {
        let mut directories = preopens::get_directories();
        // It is the first. The others are given back in the opposite order of the
        // one in which they came, which leaves the host nothing to tell apart.
        while let Some((descriptor, name)) = directories.pop() {
            if name == "/" {
                return Some(Self(descriptor));
            }
        }
        None
    }

    /// A directory that the host gives otherwise.
    pub(crate) fn given(descriptor: Descriptor) -> Self {
        Self(descriptor)
    }

    /// Opens what `path` leads to, for reading: names separated by `/`, none
    /// for this directory itself.
    ///
    /// # Errors
    ///
    /// See [`FileError`]; a path that leads out of the directory is withheld.
    pub fn open(&self, path: &[u8]) -> Result<Opened, FileError> {
        let (descriptor, status, version) = files::open(&self.0, path)?;
        Ok(match status.kind {
            DescriptorType::Directory => Opened::Directory(Self(descriptor)),
            _ => {
                let version = Some(Version::Exact {
                    id: version.id,
                    since: version.since.map(Timestamp::from),
                });
                let status = Status {
                    version,
                    ..status.into()
                };
                Opened::File(File(descriptor), status)
            }
        })
    }

    /// Reads up to `limit` entries, in no order, and whether there are more.
    ///
    /// # Errors
    ///
    /// The directory can't be read.
    pub fn entries(&self, limit: u32) -> Result<(Vec<DirectoryEntry>, bool), FileError> {
        let (entries, more) = files::read_directory(&self.0, limit)?;
        Ok((
            entries.into_iter().map(DirectoryEntry::from).collect(),
            more,
        ))
    }
}

impl From<files::Status> for Status {
    fn from(status: files::Status) -> Self {
        Self {
            size: status.size,
            modified: status.modified.map(Timestamp::from),
            version: None,
        }
    }
}

impl From<files::Datetime> for Timestamp {
    fn from(time: files::Datetime) -> Self {
        Self {
            seconds: i64::try_from(time.seconds).unwrap_or(i64::MAX),
            nanoseconds: time.nanoseconds,
        }
    }
}

impl From<files::Entry> for DirectoryEntry {
    fn from(entry: files::Entry) -> Self {
        Self {
            name: entry.name,
            kind: match entry.status.map(|status| status.kind) {
                Some(DescriptorType::RegularFile) => EntryKind::File,
                Some(DescriptorType::Directory) => EntryKind::Directory,
                _ => EntryKind::Other,
            },
            is_symlink: entry.symbolic_link,
            status: entry.status.map(Status::from),
        }
    }
}
