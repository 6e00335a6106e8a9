//! The log of a server, read as it comes.

use super::PATIENCE;
use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

/// The lines of a child's stderr, as they come.
#[derive(Default)]
pub(super) struct Log {
    lines: Mutex<Vec<String>>,
    grown: Condvar,
}

impl Log {
    pub(super) fn follow(stderr: impl Read + Send + 'static) -> Arc<Self> {
        let log = Arc::new(Self::default());
        let writer = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                writer.lines.lock().expect("no reader panics").push(line);
                writer.grown.notify_all();
            }
        });
        log
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.lines.lock().expect("no reader panics").clone()
    }

    /// The first line, past or future, that is `wanted`.
    #[track_caller]
    pub(super) fn wait(&self, wanted: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut lines = self.lines.lock().expect("no reader panics");
        loop {
            if let Some(line) = lines.iter().find(|line| wanted(line)) {
                return line.clone();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let seen = lines.clone();
                drop(lines);
                panic!("no such line in the log: {seen:#?}");
            }
            lines = self
                .grown
                .wait_timeout(lines, left)
                .expect("no reader panics")
                .0;
        }
    }
}
