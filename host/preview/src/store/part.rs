//! What came of a blob, in a file of its own.

use super::blobs;
use super::books::Hold;
use super::durable::make_folder;
use super::error::StoreError;
use super::inner::{Inner, Shelf};
use crate::digest::{Digest, Hasher};
use crate::names::ProjectName;
use bytes::Bytes;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::RwLock;

/// What came, and the right to add to it.
#[derive(Debug)]
pub(super) struct Part {
    inner: Arc<Inner>,
    shelf: Arc<Shelf>,
    hold: Arc<Hold>,
    project: ProjectName,
    digest: Digest,
    path: PathBuf,
    file: File,
    hasher: Hasher,
    /// How much is in the file, in bytes.
    written: u64,
    /// Whether there is the file, or the blob that it became.
    is_there: bool,
}

impl Part {
    /// Opens what came before, or begins, if nobody else is at it and the project may have
    /// that much.
    pub(super) fn open(
        inner: &Arc<Inner>,
        project: ProjectName,
        digest: Digest,
        size: u64,
    ) -> Result<Self, StoreError> {
        let shelf = inner.shelf(&project);
        let hold = shelf.books.begin(digest, size)?;
        let path = inner.place.upload(&project, digest);
        let (file, hasher, written) = match open(&path, size) {
            Ok(opened) => opened,
            Err(error) => {
                shelf.books.end(digest, &hold, None);
                shelf.books.recount();
                return Err(StoreError::io("begin an upload", error));
            }
        };
        Ok(Self {
            inner: Arc::clone(inner),
            shelf,
            hold,
            project,
            digest,
            path,
            file,
            hasher,
            written,
            is_there: true,
        })
    }

    /// How much is in the file, in bytes.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Held, the project isn't removed meanwhile.
    pub(super) fn blobs(&self) -> Arc<RwLock<()>> {
        Arc::clone(&self.shelf.blobs)
    }

    /// Whether nobody else has taken it. Nobody does for a while then.
    pub(super) fn is_held(&self) -> bool {
        self.hold.with(|| ()).is_some()
    }

    #[cfg(test)]
    pub(super) fn seem_gone(&self) {
        self.hold.seem_gone();
    }

    pub(super) fn append(&mut self, pieces: &[Bytes]) -> Result<(), StoreError> {
        let hold = Arc::clone(&self.hold);
        let appended = hold.with(|| {
            for piece in pieces {
                self.file.write_all(piece)?;
                self.hasher.update(piece);
                self.written += piece.len() as u64;
            }
            Ok(())
        });
        match appended {
            None => Err(StoreError::Taken(self.digest)),
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => {
                let error = StoreError::io("write an upload", error);
                if matches!(error, StoreError::Full { .. }) {
                    self.give_back();
                }
                Err(error)
            }
        }
    }

    /// Checks all of it and puts it in its place.
    pub(super) fn finish(mut self: Box<Self>) -> Result<(), StoreError> {
        let is = std::mem::take(&mut self.hasher).finish();
        let said = self.digest;
        if is != said {
            let hold = Arc::clone(&self.hold);
            hold.with(|| self.give_back());
            return Err(StoreError::Digest { said, is });
        }
        let hold = Arc::clone(&self.hold);
        let kept = hold.with(|| {
            let files = [(said, self.path.clone())];
            blobs::keep(&self.inner.place, &self.project, &files)
        });
        match kept {
            None => Err(StoreError::Taken(said)),
            Some(Ok(())) => Ok(()),
            Some(Err(error)) if blobs::is_absent(&error) => {
                self.is_there = false;
                Err(StoreError::Removed(said))
            }
            Some(Err(error)) => {
                let error = StoreError::io("keep an upload", error);
                if matches!(error, StoreError::Full { .. }) {
                    hold.with(|| self.give_back());
                }
                Err(error)
            }
        }
    }

    /// Removes what came.
    fn give_back(&mut self) {
        let _ = self.file.set_len(0);
        let _ = fs::remove_file(&self.path);
        self.is_there = false;
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let kept = self.is_there.then_some(self.written);
        self.shelf.books.end(self.digest, &self.hold, kept);
    }
}

/// Opens what came before, or a new file. Reads what is there for its digest.
fn open(path: &Path, size: u64) -> io::Result<(File, Hasher, u64)> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let mut how = OpenOptions::new();
    how.read(true).write(true).create(true).mode(0o600);
    // What isn't a file of ours isn't followed anywhere.
    how.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    let mut file = how.open(path)?;
    if file.metadata()?.len() > size {
        file.set_len(0)?;
    }
    let mut hasher = Hasher::new();
    let mut written = 0;
    let mut piece = vec![0; 128 * 1024];
    loop {
        match file.read(&mut piece)? {
            0 => break,
            read => {
                hasher.update(&piece[..read]);
                written += read as u64;
            }
        }
    }
    file.seek(SeekFrom::Start(written))?;
    Ok((file, hasher, written))
}
