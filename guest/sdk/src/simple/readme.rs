//! The file in which a directory says what it is.

use super::listing::{Entry, EntryKind, Readme};
use crate::file::{Directory, Opened};

/// Its names, in any case of their letters: the first that is there is shown.
const NAMES: [&str; 3] = ["README.md", "README.txt", "README"];

/// The most that is shown of it, in bytes.
const MOST: usize = 64 * 1024;

/// The file among a directory's entries, if it can be read.
pub(super) fn find(directory: &Directory, entries: &[Entry]) -> Option<Readme> {
    let is = |entry: &&Entry, name: &str| {
        entry.kind == EntryKind::File && entry.name.eq_ignore_ascii_case(name.as_bytes())
    };
    let mut found = NAMES
        .iter()
        .filter_map(|name| entries.iter().find(|entry| is(entry, name)));
    let entry = found.next()?;
    let Ok(Opened::File(file, status)) = directory.open(&entry.name) else {
        return None;
    };
    let text = file.read_at(0, MOST).ok()?;
    let is_cut = status.size > text.len() as u64;
    (!text.is_empty()).then(|| Readme {
        name: entry.name.clone(),
        text,
        is_cut,
    })
}
