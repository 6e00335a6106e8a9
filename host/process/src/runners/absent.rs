//! Where there are no runners: other systems than Linux.

use super::bounds::RunnerBounds;
use std::ffi::OsString;
use std::io;
use std::os::unix::net::UnixStream;

/// Nothing that this system has.
#[derive(Debug)]
pub enum RunnerSpawner {}

/// Nothing that this system has.
#[derive(Debug)]
pub struct Runner {
    /// What it is told.
    pub orders: UnixStream,
    /// What it says.
    pub said: UnixStream,
    /// Closed when it has ended.
    pub life: UnixStream,
}

impl RunnerSpawner {
    /// # Errors
    ///
    /// Always.
    pub fn open(_: &[OsString], _: &[OsString]) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// # Errors
    ///
    /// Never, as there is none.
    pub fn start(&self, _: RunnerBounds) -> io::Result<Runner> {
        match *self {}
    }
}

/// Starts runners, where there are any.
///
/// # Errors
///
/// Always.
pub fn run_runner_spawner() -> io::Result<()> {
    Err(io::Error::other("there are no runners on this system"))
}
