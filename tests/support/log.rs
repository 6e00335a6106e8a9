//! What a server writes, read as it comes.

use super::last_words::is_printed_first;
use super::{PATIENCE, eventually};
use std::io::{BufRead, BufReader, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// The lines of one of a child's streams, as they come.
#[derive(Default)]
pub(super) struct Log {
    lines: Mutex<Vec<String>>,
    grown: Condvar,
    /// Whether nothing more can come.
    ended: AtomicBool,
}

impl Log {
    /// Reads a stream to its end. Until then, a panic of this thread prints what came,
    /// beneath that title.
    pub(super) fn follow(title: String, stream: impl Read + Send + 'static) -> Arc<Self> {
        let log = Arc::new(Self::default());
        is_printed_first(title, &log);
        let writer = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                writer.lines.lock().expect("no reader panics").push(line);
                writer.grown.notify_all();
            }
            writer.ended.store(true, Ordering::Release);
        });
        log
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.lines.lock().expect("no reader panics").clone()
    }

    /// All lines, when nobody is left who could write another.
    #[track_caller]
    pub(super) fn whole(&self) -> Vec<String> {
        eventually("the log's end", || self.ended.load(Ordering::Acquire));
        self.lines()
    }

    /// The first line, past or future, that is `wanted`.
    #[track_caller]
    pub(super) fn wait(&self, wanted: impl Fn(&str) -> bool) -> String {
        self.wait_for(PATIENCE, wanted)
            .unwrap_or_else(|| panic!("no such line came, of {}", self.lines().len()))
    }

    /// The same. None: it didn't come in time.
    pub(super) fn wait_for(
        &self,
        patience: Duration,
        wanted: impl Fn(&str) -> bool,
    ) -> Option<String> {
        let deadline = Instant::now() + patience;
        let mut lines = self.lines.lock().expect("no reader panics");
        loop {
            if let Some(line) = lines.iter().find(|line| wanted(line)) {
                return Some(line.clone());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            lines = self
                .grown
                .wait_timeout(lines, left)
                .expect("no reader panics")
                .0;
        }
    }
}
