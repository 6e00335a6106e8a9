//! A listing as JSON (RFC 8259), which `http.server` doesn't have.

use std::fmt::Write as _;

use super::{Entry, EntryKind, Listing, utc_time::UtcTime};

impl Listing<'_> {
    /// The listing as a JSON object, for clients for which [`wants_json`](super::wants_json) holds.
    /// (`http.server` has no such thing.)
    ///
    /// `name` and `path` are for people and lossy where they aren't UTF-8;
    /// `href` always leads to the entry.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::with_capacity(128 + self.path.len() + self.capacity_for_entries());
        out.push_str("{\"path\":");
        push_json_string(&mut out, self.path);
        out.push_str(",\"entries\":[");
        for (index, entry) in self.entries.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            entry.push_json(&mut out);
        }
        let _ = write!(out, "],\"truncated\":{}}}", self.truncated);
        out
    }
}

impl Entry {
    /// Appends the entry as a JSON object.
    fn push_json(&self, out: &mut String) {
        out.push_str("{\"name\":");
        push_json_string(out, &self.name);
        // All that an href holds stands for itself in a JSON string.
        out.push_str(",\"href\":\"");
        self.push_href(out);
        out.push_str(match self.kind {
            EntryKind::File => "\",\"type\":\"file\"",
            EntryKind::Directory => "\",\"type\":\"directory\"",
            EntryKind::Other => "\",\"type\":\"other\"",
        });
        let _ = write!(out, ",\"symlink\":{},\"size\":", self.is_symlink);
        match self.size {
            Some(size) => drop(write!(out, "{size}")),
            None => out.push_str("null"),
        }
        out.push_str(",\"modified\":");
        match self.modified.and_then(UtcTime::new) {
            Some(time) => {
                out.push('"');
                out.push_str(time.rfc3339());
                out.push('"');
            }
            None => out.push_str("null"),
        }
        out.push('}');
    }
}

/// Appends bytes as a JSON string (RFC 8259 section 7), lossily if they aren't
/// UTF-8.
fn push_json_string(out: &mut String, bytes: &[u8]) {
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            match char {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                // RFC 8259 wants the first 32 escaped; a terminal would obey
                // the others, too.
                _ if char.is_control() => drop(write!(out, "\\u{:04x}", u32::from(char))),
                _ => out.push(char),
            }
        }
        if !chunk.invalid().is_empty() {
            out.push(char::REPLACEMENT_CHARACTER);
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::super::tests::{directory, file, listing};
    use super::*;

    #[test]
    fn json() {
        let odd = Listing {
            path: b"/\"\\/",
            entries: vec![
                Entry {
                    size: Some(5),
                    ..file(b"a\"\n\xff\\\xc2\x9b")
                },
                Entry {
                    is_symlink: true,
                    modified: None,
                    ..directory("é")
                },
                Entry {
                    kind: EntryKind::Other,
                    size: None,
                    modified: Some(i64::MIN),
                    ..file("p")
                },
            ],
            truncated: true,
            ..Listing::default()
        };
        assert_eq!(
            odd.to_json(),
            concat!(
                r#"{"path":"/\"\\/","entries":["#,
                r#"{"name":"a\"\u000a"#,
                "\u{FFFD}",
                r#"\\\u009b","href":"a%22%0A%FF%5C%C2%9B","type":"file","symlink":false,"#,
                r#""size":5,"modified":"1970-01-01T00:00:00Z"},"#,
                r#"{"name":"é","href":"%C3%A9/","type":"directory","symlink":true,"#,
                r#""size":null,"modified":null},"#,
                r#"{"name":"p","href":"p","type":"other","symlink":false,"#,
                r#""size":null,"modified":null}],"truncated":true}"#,
            )
        );
        let empty = listing("/", vec![]).to_json();
        assert_eq!(empty, r#"{"path":"/","entries":[],"truncated":false}"#);
    }
}
