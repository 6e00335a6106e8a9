//! Many small blobs at once.
//!
//! What a file costs by itself is a request and a wait for the disk. Together they cost
//! that once.

use super::blobs;
use super::books::PLACE;
use super::error::{StoreError, TooMuch};
use super::inner::{Inner, Store};
use crate::digest::Digest;
use crate::names::ProjectName;
use bytes::Bytes;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

impl Store {
    /// Keeps small blobs: all of them, or none where one is wrong. When this returns,
    /// they stay. They are in memory meanwhile, so whoever calls this bounds them.
    ///
    /// # Errors
    ///
    /// One isn't what was said; the project would have too much; the disk is full or
    /// fails.
    pub async fn pack(
        &self,
        project: &ProjectName,
        blobs: Vec<(Digest, Bytes)>,
    ) -> Result<(), StoreError> {
        let most = self.0.limits.most.file_size;
        let size = |(_, content): &(Digest, Bytes)| content.len() as u64;
        if let Some(size) = blobs.iter().map(size).find(|size| *size > most) {
            return Err(TooMuch::FileSize { size, most }.into());
        }
        self.admit(project)?;
        let (inner, project) = (Arc::clone(&self.0), project.clone());
        let stays = Arc::clone(&inner.shelf(&project).blobs).read_owned().await;
        let kept = Self::aside(move || {
            let _stays = stays;
            keep(&inner, &project, blobs)
        });
        self.to_the_end(kept).await
    }
}

fn keep(
    inner: &Inner,
    project: &ProjectName,
    mut blobs: Vec<(Digest, Bytes)>,
) -> Result<(), StoreError> {
    for (said, content) in &blobs {
        let (said, is) = (*said, Digest::of(content));
        if said != is {
            return Err(StoreError::Digest { said, is });
        }
    }
    blobs.sort_by_key(|(digest, _)| *digest);
    blobs.dedup_by_key(|(digest, _)| *digest);
    let mut lacking = Vec::new();
    for (digest, content) in blobs {
        if blobs::size(&inner.place, project, digest)?.is_none() {
            lacking.push((digest, content));
        }
    }
    let taken = |(_, content): &(Digest, Bytes)| content.len() as u64 + PLACE;
    let size = lacking.iter().map(taken).sum();
    let shelf = inner.shelf(project);
    shelf.books.promise(size)?;
    let written = write(inner, project, &lacking);
    shelf.books.settle(size, size);
    written.map_err(|error| {
        shelf.books.recount();
        StoreError::io("keep uploads", error)
    })
}

/// What doesn't become a blob is removed when the folder is.
fn write(inner: &Inner, project: &ProjectName, blobs: &[(Digest, Bytes)]) -> io::Result<()> {
    let folder = tempfile::tempdir_in(inner.place.fresh())?;
    let mut files = Vec::with_capacity(blobs.len());
    for (digest, content) in blobs {
        let path = folder.path().join(digest.to_string());
        write_one(&path, content)?;
        files.push((*digest, path));
    }
    blobs::keep(&inner.place, project, &files)
}

fn write_one(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create_new(path)?;
    file.write_all(content)
}
