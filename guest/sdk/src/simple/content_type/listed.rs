//! The long tail of extensions: those that the crate `mime_guess` knows.
//!
//! Its own table is 70 KB of pointers and text. All that a component begins with
//! is copied for each instance, so here the same is a text of 20 KB, which is
//! searched from its beginning: what sites are made of has been found before.

use memchr::{memmem, memrchr};

/// A line is a type and its extensions, each after a space. The first letter of
/// most types stands for how they begin: see [`BEGINNINGS`].
const TYPES: &[u8] = include_bytes!("listed.txt");

/// What a type begins with, by the letter that stands for it. The longest first.
const BEGINNINGS: [(u8, &str); 9] = [
    (b'V', "application/vnd."),
    (b'X', "application/x-"),
    (b'A', "application/"),
    (b'S', "audio/"),
    (b'C', "chemical/"),
    (b'I', "image/"),
    (b'M', "model/"),
    (b'T', "text/"),
    (b'F', "video/"),
];

/// No listed extension is longer.
const LONGEST: usize = 24;

/// The type of an extension, in any case, that is given without its dot.
pub(super) fn listed_type(extension: &[u8]) -> Option<String> {
    let mut needle = [b' '; 1 + LONGEST];
    let needle = needle.get_mut(..=extension.len())?;
    if extension.is_empty() || !extension.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    needle[1..].copy_from_slice(extension);
    needle.make_ascii_lowercase();
    let is_whole = |at: &usize| matches!(TYPES.get(at + needle.len()), Some(b' ' | b'\n'));
    let found = memmem::find_iter(TYPES, needle).find(is_whole)?;
    let line = memrchr(b'\n', &TYPES[..found]).map_or(0, |end| end + 1);
    let written = TYPES[line..found].split(|&byte| byte == b' ').next()?;
    Some(spelt_out(std::str::from_utf8(written).ok()?))
}

/// A type as it is, not as it is written in the table.
fn spelt_out(written: &str) -> String {
    let beginning = |&&(letter, _): &&(u8, &str)| written.as_bytes().first() == Some(&letter);
    match BEGINNINGS.iter().find(beginning) {
        Some((_, beginning)) => [beginning, &written[1..]].concat(),
        None => written.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::fmt::Write;

    /// All that `mime_guess` knows: extensions, and the type of each.
    fn known() -> BTreeMap<String, &'static str> {
        let extensions = mime_guess::get_mime_extensions_str("*/*").unwrap();
        let first = |extension| mime_guess::from_ext(extension).first_raw().unwrap();
        extensions
            .iter()
            .map(|extension| (extension.to_ascii_lowercase(), first(extension)))
            .collect()
    }

    /// What [`TYPES`] has to be.
    fn table() -> String {
        let mut types: BTreeMap<&str, String> = BTreeMap::new();
        for (extension, listed) in known() {
            write!(types.entry(listed).or_default(), " {extension}").unwrap();
        }
        let mut table = String::new();
        for (listed, extensions) in types {
            let short = BEGINNINGS.iter().find_map(|(letter, beginning)| {
                let rest = listed.strip_prefix(beginning)?;
                Some(format!("{}{rest}", char::from(*letter)))
            });
            writeln!(table, "{}{extensions}", short.as_deref().unwrap_or(listed)).unwrap();
        }
        table
    }

    #[test]
    fn the_table_is_that_of_mime_guess() {
        let table = table();
        if table.as_bytes() != TYPES {
            let path = concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/src/simple/content_type/listed.txt"
            );
            std::fs::write(path, table).unwrap();
            panic!("mime_guess knows other types now: {path} has been written anew");
        }
    }

    #[test]
    fn every_extension_has_its_type() {
        let known = known();
        assert!(known.len() > 1000);
        for (extension, listed) in known {
            assert!(extension.len() <= LONGEST, "{extension}");
            assert_eq!(listed_type(extension.as_bytes()).as_deref(), Some(listed));
            let upper = extension.to_ascii_uppercase();
            assert_eq!(listed_type(upper.as_bytes()).as_deref(), Some(listed));
        }
    }

    #[test]
    fn nothing_else_is_an_extension() {
        for extension in [
            &b""[..],
            b" ",
            b"\n",
            b"csv ",
            b" csv",
            b"csvx",
            b"cs\xff",
            b"atom+xml",
            b"Aatom+xml",
            b"vcf vcard",
            b"an-extension-that-is-far-too-long",
        ] {
            assert_eq!(listed_type(extension), None, "{extension:?}");
        }
    }
}
