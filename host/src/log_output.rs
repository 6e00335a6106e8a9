//! Where log lines go: standard error, standard output, or a file that can be opened
//! anew when another program has moved it away.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Access, access};
use rustix::io::Errno;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wasm_host_server::Account;

/// Where a log's lines go. Its name is how it is called in a line about it.
#[derive(Debug, Clone)]
pub(super) enum Stream {
    /// Standard error.
    Error,
    /// Standard output.
    Output,
    File(LogFile),
}

impl Stream {
    /// Writes some of the bytes. Waits as long as there is no room for any, as in a
    /// pipe that nobody reads.
    ///
    /// # Errors
    ///
    /// Nobody will ever read it, the disk is full, and the like.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Error => write_waiting(io::stderr().as_fd(), bytes),
            Self::Output => write_waiting(io::stdout().as_fd(), bytes),
            Self::File(log) => write_waiting(log.current().as_fd(), bytes),
        }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error => formatter.write_str("standard error"),
            Self::Output => formatter.write_str("standard output"),
            Self::File(log) => write!(formatter, "{}", log.0.path.display()),
        }
    }
}

/// A terminal or pipe may be non-blocking, as another process that has it may have
/// made it so.
fn write_waiting(stream: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match rustix::io::write(stream, bytes) {
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                // A failure shows in the next write.
                let _ = poll(&mut [PollFd::new(&stream, PollFlags::OUT)], None);
            }
            written => return Ok(written?),
        }
    }
}

/// Writes a short line to standard error if that is possible without a wait: a pipe
/// that says so has room for 4,096 bytes (pipe(7)).
pub(super) fn say_without_waiting(line: &str) {
    let stream = io::stderr();
    let mut ready = [PollFd::new(&stream, PollFlags::OUT)];
    if poll(&mut ready, Some(&Timespec::default())) == Ok(1) {
        // Nobody may be reading that, either.
        let _ = rustix::io::write(&stream, format!("{line}\n").as_bytes());
    }
}

/// A log's file. Its clones share it.
#[derive(Debug, Clone)]
pub(super) struct LogFile(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    /// Never locked during a write, which may wait for a reader.
    file: Mutex<Arc<File>>,
}

impl LogFile {
    /// Opens a file to append to, and makes it if it isn't there.
    ///
    /// # Errors
    ///
    /// It can't be written to.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = append().open(path)?;
        Ok(Self(Arc::new(Inner {
            // Whoever rotates it may do so when the server is elsewhere.
            path: std::path::absolute(path)?,
            file: Mutex::new(Arc::new(file)),
        })))
    }

    /// Opens what is at the path now, as after a rotation. If that fails, lines go on
    /// where they went.
    pub(super) fn reopen(&self) {
        let path = &self.0.path;
        // Whoever waits for signals can't wait for the reader of a pipe.
        let without_waiting = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        match append().custom_flags(without_waiting).open(path) {
            Ok(file) => *self.lock() = Arc::new(file),
            Err(error) => tracing::error!(
                "the log {path:?} can't be opened anew, and goes on where it was: {error}"
            ),
        }
    }

    fn current(&self) -> Arc<File> {
        Arc::clone(&self.lock())
    }

    /// Says so if a user can write to it now, and couldn't after it was moved away.
    pub(super) fn warn_of_rotation(&self, user: &Account) {
        let Some(directory) = self.path().parent() else {
            return;
        };
        if let Err(error) = access(directory, Access::WRITE_OK | Access::EXEC_OK) {
            tracing::warn!(
                "the log can't be made anew in {directory:?} after a rotation, as {user} can't write there: {error}"
            );
        }
    }

    /// Where it is, and is made anew.
    pub(super) fn path(&self) -> &Path {
        &self.0.path
    }

    fn lock(&self) -> MutexGuard<'_, Arc<File>> {
        self.0.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn append() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    options
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn write(log: &LogFile, text: &str) {
        let written = Stream::File(log.clone()).write(text.as_bytes());
        assert_eq!(written.unwrap(), text.len());
    }

    #[test]
    fn what_was_moved_away_gets_no_more_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "kept\n").unwrap();
        let log = LogFile::open(&path).unwrap();
        write(&log, "one\n");
        fs::rename(&path, folder.path().join("log.1")).unwrap();
        write(&log, "two\n");
        log.reopen();
        write(&log, "three\n");
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("log.1"), "kept\none\ntwo\n");
        assert_eq!(read("log"), "three\n");
    }

    #[test]
    fn a_log_that_cannot_be_opened_anew_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let log = LogFile::open(&inner.join("log")).unwrap();
        fs::rename(&inner, folder.path().join("moved")).unwrap();
        log.reopen();
        write(&log, "one\n");
        let moved = folder.path().join("moved/log");
        assert_eq!(fs::read_to_string(moved).unwrap(), "one\n");
    }
}
