//! By what a file is known to be the one that was read before, unchanged.

use rustix::fs::{Stat, fstat};
use std::fs::File;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long after a change another may have the same time: the kernel's clock for
/// files advances by a tick, which is at most 10 ms, and some file systems keep whole
/// seconds.
const TICK: Duration = Duration::from_millis(20);
const SECOND: Duration = Duration::from_secs(2);

/// What of a file changes with its content. The time of the last change (`ctime`) is
/// one that no program can set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Identity {
    /// # Errors
    ///
    /// The system can't tell.
    pub(super) fn of(file: &File) -> io::Result<Self> {
        Ok(Self::from(&fstat(file)?))
    }

    /// The file's length in bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Whether the file had been left alone for long enough at that time that any later
    /// change shows.
    pub(super) fn is_settled(&self, at: SystemTime) -> bool {
        let (seconds, nanoseconds) = self.changed;
        let changed = Duration::new(
            u64::try_from(seconds).unwrap_or_default(),
            u32::try_from(nanoseconds).unwrap_or_default(),
        );
        let wait = if nanoseconds == 0 { SECOND } else { TICK };
        // A clock that was put back says nothing.
        at.duration_since(UNIX_EPOCH + changed)
            .is_ok_and(|since| since >= wait)
    }
}

#[allow(
    clippy::unnecessary_cast,
    clippy::useless_conversion,
    reason = "the types of these fields are another on each platform"
)]
impl From<&Stat> for Identity {
    fn from(stat: &Stat) -> Self {
        Self {
            device: stat.st_dev as u64,
            inode: stat.st_ino as u64,
            length: u64::try_from(stat.st_size).unwrap_or(0),
            modified: (stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            changed: (stat.st_ctime as i64, stat.st_ctime_nsec as i64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_shows_once_the_file_is_settled() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("script");
        std::fs::write(&path, "one").unwrap();
        let file = File::open(&path).unwrap();
        let before = Identity::of(&file).unwrap();
        assert_eq!(before.length(), 3);
        let (seconds, nanoseconds) = before.changed;
        let changed = UNIX_EPOCH + Duration::new(seconds as u64, nanoseconds as u32);
        assert!(!before.is_settled(changed));
        assert!(!before.is_settled(changed - SECOND));
        assert!(before.is_settled(changed + SECOND));
        // Another file at the same path is another one.
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "two").unwrap();
        let other = Identity::of(&File::open(&path).unwrap()).unwrap();
        assert_ne!(before, other);
    }
}
