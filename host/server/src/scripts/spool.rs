//! Content that is kept for a script until its length is known.
//!
//! It is in a file that has no name, which the system forgets with its descriptor,
//! however this process ends. What is kept at once is bounded, for a request and for
//! all together: clients must not be able to fill the disk. The file is written and
//! read on other threads than those that serve, in pieces, so that neither the disk
//! nor the content's length costs other clients anything.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::task::spawn_blocking;

/// How many times a single request's most may be kept for all requests together.
const SHARES: u64 = 4;

/// How much content is kept, by whom it concerns. All workers share one.
#[derive(Debug)]
pub(crate) struct SpoolRoom {
    directory: PathBuf,
    most_each: u64,
    /// How much of the room for all is left.
    left: AtomicU64,
}

impl SpoolRoom {
    /// Room for this much of each request's content.
    pub(crate) fn new(most_each: u64) -> Self {
        Self {
            directory: spool_directory(),
            most_each,
            left: AtomicU64::new(most_each.saturating_mul(SHARES)),
        }
    }

    /// Takes room for that many bytes, if there is as much.
    fn take(&self, length: u64) -> bool {
        let less = |left: u64| left.checked_sub(length);
        let ordering = Ordering::Relaxed;
        self.left.fetch_update(ordering, ordering, less).is_ok()
    }
}

/// Where temporary files may be large: `/tmp` is memory on many systems.
pub(crate) fn spool_directory() -> PathBuf {
    let large = Path::new("/var/tmp");
    match std::env::var_os("TMPDIR") {
        None if large.is_dir() => large.to_owned(),
        _ => std::env::temp_dir(),
    }
}

/// Why content isn't kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SpoolError {
    /// It is more than may be kept of one request.
    #[error("it is longer than what is kept of one request")]
    TooLong,
    /// It is more than may be kept of all requests together.
    #[error("as much is kept for other requests as may be")]
    Busy,
    /// The system keeps no more.
    #[error("cannot keep a request's content in {directory}: {error}")]
    Failed { directory: String, error: io::Error },
}

/// Content that is kept for a script.
#[derive(Debug)]
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct Spool {
    room: Arc<SpoolRoom>,
    file: Arc<File>,
    length: u64,
}

impl Spool {
    /// # Errors
    ///
    /// There can be no such file.
    pub(crate) async fn new(room: Arc<SpoolRoom>) -> Result<Self, SpoolError> {
        let directory = room.directory.clone();
        let file = blocking(move || tempfile::tempfile_in(directory)).await;
        let file = file.map_err(|error| room.failed(error))?;
        Ok(Self {
            room,
            file: Arc::new(file),
            length: 0,
        })
    }

    /// Keeps more.
    ///
    /// # Errors
    ///
    /// See [`SpoolError`].
    pub(crate) async fn write(&mut self, bytes: Vec<u8>) -> Result<(), SpoolError> {
        let more = bytes.len() as u64;
        let length = self.length.saturating_add(more);
        if length > self.room.most_each {
            return Err(SpoolError::TooLong);
        }
        if !self.room.take(more) {
            return Err(SpoolError::Busy);
        }
        let (file, offset) = (Arc::clone(&self.file), self.length);
        self.length = length;
        let written = blocking(move || file.write_all_at(&bytes, offset)).await;
        written.map_err(|error| self.room.failed(error))
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Reads what is kept from `offset` on, at most so many bytes. Nothing is lost if
    /// the future is dropped.
    ///
    /// # Errors
    ///
    /// It can't be read.
    pub(super) async fn read(&self, offset: u64, most: usize) -> io::Result<Vec<u8>> {
        let file = Arc::clone(&self.file);
        blocking(move || {
            let mut bytes = vec![0; most];
            let length = file.read_at(&mut bytes, offset)?;
            bytes.truncate(length);
            Ok(bytes)
        })
        .await
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.room.left.fetch_add(self.length, Ordering::Relaxed);
    }
}

impl SpoolRoom {
    fn failed(&self, error: io::Error) -> SpoolError {
        SpoolError::Failed {
            directory: self.directory.display().to_string(),
            error,
        }
    }
}

/// Does on another thread what may wait for the disk.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn spool(room: &Arc<SpoolRoom>) -> Spool {
        Spool::new(Arc::clone(room)).await.unwrap()
    }

    #[tokio::test]
    async fn what_is_written_is_read() {
        let room = Arc::new(SpoolRoom::new(10));
        let mut spool = spool(&room).await;
        spool.write(b"hello, ".to_vec()).await.unwrap();
        spool.write(b"you".to_vec()).await.unwrap();
        assert_eq!(spool.length(), 10);
        assert_eq!(spool.read(0, 100).await.unwrap(), b"hello, you");
        assert_eq!(spool.read(7, 2).await.unwrap(), b"yo");
        assert!(spool.read(10, 100).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn each_has_a_bound_and_so_have_all() {
        let room = Arc::new(SpoolRoom::new(10));
        let mut spools = Vec::new();
        for _ in 0..SHARES {
            let mut spool = spool(&room).await;
            spool.write(vec![0; 10]).await.unwrap();
            let more = spool.write(vec![0; 1]).await;
            assert!(matches!(more, Err(SpoolError::TooLong)), "{more:?}");
            spools.push(spool);
        }
        let mut late = spool(&room).await;
        let refused = late.write(vec![0; 1]).await;
        assert!(matches!(refused, Err(SpoolError::Busy)), "{refused:?}");
        spools.pop();
        late.write(vec![0; 10]).await.unwrap();
        drop((late, spools));
        assert_eq!(room.left.load(Ordering::Relaxed), 10 * SHARES);
    }
}
