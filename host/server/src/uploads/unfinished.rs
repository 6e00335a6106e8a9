//! A file while it arrives.
//!
//! On Linux it has no name (`O_TMPFILE`): whatever ends this process, the system forgets
//! it. Where the file system has no such files, it has a name that is never served or
//! listed, and is removed when it is given up. A process that is killed leaves it then.

use super::UploadError;
use rustix::fs::{AtFlags, Mode, OFlags, linkat, openat, renameat, unlinkat};
use rustix::io::Errno;
use std::collections::hash_map::RandomState;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::hash::{BuildHasher, Hasher};

/// What names begin with that are never served.
const PREFIX: &str = ".wasm-host-unfinished-";

/// As the process's umask has it.
const MODE: Mode = Mode::from_raw_mode(0o666);

/// How many names are tried, of 64 random bits each.
const ATTEMPTS: u32 = 8;

/// Whether a path leads to a file that is still arriving.
pub(crate) fn has_unfinished_name(path: &[u8]) -> bool {
    // A dot after a slash, or at the start, is rare.
    let mut names = path.split(|&byte| byte == b'/');
    names.any(|name| name.starts_with(PREFIX.as_bytes()))
}

/// A file that is arriving.
#[derive(Debug)]
pub(super) struct Unfinished {
    pub(super) file: File,
    name: Name,
}

/// By what a file is found.
#[derive(Debug)]
enum Name {
    /// By its descriptor alone.
    None,
    /// By a name in a directory, which is removed with this.
    Temporary { directory: File, name: OsString },
}

impl Drop for Name {
    fn drop(&mut self) {
        if let Self::Temporary { directory, name } = self {
            let _ = unlinkat(&*directory, &*name, AtFlags::empty());
        }
    }
}

impl Unfinished {
    /// Makes one in a directory.
    ///
    /// # Errors
    ///
    /// It can't be made there.
    pub(super) fn new(directory: &File) -> Result<Self, UploadError> {
        match nameless(directory) {
            Ok(file) => Ok(Self {
                file,
                name: Name::None,
            }),
            // The file system, or the kernel, has no such files.
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL | Errno::NOENT) => named(directory),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives it a name that nothing else has.
    ///
    /// # Errors
    ///
    /// [`UploadError::Exists`], among others.
    pub(super) fn create(&self, directory: &File, name: &OsStr) -> Result<(), UploadError> {
        match &self.name {
            Name::None => link(&self.file, directory, name)?,
            // What is removed in the end isn't there any more.
            Name::Temporary {
                directory: at,
                name: temporary,
            } => move_to(at, temporary, directory, name)?,
        }
        Ok(())
    }

    /// Gives it the name of a file, in whose place it is from then on.
    ///
    /// # Errors
    ///
    /// It can't have that name.
    pub(super) fn replace(&self, directory: &File, name: &OsStr) -> Result<(), UploadError> {
        if let Name::Temporary {
            directory: at,
            name: temporary,
        } = &self.name
        {
            return Ok(renameat(at, temporary, directory, name)?);
        }
        // Only what has a name can take the place of another.
        let temporary = temporary_name();
        self.create(directory, &temporary)?;
        let renamed = renameat(directory, &temporary, directory, name);
        if renamed.is_err() {
            let _ = unlinkat(directory, &temporary, AtFlags::empty());
        }
        Ok(renamed?)
    }
}

#[cfg(target_os = "linux")]
fn nameless(directory: &File) -> Result<File, Errno> {
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    openat(directory, ".", flags, MODE).map(File::from)
}

#[cfg(not(target_os = "linux"))]
fn nameless(_: &File) -> Result<File, Errno> {
    Err(Errno::OPNOTSUPP)
}

fn named(directory: &File) -> Result<Unfinished, UploadError> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    for _ in 0..ATTEMPTS {
        let name = temporary_name();
        match openat(directory, &name, flags, MODE) {
            Ok(file) => {
                let directory = directory.try_clone()?;
                return Ok(Unfinished {
                    file: file.into(),
                    name: Name::Temporary { directory, name },
                });
            }
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(UploadError::Exists)
}

fn temporary_name() -> OsString {
    let random = RandomState::new().build_hasher().finish();
    format!("{PREFIX}{random:016x}").into()
}

/// Links a file that has no name: by what the system knows its descriptor by, or where
/// there is no such thing, by the descriptor, which takes a privilege in older kernels.
#[cfg(target_os = "linux")]
fn link(file: &File, directory: &File, name: &OsStr) -> Result<(), Errno> {
    use std::os::fd::AsRawFd;
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    let linked = linkat(
        rustix::fs::CWD,
        path,
        directory,
        name,
        AtFlags::SYMLINK_FOLLOW,
    );
    match linked {
        Err(Errno::NOENT | Errno::ACCESS) => linkat(file, "", directory, name, AtFlags::EMPTY_PATH),
        linked => linked,
    }
}

#[cfg(not(target_os = "linux"))]
fn link(_: &File, _: &File, _: &OsStr) -> Result<(), Errno> {
    Err(Errno::OPNOTSUPP)
}

/// Gives a file a name that nothing else has. File systems without nameless files mostly
/// have no second names, either.
#[cfg(target_os = "linux")]
fn move_to(at: &File, temporary: &OsStr, directory: &File, name: &OsStr) -> Result<(), Errno> {
    use rustix::fs::{RenameFlags, renameat_with};
    match renameat_with(at, temporary, directory, name, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS) => {
            linkat(at, temporary, directory, name, AtFlags::empty())
        }
        moved => moved,
    }
}

#[cfg(not(target_os = "linux"))]
fn move_to(at: &File, temporary: &OsStr, directory: &File, name: &OsStr) -> Result<(), Errno> {
    linkat(at, temporary, directory, name, AtFlags::empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write;

    fn names(folder: &tempfile::TempDir) -> Vec<OsString> {
        let entries = fs::read_dir(folder.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect()
    }

    #[test]
    fn with_or_without_a_name_it_is_gone_unless_it_is_finished() {
        for make in [Unfinished::new as fn(&File) -> _, named] {
            let folder = tempfile::tempdir().unwrap();
            let directory = File::open(folder.path()).unwrap();
            let mut given_up = make(&directory).unwrap();
            given_up.file.write_all(b"half").unwrap();
            drop(given_up);
            assert!(names(&folder).is_empty());

            let name = OsStr::new("name");
            let first = make(&directory).unwrap();
            first.create(&directory, name).unwrap();
            let mut second = make(&directory).unwrap();
            second.file.write_all(b"second").unwrap();
            let refused = second.create(&directory, name);
            assert!(matches!(refused, Err(UploadError::Exists)), "{refused:?}");
            second.replace(&directory, name).unwrap();
            drop((first, second));
            assert_eq!(names(&folder), [name]);
            assert_eq!(fs::read(folder.path().join(name)).unwrap(), b"second");
        }
    }

    #[test]
    fn its_name_is_told_from_others() {
        assert!(has_unfinished_name(temporary_name().as_encoded_bytes()));
        assert!(has_unfinished_name(b"a/.wasm-host-unfinished-0/b"));
        assert!(!has_unfinished_name(b"a/.wasm-host/b"));
    }
}
