//! Servers that look at a path before they take it, one after the other.

use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};
use rustix::io::Errno;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

/// How long, and how often, a directory that is locked is waited for.
const LOCK_PAUSE: Duration = Duration::from_millis(20);
const LOCK_TRIES: u32 = 250;

/// Keeps other servers from taking a path in this directory, until it is dropped. None:
/// it can't be read, and so not be locked.
pub(super) fn lock(directory: &Path) -> Result<Option<OwnedFd>, String> {
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
    let Ok(locked) = open(directory, flags, Mode::empty()) else {
        return Ok(None);
    };
    for _ in 0..LOCK_TRIES {
        match flock(&locked, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => sleep(LOCK_PAUSE),
            Err(error) => {
                tracing::debug!("{} can't be locked: {error}", directory.display());
                return Ok(None);
            }
            Ok(()) => return Ok(Some(locked)),
        }
    }
    Err(format!(
        "another process has {} locked (flock); end it, or give another path",
        directory.display()
    ))
}
