//! What somebody wants gone is gone at once: deploys and projects.

use super::error::StoreError;
use super::inner::{Inner, Store};
use super::keys;
use super::labels;
use super::sweep::Which;
use super::tree;
use crate::names::{AliasName, DeployId, ProjectName};
use std::sync::Arc;

impl Store {
    /// Removes a deploy, the aliases that are at it, and its content as far as no other
    /// deploy of the project has it. False: there was none.
    ///
    /// # Errors
    ///
    /// The disk fails.
    pub async fn remove_deploy(&self, id: &DeployId) -> Result<bool, StoreError> {
        let (store, id) = (self.clone(), *id);
        self.to_the_end(async move { store.remove_deploy_all(&id).await })
            .await
    }

    async fn remove_deploy_all(&self, id: &DeployId) -> Result<bool, StoreError> {
        let Some(deploy) = self.index().deploy(id).map(Arc::clone) else {
            return Ok(false);
        };
        let project = &deploy.project;
        // One that can't be read is removed all the same.
        let manifest = self.manifest(id).await.unwrap_or_default();
        {
            let _alone = self.0.moving.lock().await;
            match self.remove_aliases_at(project, id).await {
                // It is this that makes room.
                Ok(()) | Err(StoreError::Full { .. }) => {}
                Err(error) => return Err(error),
            }
            if !self.forget_deploy(id).await? {
                return Ok(false);
            }
        }
        if let Some(manifest) = manifest {
            let digests = manifest.files.values().map(|entry| entry.sha256);
            self.sweep(project, Which::These(digests.collect())).await?;
        }
        let _alone = self.0.moving.lock().await;
        self.remove_aliases_at(project, id).await?;
        Ok(true)
    }

    /// By who holds `moving`.
    async fn remove_aliases_at(
        &self,
        project: &ProjectName,
        id: &DeployId,
    ) -> Result<(), StoreError> {
        for alias in self.aliases_at(project, id) {
            self.remove_alias_alone(project, &alias).await?;
        }
        Ok(())
    }

    /// The aliases that are at a deploy.
    fn aliases_at(&self, project: &ProjectName, id: &DeployId) -> Vec<AliasName> {
        let index = self.index();
        let Some(project) = index.project(project) else {
            return Vec::new();
        };
        let here = project.aliases().filter(|alias| alias.deploy == Some(*id));
        here.map(|alias| alias.name.clone()).collect()
    }

    /// Removes a deploy that no alias is at, and leaves its content. To be called by who
    /// holds `moving`. False: there was none.
    pub(super) async fn forget_deploy(&self, id: &DeployId) -> Result<bool, StoreError> {
        let Some(deploy) = self.index().deploy(id).map(Arc::clone) else {
            return Ok(false);
        };
        let key = keys::deploy(&deploy.project, id);
        self.0.objects.remove(&key).await?;
        self.0.change(|index| index.forget(id));
        self.0.forget(id);
        let visit = keys::visit(&deploy.project, id);
        self.0.objects.remove(&visit).await?;
        let (inner, id) = (Arc::clone(&self.0), *id);
        Self::aside(move || tree::remove(&inner, &id)).await?;
        Ok(true)
    }

    /// Removes a project with all its deploys, aliases and content, and frees its labels.
    /// False: there was none.
    ///
    /// # Errors
    ///
    /// The disk fails.
    pub async fn remove_project(&self, project: &ProjectName) -> Result<bool, StoreError> {
        let (store, project) = (self.clone(), project.clone());
        self.to_the_end(async move {
            let _alone = store.0.moving.lock().await;
            let shelf = store.0.shelf(&project);
            let _nobody_adds = shelf.blobs.write().await;
            store.remove_project_alone(&project).await
        })
        .await
    }

    /// The same for one who holds `moving`, and the project's `blobs` alone.
    pub(super) async fn remove_project_alone(
        &self,
        project: &ProjectName,
    ) -> Result<bool, StoreError> {
        let index = self.index();
        let ids: Vec<DeployId> = index
            .project(project)
            .map_or_else(Vec::new, |project| project.deploys().copied().collect());
        self.0.change(|index| index.forget_project(project));
        let (inner, name) = (Arc::clone(&self.0), project.clone());
        let existed = Self::aside(move || remove_folders(&inner, &name, &ids)).await?;
        labels::free(&self.0.objects, |owner| owner.project == *project).await?;
        self.0.shelf(project).books.recount();
        Ok(existed || index.project(project).is_some())
    }
}

/// The folder of a project loses its name at once, and what is in it then.
fn remove_folders(
    inner: &Inner,
    project: &ProjectName,
    ids: &[DeployId],
) -> Result<bool, StoreError> {
    let failed = |error| StoreError::io("remove a project", error);
    let place = &inner.place;
    let existed = place.discard(&place.project(project)).map_err(failed)?;
    for id in ids {
        inner.forget(id);
        tree::remove(inner, id)?;
    }
    let uploads = place.uploads_of(project);
    place.discard(&uploads).map_err(failed)?;
    Ok(existed)
}
