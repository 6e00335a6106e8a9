//! Lines that wait to be written, by a thread of its own, so that whoever logs never
//! waits: not for a slow terminal, and not for a pipe that nobody reads.
//!
//! What waits is bounded in bytes, as some lines are a hundred times as long as others.
//! When there is no room, lines are dropped until half of what waited is written, and
//! the log then says how many.

mod waiting;
mod writer;

use crate::log_output::Stream;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tracing_subscriber::fmt::MakeWriter;
use waiting::Shared;
use writer::{SayDropped, Writer};

/// The most that waits for one stream, in bytes.
const MOST_WAITING: usize = 8 * 1024 * 1024;

/// The longest that the end waits for what is left.
const LAST_LINES: Duration = Duration::from_secs(1);

/// The lines that wait for a stream. Its clones share them.
#[derive(Debug, Clone)]
pub(super) struct Backlog(Arc<Shared>);

/// Waits for what is left to be written, when it is dropped; but not for long.
#[derive(Debug)]
pub(super) struct Guard(Arc<Shared>);

impl Backlog {
    /// Begins to write what comes to a stream. `say` is called on the thread that
    /// writes.
    ///
    /// # Errors
    ///
    /// There is no thread to be had.
    pub(super) fn start(stream: Stream, say: SayDropped) -> io::Result<(Self, Guard)> {
        Self::bounded(stream, say, MOST_WAITING)
    }

    fn bounded(stream: Stream, say: SayDropped, most: usize) -> io::Result<(Self, Guard)> {
        let shared = Arc::new(Shared::new(most));
        let writer = Writer::new(Arc::clone(&shared), stream, say);
        std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(|| writer.run())?;
        Ok((Self(Arc::clone(&shared)), Guard(shared)))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.close(LAST_LINES);
    }
}

impl<'a> MakeWriter<'a> for Backlog {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> &'a Self {
        self
    }
}

/// Takes what is given as whole lines.
impl io::Write for &Backlog {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        self.0.push(lines);
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log_output::LogFile;
    use std::fs;
    use std::sync::Mutex;

    /// What was said to be dropped.
    static SAID: Mutex<Vec<(u64, String)>> = Mutex::new(Vec::new());

    fn say(lines: u64, why: &str) {
        SAID.lock().unwrap().push((lines, why.to_owned()));
    }

    #[test]
    fn what_has_no_room_is_counted_and_the_rest_comes_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let log = Stream::File(LogFile::open(&path).unwrap());
        let (backlog, guard) = Backlog::bounded(log, say, 64).unwrap();
        backlog.0.pretend_that_there_are(60);
        for line in ["ok\n", "dropped\n", "a\n"] {
            backlog.0.push(line.as_bytes());
        }
        backlog.0.pretend_that_there_are(-60);
        drop(guard);
        assert_eq!(fs::read_to_string(path).unwrap(), "ok\n");
        let said = SAID.lock().unwrap();
        let [(lines, why)] = said.as_slice() else {
            panic!("{said:?}");
        };
        assert!(*lines == 2 && why.contains("faster"), "{said:?}");
    }
}
