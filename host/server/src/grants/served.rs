//! The directories of a handler, of which the one that is served may give way to
//! another at its path: programs that build a site remove the folder and make it
//! anew, and a deployment turns a link to another.
//!
//! Whoever can change what is at the path must not have this process serve what they
//! can't read themselves, a directory of root's above all ([`Owners::may_give_way_to`]).

use super::directory::{Access, DirectoryGrant};
use super::error::GrantError;
use super::filesystem;
use super::way::Control;
use crate::logging::escape_controls;
use arc_swap::ArcSwap;
use std::fs::{File, Metadata};
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
    /// Whose the directory of the start was.
    owners: Owners,
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

impl From<&Metadata> for Identity {
    fn from(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }
}

/// Whose a directory is, and the one that it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Owners {
    own: u32,
    parent: u32,
}

/// Why another directory isn't served.
#[derive(Debug, thiserror::Error)]
enum NotServed {
    #[error("it can't be opened: {0}; looking for it again")]
    Absent(#[from] io::Error),
    #[error("another is there, {0}; start the server anew to serve it")]
    Untrusted(String),
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
        let metadata = std::fs::metadata(&served).ok()?;
        let identity = Identity::from(&metadata);
        let owners = Owners::of(&served, &metadata).ok()?;
        Some(Self {
            served,
            owners,
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
            Err(reason) => {
                if !std::mem::replace(&mut found.reported, true) {
                    let reason = reason.to_string();
                    tracing::warn!(
                        "cannot serve {} any more: {}",
                        self.path(),
                        escape_controls(&reason)
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
    fn open_other(
        &self,
        than: &Identity,
    ) -> Result<Option<(Identity, WasiFilesystemCtx)>, NotServed> {
        if Identity::from(&std::fs::metadata(&self.served)?) == *than {
            return Ok(None);
        }
        // What is looked at is what is served, whatever the path leads to by then.
        let directory = File::open(&self.served)?;
        let metadata = directory.metadata()?;
        let owners = Owners::of(&self.served, &metadata)?;
        let control = Control::of(&self.served)?;
        self.owners
            .may_give_way_to(owners, &control)
            .map_err(NotServed::Untrusted)?;
        let opened = filesystem::open(&path_of(&directory, &self.served), &self.grants)
            .map_err(io::Error::other)?;
        Ok(Some((Identity::from(&metadata), opened)))
    }
}

/// A path to what is open, and to nothing else.
#[cfg(target_os = "linux")]
fn path_of(directory: &File, _: &Path) -> PathBuf {
    use std::os::fd::AsRawFd;
    PathBuf::from(format!("/proc/self/fd/{}", directory.as_raw_fd()))
}

/// Other systems have none for a directory.
#[cfg(not(target_os = "linux"))]
fn path_of(_: &File, path: &Path) -> PathBuf {
    path.to_owned()
}

impl Owners {
    fn of(path: &Path, metadata: &Metadata) -> io::Result<Self> {
        let real = path.canonicalize()?;
        let parent = real.parent().unwrap_or(&real);
        Ok(Self {
            own: metadata.uid(),
            parent: std::fs::metadata(parent)?.uid(),
        })
    }

    /// Whether the directory of these owners may give way to another, where `control`
    /// says who decides what is at the path.
    ///
    /// # Errors
    ///
    /// Why not, in words that go on after "another is there, ".
    fn may_give_way_to(self, other: Self, control: &Control) -> Result<(), String> {
        let kept = |before: u32, now: u32| now == before || now == 0;
        if !kept(self.own, other.own) {
            return Err(format!(
                "which belongs to uid {} rather than to uid {}",
                other.own, self.own
            ));
        }
        if !kept(self.parent, other.parent) {
            return Err(format!(
                "in a directory that belongs to uid {} rather than to uid {}",
                other.parent, self.parent
            ));
        }
        match control {
            Control::Ours => Ok(()),
            // They can read what is theirs without us.
            Control::Another(uid) if *uid == other.own => Ok(()),
            Control::Another(uid) => Err(format!(
                "put there by uid {uid}, and it belongs to uid {}",
                other.own
            )),
            Control::Many(directory) => Err(format!(
                "and several users decide which, as they can write to {}",
                directory.display()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: u32 = 0;
    const WWW: u32 = 33;
    const NOBODY: u32 = 65534;

    fn gives_way(before: [u32; 2], now: [u32; 2], control: &Control) -> bool {
        let [before, now] = [before, now].map(|[own, parent]| Owners { own, parent });
        before.may_give_way_to(now, control).is_ok()
    }

    #[test]
    fn the_owner_is_the_same_or_root() {
        let ours = Control::Ours;
        assert!(gives_way([WWW, WWW], [WWW, WWW], &ours));
        assert!(gives_way([WWW, WWW], [ROOT, WWW], &ours));
        assert!(gives_way([WWW, WWW], [WWW, ROOT], &ours));
        assert!(!gives_way([WWW, WWW], [NOBODY, WWW], &ours));
        assert!(!gives_way([WWW, WWW], [WWW, NOBODY], &ours));
        assert!(!gives_way([ROOT, ROOT], [WWW, ROOT], &ours));
    }

    #[test]
    fn nobody_has_served_what_is_not_theirs() {
        let theirs = Control::Another(NOBODY);
        assert!(gives_way([NOBODY, NOBODY], [NOBODY, NOBODY], &theirs));
        for before in [ROOT, NOBODY] {
            assert!(!gives_way([before, NOBODY], [ROOT, ROOT], &theirs));
        }
        let all = Control::Many("/srv".into());
        assert!(!gives_way([WWW, WWW], [WWW, WWW], &all));
    }
}
