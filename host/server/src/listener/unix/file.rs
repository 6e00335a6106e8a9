//! A socket's file, by its identity and not by its name alone: what is at the name may be
//! another's by now.

use super::keeper::Keeper;
use rustix::fs::{
    AtFlags, FileType, Gid, Mode, OFlags, RawMode, Uid, chownat, open, statat, unlinkat,
};
use rustix::io::Errno;
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use wasm_host_process::Owner;

/// A directory, as long as no more of it is needed than a name in it.
#[cfg(target_os = "linux")]
const DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(target_os = "linux"))]
const DIRECTORY: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);

/// Opens the directory of a socket.
pub(super) fn open_directory(path: &Path) -> Result<OwnedFd, Errno> {
    open(path, DIRECTORY, Mode::empty())
}

/// A socket's file that this process has made. Removed when it is dropped, if it is
/// still the one.
#[derive(Debug)]
pub(crate) struct SocketFile {
    directory: OwnedFd,
    name: OsString,
    identity: (u64, u64),
    /// The file itself. As long as it is open, no other has its number.
    #[cfg(target_os = "linux")]
    file: OwnedFd,
    /// Who removes it where this process can't.
    keeper: Option<Keeper>,
}

impl SocketFile {
    /// The socket that is there.
    ///
    /// # Errors
    ///
    /// There is none.
    pub(super) fn find(directory: OwnedFd, name: OsString) -> io::Result<Self> {
        let identity = identity(&directory, &name)?;
        #[cfg(target_os = "linux")]
        let file = open_socket(&directory, &name, identity)?;
        Ok(Self {
            directory,
            name,
            identity,
            #[cfg(target_os = "linux")]
            file,
            keeper: None,
        })
    }

    /// The one that another process has made.
    ///
    /// # Errors
    ///
    /// It isn't there any more.
    pub(super) fn reopen(path: &Path, identity: (u64, u64)) -> io::Result<Self> {
        let parent = path.parent().unwrap_or(Path::new("/"));
        let name = path.file_name().unwrap_or_default().to_owned();
        let directory = open_directory(parent)?;
        if self::identity(&directory, &name)? != identity {
            return Err(replaced());
        }
        Self::find(directory, name)
    }

    /// Has another process remove it at the end, by a program and its arguments.
    ///
    /// # Errors
    ///
    /// That can't be started.
    pub(super) fn keep_by(&mut self, command: &[OsString], path: &Path) -> io::Result<()> {
        self.keeper = Some(Keeper::start(command, path, self.identity)?);
        Ok(())
    }

    /// By the file that is open, as what is at its name may be another by now, or a link
    /// to one.
    #[cfg(target_os = "linux")]
    pub(super) fn set_mode(&self, mode: RawMode) -> io::Result<()> {
        use std::os::fd::AsRawFd;
        let path = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        Ok(rustix::fs::chmod(path, Mode::from_raw_mode(mode))?)
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn set_mode(&self, mode: RawMode) -> io::Result<()> {
        let mode = Mode::from_raw_mode(mode);
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        Ok(rustix::fs::chmodat(
            &self.directory,
            &self.name,
            mode,
            flags,
        )?)
    }

    pub(super) fn set_owner(&self, owner: &Owner) -> io::Result<()> {
        let user = owner.user().map(Uid::from_raw);
        let group = owner.group().map(Gid::from_raw);
        #[cfg(target_os = "linux")]
        chownat(&self.file, "", user, group, AtFlags::EMPTY_PATH)?;
        #[cfg(not(target_os = "linux"))]
        chownat(
            &self.directory,
            &self.name,
            user,
            group,
            AtFlags::SYMLINK_NOFOLLOW,
        )?;
        Ok(())
    }

    /// Removes it, if it is still the one.
    ///
    /// # Errors
    ///
    /// It is there, and this process may not.
    pub(super) fn remove(&self) -> io::Result<()> {
        let is_ours = identity(&self.directory, &self.name).is_ok_and(|it| it == self.identity);
        if !is_ours {
            return Ok(());
        }
        match unlinkat(&self.directory, &self.name, AtFlags::empty()) {
            Err(Errno::NOENT) => Ok(()),
            removed => Ok(removed?),
        }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        match self.remove() {
            Err(error) if self.keeper.is_none() => {
                tracing::debug!("the Unix socket's file stays: {error}");
            }
            _ => {}
        }
    }
}

/// The device and number of a socket's file.
fn identity(directory: &OwnedFd, name: &OsString) -> io::Result<(u64, u64)> {
    let stat = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::Socket {
        return Err(replaced());
    }
    #[allow(
        clippy::unnecessary_cast,
        reason = "they aren't so wide on every system"
    )]
    Ok((stat.st_dev as u64, stat.st_ino as u64))
}

#[cfg(target_os = "linux")]
fn open_socket(directory: &OwnedFd, name: &OsString, identity: (u64, u64)) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(directory, name, flags, Mode::empty())?;
    let stat = rustix::fs::fstat(&file)?;
    if (stat.st_dev, stat.st_ino) == identity {
        Ok(file)
    } else {
        Err(replaced())
    }
}

fn replaced() -> io::Error {
    io::Error::other("another file took its place")
}
