//! Removes what nobody needs any longer.
//!
//! 1. Deploys that expired: no alias is at them, and neither their making nor the last
//!    visit is recent.
//! 2. Blobs that no deploy names, once they are old enough that no deploy is about to.
//! 3. Labels and logs of aliases that were removed long ago, and the oldest moves of others.
//! 4. Uploads that nobody went on with, trees of deploys that are gone, projects in which
//!    nothing is left, and labels of projects that are gone.

use super::blobs;
use super::error::StoreError;
use super::index::{Alias, Deploy, Index, Project};
use super::inner::{Inner, Shelf, Store, seconds};
use super::keys;
use super::labels;
use super::log::Log;
use super::sweep::Which;
use super::tree;
use crate::digest::Digest;
use crate::names::{DeployId, ProjectName};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

/// How long a deploy is kept without an alias or a visit, in seconds, unless it says
/// otherwise: 30 days.
pub const KEPT: u64 = 30 * 24 * 60 * 60;

/// How long a blob is kept that no deploy names, in seconds, as it may be that one is
/// about to.
pub const GRACE: u64 = 60 * 60;

/// How long an upload can be gone on with, in seconds.
pub const RESUMABLE: u64 = 24 * 60 * 60;

/// How many moves of an alias are kept.
const MOVES: usize = 1_000;

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collected {
    /// Deploys that expired.
    pub deploys: u64,
    /// Blobs that no deploy named.
    pub blobs: u64,
    /// The size of these blobs, in bytes.
    pub bytes: u64,
    /// Uploads that nobody went on with.
    pub uploads: u64,
    /// Projects in which nothing was left.
    pub projects: u64,
    /// What is damaged in the store, a line each.
    pub damage: Vec<String>,
}

impl Store {
    /// Removes what nobody needs any longer at a time. What goes on meanwhile goes on.
    ///
    /// # Errors
    ///
    /// The disk fails. What was removed before stays so.
    pub async fn collect(&self, now: SystemTime) -> Result<Collected, StoreError> {
        let store = self.clone();
        self.to_the_end(async move { store.collect_all(seconds(now)).await })
            .await
    }

    async fn collect_all(&self, now: u64) -> Result<Collected, StoreError> {
        let mut collected = Collected::default();
        if let Err(error) = self.write_visits().await {
            // A full disk is no reason not to make space.
            tracing::warn!("{error}");
        }
        self.collect_deploys(now, &mut collected).await?;
        for project in self.project_names().await? {
            self.collect_project(&project, now, &mut collected).await?;
        }
        self.collect_rest().await?;
        for what in &collected.damage {
            tracing::warn!("{what}");
        }
        Ok(collected)
    }

    async fn collect_deploys(&self, now: u64, all: &mut Collected) -> Result<(), StoreError> {
        let index = self.index();
        for deploy in index.deploys() {
            if !is_expired(&index, deploy, now) {
                continue;
            }
            let _alone = self.0.moving.lock().await;
            // An alias may have moved there, or somebody visited it, in the meantime.
            let still = is_expired(&self.index(), deploy, now);
            if still && self.forget_deploy(&deploy.id).await? {
                all.deploys += 1;
            }
        }
        Ok(())
    }

    /// All that something is kept of, or the index knows.
    async fn project_names(&self) -> Result<BTreeSet<ProjectName>, StoreError> {
        let listing = self.0.objects.list(&keys::projects()).await?;
        let inner = Arc::clone(&self.0);
        let uploads = Self::aside(move || {
            let uploads = names_in(&inner.place.uploads());
            uploads.map_err(|error| StoreError::io("list uploads", error))
        });
        let folders = listing.folders.into_iter().chain(uploads.await?);
        let named = folders.filter_map(|name| ProjectName::new(name).ok());
        let mut names: BTreeSet<ProjectName> = named.collect();
        names.extend(self.index().projects().map(|(name, _)| name.clone()));
        Ok(names)
    }

    async fn collect_project(
        &self,
        project: &ProjectName,
        now: u64,
        all: &mut Collected,
    ) -> Result<(), StoreError> {
        let until = now.saturating_sub(GRACE);
        let swept = self.sweep(project, Which::Until(until)).await?;
        all.blobs += swept.blobs;
        all.bytes += swept.bytes;
        all.damage.extend(swept.missing);
        self.collect_aliases(project, now).await?;
        let (inner, name) = (Arc::clone(&self.0), project.clone());
        let until = now.saturating_sub(RESUMABLE);
        let uploads = Self::aside(move || {
            let shelf = inner.shelf(&name);
            remove_uploads(&inner.place.uploads_of(&name), &shelf, until)
        });
        all.uploads += uploads.await?;
        let _alone = self.0.moving.lock().await;
        let shelf = self.0.shelf(project);
        // Nobody deploys or uploads between the look and the removal.
        let _nobody_adds = shelf.blobs.write().await;
        if self.is_empty(project).await? && self.remove_project_alone(project).await? {
            all.projects += 1;
        }
        Ok(())
    }

    /// Aliases that were removed long ago lose their labels and logs, others the oldest of
    /// their moves.
    async fn collect_aliases(&self, name: &ProjectName, now: u64) -> Result<(), StoreError> {
        let index = self.index();
        let Some(project) = index.project(name) else {
            return Ok(());
        };
        for alias in project.aliases.values() {
            let _alone = self.0.moving.lock().await;
            // It may have moved in the meantime.
            let Some(alias) = self.alias(name, &alias.name) else {
                continue;
            };
            let log = Log {
                objects: &self.0.objects,
                project: name,
                alias: &alias.name,
            };
            if !is_long_gone(&alias, now) {
                log.trim(MOVES).await?;
                continue;
            }
            for label in &alias.labels {
                self.0.objects.remove(&keys::label(label)).await?;
            }
            log.trim(0).await?;
            self.0.change(|index| index.forget_alias(name, &alias));
        }
        Ok(())
    }

    /// Whether nothing is left of a project but folders.
    async fn is_empty(&self, project: &ProjectName) -> Result<bool, StoreError> {
        for key in [keys::deploys(project), keys::aliases(project)] {
            let listing = self.0.objects.list(&key).await?;
            if !listing.folders.is_empty() || !listing.objects.is_empty() {
                return Ok(false);
            }
        }
        let inner = Arc::clone(&self.0);
        let project = project.clone();
        Self::aside(move || {
            let no_blobs = is_bare(&inner.place.blobs(&project), 1);
            let no_uploads = is_bare(&inner.place.uploads_of(&project), 0);
            let empty = no_blobs.and_then(|bare| Ok(bare && no_uploads?));
            empty.map_err(|error| StoreError::io("look into a project", error))
        })
        .await
    }

    async fn collect_rest(&self) -> Result<(), StoreError> {
        let store = self.clone();
        Self::aside(move || remove_trees(&store.0)).await?;
        let _alone = self.0.moving.lock().await;
        let there = self.project_names().await?;
        let gone = |owner: &labels::Owner| !there.contains(&owner.project);
        labels::free(&self.0.objects, gone).await?;
        Ok(())
    }
}

/// Whether nobody needs a deploy any longer.
fn is_expired(index: &Index, deploy: &Deploy, now: u64) -> bool {
    let last = deploy.made.max(deploy.visited());
    let ttl = deploy.ttl.unwrap_or(KEPT);
    let named = || {
        let project = index.project(&deploy.project);
        let mut aliases = project.into_iter().flat_map(Project::aliases);
        aliases.any(|alias| alias.deploy == Some(deploy.id))
    };
    last.saturating_add(ttl) <= now && !named()
}

/// Whether an alias was removed as long ago as a deploy is kept. Of one whose newest move
/// is damaged nobody knows.
fn is_long_gone(alias: &Alias, now: u64) -> bool {
    alias.deploy.is_none() && alias.at != 0 && alias.at.saturating_add(KEPT) <= now
}

fn remove_uploads(folder: &Path, shelf: &Shelf, until: u64) -> Result<u64, StoreError> {
    let failed = |error| StoreError::io("remove old uploads", error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if blobs::is_absent(&error) => return Ok(0),
        Err(error) => return Err(failed(error)),
    };
    let mut removed = 0;
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let Ok(digest) = entry.file_name().to_string_lossy().parse::<Digest>() else {
            continue;
        };
        let old = || {
            let changed = entry.metadata()?.modified()?;
            Ok::<_, io::Error>(seconds(changed) <= until)
        };
        if old().unwrap_or(false) {
            let idle = shelf
                .books
                .if_idle(digest, || fs::remove_file(entry.path()));
            removed += u64::from(idle.is_some_and(|removed| removed.is_ok()));
        }
    }
    if removed > 0 {
        shelf.books.recount();
    }
    Ok(removed)
}

/// The names of the folders in a folder.
fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if blobs::is_absent(&error) => return Ok(names),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

/// Trees of deploys that are gone, and what else is there.
fn remove_trees(inner: &Inner) -> Result<(), StoreError> {
    let failed = |error| StoreError::io("list the folders of deploys", error);
    for name in names_in(&inner.place.trees()).map_err(failed)? {
        // The index is asked after the folder, so that it knows a new one.
        let Ok(id) = DeployId::new(&name) else {
            continue;
        };
        if inner.index().deploy(&id).is_none() {
            tree::remove(inner, &id)?;
        }
    }
    Ok(())
}

/// Whether there is no file in a folder and at most `depth` folders down.
fn is_bare(folder: &Path, depth: usize) -> io::Result<bool> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if blobs::is_absent(&error) => return Ok(true),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let is_folder = entry.file_type()?.is_dir();
        if !is_folder || depth == 0 || !is_bare(&entry.path(), depth - 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}
