//! A file that arrives from a client.

use super::place::{Occupant, Place, occupant};
use super::room::EACH;
use super::unfinished::Unfinished;
use super::{UploadError, Uploads};
use crate::connection::Connection;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, PoisonError};
use tokio::task::spawn_blocking;

/// How much is written at once: so much of each upload is in memory.
const CHUNK: usize = 64 * 1024;

/// What became of a file that is finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// There was none of its name.
    Created,
    /// It took another's place.
    Replaced,
}

/// A file that arrives.
#[derive(Debug)]
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct Upload {
    uploads: Arc<Uploads>,
    place: Arc<Place>,
    unfinished: Arc<Unfinished>,
    replaces: bool,
    length: u64,
    /// What is still to come of what was asked for.
    left: u64,
    /// Of the room for all.
    counted: u64,
}

impl Upload {
    /// Begins one at a path, of that length if it is known. `replaces`: whether it may
    /// take the place of a file, where the server's owner lets it.
    ///
    /// # Errors
    ///
    /// No file may be there, or it is too long.
    pub(crate) async fn begin(
        uploads: Arc<Uploads>,
        path: Vec<u8>,
        length: Option<u64>,
        replaces: bool,
    ) -> Result<Self, UploadError> {
        let (uploads, place, unfinished) = blocking(move || {
            let place = uploads.place(&path)?;
            uploads.check(place.occupant()?, replaces)?;
            let known = length.unwrap_or(0);
            if known > uploads.options.max_size {
                return Err(UploadError::TooLarge);
            }
            let entries = EACH.saturating_mul(1 + place.missing());
            if !uploads.room.has(known.saturating_add(entries)) {
                return Err(UploadError::QuotaExceeded);
            }
            let unfinished = Unfinished::new(&place.directory)?;
            Ok((uploads, place, unfinished))
        })
        .await?;
        let mut upload = Self {
            uploads,
            unfinished: Arc::new(unfinished),
            replaces,
            length: 0,
            left: 0,
            counted: 0,
            place: Arc::new(place),
        };
        upload.count(EACH.saturating_mul(1 + upload.place.missing()))?;
        Ok(upload)
    }

    /// Takes more of the room for all.
    fn count(&mut self, length: u64) -> Result<(), UploadError> {
        if !self.uploads.room.take(length) {
            return Err(UploadError::QuotaExceeded);
        }
        self.counted += length;
        Ok(())
    }

    /// Adds bytes.
    ///
    /// # Errors
    ///
    /// There are too many, or they can't be written.
    pub(crate) async fn write(&mut self, bytes: Vec<u8>) -> Result<(), UploadError> {
        let offset = self.length;
        let more = bytes.len() as u64;
        self.length = offset.saturating_add(more);
        if self.length > self.uploads.options.max_size {
            return Err(UploadError::TooLarge);
        }
        self.count(more)?;
        let unfinished = Arc::clone(&self.unfinished);
        blocking(move || Ok(unfinished.file.write_all_at(&bytes, offset)?)).await
    }

    /// Adds the next bytes that arrive on a connection: this many.
    ///
    /// # Errors
    ///
    /// As [`Upload::write`]; or they don't come.
    pub(crate) async fn receive(
        &mut self,
        connection: &mut Connection,
        length: u64,
    ) -> Result<(), UploadError> {
        self.left = length;
        if length == 0 {
            return Ok(());
        }
        let wanted = self.length.saturating_add(length);
        if wanted > self.uploads.options.max_size {
            return Err(UploadError::TooLarge);
        }
        // A client that was told to continue has to know it.
        connection.begin_content(length).await?;
        let activity = connection.activity();
        while self.left > 0 {
            let chunk = self.next_chunk(connection).await?;
            // How long a disk takes is neither the handler's time nor the client's.
            let _waiting = activity.wait_for_client();
            self.write(chunk).await?;
        }
        Ok(())
    }

    async fn next_chunk(&mut self, connection: &mut Connection) -> Result<Vec<u8>, UploadError> {
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(CHUNK);
        let mut chunk = Vec::new();
        while chunk.len() < wanted {
            let piece = connection.take_content(wanted - chunk.len()).await;
            let piece = piece.map_err(|error| match error.kind() {
                io::ErrorKind::TimedOut => UploadError::TimedOut,
                _ => UploadError::ClientClosed,
            })?;
            self.left -= piece.len() as u64;
            if chunk.is_empty() {
                chunk = piece;
            } else {
                chunk.extend_from_slice(&piece);
            }
        }
        Ok(chunk)
    }

    /// How much of what was asked for is still to come.
    pub(crate) fn left(&self) -> u64 {
        self.left
    }

    /// Gives the file its name, once all of it is on the disk.
    ///
    /// # Errors
    ///
    /// It can't have that name, by now.
    pub(crate) async fn finish(mut self) -> Result<Outcome, UploadError> {
        let uploads = Arc::clone(&self.uploads);
        let (place, unfinished) = (Arc::clone(&self.place), Arc::clone(&self.unfinished));
        let replaces = self.replaces;
        let outcome = blocking(move || {
            unfinished.file.sync_data()?;
            let directory = place.make_directories()?;
            uploads.name(&unfinished, &directory, &place.name, replaces)
        })
        .await?;
        self.counted = 0;
        Ok(outcome)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.uploads.room.give_back(self.counted);
    }
}

impl Uploads {
    /// # Errors
    ///
    /// What is there may not be replaced.
    fn check(&self, occupant: Occupant, replaces: bool) -> Result<(), UploadError> {
        match occupant {
            Occupant::Nothing => Ok(()),
            Occupant::File(_) if self.options.overwrite && replaces => Ok(()),
            Occupant::File(_) => Err(UploadError::Exists),
            Occupant::SomethingElse => Err(UploadError::InTheWay),
        }
    }

    fn name(
        &self,
        unfinished: &Unfinished,
        directory: &File,
        name: &OsStr,
        replaces: bool,
    ) -> Result<Outcome, UploadError> {
        let _naming = self.naming.lock().unwrap_or_else(PoisonError::into_inner);
        let occupant = occupant(directory, name)?;
        self.check(occupant, replaces)?;
        match occupant {
            Occupant::File(size) => {
                unfinished.replace(directory, name)?;
                self.room.give_back(size.saturating_add(EACH));
                Ok(Outcome::Replaced)
            }
            Occupant::Nothing | Occupant::SomethingElse => {
                unfinished.create(directory, name)?;
                Ok(Outcome::Created)
            }
        }
    }
}

/// Does on another thread what may wait for the disk.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, UploadError> + Send + 'static,
) -> Result<T, UploadError> {
    let done = spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(UploadError::Failed(error.into())))
}
