//! Where there are no workshops: other systems than Linux.

use super::limits::WorkLimits;
use super::outcome::WorkFailure;
use std::ffi::OsString;
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
