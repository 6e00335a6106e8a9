//! An option that is given in a file or the environment, and what can be wrong with it.

use super::origin::Origin;
use super::value::Value;

/// An option that is given elsewhere than on the command line.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    /// Its name in the code.
    pub(super) id: String,
    /// Its name for people, without dashes.
    pub(super) name: String,
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// What is wrong with options that are given in a file or the environment: a line that
/// begins with the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Problem(pub(super) String);

/// Why there are no options.
#[derive(Debug)]
pub(crate) enum Error {
    /// What clap says of what was typed, its help included.
    Typed(clap::Error),
    /// Something given elsewhere is wrong.
    Elsewhere(Problem),
}
