//! Noticing that files have changed, and are whole: the component's, or those of
//! certificates and their keys, which change together.
//!
//! Directories are watched, not the file: most programs don't write into a file
//! but put another in its place, or turn a link on the way to it. What happens there
//! only says when to look; the file's identity, size and times say whether it is
//! another one. So a file is taken
//!
//! 1. when nothing has happened for a moment,
//! 2. when nobody has it open and has written to it (Linux tells),
//! 3. when it isn't empty, and another than was last seen; of several, all are there.

use super::links::deciding_entries;
use crate::error::Error;
use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{EventHandler, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long nothing may happen before a change counts as done.
const QUIET: Duration = Duration::from_millis(150);

/// How often to look for a directory that is gone, as it is after `cargo
/// clean`.
const LOST_DIRECTORY: Duration = Duration::from_millis(500);

/// Whether the system tells when a file that was written to is closed.
const TELLS_OF_CLOSING: bool = cfg!(target_os = "linux");

/// Watches over files that are loaded together.
#[derive(Debug)]
pub(super) struct FileWatch {
    /// What they are.
    what: &'static str,
    files: Vec<PathBuf>,
    watcher: RecommendedWatcher,
    /// What decides which files these are.
    entries: BTreeSet<PathBuf>,
    /// Where these entries are.
    directories: BTreeSet<PathBuf>,
    /// Whether one of them has to be watched anew.
    lost: bool,
    /// What was last loaded, or tried, of each. None if there was no file.
    seen: Vec<Option<Fingerprint>>,
    being_written: bool,
    due: Option<Instant>,
}

/// By which one file, at one time, is told from another.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fingerprint {
    device: u64,
    inode: u64,
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Fingerprint {
    fn of(file: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(file).ok()?;
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    fn has_content(&self) -> bool {
        self.length != 0
    }
}

impl FileWatch {
    /// Begins to watch. `pass_on` is told what happens, for [`FileWatch::note`].
    ///
    /// # Errors
    ///
    /// A file's directory isn't there, or the system has no more watches.
    pub(super) fn new(
        what: &'static str,
        files: &[PathBuf],
        pass_on: impl EventHandler,
    ) -> Result<Self, Error> {
        let failed = |error: notify::Error| Error::Watch {
            what,
            path: files.first().cloned().unwrap_or_default(),
            reason: error.to_string(),
        };
        // Events have absolute paths if what is watched has.
        let absolute = files.iter().map(std::path::absolute);
        let absolute = absolute.collect::<Result<_, _>>();
        let mut watch = Self {
            what,
            files: absolute.map_err(|error| failed(notify::Error::io(error)))?,
            watcher: notify::recommended_watcher(pass_on).map_err(failed)?,
            entries: BTreeSet::new(),
            directories: BTreeSet::new(),
            lost: false,
            seen: Vec::new(),
            being_written: false,
            due: None,
        };
        watch.watch_directories().map_err(failed)?;
        watch.note_loading();
        Ok(watch)
    }

    /// When to ask [`FileWatch::is_changed`], unless something happens before.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Notes what has happened in a directory.
    pub(super) fn note(&mut self, event: notify::Result<notify::Event>) {
        let Ok(event) = event else {
            // Something was missed.
            return self.look_soon();
        };
        if event.need_rescan() {
            self.being_written = false;
            return self.look_soon();
        }
        let closed = EventKind::Access(AccessKind::Close(AccessMode::Write));
        if matches!(event.kind, EventKind::Access(_)) && event.kind != closed {
            // Nobody changes a file by reading it, and we do.
            return;
        }
        let renamed = matches!(event.kind, EventKind::Modify(ModifyKind::Name(_)));
        if renamed || event.kind.is_create() || event.kind.is_remove() {
            let mut paths = event.paths.iter();
            self.lost |= paths.any(|path| self.directories.contains(path));
        }
        if event.paths.iter().any(|path| self.entries.contains(path)) {
            match event.kind {
                EventKind::Modify(ModifyKind::Data(_)) => self.being_written = TELLS_OF_CLOSING,
                EventKind::Modify(ModifyKind::Metadata(_)) => {}
                // Closed, or another file.
                _ => self.being_written = false,
            }
            self.look_soon();
        } else {
            // A neighbour that is always busy must not put off the look.
            self.due.get_or_insert_with(|| Instant::now() + QUIET);
        }
    }

    fn look_soon(&mut self) {
        self.due = Some(Instant::now() + QUIET);
    }

    /// Whether there are other files, and all of them. Asked when it is due.
    pub(super) fn is_changed(&mut self) -> bool {
        self.due = None;
        // A link may lead elsewhere now, even to what isn't there yet.
        self.find_directories();
        let now = self.fingerprints();
        for ((file, seen), now) in self.files.iter().zip(&mut self.seen).zip(&now) {
            if now.is_none() && seen.take().is_some() {
                tracing::warn!(
                    "{} {file:?} is gone; the one that was loaded goes on",
                    self.what
                );
            }
        }
        // Opened to be written, and not closed; or about to be written.
        let is_whole = |file: &Option<_>| file.as_ref().is_some_and(Fingerprint::has_content);
        !self.being_written && now.iter().all(is_whole) && now != self.seen
    }

    fn fingerprints(&self) -> Vec<Option<Fingerprint>> {
        let files = self.files.iter();
        files.map(|file| Fingerprint::of(file)).collect()
    }

    /// Notes which files are about to be loaded.
    pub(super) fn note_loading(&mut self) {
        self.seen = self.fingerprints();
    }

    /// Whether what was loaded may be a mixture of old and new. Then it will be
    /// looked at again.
    pub(super) fn changed_since_loading(&mut self) -> bool {
        let changed = self.seen != self.fingerprints();
        if changed {
            self.look_soon();
        }
        changed
    }

    fn find_directories(&mut self) {
        self.lost = self.watch_directories().is_err();
        if self.lost {
            self.due = Some(Instant::now() + LOST_DIRECTORY);
        }
    }

    /// Watches where the files are, and nothing else.
    fn watch_directories(&mut self) -> notify::Result<()> {
        let files = self.files.iter();
        self.entries = files.flat_map(|file| deciding_entries(file)).collect();
        let directories = self.entries.iter().filter_map(|entry| entry.parent());
        let directories: BTreeSet<PathBuf> = directories.map(Path::to_owned).collect();
        for old in std::mem::take(&mut self.directories) {
            if self.lost || !directories.contains(&old) {
                // It fails if the directory has gone, and its watch with it.
                let _ = self.watcher.unwatch(&old);
            } else {
                self.directories.insert(old);
            }
        }
        for new in directories {
            if !self.directories.contains(&new) {
                self.watcher.watch(&new, RecursiveMode::NonRecursive)?;
                self.directories.insert(new);
            }
        }
        Ok(())
    }
}
