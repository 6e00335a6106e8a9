//! What a deploy is doing, for whoever waits for it.

use super::folder::LeftOut;
use super::text::{bytes, count, plain};
use std::io::Write;
use std::sync::{Mutex, PoisonError};

/// A step of a deploy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// So many files are being hashed.
    Hashing {
        /// How many.
        files: u64,
    },
    /// One of them was hashed, which has so many bytes. Comes from any thread.
    Hashed(u64),
    /// These aren't deployed.
    LeftOut(&'a [LeftOut]),
    /// So much has to be sent.
    Sending {
        /// Different contents.
        blobs: u64,
        /// Their bytes.
        bytes: u64,
    },
    /// So many of those bytes have arrived, or were there from an upload that was cut.
    Sent(u64),
    /// All is there; the server checks it.
    Committing,
}

/// Is told of each step, and shows it or doesn't.
pub trait Progress: Send + Sync {
    /// A step was taken.
    fn event(&self, event: Event<'_>);
}

/// Shows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn event(&self, _: Event<'_>) {}
}

/// Plain lines for logs: one a step, and one for each tenth of what is sent.
#[derive(Debug)]
pub struct Lines<W>(Mutex<State<W>>);

#[derive(Debug)]
struct State<W> {
    to: W,
    sent: u64,
    all: u64,
}

/// How many of the things that are left out are named.
const NAMED: usize = 10;

impl<W: Write + Send> Lines<W> {
    /// Writes to `to`, such as standard error. That it can't be written to is ignored:
    /// the deploy goes on.
    pub fn new(to: W) -> Self {
        Self(Mutex::new(State {
            to,
            sent: 0,
            all: 0,
        }))
    }
}

impl<W: Write + Send> Progress for Lines<W> {
    fn event(&self, event: Event<'_>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = state.line(event) {
            let _ = writeln!(state.to, "{line}");
        }
    }
}

impl<W> State<W> {
    fn line(&mut self, event: Event<'_>) -> Option<String> {
        match event {
            Event::Hashing { files } => Some(format!("reading {}", count(files, "file"))),
            Event::Hashed(_) => None,
            Event::LeftOut(left_out) => describe(left_out),
            Event::Sending { bytes: all, blobs } => {
                (self.sent, self.all) = (0, all);
                let what = count(blobs, "new content");
                (blobs > 0).then(|| format!("sending {what} ({})", bytes(all)))
            }
            Event::Sent(more) => {
                let tenth = |sent: u64| sent.saturating_mul(10).checked_div(self.all).unwrap_or(10);
                let before = tenth(self.sent);
                self.sent += more;
                let now = tenth(self.sent);
                (now > before).then(|| format!("sent {} % ({})", now * 10, bytes(self.sent)))
            }
            Event::Committing => None,
        }
    }
}

/// What was left out, in a line: names those that the folder's owner may miss.
#[must_use]
pub fn describe(left_out: &[LeftOut]) -> Option<String> {
    let (first, more) = left_out.split_at(left_out.len().min(NAMED));
    let named: Vec<String> = first
        .iter()
        .map(|one| format!("{} ({})", plain(&one.path), one.why.as_str()))
        .collect();
    let more = match more.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!named.is_empty()).then(|| format!("left out: {}{more}", named.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::folder::Why;

    #[test]
    fn a_log_has_a_line_a_step() {
        let lines = Lines::new(Vec::new());
        lines.event(Event::Hashing { files: 2 });
        lines.event(Event::Hashed(5));
        let path = ".env".to_owned();
        let why = Why::Secret;
        lines.event(Event::LeftOut(&[LeftOut { path, why }]));
        lines.event(Event::Sending {
            blobs: 1,
            bytes: 1000,
        });
        for _ in 0..100 {
            lines.event(Event::Sent(10));
        }
        let text = String::from_utf8(lines.0.into_inner().unwrap().to).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[..3],
            [
                "reading 2 files",
                "left out: .env (looks like a secret)",
                "sending 1 new content (1.0 KB)",
            ]
        );
        assert_eq!(lines[3], "sent 10 % (100 B)");
        assert_eq!(lines[12..], ["sent 100 % (1.0 KB)"]);
    }
}
