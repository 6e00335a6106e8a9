//! Opens a store.
//!
//! 1. The folder is made, or is a store's already, and no other server has it.
//! 2. It has a format that this program knows; nothing is changed before that is sure.
//! 3. Its file system makes a file only once, which all else relies on.
//! 4. What is in it is read.

use super::durable::Durable;
use super::error::{OpenError, StoreError};
use super::index::Index;
use super::inner::{Inner, Store, now};
use super::keys;
use super::load::load;
use super::objects::{Created, Objects, Read};
use super::place::Place;
use crate::limits::Limits;
use object_store::path::Path as Key;
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

/// The format that this program writes.
const VERSION: u64 = 1;

#[derive(Serialize, Deserialize)]
struct Format {
    version: u64,
}

impl Store {
    /// Opens the store in a folder, or makes one there.
    ///
    /// What is damaged is logged, a line each, and can be asked of [`Index::damage`].
    ///
    /// # Errors
    ///
    /// The folder can't be used, is no store's or a newer one's, another server has it,
    /// or the limits contradict themselves.
    pub async fn open(folder: &Path, limits: Limits) -> Result<Self, OpenError> {
        limits.check()?;
        let root = folder.to_path_buf();
        let place = Self::aside(move || Ok::<_, StoreError>(Place::take(&root))).await??;
        let objects = Durable::new(place.root(), &place.fresh());
        let objects = objects.map_err(|error| io(&place, std::io::Error::other(error)))?;
        let objects = Objects::new(objects);
        let is_new = check_format(&objects, &place).await?;
        place.clear().map_err(|error| io(&place, error))?;
        match probe(&objects, &place).await {
            // What was deployed is served also where nothing more can be.
            Err(OpenError::Store(error @ StoreError::Full { .. })) if !is_new => {
                tracing::warn!("the store in {}: {error}", place.root().display());
            }
            probed => probed?,
        }
        if is_new {
            let format = Format { version: VERSION };
            objects.create(&keys::format(), &format).await?;
        }
        let index = load(&objects, now()).await?;
        for what in index.damage() {
            tracing::warn!("the store in {}: {what}", place.root().display());
        }
        Ok(Self::with(place, objects, limits, index))
    }

    fn with(place: Place, objects: Objects, limits: Limits, index: Index) -> Self {
        Self(Arc::new(Inner::new(place, objects, limits, index)))
    }
}

/// Whether there is none yet.
async fn check_format(objects: &Objects, place: &Place) -> Result<bool, OpenError> {
    let path = place.root().to_path_buf();
    let known = VERSION;
    match objects.read::<Format>(&keys::format()).await? {
        Read::Absent => Ok(true),
        Read::Here(Format { version }) if version == known => Ok(false),
        Read::Here(Format { version }) if version > known => Err(OpenError::Newer {
            path,
            version,
            known,
        }),
        Read::Here(_) | Read::Damaged(_) => Err(OpenError::Format { path }),
    }
}

/// Makes an object twice, which may not succeed.
async fn probe(objects: &Objects, place: &Place) -> Result<(), OpenError> {
    let key = Key::from("probe").join("once");
    // One that a killed server left proves nothing.
    objects.remove(&key).await?;
    let first = match objects.create(&key, &1).await {
        Err(StoreError::Io { source, .. }) if no_links(&source) => {
            let path = place.root().to_path_buf();
            return Err(OpenError::NoLinks { path, source });
        }
        first => first?,
    };
    let second = objects.create(&key, &2).await?;
    objects.remove(&key).await?;
    match (first, second) {
        (Created::Made, Created::Existed) => Ok(()),
        _ => Err(OpenError::NotExclusive {
            path: place.root().to_path_buf(),
        }),
    }
}

/// What link(2) says where there are none, or none across folders.
fn no_links(error: &std::io::Error) -> bool {
    let number = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(number, Some(Errno::XDEV | Errno::PERM | Errno::OPNOTSUPP))
}

fn io(place: &Place, source: std::io::Error) -> OpenError {
    OpenError::Io {
        path: place.root().to_path_buf(),
        source,
    }
}
