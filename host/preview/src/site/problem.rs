//! What is wrong with a deploy, for whoever has to mend it.

use crate::text_place::place;
use std::fmt::{self, Display, Formatter};

/// What is wrong in a file of a deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which file.
    pub file: String,
    /// The line, from 1. None: it is the file as a whole.
    pub line: Option<usize>,
    /// The column, in characters from 1. None: it is the line as a whole.
    pub column: Option<usize>,
    /// What is wrong, and what to write.
    pub what: String,
}

impl Problem {
    /// What is wrong at a place in a text: `at` is in bytes from its start.
    pub(super) fn at(file: &str, text: &str, at: usize, what: impl Into<String>) -> Self {
        let (line, column) = place(text, at);
        Self {
            file: file.to_owned(),
            line: Some(line),
            column: Some(column),
            what: what.into(),
        }
    }
}

/// Something that a site's settings say, and where they say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<T> {
    /// What they say.
    pub value: T,
    file: &'static str,
    line: usize,
    column: usize,
}

impl<T> Placed<T> {
    /// `at` is in bytes from the start of the file's text.
    pub(super) fn new(value: T, file: &'static str, text: &str, at: usize) -> Self {
        let (line, column) = place(text, at);
        Self {
            value,
            file,
            line,
            column,
        }
    }

    /// That this can't be.
    pub(crate) fn problem(&self, what: impl Into<String>) -> Problem {
        Problem {
            file: self.file.to_owned(),
            line: Some(self.line),
            column: Some(self.column),
            what: what.into(),
        }
    }
}

impl Display for Problem {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(formatter, ":{line}")?;
        }
        if let (Some(_), Some(column)) = (self.line, self.column) {
            write!(formatter, ":{column}")?;
        }
        write!(formatter, ": {}", self.what)
    }
}

/// All that is wrong with a deploy: at least one thing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Problems(pub Vec<Problem>);

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_line_and_a_column() {
        let text = "one\nzwé = 3\n";
        let shown = |at| Problem::at("f.toml", text, at, "wrong").to_string();
        assert_eq!(shown(0), "f.toml:1:1: wrong");
        assert_eq!(shown(4), "f.toml:2:1: wrong");
        assert_eq!(shown(9), "f.toml:2:5: wrong");
        assert_eq!(shown(1_000), "f.toml:3:1: wrong");
    }
}
