//! The book: a file with an entry on each line.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

/// The most bytes of a name, and of a message.
pub(crate) const MAX_NAME: usize = 60;
pub(crate) const MAX_MESSAGE: usize = 500;

/// The most bytes of the book: a guest must not fill the disk.
pub(crate) const MAX_BOOK: u64 = 1024 * 1024;

/// How much of the book's end is shown.
const SHOWN: u64 = 32 * 1024;

/// What a guest wrote: two lines of text, neither empty nor too long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) message: String,
}

impl Entry {
    /// None if a text is empty or too long.
    pub(crate) fn new(name: &str, message: &str) -> Option<Self> {
        Some(Self {
            name: one_line(name, MAX_NAME)?,
            message: one_line(message, MAX_MESSAGE)?,
        })
    }
}

/// A text without line ends, tabs and other controls, which separate entries
/// and their parts in the file.
fn one_line(text: &str, most: usize) -> Option<String> {
    let text = text.replace(char::is_control, " ");
    let text = text.trim();
    (1..=most).contains(&text.len()).then(|| text.to_owned())
}

pub(crate) struct Book(PathBuf);

impl Book {
    pub(crate) fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Adds an entry. False if the book is full.
    pub(crate) fn add(&self, entry: &Entry) -> io::Result<bool> {
        let mut file = OpenOptions::new().append(true).create(true).open(&self.0)?;
        let line = format!("{}\t{}\n", entry.name, entry.message);
        if file.metadata()?.len() + line.len() as u64 > MAX_BOOK {
            return Ok(false);
        }
        // One write to the file's end, so that two guests at once don't mix.
        file.write_all(line.as_bytes())?;
        Ok(true)
    }

    /// The last entries, the newest first. None yet, if there is no file.
    pub(crate) fn last_entries(&self) -> io::Result<Vec<Entry>> {
        let mut file = match File::open(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            opened => opened?,
        };
        let start = file.metadata()?.len().saturating_sub(SHOWN);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(SHOWN).read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        // The first line may have lost its start.
        let whole = text.lines().skip(usize::from(start > 0));
        let entry = |line: &str| {
            let (name, message) = line.split_once('\t')?;
            Entry::new(name, message)
        };
        let mut entries: Vec<Entry> = whole.filter_map(entry).collect();
        entries.reverse();
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, message: &str) -> Entry {
        Entry::new(name, message).unwrap()
    }

    #[test]
    fn entries_are_kept_newest_first() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("book");
        assert_eq!(Book::at(&path).last_entries().unwrap(), []);
        for entry in [entry("Ada", "one"), entry("Bob", "two\tand\r\nthree")] {
            assert!(Book::at(&path).add(&entry).unwrap());
        }
        let expected = [entry("Bob", "two and  three"), entry("Ada", "one")];
        assert_eq!(Book::at(&path).last_entries().unwrap(), expected);
    }

    #[test]
    fn an_entry_has_bounds() {
        assert_eq!(Entry::new(" \t ", "x"), None);
        assert_eq!(Entry::new("x", "\0"), None);
        assert!(Entry::new(&"x".repeat(MAX_NAME), &"y".repeat(MAX_MESSAGE)).is_some());
        assert_eq!(Entry::new(&"x".repeat(MAX_NAME + 1), "y"), None);
        assert_eq!(Entry::new("x", &"y".repeat(MAX_MESSAGE + 1)), None);
    }

    #[test]
    fn the_book_has_an_end_and_shows_its_last_pages() {
        let directory = tempfile::tempdir().unwrap();
        let book = Book::at(directory.path().join("book"));
        let long = entry("Ada", &"y".repeat(MAX_MESSAGE));
        while book.add(&long).unwrap() {}
        let length = std::fs::metadata(&book.0).unwrap().len();
        assert!(length <= MAX_BOOK && length > MAX_BOOK - 1024);
        let entries = book.last_entries().unwrap();
        assert!(entries.len() > 10 && entries.len() < 100);
        assert!(entries.iter().all(|shown| *shown == long));
    }
}
