//! Why a script can't be run.

use std::io;

/// Why a script can't be run, or has ended.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// There is no such file.
    #[error("there is no such script")]
    NotFound,
    /// It lies outside the granted directories, isn't a regular file, or isn't
    /// executable.
    #[error("this may not be run as a script")]
    NotPermitted,
    /// As many scripts run as may, and none ended in time.
    #[error(
        "as many scripts run as may, and none ended in time; raise --cgi-max if that is too few"
    )]
    Busy,
    /// Its environment is larger than a program's may be.
    #[error("the request is more than the system lets a script's environment hold")]
    TooLarge,
    /// It can't be started, or its output can't be read.
    #[error("{0}")]
    Failed(#[source] io::Error),
    /// It ran for longer than scripts may, and has been killed.
    #[error(
        "the script ran for longer than it may, and was killed; raise --cgi-timeout if that is too short"
    )]
    TimedOut,
}
