//! Directory listings: `SimpleHTTPRequestHandler.list_directory`, as a page for
//! people and as JSON for programs.
//!
//! File names are hostile input: anybody who may upload a file may choose its
//! name. In a page every name is escaped, controls and bidirectional overrides
//! are replaced (so that no name can dress up as another), and every link is a
//! relative reference (RFC 3986 section 4.2) in which only unreserved characters
//! stand for themselves: neither `a:b` nor `//evil` nor `?x` can be misread.
//! Links are relative so that listings also work behind a proxy's path prefix.

use super::accept::quality_of;
use std::cmp::Ordering;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

mod html;
mod json;
mod order;
mod utc_time;

pub use order::{SortKey, SortOrder};

/// What `urllib.parse.quote(name, safe="")` encodes: all but the unreserved
/// characters of RFC 3986 section 2.3.
const NAME: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A name that is itself in a URL and in HTML, as most are: nothing in it needs
/// to be encoded or escaped.
fn unreserved(name: &[u8]) -> Option<&str> {
    let is_unreserved =
        |&byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    name.iter()
        .all(is_unreserved)
        .then(|| str::from_utf8(name).ok())?
}

/// About what a row takes beside its name, which it holds twice.
const ROW_ESTIMATE: usize = 192;

/// What a directory's entry is, after following symbolic links, as
/// `os.path.isdir` does in `list_directory`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// An ordinary file.
    File,
    /// A directory, or a link to one: shown and linked with a `/`.
    Directory,
    /// A socket, a pipe, a device, or a link that leads nowhere.
    Other,
}

/// One entry of a directory: a name from `os.listdir` and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name, as raw bytes, which need not be UTF-8. It holds no `/`.
    pub name: Vec<u8>,
    /// What the name leads to.
    pub kind: EntryKind,
    /// Whether the entry itself is a symbolic link: shown with an `@`.
    pub is_symlink: bool,
    /// The size in bytes, if it means anything.
    pub size: Option<u64>,
    /// When the content was last changed, in seconds since 1970 (UTC).
    pub modified: Option<i64>,
}

impl Entry {
    /// Compares names as `list_directory` sorts them: `key=lambda a: a.lower()`,
    /// then (Python leaves it to chance) by their bytes.
    fn cmp_name(&self, other: &Self) -> Ordering {
        let (a, b) = (self.name.as_slice(), other.name.as_slice());
        let folded = if a.is_ascii() && b.is_ascii() {
            let lower = u8::to_ascii_lowercase;
            a.iter().map(lower).cmp(b.iter().map(lower))
        } else {
            lower_code_points(a).cmp(lower_code_points(b))
        };
        folded.then_with(|| a.cmp(b))
    }

    /// Appends the relative reference to this entry. Every colon is encoded, so
    /// that no first segment can look like a scheme (RFC 3986 section 4.2).
    fn push_href(&self, out: &mut String) {
        match unreserved(&self.name) {
            Some(name) => out.push_str(name),
            None => out.extend(percent_encode(&self.name, NAME)),
        }
        if self.kind == EntryKind::Directory {
            out.push('/');
        }
    }
}

/// A file in which a directory says what it is: `README.md` and the like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readme {
    /// Its name.
    pub name: Vec<u8>,
    /// What it says, or the beginning of that. It holds at least a byte.
    pub text: Vec<u8>,
    /// Whether the file goes on.
    pub is_cut: bool,
}

/// A directory's content, ready to be shown: the reply of
/// `SimpleHTTPRequestHandler.list_directory`.
///
/// ```
/// use wasm_host_sdk::simple::listing::{Entry, EntryKind, Listing};
///
/// let mut listing = Listing {
///     path: b"/music/",
///     entries: vec![Entry {
///         name: b"<live> at 9:30".to_vec(),
///         kind: EntryKind::Directory,
///         is_symlink: false,
///         size: None,
///         modified: Some(1_795_361_416),
///     }],
///     ..Listing::default()
/// };
/// listing.sort();
/// let page = listing.to_html();
/// assert!(page.contains("<title>Directory listing for /music/</title>"));
/// assert!(page.contains(r#"<a href="%3Clive%3E%20at%209%3A30/">&lt;live&gt; at 9:30/</a>"#));
/// assert!(listing.to_json().contains(r#""modified":"2026-11-22T15:30:16Z""#));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Listing<'a> {
    /// The request's path, decoded to raw bytes. It ends with `/`.
    pub path: &'a [u8],
    /// The entries, in the order in which they are shown.
    pub entries: Vec<Entry>,
    /// The order that [`sort`](Self::sort) gives them.
    pub order: SortOrder,
    /// What the directory says of itself.
    pub readme: Option<Readme>,
    /// Whether the directory holds more entries than these.
    pub truncated: bool,
    /// Whether the directory can be had as an archive.
    pub archives: bool,
    /// Where clients may leave files: the most bytes of one.
    pub upload_most: Option<u64>,
}

impl Listing<'_> {
    /// Sorts the entries in [their order](Self::order): if nothing else is asked for, as
    /// `list_directory` does, by name without regard to case, directories among files.
    /// Names that differ only in case follow the order of their bytes.
    pub fn sort(&mut self) {
        let order = self.order;
        match order.key {
            SortKey::Name if !order.descending => self.entries.sort_unstable_by(Entry::cmp_name),
            _ => self.entries.sort_unstable_by(|a, b| order.compare(a, b)),
        }
    }

    fn capacity_for_entries(&self) -> usize {
        let names: usize = self.entries.iter().map(|entry| entry.name.len()).sum();
        2 * names + ROW_ESTIMATE * self.entries.len()
    }
}

/// Whether a client prefers JSON to HTML: `application/json` is acceptable, with
/// a quality strictly above that of `text/html` (RFC 9110 section 12.5.1).
///
/// ```
/// use wasm_host_sdk::simple::listing::wants_json;
///
/// assert!(wants_json(Some("application/json, text/html;q=0.9")));
/// assert!(!wants_json(Some("*/*")));
/// assert!(!wants_json(None));
/// ```
#[must_use]
pub fn wants_json(accept: Option<&str>) -> bool {
    accept.is_some_and(|accept| {
        quality_of(accept, "application", "json") > quality_of(accept, "text", "html")
    })
}

/// The code points of a lower-cased name, as Python sees it: bytes that aren't
/// UTF-8 are lone surrogates (PEP 383).
fn lower_code_points(name: &[u8]) -> impl Iterator<Item = u32> {
    name.utf8_chunks().flat_map(|chunk| {
        let valid = chunk.valid().chars().flat_map(char::to_lowercase);
        let invalid = chunk.invalid().iter().map(|&byte| 0xDC00 + u32::from(byte));
        valid.map(u32::from).chain(invalid)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn file(name: impl AsRef<[u8]>) -> Entry {
        Entry {
            name: name.as_ref().to_vec(),
            kind: EntryKind::File,
            is_symlink: false,
            size: Some(1),
            modified: Some(0),
        }
    }

    pub(super) fn directory(name: &str) -> Entry {
        Entry {
            kind: EntryKind::Directory,
            size: None,
            ..file(name)
        }
    }

    pub(super) fn listing(path: &str, entries: Vec<Entry>) -> Listing<'_> {
        Listing {
            path: path.as_bytes(),
            entries,
            ..Listing::default()
        }
    }

    #[test]
    fn sorts_as_python() {
        let sorted = |names: &[&[u8]]| {
            let mut listing = listing("/", names.iter().map(file).collect());
            listing.sort();
            let names = listing.entries.into_iter().map(|entry| entry.name);
            names.collect::<Vec<_>>()
        };
        assert_eq!(
            sorted(&[b"b", b"C", b"a", b"B", b"A", b"_", b".x", b"10", b"9"]),
            [&b".x"[..], b"10", b"9", b"_", b"A", b"a", b"B", b"b", b"C"]
        );
        // Python: a lone surrogate (from a byte 0xff) sorts between these two.
        assert_eq!(
            sorted(&[
                "\u{FFFD}".as_bytes(),
                b"\xff",
                "Éa".as_bytes(),
                "éB".as_bytes(),
                b"z"
            ]),
            [
                b"z",
                "Éa".as_bytes(),
                "éB".as_bytes(),
                b"\xff",
                "\u{FFFD}".as_bytes()
            ]
        );
    }

    #[test]
    fn accept() {
        for accept in [
            "application/json",
            "APPLICATION/JSON",
            "application/json;q=0.1",
            "application/json; charset=utf-8",
            "application/*",
            "application/json, */*;q=0.5",
            "text/html;q=0.8 , application/json;q=0.801",
            "application/json, text/plain, text/*;q=0.9",
            "text/html;q=0, */*",
            "text/html;q=2, application/json",
        ] {
            assert!(wants_json(Some(accept)), "{accept}");
        }
        for accept in [
            "",
            "*/*",
            "text/html",
            "application/json, text/html",
            "application/json, */*",
            "application/json;q=0",
            "application/json;q=0, */*;q=0.1",
            "application/json;q=1.001",
            "application/json;q=.5",
            "application/json;q=0.5555",
            "application/json;q=-1",
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
            "application/jsonx",
            "json",
            ";;,,/",
        ] {
            assert!(!wants_json(Some(accept)), "{accept}");
        }
        assert!(!wants_json(None));
    }
}
