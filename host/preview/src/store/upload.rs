//! A blob on its way up, which can be gone on with after a cut.
//!
//! What came stays in a file of its own until all of it is there, also after the server
//! was killed. Its digest is checked at the end, so that it doesn't matter what is in
//! that file.

use super::blobs;
use super::error::{StoreError, TooMuch};
use super::inner::{Inner, Store};
use super::part::Part;
use crate::digest::Digest;
use crate::names::ProjectName;
use bytes::Bytes;
use std::fs;
use std::sync::Arc;

/// Pieces are collected up to this size before they are written, in bytes.
const COLLECTED: usize = 256 * 1024;

/// A blob on its way up. To drop it leaves what came for another time.
#[derive(Debug)]
pub struct Upload {
    digest: Digest,
    size: u64,
    offset: u64,
    pieces: Vec<Bytes>,
    collected: usize,
    state: State,
}

#[derive(Debug)]
enum State {
    /// It was whole before.
    Whole,
    Coming(Box<Part>),
    /// It is being written by another thread, or has ended.
    Away,
}

impl Store {
    /// Begins to upload a blob of `size` bytes, or goes on where it was cut:
    /// [`Upload::offset`] says from where.
    ///
    /// # Errors
    ///
    /// It is too large, or the project, or there are too many; another upload of it is
    /// under way; the disk is full or fails.
    pub async fn upload(
        &self,
        project: &ProjectName,
        digest: Digest,
        size: u64,
    ) -> Result<Upload, StoreError> {
        let most = self.0.limits.most.file_size;
        if size > most {
            return Err(TooMuch::FileSize { size, most }.into());
        }
        self.admit(project)?;
        let (inner, project) = (Arc::clone(&self.0), project.clone());
        let stays = Arc::clone(&inner.shelf(&project).blobs).read_owned().await;
        Self::aside(move || {
            let _stays = stays;
            Upload::begin(&inner, project, digest, size)
        })
        .await
    }

    /// How much of a blob came, in bytes, and whether that is all of it. None: nothing.
    ///
    /// # Errors
    ///
    /// The store can't be read.
    pub async fn arrived(
        &self,
        project: &ProjectName,
        digest: Digest,
    ) -> Result<Option<Arrived>, StoreError> {
        let (inner, project) = (Arc::clone(&self.0), project.clone());
        Self::aside(move || {
            if let Some(size) = blobs::size(&inner.place, &project, digest)? {
                return Ok(Some(Arrived::Whole(size)));
            }
            match fs::symlink_metadata(inner.place.upload(&project, digest)) {
                Ok(about) => Ok(Some(Arrived::Part(about.len()))),
                Err(error) if blobs::is_absent(&error) => Ok(None),
                Err(error) => Err(StoreError::io("look for an upload", error)),
            }
        })
        .await
    }

    /// Lets a project begin, if there is place for one more.
    pub(super) fn admit(&self, project: &ProjectName) -> Result<(), StoreError> {
        if self.index().projects.contains_key(project) {
            return Ok(());
        }
        let most = self.0.limits.projects;
        self.0.change(|index| {
            let known = index.projects.contains_key(project);
            if !known && index.projects.len() as u64 >= most {
                return Err(TooMuch::Projects(most).into());
            }
            index.projects.entry(project.clone()).or_default();
            Ok(())
        })
    }
}

/// What came of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrived {
    /// All of it, which has so many bytes.
    Whole(u64),
    /// So many bytes of it.
    Part(u64),
}

impl Upload {
    fn begin(
        inner: &Arc<Inner>,
        project: ProjectName,
        digest: Digest,
        size: u64,
    ) -> Result<Self, StoreError> {
        let (offset, state) = match blobs::size(&inner.place, &project, digest)? {
            Some(has) if has == size => (size, State::Whole),
            Some(has) => return Err(StoreError::Size { digest, size, has }),
            None => {
                let part = Part::open(inner, project, digest, size)?;
                (part.written(), State::Coming(Box::new(part)))
            }
        };
        Ok(Self {
            digest,
            size,
            offset,
            pieces: Vec::new(),
            collected: 0,
            state,
        })
    }

    /// How many bytes are there. The next piece comes right behind them.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether all bytes are there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.offset == self.size
    }

    /// Takes the next piece.
    ///
    /// # Errors
    ///
    /// It would have more bytes than was said; somebody else goes on with it; the disk is
    /// full, in which case what came is removed, or fails.
    pub async fn write(&mut self, piece: Bytes) -> Result<(), StoreError> {
        let has = self.offset + piece.len() as u64;
        if has > self.size {
            let (digest, size) = (self.digest, self.size);
            return Err(StoreError::Size { digest, size, has });
        }
        if piece.is_empty() {
            return Ok(());
        }
        // Who is slow isn't gone, also while nothing is written yet.
        match &self.state {
            State::Coming(part) if part.is_held() => {}
            _ => return Err(StoreError::Taken(self.digest)),
        }
        self.offset = has;
        self.collected += piece.len();
        self.pieces.push(piece);
        // Many small pieces take more memory than what is in them.
        if self.collected >= COLLECTED || self.pieces.len() >= 256 {
            self.flush().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), StoreError> {
        self.collected = 0;
        let pieces = std::mem::take(&mut self.pieces);
        let State::Coming(mut part) = std::mem::replace(&mut self.state, State::Away) else {
            return Ok(());
        };
        let part = Store::aside(move || {
            part.append(&pieces)?;
            Ok::<_, StoreError>(part)
        });
        self.state = State::Coming(part.await?);
        Ok(())
    }

    /// Puts the blob in its place. When this returns, it stays.
    ///
    /// # Errors
    ///
    /// Bytes are missing, of which more can come later; the content isn't what was said,
    /// in which case it is removed; the disk is full or fails.
    pub async fn finish(mut self) -> Result<(), StoreError> {
        self.flush_rest().await?;
        let (digest, size, has) = (self.digest, self.size, self.offset);
        if has != size {
            return Err(StoreError::Size { digest, size, has });
        }
        match std::mem::replace(&mut self.state, State::Away) {
            State::Coming(part) => {
                let stays = part.blobs().read_owned().await;
                Store::aside(move || {
                    let _stays = stays;
                    part.finish()
                })
                .await
            }
            State::Whole => Ok(()),
            State::Away => Err(StoreError::Taken(digest)),
        }
    }

    /// Has what was collected in the file, as many more pieces would.
    #[cfg(test)]
    pub(super) async fn flush_for_test(&mut self) {
        self.flush().await.unwrap();
    }

    /// As if nothing had come for a while.
    #[cfg(test)]
    pub(super) fn seem_gone(&self) {
        if let State::Coming(part) = &self.state {
            part.seem_gone();
        }
    }

    async fn flush_rest(&mut self) -> Result<(), StoreError> {
        match self.pieces.is_empty() {
            true => Ok(()),
            false => self.flush().await,
        }
    }
}

impl Drop for Upload {
    /// What was collected isn't lost.
    fn drop(&mut self) {
        if let State::Coming(part) = &mut self.state
            && !self.pieces.is_empty()
        {
            let _ = part.append(&self.pieces);
        }
    }
}
