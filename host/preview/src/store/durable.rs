//! A local directory as an object store in which what was put stays.
//!
//! [`LocalFileSystem`] writes a file beside and links it, so that nobody ever sees half
//! of one, but never calls `fsync`: after a power cut, a file could be there that is
//! empty. Here the content is on the disk before the name is, and the name before a put
//! is acknowledged. Files are written in a folder of their own and not beside the
//! others, so that what a killed server leaves is found and removed.
//!
//! A listing takes what isn't ours for what it is: a name that nobody can have given is
//! told as it looks, and no link is followed.

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use std::fmt::{self, Display, Formatter};
use std::fs::{self, DirEntry, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Names the implementation in errors.
const NAME: &str = "directory";

/// A directory, and the folder in which files are written first.
#[derive(Debug)]
pub(super) struct Durable {
    inner: LocalFileSystem,
    root: PathBuf,
    fresh: PathBuf,
}

impl Durable {
    /// Keeps objects below `root`, and what isn't whole yet in `fresh`, which is on the
    /// same file system. Both are there.
    pub(super) fn new(root: &Path, fresh: &Path) -> Result<Self> {
        Ok(Self {
            inner: LocalFileSystem::new_with_prefix(root)?,
            root: root.to_path_buf(),
            fresh: fresh.to_path_buf(),
        })
    }
}

/// Makes sure that the names in a folder are on the disk.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Makes a folder and what it is in, so that they are there after a power cut.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make_folder(folder.parent().ok_or(error)?)?;
            match fs::create_dir(folder) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
        }
        Err(error) => return Err(error),
    }
    folder.parent().map_or(Ok(()), sync_folder)
}

#[async_trait::async_trait]
impl ObjectStore for Durable {
    async fn put_opts(&self, key: &Key, content: PutPayload, how: PutOptions) -> Result<PutResult> {
        let mode = how.mode;
        let path = self.inner.path_to_filesystem(key)?;
        let fresh = self.fresh.clone();
        let put = move || put(&path, &fresh, &content, &mode);
        tokio::task::spawn_blocking(put).await?.map_err(|error| {
            let path = key.to_string();
            match error.kind() {
                io::ErrorKind::AlreadyExists => {
                    let source = error.into();
                    Error::AlreadyExists { path, source }
                }
                _ => failed(error),
            }
        })?;
        Ok(PutResult {
            e_tag: None,
            version: None,
        })
    }

    async fn put_multipart_opts(
        &self,
        key: &Key,
        how: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(key, how).await
    }

    async fn get_opts(&self, key: &Key, how: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(key, how).await
    }

    fn delete_stream(
        &self,
        keys: BoxStream<'static, Result<Key>>,
    ) -> BoxStream<'static, Result<Key>> {
        let root = self.root.clone();
        let remove = move |key: Key| {
            let path = root.join(key.as_ref());
            async move {
                let removed = move || {
                    fs::remove_file(&path)?;
                    path.parent().map_or(Ok(()), sync_folder)
                };
                match tokio::task::spawn_blocking(removed).await? {
                    Ok(()) => Ok(key),
                    Err(source) if source.kind() == io::ErrorKind::NotFound => {
                        let (path, source) = (key.to_string(), source.into());
                        Err(Error::NotFound { path, source })
                    }
                    Err(error) => Err(failed(error)),
                }
            }
        };
        keys.and_then(remove).boxed()
    }

    fn list(&self, prefix: Option<&Key>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Key>) -> Result<ListResult> {
        let prefix = prefix.cloned().unwrap_or_default();
        let folder = self.root.join(prefix.as_ref());
        let listing = move || list(&folder, &prefix);
        tokio::task::spawn_blocking(listing).await?.map_err(failed)
    }

    async fn copy_opts(&self, from: &Key, to: &Key, how: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, how).await
    }
}

/// 1. Write beside. 2. Have it on the disk. 3. Give it its name. 4. Have that on the disk.
fn put(path: &Path, fresh: &Path, content: &PutPayload, mode: &PutMode) -> io::Result<()> {
    if matches!(mode, PutMode::Create) && fs::symlink_metadata(path).is_ok() {
        // Spares a wait for the disk. Whoever is there now decides nothing, but who is
        // there when the name is given.
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let mut file = tempfile::NamedTempFile::new_in(fresh)?;
    for piece in content {
        file.write_all(piece)?;
    }
    file.as_file().sync_all()?;
    let folder = path.parent().unwrap_or(fresh);
    make_folder(folder)?;
    match mode {
        PutMode::Create => fs::hard_link(file.path(), path)?,
        PutMode::Overwrite => {
            file.persist(path)?;
        }
        PutMode::Update(_) => return Err(io::ErrorKind::Unsupported.into()),
    }
    sync_folder(folder)
}

fn list(folder: &Path, prefix: &Key) -> io::Result<ListResult> {
    let mut listing = ListResult {
        common_prefixes: Vec::new(),
        objects: Vec::new(),
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(listing),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let location = prefix.clone().join(&*entry.file_name().to_string_lossy());
        match object(&entry, location) {
            Ok(Listed::Folder(location)) => listing.common_prefixes.push(location),
            Ok(Listed::Object(object)) => listing.objects.push(object),
            // Removed in the meantime.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(listing)
}

enum Listed {
    Folder(Key),
    Object(ObjectMeta),
}

/// A link or a device is told with a name that no object of ours has.
fn object(entry: &DirEntry, location: Key) -> io::Result<Listed> {
    let kind = entry.file_type()?;
    if kind.is_dir() {
        return Ok(Listed::Folder(location));
    }
    let about = entry.metadata()?;
    let location = match kind.is_file() {
        true => location,
        false => Key::from(format!("{location} (no file)")),
    };
    Ok(Listed::Object(ObjectMeta {
        location,
        last_modified: about.modified()?.into(),
        size: about.len(),
        e_tag: None,
        version: None,
    }))
}

fn failed(source: io::Error) -> Error {
    let source = source.into();
    Error::Generic {
        store: NAME,
        source,
    }
}

impl Display for Durable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "the directory {}", self.root.display())
    }
}
