//! What a runner says on its standard error: its log, an object of JSON a line. What isn't
//! one is shown as it is: a process that dies may have a last word.

use crate::journal::Journal;
use serde_json::Value;
use std::sync::Arc;

/// A line is cut to so many bytes.
const LONGEST: usize = 4096;

/// What a runner says, as it comes.
pub(super) struct Lines {
    journal: Arc<Journal>,
    begun: Vec<u8>,
}

impl Lines {
    pub(super) fn of(journal: Arc<Journal>) -> Self {
        Self {
            journal,
            begun: Vec::new(),
        }
    }

    /// More has come.
    pub(super) fn add(&mut self, piece: &[u8]) {
        for &byte in piece {
            if byte == b'\n' {
                self.end();
            } else if self.begun.len() < LONGEST {
                self.begun.push(byte);
            }
        }
    }

    /// The line has ended.
    pub(super) fn end(&mut self) {
        let line = String::from_utf8_lossy(&self.begun);
        if let Some(mut text) = text_of(&line) {
            text.retain(|character| !character.is_control());
            self.journal.add(&text, |_| {});
        }
        self.begun.clear();
    }
}

/// None: nothing that isn't known from elsewhere.
fn text_of(line: &str) -> Option<String> {
    if line.trim().is_empty() {
        return None;
    }
    let Ok(Value::Object(event)) = serde_json::from_str(line) else {
        return Some(line.to_owned());
    };
    let text = |name: &str| event.get(name).and_then(Value::as_str);
    let message = text("message")?;
    let level = text("level").unwrap_or("info").to_ascii_uppercase();
    Some(format!("{level}: {message}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Journals;

    #[test]
    fn each_line_is_noted_and_cut() {
        let journal = Journals::default().of("a");
        let mut lines = Lines::of(Arc::clone(&journal));
        lines.add(b"{\"level\":\"warn\",\"message\":\"a\\u001b[1mb\"}\nlast ");
        lines.add(b"word\n\n{\"level\":\"info\",\"status\":200}\n");
        lines.add(&[b'x'; 2 * LONGEST]);
        lines.end();
        let (noted, _) = journal.follow();
        assert_eq!(noted[..2], ["WARN: a[1mb", "last word"]);
        assert_eq!(noted.len(), 3, "{noted:?}");
    }
}
