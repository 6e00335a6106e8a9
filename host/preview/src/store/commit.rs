//! A deploy becomes one: a single object is made, once.
//!
//! 1. The manifest is checked in itself.
//! 2. All content is there. From here on nobody removes any of it.
//! 3. The tree that it is served from is made, without a name.
//! 4. The manifest is put under a new id. That is the commit.
//! 5. The tree gets its name, and the index the deploy.
//!
//! Whatever fails before 4 leaves nothing; what is lost after it is made again.

use super::blobs;
use super::error::{CommitError, StoreError, TooMuch};
use super::inner::{Inner, Store};
use super::keys;
use super::load::deploy;
use super::objects::{Created, Read};
use super::tree;
use crate::digest::Digest;
use crate::manifest::Manifest;
use crate::names::{DeployId, SitePath};
use rustls::crypto::ring;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::sync::Arc;
use tempfile::TempDir;

impl Store {
    /// Makes a deploy of a manifest. When this returns its id, the deploy stays.
    ///
    /// # Errors
    ///
    /// Content is missing, which can be uploaded; the manifest is wrong; the project
    /// would have too much; the disk is full or fails. There is no deploy then.
    pub async fn commit(&self, manifest: Manifest) -> Result<DeployId, CommitError> {
        let store = self.clone();
        // Else a client who goes away could leave a deploy that the index doesn't know.
        self.to_the_end(async move { store.commit_all(manifest).await })
            .await
    }

    async fn commit_all(&self, manifest: Manifest) -> Result<DeployId, CommitError> {
        manifest.check(&self.0.limits.most)?;
        self.admit(&manifest.project).map_err(too_much)?;
        self.check_deploys(&manifest)?;
        let shelf = self.0.shelf(&manifest.project);
        let _blobs_stay = shelf.blobs.read().await;
        let manifest = Arc::new(manifest);
        let tree = {
            let (inner, manifest) = (Arc::clone(&self.0), Arc::clone(&manifest));
            Self::aside(move || prepare(&inner, &manifest)).await?
        };
        let id = self.put(&manifest).await?;
        self.0.remember(id, &manifest);
        self.0.change(|index| index.add(deploy(id, &manifest, 0)));
        let inner = Arc::clone(&self.0);
        let named = Self::aside(move || tree::put(&inner, tree, &id)).await;
        if let Err(error) = named {
            tracing::debug!("the folder of {id} is made again when it is served: {error}");
        }
        Ok(id)
    }

    fn check_deploys(&self, manifest: &Manifest) -> Result<(), TooMuch> {
        let most = self.0.limits.deploys;
        let index = self.index();
        let project = index.project(&manifest.project);
        match project.is_some_and(|project| project.deploys.len() as u64 >= most) {
            true => Err(TooMuch::Deploys(most)),
            false => Ok(()),
        }
    }

    async fn put(&self, manifest: &Manifest) -> Result<DeployId, StoreError> {
        loop {
            let mut bytes = [0; 16];
            let random = ring::default_provider().secure_random;
            random.fill(&mut bytes).map_err(|_| StoreError::Io {
                doing: "make an id".into(),
                source: io::Error::other("the system has no random numbers"),
            })?;
            let id = DeployId::from_bytes(bytes);
            let key = keys::deploy(&manifest.project, &id);
            if self.0.objects.create(&key, manifest).await? == Created::Made {
                return Ok(id);
            }
        }
    }

    /// What a deploy consists of. None: there is no such deploy.
    ///
    /// # Errors
    ///
    /// It can't be read.
    pub async fn manifest(&self, id: &DeployId) -> Result<Option<Arc<Manifest>>, StoreError> {
        let Some(project) = self.index().deploy(id).map(|d| d.project.clone()) else {
            return Ok(None);
        };
        if let Some(manifest) = self.0.remembered(id) {
            return Ok(Some(manifest));
        }
        let key = keys::deploy(&project, id);
        match self.0.objects.read::<Manifest>(&key).await? {
            Read::Here(manifest) => {
                let manifest = Arc::new(manifest);
                self.0.remember(*id, &manifest);
                Ok(Some(manifest))
            }
            Read::Damaged(what) => Err(StoreError::Damaged(what)),
            Read::Absent => Ok(None),
        }
    }
}

fn too_much(error: StoreError) -> CommitError {
    match error {
        StoreError::TooMuch(much) => much.into(),
        other => other.into(),
    }
}

fn prepare(inner: &Inner, manifest: &Manifest) -> Result<TempDir, CommitError> {
    check_blobs(inner, manifest)?;
    Ok(tree::make(&inner.place, manifest)?)
}

fn check_blobs(inner: &Inner, manifest: &Manifest) -> Result<(), CommitError> {
    let entries = manifest.files.iter();
    let wanted: BTreeMap<Digest, (&SitePath, u64)> = entries
        .map(|(path, entry)| (entry.sha256, (path, entry.size)))
        .collect();
    let (place, project) = (&inner.place, &manifest.project);
    let mut missing = Vec::new();
    for (digest, (path, said)) in wanted {
        match blobs::size(place, project, digest)? {
            None => missing.push(digest),
            Some(has) if has == said => {}
            Some(has) if blobs::is_sound(place, project, digest)? => {
                let path = path.as_str().to_owned();
                return Err(CommitError::WrongSize { path, said, has });
            }
            Some(_) => {
                // It isn't what its name says, so the next upload of it is welcome.
                tracing::warn!("the blob {digest} of the project {project} is damaged");
                let removed = fs::remove_file(place.blob(project, digest));
                removed.map_err(|error| StoreError::io("remove a damaged blob", error))?;
                missing.push(digest);
            }
        }
    }
    match missing.is_empty() {
        true => Ok(()),
        false => Err(CommitError::Missing(missing)),
    }
}
