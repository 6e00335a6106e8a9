//! Files through `wasi:filesystem`, for a component that is built for
//! `wasi:http`: by names in UTF-8 only, and in more calls.

use super::{DirectoryEntry, EntryKind, FileError, Opened, Status, Timestamp, Version};
use crate::bindings::wasi::filesystem::preopens;
use crate::bindings::wasi::filesystem::types::{
    Datetime, Descriptor, DescriptorFlags, DescriptorStat, DescriptorType, OpenFlags, PathFlags,
};
use std::hash::{DefaultHasher, Hash, Hasher};

/// The names under which the directory to be served may be granted: as
/// `wasm-host` grants it, and as `wasmtime serve --dir .` does.
const GRANTED: [&str; 2] = ["/", "."];

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
        let (bytes, _) = self.0.read(most as u64, offset)?;
        Ok(bytes)
    }
}

/// A directory.
#[derive(Debug)]
pub struct Directory(Descriptor);

impl Directory {
    /// The directory that the handler was granted as `/`, or as `.`. None if
    /// it was granted neither.
    #[must_use]
    pub fn granted() -> Option<Self> {
        let mut directories = preopens::get_directories();
        let named = |wanted: &&str| directories.iter().position(|(_, name)| name == wanted);
        let granted = GRANTED.iter().find_map(named)?;
        Some(Self(directories.swap_remove(granted).0))
    }

    /// Opens what `path` leads to, for reading: names separated by `/`, none
    /// for this directory itself.
    ///
    /// # Errors
    ///
    /// See [`FileError`]; a path that leads out of the directory is withheld.
    pub fn open(&self, path: &[u8]) -> Result<Opened, FileError> {
        let path = match path {
            b"" => ".",
            path => std::str::from_utf8(path).map_err(|_| FileError::NotFound)?,
        };
        // Looked at before it is opened: opening a FIFO would wait for a writer.
        let flags = match self.0.stat_at(PathFlags::SYMLINK_FOLLOW, path)?.type_ {
            DescriptorType::RegularFile => OpenFlags::empty(),
            DescriptorType::Directory => OpenFlags::DIRECTORY,
            _ => return Err(FileError::Special),
        };
        let (follow, read) = (PathFlags::SYMLINK_FOLLOW, DescriptorFlags::READ);
        let descriptor = self.0.open_at(follow, path, flags, read)?;
        if flags == OpenFlags::DIRECTORY {
            return Ok(Opened::Directory(Self(descriptor)));
        }
        let stat = descriptor.stat()?;
        let status = Status {
            version: version(&descriptor, &stat),
            ..Status::from(stat)
        };
        Ok(Opened::File(File(descriptor), status))
    }

    /// Reads up to `limit` entries, in no order, and whether there are more.
    ///
    /// # Errors
    ///
    /// The directory can't be read.
    pub fn entries(&self, limit: u32) -> Result<(Vec<DirectoryEntry>, bool), FileError> {
        let stream = self.0.read_directory()?;
        let mut entries = Vec::new();
        while let Some(entry) = stream.read_directory_entry()? {
            if entries.len() >= limit as usize {
                return Ok((entries, true));
            }
            let leads_to = self.0.stat_at(PathFlags::SYMLINK_FOLLOW, &entry.name).ok();
            entries.push(DirectoryEntry {
                kind: match leads_to.map(|stat| stat.type_) {
                    Some(DescriptorType::RegularFile) => EntryKind::File,
                    Some(DescriptorType::Directory) => EntryKind::Directory,
                    _ => EntryKind::Other,
                },
                is_symlink: entry.type_ == DescriptorType::SymbolicLink,
                status: leads_to.map(Status::from),
                name: entry.name.into_bytes(),
            });
        }
        Ok((entries, false))
    }
}

impl From<DescriptorStat> for Status {
    fn from(stat: DescriptorStat) -> Self {
        Self {
            size: stat.size,
            modified: stat.data_modification_timestamp.map(Timestamp::from),
            version: None,
        }
    }
}

impl From<Datetime> for Timestamp {
    fn from(time: Datetime) -> Self {
        Self {
            seconds: i64::try_from(time.seconds).unwrap_or(i64::MAX),
            nanoseconds: time.nanoseconds,
        }
    }
}

/// The host's hash tells a file from others. What the interface calls the time of
/// a change of status is when the file was made, to `wasmtime`: so a file in the
/// place of another is seen, and what is written into the same one, under its date
/// and length, isn't.
fn version(descriptor: &Descriptor, stat: &DescriptorStat) -> Option<Version> {
    let hash = descriptor.metadata_hash().ok()?;
    let parts = |time: Option<Datetime>| time.map(|time| (time.seconds, time.nanoseconds));
    let mut hasher = DefaultHasher::new();
    (hash.lower, hash.upper, stat.size).hash(&mut hasher);
    parts(stat.data_modification_timestamp).hash(&mut hasher);
    parts(stat.status_change_timestamp).hash(&mut hasher);
    Some(Version::Likely(hasher.finish()))
}
