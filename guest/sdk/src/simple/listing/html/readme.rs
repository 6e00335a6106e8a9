//! A directory's own words on it, beneath its listing: as they are, and never as markup.

use super::push_visible;
use crate::simple::listing::Readme;

impl Readme {
    /// Appends it to a page.
    pub(super) fn push(&self, out: &mut String) {
        out.push_str("<section>\n<h2>");
        push_visible(out, &self.name);
        // A line's end right behind the tag is none of the text (HTML, section 13.1.2.5).
        out.push_str("</h2>\n<pre>\n");
        for line in self.text.split_inclusive(|&byte| byte == b'\n') {
            push_line(out, line);
        }
        out.push_str("</pre>\n");
        if self.is_cut {
            out.push_str("<p>The file goes on; this is its beginning.</p>\n");
        }
        out.push_str("</section>\n");
    }
}

/// Of what the text has for its own layout, line ends and tabs stay.
fn push_line(out: &mut String, line: &[u8]) {
    let (text, end) = match line.strip_suffix(b"\n") {
        Some(text) => (text.strip_suffix(b"\r").unwrap_or(text), "\n"),
        None => (line, ""),
    };
    for (number, part) in text.split(|&byte| byte == b'\t').enumerate() {
        if number > 0 {
            out.push('\t');
        }
        push_visible(out, part);
    }
    out.push_str(end);
}
