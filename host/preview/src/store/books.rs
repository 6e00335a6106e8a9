//! What a project has and what is coming, in bytes, and who uploads what.
//!
//! Whether a project may have more is decided before a byte of it is written, so what
//! was promised to uploads that are under way counts as if it were there.

use super::error::{StoreError, TooMuch};
use crate::digest::Digest;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// After this time without a byte, an upload can be gone on with by somebody else: the
/// same client, after its connection was cut.
const ABANDONED: Duration = Duration::from_secs(5);

/// What a file takes on a disk besides its content, in bytes, so that many small ones are
/// not for nothing.
pub(super) const PLACE: u64 = 4096;

/// The books of one project.
#[derive(Debug)]
pub(super) struct Books {
    blobs: PathBuf,
    uploads: PathBuf,
    /// The most that the project may have, in bytes.
    most: u64,
    accounts: Mutex<Accounts>,
}

#[derive(Debug, Default)]
struct Accounts {
    /// What is on the disk, without what is being written. None: not counted yet.
    used: Option<u64>,
    /// The size that all that is being written will have.
    promised: u64,
    writing: HashMap<Digest, Arc<Hold>>,
}

/// Held by the one who writes a blob.
#[derive(Debug)]
pub(super) struct Hold {
    size: u64,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    /// It is written, and something came at this time.
    Since(Instant),
    /// Somebody else goes on.
    Taken,
}

impl Hold {
    /// Does something while nobody can take it over. None: somebody has.
    pub(super) fn with<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        let mut state = lock(&self.state);
        if matches!(*state, State::Taken) {
            return None;
        }
        let done = work();
        *state = State::Since(Instant::now());
        Some(done)
    }

    #[cfg(test)]
    pub(super) fn seem_gone(&self) {
        let long_ago = Instant::now().checked_sub(ABANDONED).unwrap();
        *lock(&self.state) = State::Since(long_ago);
    }

    /// Whether this takes it from somebody who seems to be gone.
    fn take(&self) -> bool {
        // Who is writing at this moment isn't gone.
        let Ok(mut state) = self.state.try_lock() else {
            return false;
        };
        match *state {
            State::Since(last) if last.elapsed() < ABANDONED => false,
            _ => {
                *state = State::Taken;
                true
            }
        }
    }
}

impl Books {
    /// The books of the project that has its blobs and uploads in these folders.
    pub(super) fn new(blobs: PathBuf, uploads: PathBuf, most: u64) -> Self {
        let accounts = Mutex::default();
        Self {
            blobs,
            uploads,
            most,
            accounts,
        }
    }

    /// Lets one write a blob of `size` bytes.
    pub(super) fn begin(&self, digest: Digest, size: u64) -> Result<Arc<Hold>, StoreError> {
        let size = size.saturating_add(PLACE);
        let mut accounts = lock(&self.accounts);
        let before = accounts.writing.get(&digest).map(Arc::clone);
        match before {
            Some(before) if !before.take() => return Err(StoreError::Busy(digest)),
            Some(before) => accounts.promised = accounts.promised.saturating_sub(before.size),
            None => {
                self.count(&mut accounts)?;
                let part = self.uploads.join(digest.to_string());
                let there = fs::symlink_metadata(part).map_or(0, |about| about.len() + PLACE);
                accounts.used = accounts.used.map(|used| used.saturating_sub(there));
            }
        }
        let promised = self.check(&mut accounts, size);
        if let Err(error) = promised {
            accounts.writing.remove(&digest);
            // What is there of it is counted again.
            accounts.used = None;
            return Err(error);
        }
        let state = Mutex::new(State::Since(Instant::now()));
        let hold = Arc::new(Hold { size, state });
        accounts.promised += size;
        accounts.writing.insert(digest, Arc::clone(&hold));
        Ok(hold)
    }

    /// The blob isn't written any longer, and `kept` bytes of it are on the disk, or not
    /// even a file. Does nothing for one who was taken over.
    pub(super) fn end(&self, digest: Digest, hold: &Arc<Hold>, kept: Option<u64>) {
        let kept = kept.map_or(0, |kept| kept.saturating_add(PLACE));
        let mut accounts = lock(&self.accounts);
        let current = accounts.writing.get(&digest);
        if current.is_some_and(|current| Arc::ptr_eq(current, hold)) {
            accounts.writing.remove(&digest);
            accounts.settle(hold.size, kept);
        }
    }

    /// Promises `size` bytes, with [`PLACE`] for each file, for what is written at once.
    pub(super) fn promise(&self, size: u64) -> Result<(), StoreError> {
        let mut accounts = lock(&self.accounts);
        self.check(&mut accounts, size)?;
        accounts.promised += size;
        Ok(())
    }

    /// Of what was promised, `kept` bytes are on the disk now.
    pub(super) fn settle(&self, promised: u64, kept: u64) {
        lock(&self.accounts).settle(promised, kept);
    }

    /// Something was removed, so the disk is to be asked again.
    pub(super) fn recount(&self) {
        lock(&self.accounts).used = None;
    }

    /// Does something to a part of a blob unless somebody is writing it.
    pub(super) fn if_idle<T>(&self, digest: Digest, work: impl FnOnce() -> T) -> Option<T> {
        let accounts = lock(&self.accounts);
        (!accounts.writing.contains_key(&digest)).then(work)
    }

    fn check(&self, accounts: &mut Accounts, size: u64) -> Result<(), StoreError> {
        let used = self.count(accounts)?;
        let has = used.saturating_add(accounts.promised);
        if has.saturating_add(size) > self.most {
            let most = self.most;
            return Err(TooMuch::ProjectSize { has, size, most }.into());
        }
        Ok(())
    }

    fn count(&self, accounts: &mut Accounts) -> Result<u64, StoreError> {
        if let Some(used) = accounts.used {
            return Ok(used);
        }
        let idle = |name: &str| {
            let digest = name.parse::<Digest>();
            !digest.is_ok_and(|digest| accounts.writing.contains_key(&digest))
        };
        let blobs = size_below(&self.blobs, 1, &|_| true);
        let parts = size_below(&self.uploads, 0, &idle);
        let sizes = blobs.and_then(|blobs| Ok(blobs.saturating_add(parts?)));
        let used = sizes.map_err(|error| StoreError::io("count a project's blobs", error))?;
        accounts.used = Some(used);
        Ok(used)
    }
}

impl Accounts {
    fn settle(&mut self, promised: u64, kept: u64) {
        self.promised = self.promised.saturating_sub(promised);
        self.used = self.used.map(|used| used.saturating_add(kept));
    }
}

/// What the files in a folder and at most `depth` folders down take, in bytes, of those
/// whose names count.
fn size_below(folder: &Path, depth: usize, counts: &dyn Fn(&str) -> bool) -> io::Result<u64> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut size = 0_u64;
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() && depth > 0 {
            size = size.saturating_add(size_below(&entry.path(), depth - 1, counts)?);
        } else if kind.is_file() && counts(&entry.file_name().to_string_lossy()) {
            match entry.metadata() {
                Ok(about) => size = size.saturating_add(about.len()).saturating_add(PLACE),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(size)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
