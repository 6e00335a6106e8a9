//! Where a file is to be: a path of a client's choice, beneath the served directory.
//!
//! 1. As text it is names alone: nothing upward, nothing hidden, no control characters,
//!    and not within a directory of scripts, whether or not that is there.
//! 2. What is there of the directories above is opened beneath the served one
//!    (`openat2(2)`, `RESOLVE_BENEATH`), and looked at: no link leads out, nor to scripts,
//!    nor to what else the server runs or reads.
//! 3. What isn't there is made when the file is finished.

use super::{UploadError, Uploads};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, mkdirat, openat, statat};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use wasm_host_process::beneath;

/// The longest name that Linux's file systems take.
const MAX_NAME: usize = 255;

/// The longest path that Linux takes in one call (`PATH_MAX`).
const MAX_PATH: usize = 4095;

/// The place of a file.
#[derive(Debug)]
pub(super) struct Place {
    /// The innermost directory above that is there.
    pub(super) directory: File,
    /// Those that aren't, from the outermost on.
    missing: Vec<OsString>,
    pub(super) name: OsString,
}

/// What is at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occupant {
    Nothing,
    /// A file, and how much room there is when it has gone.
    File(u64),
    SomethingElse,
}

impl Uploads {
    /// # Errors
    ///
    /// No file may be there.
    pub(super) fn place(&self, path: &[u8]) -> Result<Place, UploadError> {
        check_text(path)?;
        let path = Path::new(OsStr::from_bytes(path));
        if self.is_of_scripts(path) {
            return Err(UploadError::NotPermitted);
        }
        let name = path.file_name().ok_or(UploadError::BadName)?.to_owned();
        let mut above = path.parent().unwrap_or(Path::new(""));
        let mut missing = Vec::new();
        let directory = loop {
            match beneath::open(&self.root, above) {
                Ok(directory) => break directory,
                Err(error) if is_absent(&error) && !above.as_os_str().is_empty() => {
                    missing.extend(above.file_name().map(OsStr::to_owned));
                    above = above.parent().unwrap_or(Path::new(""));
                }
                Err(error) => return Err(error.into()),
            }
        };
        missing.reverse();
        if !directory.metadata()?.is_dir() {
            return Err(UploadError::InTheWay);
        }
        if self.is_protected(&directory, &name) {
            return Err(UploadError::NotPermitted);
        }
        Ok(Place {
            directory,
            missing,
            name,
        })
    }

    /// Whether a path is that of a directory of scripts, or in one. Without regard to
    /// case, as some file systems have it.
    fn is_of_scripts(&self, path: &Path) -> bool {
        let names = |path: &Path| -> Vec<Vec<u8>> {
            let names = path.components();
            names
                .map(|name| name.as_os_str().as_bytes().to_ascii_lowercase())
                .collect()
        };
        let path = names(path);
        let mut directories = self.protected.scripts.iter();
        directories.any(|directory| path.starts_with(&names(directory)))
    }

    /// Whether an open directory lies where nothing is taken, or the name in it does.
    fn is_protected(&self, directory: &File, name: &OsStr) -> bool {
        let Some(real) = path_of_descriptor(directory) else {
            return !self.protected.paths.is_empty();
        };
        let file = real.join(name);
        let mut kept = self
            .protected
            .paths
            .iter()
            .filter_map(|path| path.canonicalize().ok());
        kept.any(|kept| file.starts_with(kept))
    }
}

impl Place {
    /// What is there now, if that may be a file at all.
    pub(super) fn occupant(&self) -> Result<Occupant, UploadError> {
        if self.missing.is_empty() {
            occupant(&self.directory, &self.name)
        } else {
            Ok(Occupant::Nothing)
        }
    }

    /// How many directories have to be made.
    pub(super) fn missing(&self) -> u64 {
        self.missing.len() as u64
    }

    /// Makes the directories that aren't there. Others may have made them meanwhile, and
    /// put a link in their place, which isn't followed.
    pub(super) fn make_directories(&self) -> Result<File, UploadError> {
        let mut directory = self.directory.try_clone()?;
        for name in &self.missing {
            match mkdirat(&directory, name, Mode::from_raw_mode(0o777)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            directory = File::from(openat(&directory, name, flags, Mode::empty())?);
        }
        Ok(directory)
    }
}

/// What a name in a directory stands for.
pub(super) fn occupant(directory: &File, name: &OsStr) -> Result<Occupant, UploadError> {
    match statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) if is_file(&stat) => {
            // With another name, its content stays.
            let is_only_one = stat.st_nlink == 1;
            let size = u64::try_from(stat.st_size).unwrap_or(0);
            Ok(Occupant::File(if is_only_one { size } else { 0 }))
        }
        Ok(_) => Ok(Occupant::SomethingElse),
        Err(Errno::NOENT) => Ok(Occupant::Nothing),
        Err(error) => Err(error.into()),
    }
}

/// What Linux knows an open file by, without links. None where there is no such thing.
fn path_of_descriptor(file: &File) -> Option<PathBuf> {
    let link = format!("/proc/self/fd/{}", file.as_raw_fd());
    let path = std::fs::read_link(link).ok()?;
    path.is_absolute().then_some(path)
}

fn is_file(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode).is_file()
}

fn is_absent(error: &io::Error) -> bool {
    Errno::from_io_error(error) == Some(Errno::NOENT)
}

fn check_text(path: &[u8]) -> Result<(), UploadError> {
    if path.is_empty() || path.len() > MAX_PATH {
        return Err(UploadError::BadName);
    }
    for name in path.split(|&byte| byte == b'/') {
        let is_name = !matches!(name, b"" | b"." | b"..") && name.len() <= MAX_NAME;
        if !is_name || has_control(name) {
            return Err(UploadError::BadName);
        }
        if name.starts_with(b".") {
            return Err(UploadError::HiddenName);
        }
    }
    Ok(())
}

/// Whether a name has a character that a terminal would obey, or that ends a line in a
/// listing.
fn has_control(name: &[u8]) -> bool {
    let mut chunks = name.utf8_chunks();
    chunks.any(|chunk| chunk.valid().chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::super::{Protected, UploadOptions};
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_path_is_names_alone() {
        let long = "n".repeat(MAX_NAME + 1);
        for path in [
            "",
            "/",
            "/a",
            "a/",
            "a//b",
            ".",
            "..",
            "../a",
            "a/../b",
            "a/./b",
            "a\0b",
            "a\nb",
            "a\u{85}b",
            &long,
            &"a/".repeat(MAX_PATH),
        ] {
            let checked = check_text(path.as_bytes());
            assert!(matches!(checked, Err(UploadError::BadName)), "{path:?}");
        }
        for path in [".a", ".git/config", "a/.b/c"] {
            let checked = check_text(path.as_bytes());
            assert!(matches!(checked, Err(UploadError::HiddenName)), "{path}");
        }
        for path in ["a", "a/b.txt", "a b", "é", "a:b", "-rf", "a..b"] {
            assert!(check_text(path.as_bytes()).is_ok(), "{path}");
        }
        assert!(check_text(b"not-utf8-\xff").is_ok());
    }

    #[test]
    fn a_place_is_beneath_the_directory_and_apart_from_scripts() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        fs::create_dir_all(root.join("there")).unwrap();
        fs::write(root.join("file"), "").unwrap();
        symlink("..", root.join("out")).unwrap();
        symlink("there", root.join("link")).unwrap();
        let options = UploadOptions::default();
        fs::create_dir(root.join("run")).unwrap();
        symlink("run", root.join("link-run")).unwrap();
        let protected = Protected {
            scripts: vec!["cgi-bin".into()],
            paths: vec![
                root.join("run"),
                root.join("handler.wasm"),
                root.join("absent"),
            ],
        };
        fs::write(root.join("handler.wasm"), "").unwrap();
        let uploads = Uploads::open(&root, options, protected).unwrap();
        for path in [
            "out/x",
            "cgi-bin",
            "cgi-bin/x",
            "CGI-BIN/a/b",
            "run/x",
            "link-run/new/x",
            "handler.wasm",
        ] {
            let place = uploads.place(path.as_bytes());
            assert!(matches!(place, Err(UploadError::NotPermitted)), "{path}");
        }
        let place = uploads.place(b"file/x");
        assert!(matches!(place, Err(UploadError::InTheWay)), "{place:?}");
        let place = uploads.place(b"link/new/newer/x").unwrap();
        assert_eq!(
            (place.missing(), place.name.as_os_str()),
            (2, OsStr::new("x"))
        );
        assert!(place.make_directories().is_ok());
        assert!(root.join("there/new/newer").is_dir());
        let place = uploads.place(b"link").unwrap();
        assert_eq!(place.occupant().unwrap(), Occupant::SomethingElse);
    }
}
