//! Why something can't be granted.

use std::io;
use std::path::PathBuf;

/// Why something can't be granted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GrantError {
    /// The directory can't be served.
    #[error("cannot serve {}: {source}; give a readable directory", path.display())]
    Served {
        /// The directory as given.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The directory can't be opened.
    #[error("cannot grant {}: {source}; give a readable directory", path.display())]
    Directory {
        /// The directory as given.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The process has as many files open as it may.
    #[error("cannot open {}: {source}; raise `ulimit -n`", path.display())]
    OpenFiles {
        /// The directory as given.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Two directories would be at the same path.
    #[error(
        "cannot grant {} as {guest}: the handler has {} there; give another path",
        path.display(), other.display()
    )]
    SameGuestPath {
        /// The directory as given.
        path: PathBuf,
        /// Its path in the handler.
        guest: String,
        /// The directory that is there already.
        other: PathBuf,
    },
    /// The handler could write what runs outside of its sandbox.
    #[error(
        "cannot grant {}, read and write: the handler could leave its sandbox by {what}, {}; grant a directory apart from it, or this one read-only",
        path.display(), replaceable.display()
    )]
    Replaceable {
        /// The directory as given.
        path: PathBuf,
        /// What the server runs.
        what: &'static str,
        /// Where that is.
        replaceable: PathBuf,
    },
    /// No variable can have this name or value.
    #[error(
        "cannot grant the environment variable {0:?}: a name has no = and isn't empty, and neither it nor the value has a NUL"
    )]
    Variable(String),
    /// No argument can be this.
    #[error("cannot grant the argument {0:?}: an argument has no NUL")]
    Argument(String),
}
