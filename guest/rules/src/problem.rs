//! What is wrong with a line, and what to write in its place.

use std::fmt;

/// The file that a line is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleFile {
    /// `_redirects`.
    Redirects,
    /// `_headers`.
    Headers,
}

impl RuleFile {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Redirects, Self::Headers];

    /// Its name, beneath the served directory.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Redirects => "_redirects",
            Self::Headers => "_headers",
        }
    }
}

/// A line that can't be obeyed.
///
/// It is displayed as one line: the file, the line's number, what is wrong, and what to
/// write in its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}:{line}: {}; {}", file.name(), Plain(what), Plain(instead))]
pub struct Problem {
    /// Where it is.
    pub file: RuleFile,
    /// The line's number, from 1.
    pub line: usize,
    /// What is wrong with it. It may quote the line, with whatever bytes that has.
    pub what: String,
    /// What to write in its place.
    pub instead: String,
}

/// What is wrong with a part of a line, before it is known which line that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) what: String,
    pub(crate) instead: String,
}

impl Wrong {
    pub(crate) fn new(what: impl Into<String>, instead: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            instead: instead.into(),
        }
    }

    pub(crate) fn at(self, file: RuleFile, line: usize) -> Problem {
        Problem {
            file,
            line,
            what: self.what,
            instead: self.instead,
        }
    }
}

/// A text whose control characters are escaped: a line of somebody else's file must
/// steer no terminal, and forge no line of a log.
struct Plain<'a>(&'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character.is_control() {
                true => write!(out, "{}", character.escape_default())?,
                false => write!(out, "{character}")?,
            }
        }
        Ok(())
    }
}
