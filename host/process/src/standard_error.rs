//! What a script writes to its standard error: lines for the log.

use std::io::Cursor;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::net::unix::pipe::Receiver;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// A line longer than this is logged in pieces.
const MAX_LINE: usize = 8 * 1024;

/// A script that writes more than this fills the log; the rest is discarded.
const MAX_LOGGED: usize = 1024 * 1024;

/// Where the lines go. It is called on the worker's own thread, so it must not
/// wait; control characters are for it to escape.
pub type LineSink = Arc<dyn Fn(&str) + Send + Sync>;

/// How long the last lines are waited for, when no process of the script is
/// left. Only one that left its group can still write.
const LAST_LINES: Duration = Duration::from_millis(100);

/// What a script writes, and how far it is logged.
pub(super) enum Lines {
    /// A pipe that nobody reads: for most scripts it is enough to look at the
    /// end, when there is nothing.
    Kept(OwnedFd, LineSink),
    /// A task that logs them as they come.
    Followed(JoinHandle<()>),
    /// All that can be.
    Logged,
}

impl Lines {
    /// Keeps the lines that come from a pipe, which doesn't block.
    pub(super) fn new(stderr: OwnedFd, log: LineSink) -> Self {
        Self::Kept(stderr, log)
    }

    /// Logs them as they come, from now on. Must be called on a runtime.
    pub(super) fn follow(&mut self) {
        self.follow_after(Vec::new());
    }

    fn follow_after(&mut self, first: Vec<u8>) {
        if let Self::Kept(stderr, log) = self {
            let log = Arc::clone(log);
            // The descriptor is another: this one goes with the rest.
            let stderr = stderr
                .try_clone()
                .and_then(Receiver::from_owned_fd_unchecked);
            *self = match stderr {
                Ok(stderr) => {
                    let stream = Cursor::new(first).chain(stderr);
                    Self::Followed(tokio::spawn(log_lines(stream, log)))
                }
                Err(error) => {
                    tracing::warn!("cannot log what a script writes: {error}");
                    Self::Logged
                }
            };
        }
    }

    /// Logs what is left, which ends at once, or soon.
    pub(super) async fn last(&mut self) {
        if let Self::Kept(stderr, _) = self {
            let mut first = vec![0; MAX_LINE];
            match rustix::io::read(stderr, &mut *first) {
                // Nothing was written, and nobody is left who could.
                Ok(0) => *self = Self::Logged,
                Ok(length) => {
                    first.truncate(length);
                    self.follow_after(first);
                }
                Err(_) => self.follow(),
            }
        }
        if let Self::Followed(task) = self
            && !task.is_finished()
        {
            let _ = timeout(LAST_LINES, task).await;
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        if let Self::Followed(task) = self {
            task.abort();
        }
    }
}

/// Logs all lines, until the stream ends.
pub async fn log_lines(stream: impl AsyncRead + Unpin, log: LineSink) {
    let mut stream = BufReader::new(stream);
    let mut logged = 0;
    let mut line = Vec::new();
    while logged < MAX_LOGGED {
        line.clear();
        let piece = (&mut stream).take(MAX_LINE as u64);
        // An error is as good as an end.
        match { piece }.read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(length) => logged += length,
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if !text.is_empty() {
            log(&String::from_utf8_lossy(text));
        }
    }
    log("(too much to log; the rest is discarded)");
    // The script would wait if nobody read.
    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    async fn logged(written: &[u8]) -> Vec<String> {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&lines);
        let log = Arc::new(move |line: &str| seen.lock().unwrap().push(line.to_owned()));
        log_lines(written, log).await;
        lines.lock().unwrap().clone()
    }

    #[tokio::test]
    async fn lines_are_logged_without_their_ends() {
        assert_eq!(
            logged(b"one\r\n\n\xfftwo\nthree").await,
            ["one", "\u{fffd}two", "three"]
        );
    }

    #[tokio::test]
    async fn a_long_line_is_logged_in_pieces() {
        let lines = logged(&b"x".repeat(MAX_LINE + 1)).await;
        let lengths: Vec<_> = lines.iter().map(String::len).collect();
        assert_eq!(lengths, [MAX_LINE, 1]);
    }

    #[tokio::test]
    async fn the_log_is_not_filled() {
        let lines = logged(&b"a line\n".repeat(MAX_LOGGED)).await;
        assert_eq!(lines.len(), MAX_LOGGED.div_ceil(7) + 1);
        assert!(lines.last().unwrap().contains("discarded"));
    }
}
