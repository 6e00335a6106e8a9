//! What an archive lacks, in words: a file at its end, where there is something.

/// The file's name.
pub(super) const NAME: &str = "_what-was-left-out.txt";

/// How much is said, in bytes.
const MOST: usize = 64 * 1024;

/// What was left out, and why.
#[derive(Default)]
pub(super) struct LeftOut {
    lines: Vec<u8>,
    /// How many more there are.
    more: u64,
}

impl LeftOut {
    pub(super) fn note(&mut self, path: &[u8], why: &str) {
        if self.lines.len() + path.len() + why.len() > MOST {
            self.more += 1;
            return;
        }
        // On one line, and nothing that a terminal would obey.
        let path = String::from_utf8_lossy(path);
        let shown = path.replace(char::is_control, "\u{FFFD}");
        self.lines
            .extend_from_slice(format!("{shown}: {why}\n").as_bytes());
    }

    /// None: nothing was.
    pub(super) fn text(&self) -> Option<Vec<u8>> {
        if self.lines.is_empty() {
            return None;
        }
        let mut text =
            b"These are in the folder, and not, or not as they are, in this archive:\n\n".to_vec();
        text.extend_from_slice(&self.lines);
        if self.more > 0 {
            text.extend_from_slice(format!("and {} more\n", self.more).as_bytes());
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_bounded_and_in_lines() {
        let mut left_out = LeftOut::default();
        assert!(left_out.text().is_none());
        left_out.note(b"a\nb\x1b\xff", "why");
        for _ in 0..10_000 {
            left_out.note(b"some/path", "why");
        }
        let text = String::from_utf8(left_out.text().unwrap()).unwrap();
        assert!(
            text.contains("\na\u{FFFD}b\u{FFFD}\u{FFFD}: why\n"),
            "{text}"
        );
        assert!(text.len() < MOST + 200 && text.contains(" more\n"));
    }
}
