//! Hashes files on all cores, and reads each of them once.

use super::faults::{ENOUGH, Fault, Faults};
use super::stamp::{self, Stamp};
use super::walk::Found;
use crate::digest::{Digest, Hasher};
use crate::names::SitePath;
use std::io::{self, Read};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{available_parallelism, scope};

/// How much of a file is read at once.
const PIECE: usize = 128 * 1024;

/// More threads than this wait for the disk, and for each other.
const MAX_THREADS: usize = 32;

/// A file whose content is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SiteFile {
    /// What the site calls it.
    pub(crate) path: SitePath,
    /// Where its content is.
    pub(crate) source: PathBuf,
    /// Of the content.
    pub(crate) digest: Digest,
    /// Of the content, in bytes.
    pub(crate) size: u64,
    /// By which it is known whether it changed after it was hashed.
    pub(crate) stamp: Stamp,
}

/// The files in the order of `found`. `done` is told of each, by any thread.
pub(super) fn hash(found: &[Found], done: &(dyn Fn(u64) + Sync)) -> Result<Vec<SiteFile>, Faults> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, Result<SiteFile, Fault>)>> = Mutex::default();
    let work = || {
        let mut piece = vec![0; PIECE];
        let mut own = Vec::new();
        while let Some((index, file)) = take(&next, found) {
            let result = one(file, &mut piece);
            if let Ok(file) = &result {
                done(file.size);
            }
            own.push((index, result));
        }
        results
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(own);
    };
    let cores = available_parallelism().map_or(1, NonZero::get);
    let threads = cores.min(MAX_THREADS).min(found.len());
    scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    collect(results.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn take<'a>(next: &AtomicUsize, found: &'a [Found]) -> Option<(usize, &'a Found)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    Some((index, found.get(index)?))
}

fn collect(mut results: Vec<(usize, Result<SiteFile, Fault>)>) -> Result<Vec<SiteFile>, Faults> {
    results.sort_by_key(|(index, _)| *index);
    let mut files = Vec::with_capacity(results.len());
    let mut faults = Vec::new();
    for (_, result) in results {
        match result {
            Ok(file) => files.push(file),
            Err(fault) if faults.len() < ENOUGH => faults.push(fault),
            Err(_) => {}
        }
    }
    if faults.is_empty() {
        Ok(files)
    } else {
        Err(Faults(faults))
    }
}

fn one(found: &Found, piece: &mut [u8]) -> Result<SiteFile, Fault> {
    let Found { path, source } = found;
    let mut read = || -> io::Result<(Digest, u64, Stamp)> {
        let (mut file, stamp) = stamp::open(source)?;
        let mut hasher = Hasher::new();
        let mut size = 0;
        loop {
            let length = file.read(piece)?;
            if length == 0 {
                break;
            }
            hasher.update(&piece[..length]);
            size += length as u64;
        }
        stamp.check(&file, size)?;
        Ok((hasher.finish(), size, stamp))
    };
    let (digest, size, stamp) = read().map_err(|error| Fault {
        path: path.to_string(),
        what: error.to_string(),
    })?;
    Ok(SiteFile {
        path: path.clone(),
        source: source.clone(),
        digest,
        size,
        stamp,
    })
}
