//! Where something is in a text that people have written.

/// The line and the column, in characters, each from 1, of what is so many bytes from the
/// text's start.
pub(crate) fn place(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(at)];
    let line = before.rsplit('\n').next().unwrap_or_default();
    let lines = before.matches('\n').count();
    (lines + 1, line.chars().count() + 1)
}
