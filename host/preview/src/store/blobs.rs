//! Content that is whole, in its place.
//!
//! A blob has its name only when all of it is on the disk, so being there means being
//! whole. Each project has its own, also where two have the same: whether a blob is
//! there tells nothing about anybody else's.

use super::durable::{make_folder, sync_folder};
use super::error::StoreError;
use super::inner::Store;
use super::place::Place;
use crate::digest::{Digest, Hasher};
use crate::names::ProjectName;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How many files are brought to the disk at once: as the file system does it for all
/// of them in one go, it takes hardly longer than for one.
const AT_ONCE: usize = 8;

impl Store {
    /// Which of these blobs a project lacks, each once, in the order of digests.
    ///
    /// # Errors
    ///
    /// The store can't be read.
    pub async fn lacking(
        &self,
        project: &ProjectName,
        blobs: &[Digest],
    ) -> Result<Vec<Digest>, StoreError> {
        let wanted: BTreeSet<Digest> = blobs.iter().copied().collect();
        let (inner, project) = (self.0.clone(), project.clone());
        Self::aside(move || {
            let mut lacking = Vec::new();
            for digest in wanted {
                if size(&inner.place, &project, digest)?.is_none() {
                    lacking.push(digest);
                }
            }
            Ok(lacking)
        })
        .await
    }
}

/// The size of a blob in bytes. None: it isn't there.
pub(super) fn size(
    place: &Place,
    project: &ProjectName,
    digest: Digest,
) -> Result<Option<u64>, StoreError> {
    match fs::symlink_metadata(place.blob(project, digest)) {
        Ok(about) if about.is_file() => Ok(Some(about.len())),
        Ok(_) => Err(StoreError::Damaged(format!(
            "the blob {digest} of the project {project} is no file"
        ))),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(StoreError::io("look for a blob", error)),
    }
}

/// Whether a blob is what its name says. Reads all of it.
pub(super) fn is_sound(
    place: &Place,
    project: &ProjectName,
    digest: Digest,
) -> Result<bool, StoreError> {
    let failed = |error| StoreError::io("read a blob", error);
    let file = File::open(place.blob(project, digest)).map_err(failed)?;
    Ok(hash(file).map_err(failed)? == digest)
}

/// The digest of what is in a file.
pub(super) fn hash(mut file: File) -> io::Result<Digest> {
    let mut hasher = Hasher::new();
    let mut piece = vec![0; 128 * 1024];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hasher.finish()),
            read => hasher.update(&piece[..read]),
        }
    }
}

/// Gives files the names of the blobs that they are, which was checked.
///
/// First all of them are on the disk, then they have their names, then these are on the
/// disk. A file is gone from where it was afterwards.
pub(super) fn keep(
    place: &Place,
    project: &ProjectName,
    files: &[(Digest, PathBuf)],
) -> io::Result<()> {
    in_parallel(files, |(_, path)| File::open(path)?.sync_all())?;
    let mut folders = BTreeSet::new();
    for (digest, path) in files {
        let blob = place.blob(project, *digest);
        if let Some(folder) = blob.parent()
            && folders.insert(folder.to_path_buf())
        {
            make_folder(folder)?;
        }
        fs::rename(path, blob)?;
    }
    let folders: Vec<PathBuf> = folders.into_iter().collect();
    in_parallel(&folders, |folder| sync_folder(folder))
}

fn in_parallel<T: Sync>(
    things: &[T],
    work: impl Fn(&T) -> io::Result<()> + Sync,
) -> io::Result<()> {
    if let [thing] = things {
        return work(thing);
    }
    let each = things.len().div_ceil(AT_ONCE).max(1);
    let work = &work;
    std::thread::scope(|scope| {
        let threads: Vec<_> = things
            .chunks(each)
            .map(|some| scope.spawn(move || some.iter().try_for_each(work)))
            .collect();
        threads.into_iter().try_for_each(|thread| {
            let ended = thread.join();
            ended.unwrap_or_else(|_| Err(io::Error::other("a thread crashed")))
        })
    })
}

/// Puts a copy of a blob in its place, since no file has more than so many names
/// (65,000 on ext4). What is linked to the old one stays as it is.
pub(super) fn renew(blob: &Path, fresh: &Path) -> io::Result<()> {
    let copy = tempfile::NamedTempFile::new_in(fresh)?;
    io::copy(&mut File::open(blob)?, &mut copy.as_file())?;
    copy.as_file().sync_all()?;
    copy.persist(blob)?;
    blob.parent().map_or(Ok(()), sync_folder)
}

/// Whether there is nothing, or something on the way that is no folder.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}
