//! A Unix socket's file: made with its permissions, in place of one that a server left
//! behind, and removed at the end.
//!
//! 1. While this process looks at the path and takes it, no other server that does the
//!    same can: it has the directory locked.
//! 2. What is there is replaced only if it is a socket at which nobody listens.
//! 3. The file is made, and gets its permissions and its owner.
//! 4. It listens, from here on: before that nobody could connect, whoever may, and after
//!    that no other server takes it for one that was left behind. Who connects waits
//!    until the component is loaded.

mod file;
mod keeper;
mod keeping;
mod lock;

pub(crate) use file::SocketFile;
pub use keeping::run_socket_keeper;

use super::backlog::BACKLOG;
use crate::error::Error;
use file::open_directory;
use lock::lock;
use rustix::fs::{AtFlags, FileType, Mode, RawMode, fchmod, statat, unlinkat};
use rustix::io::Errno;
use socket2::{Domain, SockAddr, Socket, Type};
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use wasm_host_process::Owner;

/// Who may connect where nothing else is said: the owner, and the group.
const USUAL_MODE: u32 = 0o660;

/// The permissions that are a socket's: whoever may write may connect.
const ALL: u32 = 0o777;

/// A Unix socket to listen on.
///
/// ```
/// use wasm_host_server::UnixSocket;
///
/// let socket: UnixSocket = "/run/site/http.sock".parse()?;
/// let socket = socket.mode(0o600);
/// # let _ = socket;
/// # Ok::<(), wasm_host_server::UnixSocketError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnixSocket {
    path: PathBuf,
    mode: u32,
    owner: Option<Owner>,
}

/// Why a path is none for a [`UnixSocket`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnixSocketError {
    /// It doesn't end in a file's name.
    #[error(
        "{0:?} is no path of a socket; give a file in a directory, such as /run/site/http.sock"
    )]
    NoFile(PathBuf),
    /// The system has no room for it.
    #[error(
        "the path of a socket has at most {max} bytes, and {path:?} has {length}; give a shorter one, such as one from the working directory on"
    )]
    TooLong {
        /// The path.
        path: PathBuf,
        /// Its length in bytes.
        length: usize,
        /// The most that there may be.
        max: usize,
    },
    /// It has no file, and so no permissions.
    #[error(
        "{0:?} would be an abstract socket, to which every user of this machine could connect; give a path (./@name for a file of that name)"
    )]
    Abstract(PathBuf),
}

/// The file of a Unix socket that is listened on, removed when this is dropped.
#[derive(Debug)]
pub struct UnixSocketFile(#[expect(dead_code, reason = "it is there to be dropped")] SocketFile);

impl FromStr for UnixSocket {
    type Err = UnixSocketError;

    fn from_str(path: &str) -> Result<Self, UnixSocketError> {
        Self::at(path)
    }
}

impl UnixSocket {
    /// At a path, from the working directory on if it is relative: for its owner and its
    /// group (mode 660), which are this process's.
    ///
    /// # Errors
    ///
    /// No socket can be there.
    pub fn at(path: impl Into<PathBuf>) -> Result<Self, UnixSocketError> {
        let path = path.into();
        let bytes = path.as_os_str().as_encoded_bytes();
        if bytes.starts_with(b"@") {
            return Err(UnixSocketError::Abstract(path));
        }
        if path.file_name().is_none() || bytes.ends_with(b"/") || bytes.contains(&0) {
            return Err(UnixSocketError::NoFile(path));
        }
        if SockAddr::unix(&path).is_err() {
            return Err(UnixSocketError::TooLong {
                length: bytes.len(),
                max: longest_path(),
                path,
            });
        }
        Ok(Self {
            path,
            mode: USUAL_MODE,
            owner: None,
        })
    }

    /// Its permissions, as of chmod(1): who may write may connect. Default: 660.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = mode & ALL;
        self
    }

    /// Whose file it becomes. Default: this process's user and group.
    #[must_use]
    pub fn owner(mut self, owner: Owner) -> Self {
        self.owner = Some(owner);
        self
    }

    /// Makes it, and listens, for what isn't a server of this library. The file is removed
    /// when [`UnixSocketFile`] is dropped; where this process can't do it then, by the one
    /// that the command `keeper` starts, which calls [`run_socket_keeper`].
    ///
    /// # Errors
    ///
    /// The system refuses it, or there is something else.
    pub fn listen(&self, keeper: &[OsString]) -> Result<(UnixListener, UnixSocketFile), Error> {
        let (socket, file) = self.bind(keeper)?;
        Ok((
            UnixListener::from(OwnedFd::from(socket)),
            UnixSocketFile(file),
        ))
    }

    /// Makes it, and listens. The file is removed by the process that this command starts,
    /// where this one can't.
    pub(super) fn bind(&self, keeper: &[OsString]) -> Result<(Socket, SocketFile), Error> {
        self.make(keeper).map_err(|reason| Error::UnixSocket {
            path: self.path.clone(),
            reason,
        })
    }

    fn make(&self, keeper: &[OsString]) -> Result<(Socket, SocketFile), String> {
        let (directory, name) = self.place()?;
        let _locked = lock(self.parent())?;
        self.make_room(&directory, &name)?;
        let failed = |error: io::Error| error.to_string();
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None).map_err(failed)?;
        // What the file is made with, less what the umask forbids. Not every system lets
        // it be said in advance.
        let _ = fchmod(&socket, Mode::from_raw_mode(self.mode_bits()));
        let address = SockAddr::unix(&self.path).map_err(failed)?;
        socket.bind(&address).map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => format!(
                "permission denied; give a path in a directory that you may write to, {} isn't one",
                self.parent().display()
            ),
            _ => error.to_string(),
        })?;
        let mut file = SocketFile::find(directory, name).map_err(failed)?;
        file.set_mode(self.mode_bits())
            .map_err(|error| format!("its permissions can't be set: {error}"))?;
        if let Some(owner) = &self.owner {
            file.set_owner(owner).map_err(|error| {
                format!("it can't be given to {owner}: {error}; only root can give files to other users, and others to groups of theirs")
            })?;
        }
        if !keeper.is_empty() {
            let kept = file.keep_by(keeper, &self.path);
            kept.map_err(|error| format!("nobody could remove it at the end: {error}"))?;
        }
        socket.listen(BACKLOG).map_err(failed)?;
        Ok((socket, file))
    }

    fn mode_bits(&self) -> RawMode {
        self.mode as RawMode
    }

    /// The directory that it is in.
    fn parent(&self) -> &Path {
        match self.path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        }
    }

    /// The directory, and its name in there.
    fn place(&self) -> Result<(OwnedFd, OsString), String> {
        let parent = self.parent();
        let directory = open_directory(parent).map_err(|error| match error {
            Errno::NOENT => format!("there is no directory {}; make it first", parent.display()),
            Errno::NOTDIR => format!("{} is no directory", parent.display()),
            error => format!("{}: {error}", parent.display()),
        })?;
        Ok((
            directory,
            self.path.file_name().unwrap_or_default().to_owned(),
        ))
    }

    /// Removes a socket at which nobody listens.
    fn make_room(&self, directory: &OwnedFd, name: &OsString) -> Result<(), String> {
        let there = match statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => return Ok(()),
            there => there.map_err(|error| error.to_string())?,
        };
        if FileType::from_raw_mode(there.st_mode) != FileType::Socket {
            return Err(
                "there is a file that is no socket; give another path, or remove it yourself"
                    .to_owned(),
            );
        }
        match self.connect() {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                unlinkat(directory, name, AtFlags::empty()).map_err(|error| {
                    format!("a socket that nobody listens at is there, and can't be removed: {error}")
                })
            }
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(
                "a socket is there, and whether somebody listens can't be seen: permission denied; give another path, or remove it yourself".to_owned(),
            ),
            // A queue that is full is somebody's (EAGAIN); so is a socket of another kind.
            _ => Err("somebody listens there; stop that server first, or give another path".to_owned()),
        }
    }

    /// Whether somebody listens.
    fn connect(&self) -> io::Result<()> {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        socket.connect(&SockAddr::unix(&self.path)?)
    }
}

/// The longest path that a socket may have, in bytes.
fn longest_path() -> usize {
    let fits = |length: &usize| SockAddr::unix("x".repeat(*length)).is_ok();
    (1..256).take_while(fits).last().unwrap_or_default()
}

#[cfg(test)]
mod tests;
