//! The long tail of extensions: those that the crate `mime_guess` knows.
//!
//! Its own table is 70 KB of pointers and text. All that a component begins with
//! is copied for each instance, so here the same is a text of 20 KB, which
//! `build.rs` writes. It is searched from its beginning: the types that sites are
//! made of have been found elsewhere before.

use super::beginnings::{BEGINNINGS, LONGEST};
use memchr::{memmem, memrchr};

/// A line is a type and its extensions, each after a space. The first letter of
/// most types stands for how they begin: see [`BEGINNINGS`].
const TYPES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/listed.txt"));

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

    /// All that `mime_guess` knows: extensions, and the type of each.
    fn known() -> BTreeMap<String, &'static str> {
        let extensions = mime_guess::get_mime_extensions_str("*/*").unwrap();
        let first = |extension| mime_guess::from_ext(extension).first_raw().unwrap();
        extensions
            .iter()
            .map(|extension| (extension.to_ascii_lowercase(), first(extension)))
            .collect()
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
