//! The lines of a file of rules that have something to say.

use crate::dialect::Dialect;
use crate::problem::{Problem, RuleFile, Wrong};

/// The most bytes of a file.
const LONGEST_FILE: usize = 1 << 20;

/// The lines that are neither empty nor comments, trimmed, with their numbers from 1.
pub(crate) fn lines<'a>(
    file: RuleFile,
    dialect: Dialect,
    text: &'a [u8],
    problems: &mut Vec<Problem>,
) -> Vec<(usize, &'a str)> {
    if text.len() > LONGEST_FILE {
        let what = format!("the file has more than {LONGEST_FILE} bytes");
        problems.push(Wrong::new(what, "write fewer rules, with * or placeholders").at(file, 1));
        return Vec::new();
    }
    // What editors of Windows begin a file with is no part of its first rule.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut found = Vec::new();
    for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
        match check(dialect, line) {
            Ok(line) if line.is_empty() || line.starts_with('#') => {}
            Ok(line) => found.push((index + 1, line)),
            Err(wrong) => problems.push(wrong.at(file, index + 1)),
        }
    }
    found
}

fn check(dialect: Dialect, line: &[u8]) -> Result<&str, Wrong> {
    let longest = dialect.longest_line();
    let text = std::str::from_utf8(line)
        .map_err(|_| Wrong::new("the line isn't UTF-8", "save the file as UTF-8"))?
        .trim();
    if text.len() > longest && !text.starts_with('#') {
        return Err(Wrong::new(
            format!("the line has more than {longest} bytes"),
            "write a shorter one",
        ));
    }
    // A tab is between two words; anything else steers a terminal, or ends a field.
    if text.chars().any(|it| it.is_control() && it != '\t') {
        return Err(Wrong::new(
            "the line has a control character",
            "remove it, or write it percent-encoded in a path",
        ));
    }
    Ok(text)
}
