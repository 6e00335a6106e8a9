//! Where there are no workshops: other systems than Linux.

use super::limits::WorkLimits;
use super::outcome::WorkFailure;
use std::ffi::OsString;
use std::fs::File;
use std::io;

/// Nothing that this system has.
#[derive(Debug)]
pub enum Workshop {}

impl Workshop {
    /// # Errors
    ///
    /// Always.
    pub fn new(_: Vec<OsString>) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// # Errors
    ///
    /// Always.
    pub fn open(_: &[OsString]) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// # Errors
    ///
    /// Never, as there is none.
    pub fn work(&self, _: &str, _: WorkLimits, _: &[u8]) -> Result<Vec<u8>, WorkFailure> {
        match *self {}
    }
}

/// Runs this process as what a workshop's command has started, where there are any.
///
/// # Errors
///
/// Always.
pub fn run_workshop(
    _confine: impl FnOnce(),
    _work: impl FnOnce(&str, Vec<u8>, &mut File) -> io::Result<()>,
) -> io::Result<()> {
    Err(io::Error::other(
        "no process compiles for another on this system",
    ))
}
