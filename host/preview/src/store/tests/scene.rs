//! A store in a folder of its own, and short words for what tests do with it.

use crate::digest::Digest;
use crate::limits::Limits;
use crate::manifest::{Entry, Manifest};
use crate::names::{AliasName, DeployId, ProjectName, SitePath};
use crate::store::{CommitError, Store, StoreError};
use bytes::Bytes;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A store, and the folder that it is in.
pub(super) struct Scene {
    pub(super) store: Store,
    pub(super) folder: TempDir,
}

impl Scene {
    pub(super) async fn new() -> Self {
        Self::with(Limits::default()).await
    }

    pub(super) async fn with(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), limits).await.unwrap();
        Self { store, folder }
    }

    /// Ends the server, does something to the folder, and begins again.
    pub(super) async fn again(self, meanwhile: impl FnOnce(&Path)) -> Self {
        let Self { store, folder } = self;
        drop(store);
        meanwhile(folder.path());
        let store = Store::open(folder.path(), Limits::default()).await.unwrap();
        Self { store, folder }
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Uploads files and deploys them.
    pub(super) async fn deploy(
        &self,
        project: &str,
        files: &[(&str, &str)],
    ) -> Result<DeployId, CommitError> {
        self.upload(project, files).await?;
        self.store.commit(manifest(project, files)).await
    }

    pub(super) async fn upload(
        &self,
        project: &str,
        files: &[(&str, &str)],
    ) -> Result<(), StoreError> {
        for (_, content) in files {
            let (digest, size) = (Digest::of(content.as_bytes()), content.len() as u64);
            let mut upload = self.store.upload(&name(project), digest, size).await?;
            let rest = &content.as_bytes()[usize::try_from(upload.offset()).unwrap()..];
            upload.write(Bytes::copy_from_slice(rest)).await?;
            upload.finish().await?;
        }
        Ok(())
    }

    /// Moves an alias, and says its label.
    pub(super) async fn point(&self, project: &str, alias: &str, to: &DeployId) -> String {
        let moved = self
            .store
            .move_alias(&name(project), &self::alias(alias), to, None)
            .await;
        moved.unwrap().label.to_string()
    }

    /// A file as it is served under a label.
    pub(super) async fn get(&self, label: &str, path: &str) -> Option<String> {
        let deploy = self.store.index().site(label)?.deploy.id;
        let tree = self.store.tree(&deploy).await.unwrap()?;
        fs::read_to_string(tree.join(path)).ok()
    }
}

pub(super) fn name(project: &str) -> ProjectName {
    ProjectName::new(project).unwrap()
}

pub(super) fn alias(alias: &str) -> AliasName {
    AliasName::new(alias).unwrap()
}

pub(super) fn manifest(project: &str, files: &[(&str, &str)]) -> Manifest {
    let entry = |(path, content): &(&str, &str)| {
        let sha256 = Digest::of(content.as_bytes());
        let size = content.len() as u64;
        (SitePath::new(*path).unwrap(), Entry { sha256, size })
    };
    Manifest {
        project: name(project),
        made: crate::store::inner::now(),
        message: None,
        ttl: None,
        password: None,
        files: files.iter().map(entry).collect(),
    }
}
