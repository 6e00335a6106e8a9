//! Why a name is none.

use std::fmt::{self, Display, Formatter};

/// The most characters of a refused name that an error repeats.
const SHOWN: usize = 60;

/// What a name was to be the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A project.
    Project,
    /// An alias.
    Alias,
    /// A deploy's id.
    DeployId,
    /// The first label of a site's host.
    Label,
    /// A file of a site.
    Path,
    /// A variable of an environment.
    Variable,
}

impl Display for Kind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Project => "project's name",
            Self::Alias => "alias",
            Self::DeployId => "deploy's id",
            Self::Label => "site's label",
            Self::Path => "path",
            Self::Variable => "name of a variable",
        })
    }
}

/// Why a name is refused: which one, and what is wrong with it.
///
/// The name is repeated as far as it is short, with control characters and quotation
/// marks escaped, so that the text fits in a line of a log or a terminal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} is no {kind}: {wrong}")]
pub struct NameError {
    /// What it was to be.
    pub kind: Kind,
    /// The name as it is shown: in quotation marks, escaped, and cut when it is long.
    pub name: String,
    /// What is wrong, and what would do.
    pub wrong: String,
}

impl NameError {
    pub(super) fn new(kind: Kind, name: &str, wrong: impl Into<String>) -> Self {
        Self {
            kind,
            name: shown(name),
            wrong: wrong.into(),
        }
    }
}

fn shown(name: &str) -> String {
    match name.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{:?}…", &name[..end]),
        None => format!("{name:?}"),
    }
}
