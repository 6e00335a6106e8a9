//! Files beneath the directory that was granted: the `files` interface in a
//! component, `wasi:filesystem` in one that is built for `wasi:http`, the file
//! system in native tests.

#[cfg(target_family = "wasm")]
mod error_code;
#[cfg(all(target_family = "wasm", not(feature = "wasi-http")))]
#[path = "component.rs"]
mod system;
#[cfg(all(target_family = "wasm", feature = "wasi-http"))]
#[path = "wasi.rs"]
mod system;
#[cfg(not(target_family = "wasm"))]
#[path = "native.rs"]
mod system;

pub use system::{Directory, File};

/// What is known of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Its length in bytes.
    pub size: u64,
    /// When its content last changed, if that is known.
    pub modified: Option<Timestamp>,
}

/// A moment: seconds since 1970-01-01T00:00:00Z, and nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    /// Whole seconds.
    pub seconds: i64,
    /// The part of a second, below 1,000,000,000.
    pub nanoseconds: u32,
}

/// What a path led to.
#[derive(Debug)]
pub enum Opened {
    /// A regular file.
    File(File, Status),
    /// A directory.
    Directory(Directory),
}

/// What an entry of a directory leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A device, a FIFO, a socket; or a link to nothing that can be reached.
    Other,
}

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// Its name: any bytes but NUL and `/`.
    pub name: Vec<u8>,
    /// What it leads to.
    pub kind: EntryKind,
    /// Whether it is itself a symbolic link.
    pub is_symlink: bool,
    /// What is known of what it leads to.
    pub status: Option<Status>,
}

/// Why a file couldn't be opened or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// There is none: no such name, a file where a directory was meant, a loop
    /// of links, or a name too long to exist.
    #[error("no such file")]
    NotFound,
    /// Its permissions, or the sandbox, don't allow it.
    #[error("permission denied")]
    Forbidden,
    /// The system has no room for another open file just now.
    #[error("too many open files")]
    Exhausted,
    /// It can't be read.
    #[error("the file cannot be read")]
    Unreadable,
}
