//! The languages that a project can be in.

use clap::ValueEnum;

/// A language, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    /// Built with cargo.
    Rust,
    /// JavaScript, built with npm.
    Js,
    /// Built with pip and componentize-py.
    Python,
}

impl Language {
    /// As messages have it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Js => "JavaScript",
            Self::Python => "Python",
        }
    }
}
