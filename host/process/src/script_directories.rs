//! Which files are scripts: those in the directories that the server's owner
//! granted for them.
//!
//! 1. The path is compared with the granted directories as text. One that only
//!    gets there, or out of there, by `..` or empty segments is refused.
//! 2. The granted directory is opened beneath the served one, and the file
//!    beneath the granted directory, by `cap-primitives` (on Linux `openat2(2)`
//!    with `RESOLVE_BENEATH`): no symbolic link leads out of either. So a
//!    granted directory that is itself a link out of the served one is refused,
//!    unlike `http.server`'s: link the other way round, or serve its parent.
//! 3. What was opened is looked at, not what its path leads to by then.
//!
//! Directories are looked for when a script is, so they may come and go while
//! the server runs.

use crate::beneath;
use crate::error::ProcessError;
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

/// The name of a script that is a component ends in this.
const WASM_SUFFIX: &[u8] = b".wasm";

/// Any of the three permissions to execute.
const EXECUTABLE: u32 = 0o111;

/// How much of a program is read to see how to start it: what Linux itself
/// reads of a line with an interpreter.
const HEAD: usize = 256;

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathKind {
    /// A script that may be run.
    Script,
    /// A regular file that may not, as it isn't executable.
    NotExecutable,
    /// A directory.
    Directory,
}

/// A script that may be run.
#[derive(Debug)]
pub struct Program {
    /// Where its file really is, whatever symbolic links led there.
    pub path: PathBuf,
    /// The directory of that file.
    pub directory: PathBuf,
    /// The name that it was asked for by.
    pub name: OsString,
    /// How it runs.
    pub form: Form,
}

/// How a script runs.
#[derive(Debug)]
pub enum Form {
    /// As a program of this machine, whose file begins with these bytes.
    Native {
        /// At most 256 bytes.
        head: Vec<u8>,
    },
    /// As a component, in this file.
    Wasm(File),
}

/// The directories that scripts may be in.
#[derive(Debug)]
pub(crate) struct ScriptDirectories {
    root: File,
    root_path: PathBuf,
    directories: Vec<PathBuf>,
}

impl ScriptDirectories {
    /// Opens the served directory. The granted ones are relative to it.
    ///
    /// # Errors
    ///
    /// It can't be opened, or a granted one isn't beneath it.
    pub(super) fn open(root: &Path, directories: &[PathBuf]) -> Result<Self, ProcessError> {
        let failed = |error| {
            let message = format!("cannot run scripts beneath {}: {error}", root.display());
            ProcessError::Failed(io::Error::other(message))
        };
        Ok(Self {
            root: File::open(root).map_err(failed)?,
            root_path: root.canonicalize().map_err(failed)?,
            directories: directories
                .iter()
                .map(|directory| plain(directory).map_err(failed))
                .collect::<Result<_, _>>()?,
        })
    }

    /// The served directory, without symbolic links.
    pub(super) fn root_path(&self) -> &Path {
        &self.root_path
    }

    /// What a path leads to.
    ///
    /// # Errors
    ///
    /// [`ProcessError::NotFound`], or [`ProcessError::NotPermitted`] for what
    /// is neither beneath a granted directory, nor a file or a directory.
    pub(super) fn look_up(&self, path: &[u8]) -> Result<PathKind, ProcessError> {
        Ok(self.find(path)?.kind)
    }

    /// The script at a path.
    ///
    /// # Errors
    ///
    /// [`ProcessError::NotFound`], or [`ProcessError::NotPermitted`] for what
    /// may not be run.
    pub(super) fn resolve(&self, path: &[u8]) -> Result<Program, ProcessError> {
        let found = self.find(path)?;
        if found.kind != PathKind::Script {
            return Err(ProcessError::NotPermitted);
        }
        let real = self.real_path(&found)?;
        let (Some(directory), Some(name)) = (real.parent(), found.path.file_name()) else {
            return Err(ProcessError::NotPermitted);
        };
        Ok(Program {
            directory: directory.to_owned(),
            name: name.to_owned(),
            form: form(found.file, name).map_err(ProcessError::Failed)?,
            path: real,
        })
    }

    /// Whether a file lies in a granted directory, whatever path led to it.
    pub(super) fn covers(&self, file: &File) -> bool {
        let Some(path) = path_of_descriptor(file) else {
            return false;
        };
        let real = |directory: &PathBuf| self.root_path.join(directory).canonicalize();
        let mut directories = self.directories.iter().filter_map(|it| real(it).ok());
        directories.any(|directory| path.starts_with(directory))
    }

    fn find<'a>(&self, path: &'a [u8]) -> Result<Found<'a>, ProcessError> {
        if path.contains(&0) || !path.split(|&byte| byte == b'/').all(is_plain) {
            return Err(ProcessError::NotPermitted);
        }
        let path = Path::new(OsStr::from_bytes(path));
        let (directory, rest) = self.grant(path).ok_or(ProcessError::NotPermitted)?;
        let directory = beneath::open(&self.root, directory).map_err(refusal)?;
        let file = beneath::open(&directory, rest).map_err(refusal)?;
        let metadata = file.metadata().map_err(ProcessError::Failed)?;
        Ok(Found {
            kind: kind(&metadata, path).ok_or(ProcessError::NotPermitted)?,
            path,
            file,
            metadata,
        })
    }

    /// The innermost granted directory that a path is in, and the rest of the
    /// path.
    fn grant<'a>(&self, path: &'a Path) -> Option<(&Path, &'a Path)> {
        self.directories
            .iter()
            .filter_map(|directory| Some((directory.as_path(), path.strip_prefix(directory).ok()?)))
            .min_by_key(|(_, rest)| rest.as_os_str().len())
    }

    /// The absolute path of a file, without symbolic links.
    fn real_path(&self, found: &Found<'_>) -> Result<PathBuf, ProcessError> {
        if found.metadata.nlink() == 0 {
            return Err(ProcessError::NotFound);
        }
        if let Some(path) = path_of_descriptor(&found.file) {
            return Ok(path);
        }
        let path = self.root_path.join(found.path);
        let path = path.canonicalize().map_err(refusal)?;
        let there = path.metadata().map_err(refusal)?;
        if (there.dev(), there.ino()) != (found.metadata.dev(), found.metadata.ino()) {
            return Err(ProcessError::NotFound);
        }
        Ok(path)
    }
}

/// What was found at a path.
struct Found<'a> {
    path: &'a Path,
    file: File,
    metadata: Metadata,
    kind: PathKind,
}

/// A granted directory's path, of nothing but names.
fn plain(directory: &Path) -> io::Result<PathBuf> {
    directory
        .components()
        .filter(|part| !matches!(part, Component::RootDir | Component::CurDir))
        .map(|part| match part {
            Component::Normal(name) => Ok(name),
            _ => Err(io::Error::other(format!(
                "{} leads out of it; name a directory beneath it",
                directory.display()
            ))),
        })
        .collect()
}

fn is_plain(segment: &[u8]) -> bool {
    !matches!(segment, b"" | b"." | b"..")
}

fn kind(metadata: &Metadata, path: &Path) -> Option<PathKind> {
    if metadata.is_dir() {
        return Some(PathKind::Directory);
    }
    if !metadata.is_file() {
        return None;
    }
    let runs = metadata.permissions().mode() & EXECUTABLE != 0 || is_wasm(path.as_os_str());
    Some(if runs {
        PathKind::Script
    } else {
        PathKind::NotExecutable
    })
}

fn is_wasm(name: &OsStr) -> bool {
    name.as_bytes().ends_with(WASM_SUFFIX)
}

fn form(file: File, name: &OsStr) -> io::Result<Form> {
    if is_wasm(name) {
        return Ok(Form::Wasm(file));
    }
    let mut head = vec![0; HEAD];
    let length = file.read_at(&mut head, 0)?;
    head.truncate(length);
    Ok(Form::Native { head })
}

/// What Linux knows an open file by. None where there is no such thing.
fn path_of_descriptor(file: &File) -> Option<PathBuf> {
    use std::os::fd::AsRawFd;
    if !cfg!(target_os = "linux") {
        return None;
    }
    let link = format!("/proc/self/fd/{}", file.as_raw_fd());
    let path = std::fs::read_link(link).ok()?;
    path.is_absolute().then_some(path)
}

/// Why a file couldn't be opened, for the handler. What `cap-primitives`
/// refuses itself, as leading out of the directory, carries no number of the
/// system's.
fn refusal(error: io::Error) -> ProcessError {
    match Errno::from_io_error(&error) {
        Some(Errno::NOENT | Errno::NOTDIR | Errno::NAMETOOLONG) => ProcessError::NotFound,
        // NXIO is what opening a socket gives.
        Some(Errno::ACCESS | Errno::PERM | Errno::XDEV | Errno::LOOP | Errno::NXIO) => {
            ProcessError::NotPermitted
        }
        None if error.kind() == io::ErrorKind::PermissionDenied => ProcessError::NotPermitted,
        _ => ProcessError::Failed(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;
    use tempfile::TempDir;

    struct Tree {
        root: TempDir,
        grants: ScriptDirectories,
    }

    impl Tree {
        fn new() -> Self {
            let root = tempfile::tempdir().unwrap();
            fs::create_dir_all(root.path().join("cgi-bin/deep")).unwrap();
            let directories = ["cgi-bin", "/a/b/"].map(PathBuf::from);
            let grants = ScriptDirectories::open(root.path(), &directories).unwrap();
            Self { root, grants }
        }

        fn path(&self, path: &str) -> PathBuf {
            self.root.path().canonicalize().unwrap().join(path)
        }

        fn file(&self, path: &str, mode: u32) -> PathBuf {
            let path = self.path(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "#!/bin/sh\n").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            path
        }

        /// What both operations say, in a word.
        fn kind(&self, path: impl AsRef<[u8]>) -> &'static str {
            let path = path.as_ref();
            let resolved = self.grants.resolve(path);
            match self.grants.look_up(path) {
                Ok(PathKind::Script) => {
                    resolved.unwrap();
                    "script"
                }
                Ok(kind) => {
                    assert!(matches!(resolved, Err(ProcessError::NotPermitted)));
                    match kind {
                        PathKind::Directory => "directory",
                        _ => "not executable",
                    }
                }
                Err(ProcessError::NotFound) => {
                    assert!(matches!(resolved, Err(ProcessError::NotFound)));
                    "not found"
                }
                Err(ProcessError::NotPermitted) => {
                    assert!(matches!(resolved, Err(ProcessError::NotPermitted)));
                    "not permitted"
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    #[test]
    fn a_script_is_an_executable_file_or_a_component() {
        let tree = Tree::new();
        let script = tree.file("cgi-bin/deep/run", 0o755);
        tree.file("cgi-bin/text", 0o644);
        tree.file("cgi-bin/hello.wasm", 0o644);
        assert_eq!(tree.kind("cgi-bin/deep/run"), "script");
        assert_eq!(tree.kind("cgi-bin/text"), "not executable");
        assert_eq!(tree.kind("cgi-bin/hello.wasm"), "script");
        assert_eq!(tree.kind("cgi-bin"), "directory");
        assert_eq!(tree.kind("cgi-bin/deep"), "directory");
        assert_eq!(tree.kind("cgi-bin/none"), "not found");
        assert_eq!(tree.kind("cgi-bin/text/more"), "not found");

        let program = tree.grants.resolve(b"cgi-bin/deep/run").unwrap();
        assert_eq!(program.path, script);
        assert_eq!(program.directory, tree.path("cgi-bin/deep"));
        assert_eq!(program.name, "run");
        assert!(matches!(program.form, Form::Native { head } if head == b"#!/bin/sh\n"));
        let component = tree.grants.resolve(b"cgi-bin/hello.wasm").unwrap();
        assert!(matches!(component.form, Form::Wasm(_)));
    }

    #[test]
    fn nothing_elsewhere_is_a_script_however_it_is_spelt() {
        let tree = Tree::new();
        tree.file("cgi-bin/run", 0o755);
        tree.file("outside", 0o755);
        tree.file("cgi-binary", 0o755);
        for path in [
            "",
            "outside",
            "cgi-binary",
            "cgi-bin/",
            "/cgi-bin/run",
            "cgi-bin//run",
            "cgi-bin/./run",
            "cgi-bin/../outside",
            "cgi-bin/deep/../run",
            "./cgi-bin/run",
            "cgi-bin/run/",
            "cgi-bin/run\0",
            "../cgi-bin/run",
        ] {
            assert_eq!(tree.kind(path), "not permitted", "{path:?}");
        }
    }

    #[test]
    fn a_directory_may_be_made_later() {
        let tree = Tree::new();
        assert_eq!(tree.kind("a/b/run"), "not found");
        tree.file("a/b/run", 0o755);
        tree.file("a/run", 0o755);
        assert_eq!(tree.kind("a/b/run"), "script");
        assert_eq!(tree.kind("a/run"), "not permitted");
    }

    #[test]
    fn links_lead_on_but_not_out() {
        let tree = Tree::new();
        let script = tree.file("cgi-bin/deep/run", 0o755);
        let outside = tree.file("outside", 0o755);
        symlink("deep/run", tree.path("cgi-bin/inside")).unwrap();
        symlink("../outside", tree.path("cgi-bin/out")).unwrap();
        symlink(outside, tree.path("cgi-bin/absolute")).unwrap();
        symlink("..", tree.path("cgi-bin/up")).unwrap();
        symlink("circle", tree.path("cgi-bin/circle")).unwrap();
        symlink("nowhere", tree.path("cgi-bin/dangling")).unwrap();
        let program = tree.grants.resolve(b"cgi-bin/inside").unwrap();
        assert_eq!(program.path, script);
        assert_eq!(program.name, "inside");
        for path in ["out", "absolute", "up", "up/outside", "circle"] {
            let path = format!("cgi-bin/{path}");
            assert_eq!(tree.kind(&path), "not permitted", "{path}");
        }
        assert_eq!(tree.kind("cgi-bin/dangling"), "not found");
    }

    #[test]
    fn a_directory_of_scripts_is_no_link_out_either() {
        let tree = Tree::new();
        let other = Tree::new();
        other.file("cgi-bin/run", 0o755);
        fs::create_dir(tree.path("a")).unwrap();
        symlink(other.path("cgi-bin"), tree.path("a/b")).unwrap();
        assert_eq!(tree.kind("a/b/run"), "not permitted");
    }

    #[test]
    fn what_is_no_file_is_no_script() {
        let tree = Tree::new();
        let fifo = tree.path("cgi-bin/fifo");
        let mkfifo = std::process::Command::new("mkfifo").arg(&fifo).status();
        assert!(mkfifo.unwrap().success());
        fs::set_permissions(&fifo, fs::Permissions::from_mode(0o777)).unwrap();
        let socket = std::os::unix::net::UnixListener::bind(tree.path("cgi-bin/socket"));
        assert_eq!(tree.kind("cgi-bin/fifo"), "not permitted");
        assert_eq!(tree.kind("cgi-bin/socket"), "not permitted");
        drop(socket);
    }

    #[test]
    fn names_are_bytes() {
        let tree = Tree::new();
        let name = OsStr::from_bytes(b"cgi-bin/\xff\n");
        fs::write(tree.root.path().join(name), "").unwrap();
        assert_eq!(tree.kind(b"cgi-bin/\xff\n"), "not executable");
    }

    #[test]
    fn a_grant_stays_beneath_the_served_directory() {
        let root = tempfile::tempdir().unwrap();
        let error = ScriptDirectories::open(root.path(), &[PathBuf::from("../etc")]).unwrap_err();
        assert!(error.to_string().contains("../etc leads out"), "{error}");
        let error = ScriptDirectories::open(Path::new("/nonexistent"), &[]).unwrap_err();
        assert!(error.to_string().contains("/nonexistent"), "{error}");
    }
}
