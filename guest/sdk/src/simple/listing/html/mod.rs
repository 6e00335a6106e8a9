//! A listing as a page: `SimpleHTTPRequestHandler.list_directory`.
//!
//! The page is one string, made in one pass, with no temporary one for a row.

mod readme;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use super::{Entry, EntryKind, Listing, SortKey, unreserved, utc_time::UtcTime};
use crate::html::escape_into;

/// The page up to its title.
const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>Directory listing for "#;

/// The page from its title to its heading. Rows are a grid; on a phone a name
/// takes a line of its own, and a long one wraps anywhere.
const STYLE: &str = r#"</title>
<style>
:root { color-scheme: light dark; --page: #fff; --row: #f3f5f8; --line: #dfe3e8; --text: #1b1f24; --quiet: #57606a; --link: #0b57d0 }
@media (prefers-color-scheme: dark) { :root { --page: #101317; --row: #1b2027; --line: #2b313a; --text: #e7eaee; --quiet: #a0a8b3; --link: #8ab4f8 } }
* { box-sizing: border-box; margin: 0; padding: 0 }
body { padding: 1.5rem max(1rem, 50vw - 30rem); background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.25rem; line-height: 1.35; padding: .5rem .75rem 1rem }
a { color: var(--link); text-decoration: none }
a:hover { text-decoration: underline }
a:focus-visible { outline: 2px solid; outline-offset: 2px; border-radius: 2px }
ul { list-style: none; border-top: 1px solid var(--line) }
li, .head { display: grid; grid-template-columns: 1fr 6rem 9rem; gap: 0 1rem; padding: .4rem .75rem; border-bottom: 1px solid var(--line) }
.head { font-size: .875rem; border: 0 }
.head a { text-align: right }
.head a:first-child { text-align: left }
input[type=search] { display: block; width: calc(100% - 1.5rem); margin: 0 .75rem .5rem; padding: .4rem .6rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--page); color: var(--text); font: inherit }
section { margin-top: 2rem; border: 1px solid var(--line); border-radius: .5rem }
h2 { padding: .5rem .75rem; border-bottom: 1px solid var(--line); font-size: 1rem }
pre { padding: .75rem; overflow-x: auto; white-space: pre-wrap; tab-size: 4; font: .875rem/1.5 ui-monospace, monospace }
li:hover { background: var(--row) }
li bdi { min-width: 0; white-space: pre-wrap; text-align: left }
data, time { color: var(--quiet); font-size: .875rem; line-height: 1.7; text-align: right; font-variant-numeric: tabular-nums }
data { grid-column: 2 }
time { grid-column: 3 }
p { padding: 1rem .75rem; color: var(--quiet) }
.all { padding: 0 .75rem .75rem }
@media (max-width: 40rem) {
li, .head { display: flex; flex-wrap: wrap }
li bdi { flex: 0 0 100% }
}
form { margin-bottom: 1rem; padding: .75rem; border: 1px dashed var(--line); border-radius: .5rem }
form.over { background: var(--row); border-color: var(--link) }
form label { display: inline-block; margin-right: 1rem }
form label span, form small { color: var(--quiet) }
form input, form button { font: inherit; max-width: 100% }
form progress { width: 100%; accent-color: var(--link) }
form li { display: list-item; border: 0; padding: 0 }
form ul { border: 0 }
[hidden] { display: none }
</style>
</head>
<body>
<main>
<nav aria-label="Breadcrumb"><h1>Directory listing for "#;

/// The form for files, up to the most bytes of one.
const UPLOAD: &str = r#"<form id="upload" method="post" enctype="multipart/form-data" data-most=""#;

/// The form from there on. What its script alone can do is hidden without it.
const UPLOAD_FIELDS: &str = r#"">
<label><span>Upload files</span> <input type="file" name="file" multiple></label>
<label data-script hidden><span>or a folder</span> <input type="file" webkitdirectory></label>
<button>Upload</button>
<small data-script hidden>or drop them here</small>
<progress hidden></progress>
<output></output>
<ul></ul>
</form>
"#;

/// What the form does beyond sending itself.
const UPLOAD_SCRIPT: &str = concat!("<script>\n", include_str!("upload.js"), "</script>\n");

/// The field that hides rows, which its script shows.
const FILTER: &str = concat!(
    r#"<input type="search" id="filter" placeholder="Filter" aria-label="Filter by name""#,
    r#" autocomplete="off" hidden>"#,
    "\n"
);

/// What the field does.
const FILTER_SCRIPT: &str = concat!("<script>\n", include_str!("filter.js"), "</script>\n");

/// The directory as an archive.
const ARCHIVES: &str = "<p class=\"all\">Download all: \
    <a href=\"?download=zip\" download>.zip</a> \
    <a href=\"?download=tar.gz\" download>.tar.gz</a></p>\n";

/// The end of the page.
const FOOT: &str = "</main>\n</body>\n</html>\n";

impl Listing<'_> {
    /// The listing as a complete HTML page, UTF-8, which loads nothing else.
    #[must_use]
    pub fn to_html(&self) -> String {
        let rows = self.capacity_for_entries();
        let fixed = HEAD.len() + STYLE.len() + FOOT.len() + 512;
        let form = UPLOAD.len() + UPLOAD_FIELDS.len() + UPLOAD_SCRIPT.len();
        let readme = self
            .readme
            .as_ref()
            .map_or(0, |readme| 2 * readme.text.len());
        let fixed = fixed + FILTER.len() + FILTER_SCRIPT.len() + readme;
        let fixed = fixed + self.upload_most.map_or(0, |_| form);
        let mut out = String::with_capacity(fixed + 8 * self.path.len() + rows);
        out.push_str(HEAD);
        push_visible(&mut out, self.path);
        out.push_str(STYLE);
        self.push_breadcrumb(&mut out);
        out.push_str("</h1></nav>\n");
        if let Some(most) = self.upload_most {
            out.push_str(UPLOAD);
            out.push_str(itoa::Buffer::new().format(most));
            out.push_str(UPLOAD_FIELDS);
        }
        self.push_note(&mut out);
        if !self.entries.is_empty() {
            if self.archives {
                out.push_str(ARCHIVES);
            }
            out.push_str(FILTER);
            self.push_head_row(&mut out);
        }
        // The role is lost in Safari where list-style is none, unless it is said.
        out.push_str("<ul role=\"list\">\n");
        if self.path.iter().any(|&byte| byte != b'/') {
            out.push_str(
                "<li><bdi><a href=\"../\" aria-label=\"Parent directory\">../</a></bdi></li>\n",
            );
        }
        for entry in &self.entries {
            entry.push_row(&mut out);
        }
        out.push_str("</ul>\n");
        if let Some(readme) = &self.readme {
            readme.push(&mut out);
        }
        if !self.entries.is_empty() {
            out.push_str(FILTER_SCRIPT);
        }
        if self.upload_most.is_some() {
            out.push_str(UPLOAD_SCRIPT);
        }
        out.push_str(FOOT);
        out
    }

    /// Appends the path with a link for each directory above this one. The text
    /// is the path itself, as in the heading of `http.server`.
    fn push_breadcrumb(&self, out: &mut String) {
        let path = self.path.strip_prefix(b"/").unwrap_or(self.path);
        let path = path.strip_suffix(b"/").unwrap_or(path);
        if path.is_empty() {
            out.push_str("<span aria-current=\"page\">/</span>");
            return;
        }
        let mut above = path.split(|&byte| byte == b'/').count();
        push_crumb_link(out, above, b"");
        for segment in path.split(|&byte| byte == b'/') {
            above -= 1;
            if above > 0 {
                push_crumb_link(out, above, segment);
            } else {
                out.push_str("<bdi aria-current=\"page\">");
                push_visible(out, segment);
                out.push_str("</bdi>/");
            }
        }
    }

    /// Appends the columns' heads, by which the listing is sorted.
    fn push_head_row(&self, out: &mut String) {
        out.push_str("<div class=\"head\" role=\"group\" aria-label=\"Sort by\">\n");
        for (key, name, title) in SortKey::ALL {
            let next = self.order.after_click(key);
            out.push_str("<a href=\"?sort=");
            out.push_str(name);
            if next.descending {
                out.push_str("&amp;order=desc");
            }
            out.push_str("\">");
            out.push_str(title);
            if self.order.key == key {
                out.push_str(match self.order.descending {
                    true => " <span aria-label=\"descending\">\u{2193}</span>",
                    false => " <span aria-label=\"ascending\">\u{2191}</span>",
                });
            }
            out.push_str("</a>\n");
        }
        out.push_str("</div>\n");
    }

    /// Appends what there is to say about the list as a whole.
    fn push_note(&self, out: &mut String) {
        let shown = self.entries.len();
        if self.truncated {
            let _ = writeln!(
                out,
                "<p>This directory is too large to list in full: {shown} of its entries are shown.</p>"
            );
        } else if shown == 0 {
            out.push_str("<p>This directory is empty.</p>\n");
        }
    }
}

impl Entry {
    /// Appends the entry's row: name, size, time of modification.
    fn push_row(&self, out: &mut String) {
        out.push_str("<li><bdi><a href=\"");
        self.push_href(out);
        out.push_str("\">");
        push_visible(out, &self.name);
        // As in Python, a link to a directory shows the link's sign.
        match self.kind {
            _ if self.is_symlink => out.push('@'),
            EntryKind::Directory => out.push('/'),
            EntryKind::File | EntryKind::Other => {}
        }
        out.push_str("</a></bdi>");
        if let Some(size) = self.size {
            let mut digits = itoa::Buffer::new();
            let digits = digits.format(size);
            out.push_str("<data value=\"");
            out.push_str(digits);
            out.push_str("\" title=\"");
            out.push_str(digits);
            out.push_str(" bytes\">");
            push_size(out, size);
            out.push_str("</data>");
        }
        if let Some(time) = self.modified.and_then(UtcTime::new) {
            out.push_str("<time datetime=\"");
            out.push_str(time.rfc3339());
            out.push_str("\">");
            out.push_str(time.date());
            out.push(' ');
            out.push_str(time.minutes());
            out.push_str("</time>");
        }
        out.push_str("</li>\n");
    }
}

/// Appends a link to the directory `above` levels up.
fn push_crumb_link(out: &mut String, above: usize, segment: &[u8]) {
    out.push_str("<a href=\"");
    for _ in 0..above {
        out.push_str("../");
    }
    out.push_str("\"><bdi>");
    push_visible(out, segment);
    out.push_str("</bdi>/</a><wbr>");
}

/// Appends untrusted bytes as HTML text in which each character shows itself:
/// escaped, and with U+FFFD for what isn't UTF-8 and for what [misleads].
///
/// [misleads]: is_misleading
fn push_visible(out: &mut String, bytes: &[u8]) {
    if let Some(text) = unreserved(bytes) {
        out.push_str(text);
        return;
    }
    for chunk in bytes.utf8_chunks() {
        let mut rest = chunk.valid();
        while let Some((at, found)) = rest.char_indices().find(|&(_, char)| is_misleading(char)) {
            escape_into(out, &rest[..at]);
            out.push(char::REPLACEMENT_CHARACTER);
            rest = &rest[at + found.len_utf8()..];
        }
        escape_into(out, rest);
        if !chunk.invalid().is_empty() {
            out.push(char::REPLACEMENT_CHARACTER);
        }
    }
}

/// Controls, line separators, and the marks that reorder text around them, with
/// which `exe.gpj` can be made to read `jpg.exe` (Unicode TR 36 section 2.7).
fn is_misleading(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{FEFF}'
            | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Appends a size for people, in powers of 1024 with one decimal.
fn push_size(out: &mut String, bytes: u64) {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut digits = itoa::Buffer::new();
    if bytes < 1024 {
        out.push_str(digits.format(bytes));
        out.push_str(" B");
        return;
    }
    let mut unit = (bytes.ilog2() / 10) as usize - 1;
    // Whole numbers only, because formatting floats would add much to a component.
    let in_1024ths = bytes >> (10 * unit);
    let mut tenths = (in_1024ths * 10 + 512) / 1024;
    if tenths >= 10 * 1024 {
        unit += 1;
        tenths = 10;
    }
    // The largest u64 rounds to 16.0 EiB, so the unit is always listed.
    out.push_str(digits.format(tenths / 10));
    out.push('.');
    out.push_str(digits.format(tenths % 10));
    out.push(' ');
    out.push_str(UNITS[unit]);
}
