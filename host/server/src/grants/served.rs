//! The directories of a handler, of which the one that is served may give way to
//! another at its path: programs that build a site remove the folder and make it
//! anew, and a deployment turns a link to another.

use super::directory::{Access, DirectoryGrant};
use super::error::GrantError;
use super::filesystem;
use crate::logging::escape_controls;
use arc_swap::ArcSwap;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use wasmtime_wasi::filesystem::WasiFilesystemCtx;

/// How long what was found at the path counts, in milliseconds.
const GOOD_FOR: u64 = 200;

/// Open directories, shared by all instances.
pub(crate) struct Directories {
    opened: ArcSwap<WasiFilesystemCtx>,
    /// None: they are those of the start for ever.
    path: Option<ServedPath>,
}

/// Where the served directory is looked for again.
struct ServedPath {
    /// Absolute: the working directory may be the one that is replaced.
    served: PathBuf,
    grants: Vec<DirectoryGrant>,
    begun: Instant,
    /// When to look next, in milliseconds since then.
    due: AtomicU64,
    found: Mutex<Found>,
}

struct Found {
    identity: Identity,
    /// Whether the log says that it can't be found.
    reported: bool,
}

/// By which a directory is told from another. As it is open, its number isn't
/// given to another.
#[derive(PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

impl From<Metadata> for Identity {
    fn from(metadata: Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }
}

impl Directories {
    /// Opens the directory that is served, and those granted beside it.
    ///
    /// `follows`: whether a directory that takes the place of the served one is
    /// served in its stead. It isn't where a handler may write: what it could put
    /// in that place, a link above all, would lead out of its sandbox.
    ///
    /// # Errors
    ///
    /// One isn't a readable directory, or two have the same path in the handler.
    pub(super) fn open(
        served: &Path,
        grants: &[DirectoryGrant],
        follows: bool,
    ) -> Result<Self, GrantError> {
        let read_only = grants
            .iter()
            .all(|grant| grant.access() == Access::ReadOnly);
        let path = if follows && read_only {
            ServedPath::new(served, grants)
        } else {
            None
        };
        Ok(Self {
            opened: ArcSwap::from_pointee(filesystem::open(served, grants)?),
            path,
        })
    }

    /// For an instance that begins.
    pub(crate) fn current(&self) -> WasiFilesystemCtx {
        if let Some(path) = &self.path
            && path.is_due()
            && let Some(opened) = path.look()
        {
            self.opened.store(opened.into());
        }
        WasiFilesystemCtx::clone(&self.opened.load())
    }
}

impl ServedPath {
    /// None if there is nothing to find again. What is wrong with it, opening it
    /// says.
    fn new(served: &Path, grants: &[DirectoryGrant]) -> Option<Self> {
        let served = std::path::absolute(served).ok()?;
        let identity = std::fs::metadata(&served).ok()?.into();
        Some(Self {
            served,
            grants: grants.to_vec(),
            begun: Instant::now(),
            due: AtomicU64::new(GOOD_FOR),
            found: Mutex::new(Found {
                identity,
                reported: false,
            }),
        })
    }

    /// Whether to look now: one of those who ask at a time.
    fn is_due(&self) -> bool {
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let due = self.due.load(Ordering::Relaxed);
        let next = now.saturating_add(GOOD_FOR);
        let exchange = || {
            self.due
                .compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed)
        };
        now >= due && exchange().is_ok()
    }

    /// Opens what has taken the directory's place, if something has.
    fn look(&self) -> Option<WasiFilesystemCtx> {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        match self.open_other(&found.identity) {
            Ok(other) => {
                found.reported = false;
                let (identity, opened) = other?;
                tracing::info!("serving another directory: the one at {} now", self.path());
                found.identity = identity;
                Some(opened)
            }
            Err(error) => {
                if !std::mem::replace(&mut found.reported, true) {
                    tracing::warn!(
                        "cannot serve {} any more: {error}; looking for it again",
                        self.path()
                    );
                }
                None
            }
        }
    }

    /// As the log may have it.
    fn path(&self) -> String {
        escape_controls(&self.served.display().to_string()).into_owned()
    }

    /// None: it is the same directory.
    fn open_other(&self, than: &Identity) -> io::Result<Option<(Identity, WasiFilesystemCtx)>> {
        let identity = Identity::from(std::fs::metadata(&self.served)?);
        if identity == *than {
            return Ok(None);
        }
        let opened = filesystem::open(&self.served, &self.grants).map_err(io::Error::other)?;
        Ok(Some((identity, opened)))
    }
}
