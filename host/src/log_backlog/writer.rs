//! The thread that writes, and what it does about lines that it can't.

use super::waiting::{Shared, Task, count_lines};
use crate::log_output::{Stream, say_without_waiting};
use std::io;
use std::sync::Arc;

/// Says that lines were dropped: how many, and why.
pub(super) type SayDropped = fn(u64, &str);

/// The thread that writes.
pub(super) struct Writer {
    shared: Arc<Shared>,
    stream: Stream,
    say: SayDropped,
    /// Whether what was last written is the beginning of a line.
    torn: bool,
    /// How many lines couldn't be written, and why, since one last was.
    failure: Option<(u64, io::Error)>,
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, stream: Stream, say: SayDropped) -> Self {
        Self {
            shared,
            stream,
            say,
            torn: false,
            failure: None,
        }
    }

    pub(super) fn run(mut self) {
        loop {
            match self.shared.next() {
                Task::Write(chunk) => {
                    self.write(&chunk);
                    self.shared.note_done(chunk.len());
                }
                Task::SayDropped(lines) => {
                    (self.say)(lines, "they came faster than the log is read");
                }
                Task::End => return,
            }
        }
    }

    fn write(&mut self, chunk: &[u8]) {
        let written = self.write_whole(chunk);
        match (written, self.failure.take()) {
            (Ok(()), None) => {}
            (Ok(()), Some((lines, error))) => {
                (self.say)(lines, &format!("the log couldn't be written: {error}"));
            }
            (Err((lines, error)), None) => {
                if let Stream::File(_) = &self.stream {
                    let stream = &self.stream;
                    say_without_waiting(&format!(
                        "error: cannot write to the log {stream}: {error}; lines are dropped"
                    ));
                }
                self.failure = Some((lines, error));
            }
            (Err((lines, error)), Some((before, _))) => {
                self.failure = Some((before + lines, error));
            }
        }
    }

    /// # Errors
    ///
    /// How many lines weren't written to their end, and why.
    fn write_whole(&mut self, chunk: &[u8]) -> Result<(), (u64, io::Error)> {
        if self.torn {
            match self.stream.write(b"\n") {
                Ok(_) => self.torn = false,
                Err(error) => return Err((count_lines(chunk), error)),
            }
        }
        let mut rest = chunk;
        while !rest.is_empty() {
            match self.stream.write(rest) {
                Ok(written) => rest = &rest[written..],
                Err(error) => {
                    let written = &chunk[..chunk.len() - rest.len()];
                    self.torn = written.last().is_some_and(|&byte| byte != b'\n');
                    return Err((count_lines(rest), error));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log_output::LogFile;
    use std::fs;
    use std::path::Path;

    fn writer(path: &Path) -> Writer {
        let log = Stream::File(LogFile::open(path).unwrap());
        Writer::new(Arc::new(Shared::new(1024)), log, |_, _| {})
    }

    #[test]
    fn a_line_that_was_torn_gets_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut writer = writer(&path);
        writer.torn = true;
        writer.write(b"next\n");
        assert_eq!(fs::read_to_string(path).unwrap(), "\nnext\n");
    }

    #[test]
    fn a_full_disk_loses_lines_and_nothing_else() {
        let mut writer = writer(Path::new("/dev/full"));
        writer.write(b"one\ntwo\n");
        writer.write(b"three\n");
        let (lines, error) = writer.failure.unwrap();
        assert_eq!(lines, 3);
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
