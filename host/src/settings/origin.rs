//! Where an option was given.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

/// Where an option was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    CommandLine,
    /// The environment variable of this name.
    Variable(String),
    /// The line of a file, from 1.
    File {
        path: PathBuf,
        line: usize,
    },
    /// Nowhere.
    Default,
}

/// `/etc/site.toml:3`, without what would end a line.
impl Display for Origin {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine => formatter.write_str("command line"),
            Self::Variable(name) => write!(formatter, "environment, {name}"),
            Self::File { path, line } => {
                let path = path.display().to_string();
                let path = path.replace(char::is_control, "\u{fffd}");
                write!(formatter, "{path}:{line}")
            }
            Self::Default => formatter.write_str("default"),
        }
    }
}
