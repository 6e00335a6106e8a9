//! Finds the files of a folder.
//!
//! * What is left out is in [`super::ignores`] and [`super::secrets`].
//! * A symbolic link that stays in the folder is what it leads to. One that leads out is
//!   a fault: what builds a site in CI may be a stranger's pull request, and a link to
//!   `/proc/self/environ` would publish the secrets of the job that deploys it. A link to
//!   something that is left out is left out for the same reason, whatever it is called.
//! * Devices, FIFOs and sockets are faults: reading them may never end.

use super::faults::{ENOUGH, Fault, Faults};
use super::ignores::{IGNORE_FILE, Ignores, Verdict};
use super::secrets::{Why, left_out};
use crate::names::SitePath;
use std::fs::{self, DirEntry, FileType};
use std::path::{Path, PathBuf};

/// How many files and folders are looked at; links between folders can make endlessly
/// many of a few.
const MAX_ENTRIES: usize = 1_000_000;

/// How deep folders are entered; a path with more segments is none that a site can have.
const MAX_DEPTH: usize = 64;

/// A file to deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) path: SitePath,
    /// Where its content is, without symbolic links.
    pub(super) source: PathBuf,
}

/// Something in the folder that isn't deployed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// Relative to the folder; a folder's ends with `/`.
    pub path: String,
    /// Why it was left out.
    pub why: Why,
}

/// The folder's files in the order of their names, and what was left out.
pub(super) fn walk(root: &Path) -> Result<(Vec<Found>, Vec<LeftOut>), Faults> {
    let mut walk = Walk {
        root,
        files: Vec::new(),
        left_out: Vec::new(),
        faults: Vec::new(),
        inside: Vec::new(),
        entries: 0,
    };
    walk.folder(root, "", &Ignores::default());
    if !walk.faults.is_empty() {
        return Err(Faults(walk.faults));
    }
    walk.files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok((walk.files, walk.left_out))
}

struct Walk<'a> {
    /// Without symbolic links.
    root: &'a Path,
    files: Vec<Found>,
    left_out: Vec<LeftOut>,
    faults: Vec<Fault>,
    /// The folders that are being read, each in the one before, without symbolic links.
    inside: Vec<PathBuf>,
    entries: usize,
}

impl Walk<'_> {
    /// Reads the folder `real`, which the site calls `prefix`.
    fn folder(&mut self, real: &Path, prefix: &str, around: &Ignores) {
        if self.inside.len() >= MAX_DEPTH {
            let what = format!("it is more than {MAX_DEPTH} folders deep");
            return self.fault(prefix, what);
        }
        let ignores = match around.and_of(real) {
            Ok(ignores) => ignores,
            Err(what) => return self.fault(&join(prefix, IGNORE_FILE), what),
        };
        let mut entries: Vec<DirEntry> = match fs::read_dir(real).and_then(Iterator::collect) {
            Ok(entries) => entries,
            Err(error) => return self.fault(prefix, format!("it can't be read: {error}")),
        };
        entries.sort_by_key(DirEntry::file_name);
        self.inside.push(real.to_owned());
        for entry in entries {
            self.entries += 1;
            if self.entries > MAX_ENTRIES {
                let what = format!("there are more than {MAX_ENTRIES} files; is this the folder?");
                self.fault(prefix, what);
            }
            if self.faults.len() >= ENOUGH || self.entries > MAX_ENTRIES {
                break;
            }
            self.entry(&entry, prefix, &ignores);
        }
        self.inside.pop();
    }

    fn entry(&mut self, entry: &DirEntry, prefix: &str, ignores: &Ignores) {
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            let path = join(prefix, &name.to_string_lossy());
            return self.fault(&path, "its name isn't UTF-8; rename it");
        };
        let path = join(prefix, name);
        let kind = match entry.file_type() {
            Ok(kind) => kind,
            Err(error) => return self.fault(&path, format!("it can't be read: {error}")),
        };
        if name == IGNORE_FILE {
            return;
        }
        // A link's last letter doesn't tell what it is: a pattern for folders, too, is
        // one for what it leads to.
        let is_folder = kind.is_dir() || (kind.is_symlink() && entry.path().is_dir());
        let verdict = ignores.verdict(&entry.path(), is_folder);
        let why = match verdict {
            Verdict::Ignored => Some(Why::Ignored),
            Verdict::Silent => left_out(name),
            Verdict::Wanted => None,
        };
        if let Some(why) = why {
            return self.leave_out(path, is_folder, why);
        }
        if kind.is_symlink() {
            self.link(&entry.path(), &path, verdict, ignores);
        } else {
            self.take(kind, entry.path(), &path, ignores);
        }
    }

    fn link(&mut self, at: &Path, path: &str, verdict: Verdict, ignores: &Ignores) {
        let real = match at.canonicalize() {
            Ok(real) => real,
            Err(error) => {
                let what = format!("it is a symbolic link that leads nowhere ({error}); remove it");
                return self.fault(path, what);
            }
        };
        let Ok(inside) = real.strip_prefix(self.root) else {
            let what = format!(
                "it is a symbolic link out of the folder, to {}; copy that into the folder, or leave the link out by {IGNORE_FILE}",
                real.display()
            );
            return self.fault(path, what);
        };
        let secret = inside
            .iter()
            .find_map(|name| left_out(&name.to_string_lossy()));
        let hidden = ignores.hide(&real).then_some(Why::Ignored).or(secret);
        if let (Some(why), Verdict::Silent) = (hidden, verdict) {
            return self.leave_out(path.to_owned(), real.is_dir(), why);
        }
        if self.inside.contains(&real) {
            return self.fault(
                path,
                "it is a symbolic link to a folder that it is in; remove it",
            );
        }
        match fs::symlink_metadata(&real) {
            Ok(found) => self.take(found.file_type(), real, path, ignores),
            Err(error) => self.fault(path, format!("it can't be read: {error}")),
        }
    }

    fn take(&mut self, kind: FileType, real: PathBuf, path: &str, ignores: &Ignores) {
        if kind.is_dir() {
            return self.folder(&real, path, ignores);
        }
        if !kind.is_file() {
            let what = "it is neither a file nor a folder nor a symbolic link; remove it";
            return self.fault(path, what);
        }
        match path.parse::<SitePath>() {
            Ok(name) => self.files.push(Found {
                path: name,
                source: real,
            }),
            Err(error) => self.fault(
                path,
                format!("it can't be deployed under that name: {}", error.wrong),
            ),
        }
    }

    fn leave_out(&mut self, path: String, is_folder: bool, why: Why) {
        let path = if is_folder { path + "/" } else { path };
        self.left_out.push(LeftOut { path, why });
    }

    fn fault(&mut self, path: &str, what: impl Into<String>) {
        let path = if path.is_empty() { "." } else { path }.to_owned();
        let what = what.into();
        self.faults.push(Fault { path, what });
    }
}

fn join(prefix: &str, name: &str) -> String {
    match prefix {
        "" => name.to_owned(),
        _ => format!("{prefix}/{name}"),
    }
}
