//! The folder of a store, and what is in it that isn't an object.
//!
//! Below `local` is what belongs to this one server: a lock, uploads that aren't whole,
//! trees of links to blobs, and what is being written. None of it is part of what the
//! store knows. All of it can be made again, or can be missed, but for the secrets of
//! projects, which are there, too (`crate::secrets`).

use super::durable::{make_folder, sync_folder};
use super::error::OpenError;
use crate::digest::Digest;
use crate::names::{DeployId, ProjectName};
use rustix::process::geteuid;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The folder of a store, which this server holds.
#[derive(Debug)]
pub(super) struct Place {
    root: PathBuf,
    /// How many things were discarded.
    discarded: AtomicU64,
    _lock: Lock,
}

impl Place {
    /// Makes the folder, if there is none, and has it for this server alone.
    pub(super) fn take(root: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Io {
            path: root.to_path_buf(),
            source,
        };
        let made = DirBuilder::new().recursive(true).mode(0o700).create(root);
        made.map_err(failed)?;
        let root = root.canonicalize().map_err(failed)?;
        check_safe(&root)?;
        check_ours(&root)?;
        let local = root.join("local");
        make_folder(&local).map_err(failed)?;
        let lock = Lock::take(&local.join("lock")).map_err(failed)?;
        let Some(_lock) = lock else {
            return Err(OpenError::Locked { path: root });
        };
        Ok(Self {
            root,
            discarded: AtomicU64::new(0),
            _lock,
        })
    }

    /// Makes what is local, and removes what a killed server was writing or removing. Takes
    /// no space on the disk where all is there, which may be full.
    pub(super) fn clear(&self) -> io::Result<()> {
        for folder in [self.uploads(), self.trees(), self.fresh()] {
            make_folder(&folder)?;
        }
        for entry in fs::read_dir(self.fresh())? {
            remove_all(&entry?.path())?;
        }
        Ok(())
    }

    /// Takes a folder or file away at once, and then removes what is in it. False: there
    /// was none.
    ///
    /// To make room on a full disk, it doesn't take any.
    pub(super) fn discard(&self, path: &Path) -> io::Result<bool> {
        let number = self.discarded.fetch_add(1, Ordering::Relaxed);
        let away = self.fresh().join(format!("removed-{number}"));
        match fs::rename(path, &away) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        }
        if let Some(folder) = path.parent() {
            sync_folder(folder)?;
        }
        remove_all(&away)?;
        Ok(true)
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    fn local(&self) -> PathBuf {
        self.root.join("local")
    }

    /// Where files and trees are written first.
    pub(super) fn fresh(&self) -> PathBuf {
        self.local().join("new")
    }

    pub(super) fn trees(&self) -> PathBuf {
        self.local().join("trees")
    }

    pub(super) fn tree(&self, id: &DeployId) -> PathBuf {
        self.trees().join(id.as_str())
    }

    /// Where uploads of all projects are.
    pub(super) fn uploads(&self) -> PathBuf {
        self.local().join("uploads")
    }

    pub(super) fn uploads_of(&self, project: &ProjectName) -> PathBuf {
        self.uploads().join(project.as_str())
    }

    /// What came of a blob.
    pub(super) fn upload(&self, project: &ProjectName, digest: Digest) -> PathBuf {
        self.uploads_of(project).join(digest.to_string())
    }

    /// Everything that a project has.
    pub(super) fn project(&self, project: &ProjectName) -> PathBuf {
        self.root.join("projects").join(project.as_str())
    }

    /// The blobs of a project, in folders by their first two digits.
    pub(super) fn blobs(&self, project: &ProjectName) -> PathBuf {
        self.project(project).join("blobs")
    }

    pub(super) fn blob(&self, project: &ProjectName, digest: Digest) -> PathBuf {
        let name = digest.to_string();
        self.blobs(project).join(&name[..2]).join(name)
    }
}

fn remove_all(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path)?.is_dir() {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    }
}

/// Whoever can write to it decides what all sites serve.
fn check_safe(root: &Path) -> Result<(), OpenError> {
    let path = root.to_path_buf();
    let about = match fs::metadata(root) {
        Ok(about) => about,
        Err(source) => return Err(OpenError::Io { path, source }),
    };
    let owned = [0, geteuid().as_raw()].contains(&about.uid());
    match owned && about.mode() & 0o002 == 0 {
        true => Ok(()),
        false => Err(OpenError::Open { path }),
    }
}

/// Nothing is put between the files of somebody who mistyped a folder's name.
fn check_ours(root: &Path) -> Result<(), OpenError> {
    let failed = |source| OpenError::Io {
        path: root.to_path_buf(),
        source,
    };
    if fs::symlink_metadata(root.join("format")).is_ok() {
        return Ok(());
    }
    for entry in fs::read_dir(root).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        // What there is before there is a format.
        if name != "local" && name != "probe" && name != "lost+found" {
            return Err(OpenError::Foreign {
                path: root.to_path_buf(),
                found: name.to_string_lossy().into_owned(),
            });
        }
    }
    Ok(())
}

/// A folder that this process has for itself, until this is dropped.
#[derive(Debug)]
struct Lock(File);

impl Lock {
    /// None: somebody else has it.
    fn take(path: &Path) -> io::Result<Option<Self>> {
        let mut open = OpenOptions::new();
        let file = open.write(true).create(true).truncate(false).mode(0o600);
        let file = file.open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Drop for Lock {
    /// To close it isn't enough: a process that is being started has a copy of the file
    /// until it runs its program, and would hold the folder as long.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_given_up_although_a_process_that_is_being_started_has_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = Lock::take(&path).unwrap().unwrap();
        // What a fork has of it, too.
        let _copy = held.0.try_clone().unwrap();
        assert!(Lock::take(&path).unwrap().is_none());
        drop(held);
        assert!(Lock::take(&path).unwrap().is_some());
    }
}
