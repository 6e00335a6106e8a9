//! Removes a socket's file when the server has gone, however that was.
//!
//! The server itself can't once it is locked down, nor as another user in a directory of
//! root's: it would have to keep the right to remove whatever else is there. So this same
//! program is started once more, before that is given up, and waits for the end of a pipe
//! whose other end the server has. It reads nothing else.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};

/// The process's end of the pipe. Dropping it has the file removed.
#[derive(Debug)]
pub(super) struct Keeper(#[allow(dead_code, reason = "it is there to be dropped")] ChildStdin);

impl Keeper {
    /// Starts the process, by a program and its arguments.
    ///
    /// # Errors
    ///
    /// It can't be started.
    pub(super) fn start(
        command: &[OsString],
        path: &Path,
        (device, number): (u64, u64),
    ) -> io::Result<Self> {
        let [program, arguments @ ..] = command else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let mut child = Command::new(program)
            .args(arguments)
            .arg(std::path::absolute(path)?)
            .args([device.to_string(), number.to_string()])
            .current_dir("/")
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A terminal's signals are for the server.
            .process_group(0)
            .spawn()?;
        let pipe = child.stdin.take();
        pipe.map(Self)
            .ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }
}
