//! Reads a tar that nobody has to trust.
//!
//! * It is read once, as it comes, and each entry is judged by its head: what is too
//!   large is refused before its content is read.
//! * Only files and folders are taken. A link, a device, a FIFO or a sparse file is
//!   refused by name: unpacked by somebody else, it would lead elsewhere, or be larger
//!   than it seems.
//! * The crate `tar` reads names that don't fit in a head into memory, however long they
//!   say that they are. So they are read here, up to a bound.

use super::spool::{Spool, Spooling};
use crate::api::refusal::Refusal;
use crate::limits::SiteLimits;
use crate::manifest::ManifestError;
use crate::names::SitePath;
use crate::store::StoreError;
use http::StatusCode;
use std::fs::File;
use std::io::{self, Read};
use tar::{Archive, Entry, EntryType, PaxExtensions};

/// The most bytes of a name or of attributes that are an entry of their own.
const MAX_EXTENSION: u64 = 64 * 1024;

/// How many entries there may be beside each file, which are folders and extensions.
const OTHERS: u64 = 4;

/// How many more of them there may be altogether.
const MORE: u64 = 1000;

/// What came before an entry and says something of it.
#[derive(Debug, Default)]
struct Said {
    path: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
}

/// Reads all files of a tar into `file`, within `limits`.
pub(super) fn read(from: impl Read, file: File, limits: &SiteLimits) -> Result<Spool, Refusal> {
    let mut reading = Reading {
        spool: Spooling::new(file),
        limits,
        said: Said::default(),
    };
    let mut archive = Archive::new(from);
    let most = limits.files.saturating_mul(OTHERS).saturating_add(MORE);
    let entries = archive
        .entries()
        .map_err(|error| malformed(&error))?
        .raw(true);
    for (count, entry) in (0..).zip(entries) {
        if count >= most {
            return Err(Refusal::too_large(format!(
                "the tar has more than {most} entries"
            )));
        }
        let entry = entry.map_err(|error| malformed(&error))?;
        reading.entry(entry)?;
    }
    reading.spool.finish().map_err(disk)
}

struct Reading<'a> {
    spool: Spooling,
    limits: &'a SiteLimits,
    said: Said,
}

impl Reading<'_> {
    fn entry(&mut self, mut entry: Entry<'_, impl Read>) -> Result<(), Refusal> {
        match entry.header().entry_type() {
            // The rest of what a link says is never needed.
            EntryType::XGlobalHeader | EntryType::GNULongLink => {
                extension(&mut entry)?;
            }
            EntryType::GNULongName => {
                let mut path = extension(&mut entry)?;
                path.truncate(
                    path.iter()
                        .position(|byte| *byte == 0)
                        .unwrap_or(path.len()),
                );
                self.said.path = Some(path);
            }
            EntryType::XHeader => {
                let text = extension(&mut entry)?;
                self.said.read(&text)?;
            }
            kind => {
                let said = std::mem::take(&mut self.said);
                let path = said
                    .path
                    .clone()
                    .unwrap_or_else(|| entry.header().path_bytes().into_owned());
                let path = String::from_utf8(path).map_err(|error| {
                    let path = String::from_utf8_lossy(error.as_bytes()).into_owned();
                    refuse(&path, "its name isn't UTF-8")
                })?;
                self.thing(&path, kind, &said, &mut entry)?;
            }
        }
        Ok(())
    }

    fn thing(
        &mut self,
        path: &str,
        kind: EntryType,
        said: &Said,
        entry: &mut Entry<'_, impl Read>,
    ) -> Result<(), Refusal> {
        let size = entry
            .header()
            .entry_size()
            .map_err(|error| refuse(path, &error.to_string()))?;
        if said.sparse || kind == EntryType::GNUSparse {
            return Err(refuse(
                path,
                "it is a sparse file; pack it without --sparse",
            ));
        }
        if said.size.is_some_and(|said| said != size) {
            return Err(refuse(path, "it is said to have two sizes"));
        }
        // Old programs mark folders by a slash alone.
        let is_folder = kind == EntryType::Directory || (path.ends_with('/') && size == 0);
        match kind {
            EntryType::Directory | EntryType::Regular | EntryType::Continuous if is_folder => {
                folder(path)
            }
            EntryType::Regular | EntryType::Continuous => self.file(path, size, entry),
            EntryType::Symlink | EntryType::Link => Err(refuse(
                path,
                "it is a link; pack the file itself, by --dereference --hard-dereference",
            )),
            EntryType::Char | EntryType::Block => Err(refuse(path, "it is a device")),
            EntryType::Fifo => Err(refuse(path, "it is a FIFO")),
            _ => Err(refuse(path, "it is neither a file nor a folder")),
        }
    }

    fn file(&mut self, path: &str, size: u64, content: &mut impl Read) -> Result<(), Refusal> {
        let name = name(path, path)?;
        if self.spool.has(&name) {
            return Err(refuse(path, "it occurs twice"));
        }
        let limits = self.limits;
        let (files, most) = (self.spool.count() + 1, limits.files);
        if files > most {
            return Err(Refusal::from(ManifestError::Files { files, most }).of_entry(path));
        }
        if size > limits.file_size {
            let (path, most) = (name, limits.file_size);
            return Err(ManifestError::FileSize { path, size, most }.into());
        }
        if self.spool.bytes().saturating_add(size) > limits.total_size {
            let (path, most) = (name, limits.total_size);
            return Err(ManifestError::TotalSize { path, most }.into());
        }
        self.spool
            .add(name, size, content)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => refuse(path, "the tar ends within it"),
                _ => disk(error),
            })
    }
}

impl Said {
    /// Reads attributes as POSIX has them.
    fn read(&mut self, text: &[u8]) -> Result<(), Refusal> {
        for attribute in PaxExtensions::new(text) {
            let attribute = attribute.map_err(|error| malformed(&error))?;
            match attribute.key_bytes() {
                b"path" => self.path = Some(attribute.value_bytes().to_vec()),
                b"size" => {
                    let size = attribute.value().ok().and_then(|size| size.parse().ok());
                    let size = size.ok_or_else(|| {
                        Refusal::unprocessable("the tar has a size that is no number")
                    })?;
                    self.size = Some(size);
                }
                key if key.starts_with(b"GNU.sparse.") => self.sparse = true,
                _ => {}
            }
        }
        Ok(())
    }
}

/// The content of an entry that says something of the next one.
fn extension(entry: &mut Entry<'_, impl Read>) -> Result<Vec<u8>, Refusal> {
    let size = entry
        .header()
        .entry_size()
        .map_err(|error| malformed(&error))?;
    if size > MAX_EXTENSION {
        let error = format!(
            "the tar has a name or attributes of {size} bytes, {MAX_EXTENSION} is the most"
        );
        return Err(Refusal::too_large(error));
    }
    let mut content = Vec::new();
    entry
        .read_to_end(&mut content)
        .map_err(|error| malformed(&error))?;
    if content.len() as u64 != size {
        return Err(Refusal::unprocessable(
            "the tar ends within a name or attributes",
        ));
    }
    Ok(content)
}

fn folder(path: &str) -> Result<(), Refusal> {
    let inner = path.trim_end_matches('/');
    match inner {
        "." => Ok(()),
        _ => name(inner, path).map(|_| ()),
    }
}

/// The name in the site; `tar -C dist -c .` puts `./` before all of them.
fn name(path: &str, shown: &str) -> Result<SitePath, Refusal> {
    let inner = path.strip_prefix("./").unwrap_or(path);
    SitePath::new(inner).map_err(|error| Refusal::from(error).of_entry(shown))
}

fn refuse(path: &str, why: &str) -> Refusal {
    Refusal::unprocessable(format!("{path:?} can't be deployed: {why}")).of_entry(path)
}

fn malformed(error: &io::Error) -> Refusal {
    Refusal::unprocessable(format!("this is no tar that can be read: {error}"))
}

/// The file that the contents go to can't be written, or what comes can't be read; then
/// the latter has its own answer.
fn disk(source: io::Error) -> Refusal {
    let doing = "keep an upload".to_owned();
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            StoreError::Full { doing, source }.into()
        }
        io::ErrorKind::ConnectionAborted => {
            Refusal::new(StatusCode::BAD_REQUEST, "the tar isn't whole")
        }
        _ => StoreError::Io { doing, source }.into(),
    }
}
