//! Content that the server itself looks at, and room for what isn't content yet.

use super::blobs;
use super::error::{StoreError, TooMuch};
use super::inner::Store;
use crate::digest::Digest;
use crate::names::ProjectName;
use bytes::Bytes;
use std::fs::{self, File};
use std::io;
use std::sync::Arc;

impl Store {
    /// What a small blob contains. None: it isn't there.
    ///
    /// # Errors
    ///
    /// It has more than `most` bytes, or can't be read.
    pub async fn content(
        &self,
        project: &ProjectName,
        digest: Digest,
        most: u64,
    ) -> Result<Option<Bytes>, StoreError> {
        let (inner, project) = (Arc::clone(&self.0), project.clone());
        Self::aside(move || {
            let Some(size) = blobs::size(&inner.place, &project, digest)? else {
                return Ok(None);
            };
            if size > most {
                return Err(TooMuch::FileSize { size, most }.into());
            }
            match fs::read(inner.place.blob(&project, digest)) {
                Ok(content) => Ok(Some(content.into())),
                Err(error) if blobs::is_absent(&error) => Ok(None),
                Err(error) => Err(StoreError::io("read a blob", error)),
            }
        })
        .await
    }

    /// A file without a name on the store's disk, which is gone when it is closed, also
    /// when the server is killed.
    ///
    /// # Errors
    ///
    /// The disk is full or fails.
    pub async fn scratch(&self) -> Result<File, StoreError> {
        let inner = Arc::clone(&self.0);
        Self::aside(move || {
            let made: io::Result<File> = tempfile::tempfile_in(inner.place.fresh());
            made.map_err(|error| StoreError::io("keep an upload", error))
        })
        .await
    }
}
