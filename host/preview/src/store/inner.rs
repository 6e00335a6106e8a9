//! The store itself: what all of its doings share.

use super::books::Books;
use super::error::StoreError;
use super::index::Index;
use super::objects::Objects;
use super::place::Place;
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::names::{DeployId, ProjectName};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

/// How many files the manifests have that are kept in memory, all together: about a
/// hundred bytes each.
const REMEMBERED_FILES: usize = 100_000;

/// Deploys, aliases and what they consist of, kept in a folder.
#[derive(Debug, Clone)]
pub struct Store(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) place: Place,
    pub(super) objects: Objects,
    pub(super) limits: Limits,
    index: RwLock<Arc<Index>>,
    /// Held while an alias moves, or something is removed that one could move to.
    pub(super) moving: tokio::sync::Mutex<()>,
    projects: Mutex<HashMap<ProjectName, Arc<Shelf>>>,
    manifests: Mutex<HashMap<DeployId, Arc<Manifest>>>,
    trees: Mutex<HashMap<DeployId, Arc<tokio::sync::Mutex<()>>>>,
}

/// What is going on in one project.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) books: Books,
    /// Shared by commits, which need blobs to stay, and by who adds to them. Whoever
    /// removes blobs has it alone.
    pub(super) blobs: Arc<tokio::sync::RwLock<()>>,
}

impl Inner {
    pub(super) fn new(place: Place, objects: Objects, limits: Limits, index: Index) -> Self {
        Self {
            place,
            objects,
            limits,
            index: RwLock::new(Arc::new(index)),
            moving: tokio::sync::Mutex::default(),
            projects: Mutex::default(),
            manifests: Mutex::default(),
            trees: Mutex::default(),
        }
    }

    pub(super) fn index(&self) -> Arc<Index> {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&index)
    }

    /// Changes the index. Who has a snapshot keeps it as it is.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Index) -> T) -> T {
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut index))
    }

    pub(super) fn shelf(&self, project: &ProjectName) -> Arc<Shelf> {
        let mut projects = lock(&self.projects);
        let shelf = projects.entry(project.clone()).or_insert_with(|| {
            let blobs = self.place.blobs(project);
            let uploads = self.place.uploads_of(project);
            Arc::new(Shelf {
                books: Books::new(blobs, uploads, self.limits.project_size),
                blobs: Arc::default(),
            })
        });
        Arc::clone(shelf)
    }

    pub(super) fn remembered(&self, id: &DeployId) -> Option<Arc<Manifest>> {
        lock(&self.manifests).get(id).map(Arc::clone)
    }

    /// Keeps a manifest in memory, and forgets others where that are too many.
    pub(super) fn remember(&self, id: DeployId, manifest: &Arc<Manifest>) {
        let mut manifests = lock(&self.manifests);
        manifests.insert(id, Arc::clone(manifest));
        let mut files: usize = manifests
            .values()
            .map(|manifest| manifest.files.len())
            .sum();
        // In no order: which is needed next is anybody's guess.
        manifests.retain(|other, manifest| {
            let keep = *other == id || files <= REMEMBERED_FILES;
            if !keep {
                files -= manifest.files.len();
            }
            keep
        });
    }

    pub(super) fn forget(&self, id: &DeployId) {
        lock(&self.manifests).remove(id);
    }

    /// Held by the one who makes a deploy's tree.
    pub(super) fn tree_of(&self, id: DeployId) -> Arc<tokio::sync::Mutex<()>> {
        let mut trees = lock(&self.trees);
        // Those that nobody holds or waits for.
        trees.retain(|other, tree| *other == id || Arc::strong_count(tree) > 1);
        Arc::clone(trees.entry(id).or_default())
    }
}

impl Store {
    /// What is in the store at this moment. Cheap enough to ask for each request.
    #[must_use]
    pub fn index(&self) -> Arc<Index> {
        self.0.index()
    }

    /// Does something to its end, also when whoever waits for it goes away.
    pub(super) async fn to_the_end<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        let done = tokio::spawn(work).await;
        done.unwrap_or_else(|error| Err(crashed(error).into()))
    }

    /// Does something that waits for the disk, where nobody waits for it.
    pub(super) async fn aside<T, E>(
        work: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let done = tokio::task::spawn_blocking(work).await;
        done.unwrap_or_else(|error| Err(crashed(error).into()))
    }
}

/// A task panicked, or the server is ending.
fn crashed(error: tokio::task::JoinError) -> StoreError {
    StoreError::Io {
        doing: "finish what was begun".into(),
        source: error.into(),
    }
}

/// Seconds since 1970.
pub(super) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    seconds(SystemTime::now())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
