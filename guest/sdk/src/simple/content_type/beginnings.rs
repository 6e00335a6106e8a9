//! How the table of types is written: what `build.rs` and the look-up have to
//! agree on.

/// What a type begins with, by the letter that stands for it in the table. A
/// longer beginning comes before a shorter one that it begins with.
pub(crate) const BEGINNINGS: [(u8, &str); 9] = [
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

/// No extension in the table is longer.
pub(crate) const LONGEST: usize = 24;
