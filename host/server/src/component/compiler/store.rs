//! What workers have made, kept in the cache for the next start: a file for each job and
//! component, named by what it was made of.

use crate::component::cache;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tempfile::NamedTempFile;

/// Beside what wasmtime keeps.
const FOLDER: &str = "components";

/// The most that is kept, in bytes. What wasn't used for longest goes first.
const MAX_KEPT: u64 = 1024 * 1024 * 1024;

/// The directory. None: nothing is kept.
pub(super) fn open() -> Option<PathBuf> {
    match cache::usable_directory() {
        Ok(directory) => Some(directory.join(FOLDER)),
        Err(reason) => {
            cache::report_unkept(&reason);
            None
        }
    }
}

/// What a job has made of a component.
pub(super) fn find(store: &Path, job: &str, component: &[u8]) -> Option<Vec<u8>> {
    let mut file = File::open(path(store, job, component)).ok()?;
    let mut product = Vec::new();
    file.read_to_end(&mut product).ok()?;
    // An error: it goes sooner than it should.
    let _ = file.set_modified(SystemTime::now());
    Some(product)
}

/// Keeps it, if that is possible.
pub(super) fn keep(store: &Path, job: &str, component: &[u8], product: &[u8]) {
    let path = path(store, job, component);
    if let Err(error) = write(store, &path, product).and_then(|()| make_room(store, &path)) {
        tracing::debug!("what was compiled isn't kept: {error}");
    }
}

/// By all that decides what is made. Whether the machine is another, loading shows.
fn path(store: &Path, job: &str, component: &[u8]) -> PathBuf {
    let mut hash = Sha256::new();
    for part in [env!("CARGO_PKG_VERSION"), job] {
        hash.update(part);
        hash.update([0]);
    }
    hash.update(component);
    let hash: [u8; 32] = hash.finalize().into();
    let name: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    store.join(name)
}

/// Writes it beside, so that who reads it finds all of it, also after a crash.
fn write(store: &Path, path: &Path, product: &[u8]) -> io::Result<()> {
    cache::make(store)?;
    let mut file = NamedTempFile::new_in(store)?;
    file.write_all(product)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Removes what wasn't used for longest, but for what was just written.
fn make_room(store: &Path, newest: &Path) -> io::Result<()> {
    let mut files = Vec::new();
    for entry in fs::read_dir(store)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        files.push((metadata.modified()?, metadata.len(), entry.path()));
    }
    files.sort_unstable();
    let mut all: u64 = files.iter().map(|(_, length, _)| length).sum();
    for (_, length, path) in files {
        if all <= MAX_KEPT {
            break;
        }
        if path != newest {
            fs::remove_file(path)?;
            all -= length;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_is_kept_is_found_and_nothing_else() {
        let store = tempfile::tempdir().unwrap();
        let store = store.path().join("new");
        assert_eq!(find(&store, "job", b"component"), None);
        keep(&store, "job", b"component", b"product");
        assert_eq!(find(&store, "job", b"component").unwrap(), b"product");
        assert_eq!(find(&store, "job", b"components"), None);
        assert_eq!(find(&store, "jobc", b"omponent"), None);
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let store = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        for (name, age, length) in [("old", 3, MAX_KEPT / 2), ("older", 4, 10), ("new", 1, 10)] {
            let file = File::create(store.path().join(name)).unwrap();
            file.set_len(length).unwrap();
            file.set_modified(now - Duration::from_secs(age)).unwrap();
        }
        let newest = store.path().join("newest");
        // It is the oldest by its time, and stays.
        let file = File::create(&newest).unwrap();
        file.set_len(MAX_KEPT / 2).unwrap();
        file.set_modified(now - Duration::from_secs(9)).unwrap();
        make_room(store.path(), &newest).unwrap();
        let there = |name: &str| store.path().join(name).exists();
        assert!(!there("older") && !there("old"), "the older ones");
        assert!(there("new") && there("newest"), "the newer ones");
    }
}
