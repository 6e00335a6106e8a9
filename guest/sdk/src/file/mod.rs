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
    /// When its content last changed, if that is known: a date that whoever wrote
    /// the file may have chosen.
    pub modified: Option<Timestamp>,
    /// Which content it has. None in a directory's entries, and where nothing is
    /// known that changes with the content.
    pub version: Option<Version>,
}

/// Which of the contents that a name may lead to a file has: what an entity tag
/// (RFC 9110 section 8.8.3) can be made of. A date and a length can't: builds,
/// archives and package stores give all files one date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// No other content of this name has the same number: a strong tag can be made
    /// of it (RFC 9110 section 8.8.1).
    Exact {
        /// The number.
        id: u64,
        /// When the system last changed anything of the file, by its own clock.
        since: Option<Timestamp>,
    },
    /// Another content has another number, unless it was written into the same file
    /// and given its date and length: a weak tag can be made of it.
    Likely(u64),
}

impl Status {
    /// Whether a date, as a client had it in Last-Modified, tells this content from
    /// others that the name may have led to. What asks for a date alone
    /// (If-Modified-Since, If-Range with a date) holds only where it does.
    ///
    /// It does if it is exactly this file's, and the system's own: dated by the
    /// change itself. A date that was given to the file, another file may have
    /// been given as well, and one that is later than the file's says nothing: the
    /// name may have led to another file then, as when a link is switched back to
    /// an older release.
    ///
    /// ```
    /// use wasm_host_sdk::file::{Status, Timestamp, Version};
    ///
    /// let at = |seconds| Some(Timestamp { seconds, nanoseconds: 5 });
    /// let mut status = Status {
    ///     size: 1,
    ///     modified: at(784_111_777),
    ///     version: Some(Version::Exact { id: 1, since: at(784_111_777) }),
    /// };
    /// assert!(status.is_told_by("Sun, 06 Nov 1994 08:49:37 GMT"));
    /// assert!(!status.is_told_by("Sun, 06 Nov 1994 08:49:38 GMT"));
    /// // Unpacked from an archive, with the date that it had there.
    /// status.version = Some(Version::Exact { id: 1, since: at(800_000_000) });
    /// assert!(!status.is_told_by("Sun, 06 Nov 1994 08:49:37 GMT"));
    /// ```
    #[must_use]
    pub fn is_told_by(&self, date: &str) -> bool {
        let Some(Version::Exact { since, .. }) = self.version else {
            return false;
        };
        let modified = self.modified.map(|time| time.seconds);
        modified.is_some()
            && modified == since.map(|time| time.seconds)
            && modified == crate::date::parse_http_date(date)
    }
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
    /// Its permissions don't allow it.
    #[error("permission denied")]
    Forbidden,
    /// The sandbox doesn't allow it: it is not in the directory, or a script.
    #[error("it leads out of the served directory, or to a script")]
    Withheld,
    /// It is neither a regular file nor a directory.
    #[error("neither a regular file nor a directory")]
    Special,
    /// The system has no room for another open file just now.
    #[error("too many open files")]
    Exhausted,
    /// It can't be read.
    #[error("the file cannot be read")]
    Unreadable,
}
