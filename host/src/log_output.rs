//! Where log lines go: standard error, standard output, or a file that can be opened
//! anew when another program has moved it away.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A log's file. Its clones share it.
#[derive(Debug, Clone)]
pub(super) struct LogFile(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    file: Mutex<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    /// Whether the last line couldn't be written, and standard error says so.
    failing: bool,
}

impl LogFile {
    /// Opens a file to append to, and makes it if it isn't there.
    ///
    /// # Errors
    ///
    /// It can't be written to.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = append_to(path)?;
        Ok(Self(Arc::new(Inner {
            // Whoever rotates it may do so when the server is elsewhere.
            path: std::path::absolute(path)?,
            file: Mutex::new(Open {
                file,
                failing: false,
            }),
        })))
    }

    /// Opens what is at the path now, as after a rotation. If that fails, lines go on
    /// where they went.
    pub(super) fn reopen(&self) {
        let path = &self.0.path;
        match append_to(path) {
            Ok(file) => self.lock().file = file,
            Err(error) => tracing::error!(
                "the log {path:?} can't be opened anew, and goes on where it was: {error}"
            ),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut open = self.lock();
        let written = open.file.write_all(bytes);
        if let (Err(error), false) = (&written, open.failing) {
            // Nobody may be reading that, either.
            let _ = writeln!(
                io::stderr(),
                "error: cannot write to the log {}: {error}",
                self.0.path.display()
            );
        }
        open.failing = written.is_err();
        written.map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_was_moved_away_gets_no_more_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "kept\n").unwrap();
        let mut log = LogFile::open(&path).unwrap();
        log.write_all(b"one\n").unwrap();
        fs::rename(&path, folder.path().join("log.1")).unwrap();
        log.write_all(b"two\n").unwrap();
        log.reopen();
        log.write_all(b"three\n").unwrap();
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("log.1"), "kept\none\ntwo\n");
        assert_eq!(read("log"), "three\n");
    }

    #[test]
    fn a_log_that_cannot_be_opened_anew_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let mut log = LogFile::open(&inner.join("log")).unwrap();
        fs::rename(&inner, folder.path().join("moved")).unwrap();
        log.reopen();
        log.write_all(b"one\n").unwrap();
        let moved = folder.path().join("moved/log");
        assert_eq!(fs::read_to_string(moved).unwrap(), "one\n");
    }
}
