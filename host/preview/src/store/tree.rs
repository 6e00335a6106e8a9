//! The folder that a deploy is served from: a link for each of its files to its blob.
//!
//! It is made from the manifest beside the others and gets its name as a whole, so what
//! has the name was whole once. Whoever asks for it has each file looked at, and if one
//! is missing, has another size or is too much, all of it is made again.

use super::blobs;
use super::durable::make_folder;
use super::error::StoreError;
use super::inner::{Inner, Store};
use super::place::Place;
use super::swap;
use crate::manifest::{Entry, Manifest};
use crate::names::{DeployId, SitePath};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

impl Store {
    /// The folder with a deploy's files, which is made, or made again, where it has to
    /// be. None: there is no such deploy.
    ///
    /// Each of its files is looked at, so whoever serves keeps the answer until a file is
    /// missing.
    ///
    /// # Errors
    ///
    /// A blob is missing; the disk is full or fails.
    pub async fn tree(&self, id: &DeployId) -> Result<Option<PathBuf>, StoreError> {
        let Some(manifest) = self.manifest(id).await? else {
            return Ok(None);
        };
        let (inner, id) = (Arc::clone(&self.0), *id);
        let alone = inner.tree_of(id).lock_owned().await;
        Self::aside(move || {
            // Also when the one who asked goes away.
            let _alone = alone;
            let path = inner.place.tree(&id);
            if is_whole(&path, &manifest) {
                return Ok(Some(path));
            }
            let tree = make(&inner.place, &manifest)?;
            Ok(put(&inner, tree, &id)?.then_some(path))
        })
        .await
    }
}

/// Makes a tree that has no name yet. It is removed unless it gets one.
pub(super) fn make(place: &Place, manifest: &Manifest) -> Result<TempDir, StoreError> {
    let failed = |error| StoreError::io("make the folder of a deploy", error);
    let folder = tempfile::tempdir_in(place.fresh()).map_err(failed)?;
    let mut made = BTreeSet::new();
    for (path, entry) in &manifest.files {
        for outer in path.folders() {
            if !made.contains(outer) {
                fs::create_dir(folder.path().join(outer)).map_err(failed)?;
                made.insert(outer);
            }
        }
        link(place, manifest, path, *entry, folder.path())?;
    }
    Ok(folder)
}

fn link(
    place: &Place,
    manifest: &Manifest,
    path: &SitePath,
    entry: Entry,
    folder: &Path,
) -> Result<(), StoreError> {
    let blob = place.blob(&manifest.project, entry.sha256);
    let file = folder.join(path.as_str());
    let linked = match fs::hard_link(&blob, &file) {
        Err(error) if error.kind() == io::ErrorKind::TooManyLinks => {
            blobs::renew(&blob, &place.fresh()).and_then(|()| fs::hard_link(&blob, &file))
        }
        linked => linked,
    };
    linked.map_err(|error| match blobs::is_absent(&error) {
        true => StoreError::Damaged(format!(
            "the blob {} of the project {}, which is {:?} of a deploy, is missing",
            entry.sha256,
            manifest.project,
            path.as_str()
        )),
        false => StoreError::io("make the folder of a deploy", error),
    })
}

/// Gives a tree its name. One that has it already is removed. False: the deploy was
/// removed in the meantime, and so is its tree.
pub(super) fn put(inner: &Inner, tree: TempDir, id: &DeployId) -> Result<bool, StoreError> {
    name(&inner.place, tree, id)?;
    // Who removes a deploy has the index forget it and then looks for its tree.
    let stays = inner.index().deploy(id).is_some();
    if !stays {
        remove(inner, id)?;
    }
    Ok(stays)
}

fn name(place: &Place, tree: TempDir, id: &DeployId) -> Result<(), StoreError> {
    let failed = |error| StoreError::io("name the folder of a deploy", error);
    let path = place.tree(id);
    make_folder(&place.trees()).map_err(failed)?;
    // Others than its user may not look into a folder that was made to be temporary.
    // It stays so: nobody else has a reason to.
    if !swap::take_name(tree.path(), &path).map_err(failed)? {
        return exchange(&tree, &path).map_err(failed);
    }
    // It isn't there any longer under the name that would be removed.
    let _ = tree.keep();
    Ok(())
}

/// The damaged one takes the name of the new one, and is removed with it.
fn exchange(tree: &TempDir, path: &Path) -> io::Result<()> {
    swap::swap(tree.path(), path)?;
    if !tree.path().is_dir() {
        fs::remove_file(tree.path())?;
    }
    Ok(())
}

/// Removes a tree at once, under its name, and then what is in it.
pub(super) fn remove(inner: &Inner, id: &DeployId) -> Result<(), StoreError> {
    let removed = inner.place.discard(&inner.place.tree(id));
    let removed = removed.map_err(|error| StoreError::io("remove the folder of a deploy", error));
    removed.map(drop)
}

/// Whether a tree has exactly the files of a manifest, with their sizes.
fn is_whole(tree: &Path, manifest: &Manifest) -> bool {
    let mut folders: BTreeSet<&str> = BTreeSet::new();
    for (path, entry) in &manifest.files {
        let Ok(about) = fs::symlink_metadata(tree.join(path.as_str())) else {
            return false;
        };
        if !about.is_file() || about.len() != entry.size {
            return false;
        }
        folders.extend(path.folders());
    }
    let entries = manifest.files.len() + folders.len();
    count(tree, entries).is_ok_and(|count| count == entries)
}

/// How many files and folders are in a folder, or more than `most`.
fn count(folder: &Path, most: usize) -> io::Result<usize> {
    let mut count = 0;
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            count += 1;
            if count > most {
                return Ok(count);
            }
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    Ok(count)
}
