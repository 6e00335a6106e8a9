//! Removes blobs that no manifest names.
//!
//! 1. The manifests of the project are read, and its blobs listed.
//! 2. Nobody commits any longer. Manifests that came in the meantime are read.
//! 3. What none of them names is removed.
//!
//! Where a manifest can't be read, nothing is removed: it may name anything.

use super::books::Books;
use super::error::StoreError;
use super::inner::{Inner, Store, seconds};
use super::keys;
use super::objects::Read;
use crate::digest::Digest;
use crate::manifest::Manifest;
use crate::names::{DeployId, ProjectName};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a sweep looks at.
pub(super) enum Which {
    /// Blobs that were put at this time or earlier, in seconds since 1970.
    Until(u64),
    /// Only these, however new they are.
    These(BTreeSet<Digest>),
}

/// What a sweep found.
#[derive(Debug, Default)]
pub(super) struct Swept {
    pub(super) blobs: u64,
    pub(super) bytes: u64,
    /// What manifests name and isn't there, a line each.
    pub(super) missing: Vec<String>,
}

struct Blob {
    path: PathBuf,
    size: u64,
    put: u64,
}

/// What is named, and by which deploys at the latest.
#[derive(Default)]
struct Named {
    blobs: HashMap<Digest, DeployId>,
    deploys: BTreeSet<DeployId>,
}

impl Store {
    pub(super) async fn sweep(
        &self,
        project: &ProjectName,
        which: Which,
    ) -> Result<Swept, StoreError> {
        let mut named = Named::default();
        if !self.read_named(project, &mut named).await? {
            return Ok(Swept::default());
        }
        let folder = self.0.place.blobs(project);
        let listed = Self::aside(move || list(&folder)).await?;
        let missing = missing(project, &named, &listed);
        let unnamed = |digest: &Digest, blob: &Blob| {
            let looked_at = match &which {
                Which::Until(until) => blob.put <= *until,
                Which::These(these) => these.contains(digest),
            };
            looked_at && !named.blobs.contains_key(digest)
        };
        let mut candidates = listed;
        candidates.retain(|digest, blob| unnamed(digest, blob));
        let mut swept = Swept {
            missing,
            ..Swept::default()
        };
        if candidates.is_empty() {
            return Ok(swept);
        }
        let shelf = self.0.shelf(project);
        let _nobody_commits = shelf.blobs.write().await;
        if !self.read_named(project, &mut named).await? {
            return Ok(swept);
        }
        candidates.retain(|digest, _| !named.blobs.contains_key(digest));
        let (shelf, store) = (Arc::clone(&shelf), self.clone());
        let removed = Self::aside(move || remove(&store.0, &shelf.books, candidates));
        (swept.blobs, swept.bytes) = removed.await?;
        Ok(swept)
    }

    /// Reads the manifests that weren't read yet. False: one of them can't be.
    async fn read_named(
        &self,
        project: &ProjectName,
        named: &mut Named,
    ) -> Result<bool, StoreError> {
        let listing = self.0.objects.list(&keys::deploys(project)).await?;
        for (name, _) in listing.objects {
            let Some(Ok(id)) = keys::stem(&name).map(DeployId::new) else {
                continue;
            };
            if !named.deploys.insert(id) {
                continue;
            }
            let manifest = match self.0.remembered(&id) {
                Some(manifest) => manifest,
                // Not to be remembered: each is needed once.
                None => match self.0.objects.read(&keys::deploy(project, &id)).await? {
                    Read::Here(manifest) => Arc::new(manifest),
                    Read::Absent => continue,
                    Read::Damaged(_) => return Ok(false),
                },
            };
            let manifest: &Manifest = &manifest;
            let digests = manifest.files.values().map(|entry| entry.sha256);
            named.blobs.extend(digests.map(|digest| (digest, id)));
        }
        Ok(true)
    }
}

fn missing(project: &ProjectName, named: &Named, listed: &BTreeMap<Digest, Blob>) -> Vec<String> {
    let lacks = |(digest, _): &(&Digest, &DeployId)| !listed.contains_key(*digest);
    let line = |(digest, id): (&Digest, &DeployId)| {
        format!("the blob {digest} of the project {project}, which {id} has, is missing")
    };
    named.blobs.iter().filter(lacks).map(line).collect()
}

/// The blobs in a folder. What isn't one is left out.
fn list(folder: &Path) -> Result<BTreeMap<Digest, Blob>, StoreError> {
    let failed = |error| StoreError::io("list blobs", error);
    let mut blobs = BTreeMap::new();
    for part in entries(folder).map_err(failed)? {
        for path in entries(&part).map_err(failed)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let Ok(digest) = name.parse() else { continue };
            match fs::symlink_metadata(&path) {
                Ok(about) if about.is_file() => {
                    let put = seconds(about.modified().map_err(failed)?);
                    let size = about.len();
                    blobs.insert(digest, Blob { path, size, put });
                }
                _ => {}
            }
        }
    }
    Ok(blobs)
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Says how many blobs and bytes it were.
fn remove(
    inner: &Inner,
    books: &Books,
    blobs: BTreeMap<Digest, Blob>,
) -> Result<(u64, u64), StoreError> {
    let (mut count, mut bytes) = (0, 0);
    for (digest, blob) in blobs {
        match fs::remove_file(&blob.path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                let root = inner.place.root().display();
                tracing::warn!("the blob {digest} in {root} can't be removed: {error}");
                continue;
            }
        }
        count += 1;
        bytes += blob.size;
    }
    books.recount();
    Ok((count, bytes))
}
