//! What it takes to start a program, wherever that is done: in this process,
//! or in the spawner's, which gets it as bytes.

use std::ffi::OsStr;
use std::path::Path;

/// A program to start. Its only argument is its own path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order<'a> {
    pub(super) path: &'a Path,
    /// The working directory.
    pub(super) directory: &'a Path,
    /// The whole environment: names and values.
    pub(super) environment: Vec<(&'a OsStr, &'a OsStr)>,
}
