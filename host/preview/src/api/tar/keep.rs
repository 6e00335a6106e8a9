//! The contents of a tar that was checked become the project's.

use super::spool::{Place, Spool};
use crate::api::refusal::Refusal;
use crate::digest::Digest;
use crate::names::ProjectName;
use crate::store::{Store, StoreError};
use bytes::Bytes;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// The largest content that is kept together with others, in bytes.
const SMALL: u64 = 512 * 1024;

/// How much is kept together, in bytes, and how much of a large one is read at once.
const TOGETHER: u64 = 4 * 1024 * 1024;

/// Keeps what the project lacks of a tar.
pub(super) async fn keep(
    store: &Store,
    project: &ProjectName,
    spool: &Arc<Spool>,
) -> Result<(), Refusal> {
    let places: BTreeMap<Digest, Place> = spool
        .files
        .values()
        .map(|place| (place.digest, *place))
        .collect();
    let all: Vec<Digest> = places.keys().copied().collect();
    let lacking: HashSet<Digest> = store.lacking(project, &all).await?.into_iter().collect();
    let lacking = places
        .into_values()
        .filter(|place| lacking.contains(&place.digest));
    let (small, large): (Vec<Place>, Vec<Place>) = lacking.partition(|place| place.size <= SMALL);
    let mut some = Vec::new();
    let mut bytes = 0;
    for place in small {
        some.push((place.digest, read(spool, place, 0).await?));
        bytes += place.size;
        if bytes >= TOGETHER {
            store.pack(project, std::mem::take(&mut some)).await?;
            bytes = 0;
        }
    }
    if !some.is_empty() {
        store.pack(project, some).await?;
    }
    for place in large {
        keep_large(store, project, spool, place).await?;
    }
    Ok(())
}

async fn keep_large(
    store: &Store,
    project: &ProjectName,
    spool: &Arc<Spool>,
    place: Place,
) -> Result<(), Refusal> {
    let mut upload = store.upload(project, place.digest, place.size).await?;
    while !upload.is_complete() {
        let piece = read(spool, place, upload.offset()).await?;
        upload.write(piece).await?;
    }
    Ok(upload.finish().await?)
}

async fn read(spool: &Arc<Spool>, place: Place, from: u64) -> Result<Bytes, Refusal> {
    let spool = Arc::clone(spool);
    let content = spawn_blocking(move || spool.read(place, from, TOGETHER)).await;
    let content = content.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    content.map(Bytes::from).map_err(|source| {
        let doing = "read an upload".to_owned();
        StoreError::Io { doing, source }.into()
    })
}

/// The contents of those files, which were checked to be small.
pub(super) async fn contents(spool: &Arc<Spool>, place: Place) -> Result<Bytes, Refusal> {
    read(spool, place, 0).await
}
