//! Folders take a name that is free, or change names with another: on Linux each in one
//! step (renameat2(2)), elsewhere in steps that a kill may come between, after which a tree
//! is made again.

use std::io;
use std::path::Path;

/// Gives a folder a name. Returns whether it has it: not if something else has.
#[cfg(target_os = "linux")]
pub(super) fn take_name(folder: &Path, name: &Path) -> io::Result<bool> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, folder, CWD, name, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(true),
        Err(Errno::EXIST) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The same elsewhere: a folder that isn't empty isn't replaced.
#[cfg(not(target_os = "linux"))]
pub(super) fn take_name(folder: &Path, name: &Path) -> io::Result<bool> {
    match std::fs::rename(folder, name) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(false),
        Err(error) => Err(error),
    }
}

/// Has two folders change names.
#[cfg(target_os = "linux")]
pub(super) fn swap(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

/// The same elsewhere.
#[cfg(not(target_os = "linux"))]
pub(super) fn swap(one: &Path, other: &Path) -> io::Result<()> {
    let aside = one.with_extension("aside");
    std::fs::rename(other, &aside)?;
    std::fs::rename(one, other)?;
    std::fs::rename(aside, one)
}
