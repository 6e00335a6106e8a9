//! Content that says which file it is of, which version, and where in it: no byte of
//! another passes.

use std::io::Write;

/// The length of a block, each of which says all that.
const BLOCK: usize = 64;

/// A file's name, without a space, and how many blocks it has at least.
pub(super) type Named = (&'static str, usize);

/// What a version of a file has in it. Each has a few blocks more or less.
pub(super) fn content((name, blocks): Named, version: u64) -> Vec<u8> {
    let blocks = blocks + version as usize % 7;
    let mut content = Vec::with_capacity(blocks * BLOCK);
    for block in 0..blocks {
        // The last of it is noise that depends on all the rest.
        let noise = (version << 32 ^ block as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        writeln!(
            content,
            "{name:>12} v{version:012} b{block:012} {noise:022x}"
        )
        .unwrap();
    }
    assert_eq!(content.len(), blocks * BLOCK);
    content
}

/// Checks a part of a file that begins at `start`; of which version it is. A part that
/// has no whole block in it can't be told, and is taken.
#[track_caller]
pub(super) fn check(file: Named, start: usize, part: &[u8]) -> Option<u64> {
    let first = (BLOCK - start % BLOCK) % BLOCK;
    let block = part.get(first..first + BLOCK)?;
    let text = std::str::from_utf8(block).unwrap_or_else(|_| panic!("no text: {block:?}"));
    let version = text.get(14..26).and_then(|digits| digits.parse().ok());
    let version = version.unwrap_or_else(|| panic!("no version in {text:?}"));
    let whole = content(file, version);
    let right = whole.get(start..start + part.len());
    assert!(
        right == Some(part),
        "{file:?}, version {version}: another content from {start} on"
    );
    Some(version)
}
