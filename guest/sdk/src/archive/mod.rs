//! A directory as an archive, written as it is read: of any length, in little memory.
//!
//! 1. Directories are read one after the other; of those that wait, the names are kept.
//! 2. A file is written as long as it was when it was opened. Links aren't followed.
//! 3. What isn't there as it is in the directory, a file at the archive's end says
//!    (`left_out`).
//!
//! `zip` and `tar` are the formats, `gzip` and `deflate` what compresses.

mod checksum;
mod deflate;
mod entry;
mod gzip;
mod left_out;
mod tar;
mod zip;

use crate::file::{Directory, DirectoryEntry, EntryKind, File, Opened, Status};
use checksum::Checksum;
use entry::EntryTime;
use gzip::Gzip;
use left_out::LeftOut;
use std::io::{self, Write};
use tar::Tar;
use zip::Zip;

/// How much of a file is read at once: as much as is compressed at once.
const READ: usize = 60 * 1024;

/// The most entries of one directory.
const MAX_ENTRIES: u32 = 50_000;

/// The most directories that wait.
const MAX_WAITING: usize = 50_000;

/// The most bytes that a zip archive's end may have, which are kept until then.
const MAX_KEPT: usize = 16 * 1024 * 1024;

/// A format of archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Zip,
    TarGz,
}

impl Format {
    /// How a target's query, and a file's name, says it.
    pub(crate) const ALL: [(Self, &'static str, &'static str); 2] = [
        (Self::Zip, "zip", "application/zip"),
        (Self::TarGz, "tar.gz", "application/gzip"),
    ];
}

/// What is packed.
pub(crate) struct Packing<'a> {
    pub(crate) directory: &'a Directory,
    /// What all names in the archive are beneath.
    pub(crate) name: &'a str,
    /// Whether a path beneath the directory isn't to be seen, not even by name.
    pub(crate) is_withheld: &'a dyn Fn(&[u8]) -> bool,
}

/// Packs a directory.
///
/// # Errors
///
/// It can't be written.
pub(crate) fn pack(packing: &Packing<'_>, format: Format, out: &mut dyn Write) -> io::Result<()> {
    let archive = match format {
        Format::Zip => Archive::Zip(Zip::new(out)),
        Format::TarGz => Archive::TarGz(Tar::new(Gzip::new(out)?)),
    };
    let mut packer = Packer {
        packing,
        archive,
        left_out: LeftOut::default(),
        waiting: vec![Vec::new()],
    };
    while let Some(path) = packer.waiting.pop() {
        packer.add_directory(&path)?;
    }
    packer.finish()
}

enum Archive<W: Write> {
    Zip(Zip<W>),
    TarGz(Tar<Gzip<W>>),
}

impl<W: Write> Archive<W> {
    /// Whether a name can be in it: what Windows takes for a path, in a zip archive, and
    /// what isn't text, can't.
    fn can_name(&self, name: &[u8]) -> bool {
        match self {
            Self::Zip(_) => str::from_utf8(name)
                .is_ok_and(|name| !name.contains(|char: char| char == '\\' || char.is_control())),
            Self::TarGz(_) => true,
        }
    }

    fn is_full(&self) -> bool {
        matches!(self, Self::Zip(zip) if zip.kept() > MAX_KEPT)
    }

    fn add_directory(&mut self, name: &[u8], time: EntryTime) -> io::Result<()> {
        match self {
            Self::Zip(zip) => zip.add_directory(name, time),
            Self::TarGz(tar) => tar.add_directory(name, time),
        }
    }

    /// Adds a file of that length: what `write` writes, which returns how much that was.
    fn add_file(
        &mut self,
        name: &[u8],
        time: EntryTime,
        length: u64,
        write: impl FnOnce(&mut dyn Write) -> io::Result<u64>,
    ) -> io::Result<()> {
        match self {
            Self::Zip(zip) => zip.add_file(name, time, length, |out| {
                let mut summed = Summed(out, Checksum::new());
                let written = write(&mut summed)?;
                Ok((summed.1.finalize(), written))
            }),
            Self::TarGz(tar) => tar.add_file(name, time, length, write),
        }
    }
}

/// What is written, and its checksum.
struct Summed<'a>(&'a mut dyn Write, Checksum);

impl Write for Summed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.0.write(bytes)?;
        self.1.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

struct Packer<'a, W: Write> {
    packing: &'a Packing<'a>,
    archive: Archive<W>,
    left_out: LeftOut,
    /// Paths of directories that are still to be read.
    waiting: Vec<Vec<u8>>,
}

impl<W: Write> Packer<'_, W> {
    fn add_directory(&mut self, path: &[u8]) -> io::Result<()> {
        let listed = if path.is_empty() {
            self.packing.directory.entries(MAX_ENTRIES)
        } else {
            match self.packing.directory.open(path) {
                Ok(Opened::Directory(directory)) => directory.entries(MAX_ENTRIES),
                Ok(Opened::File(..)) => {
                    self.left_out.note(path, "it has changed meanwhile");
                    return Ok(());
                }
                Err(error) => Err(error),
            }
        };
        let (mut entries, more) = match listed {
            Ok(listed) => listed,
            Err(error) => {
                self.left_out.note(path, &error.to_string());
                return Ok(());
            }
        };
        if more {
            self.left_out
                .note(path, "the directory has more entries than are packed");
        }
        entries.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        for entry in &entries {
            self.add(path, entry)?;
        }
        Ok(())
    }

    fn add(&mut self, directory: &[u8], entry: &DirectoryEntry) -> io::Result<()> {
        let path = match directory {
            b"" => entry.name.clone(),
            directory => [directory, &entry.name].join(&b'/'),
        };
        if (self.packing.is_withheld)(&path) {
            return Ok(());
        }
        let why_not = if entry.is_symlink {
            Some("it is a symbolic link")
        } else if !self.archive.can_name(&entry.name) {
            Some("a zip archive can't have this name")
        } else if self.archive.is_full() || self.waiting.len() >= MAX_WAITING {
            Some("there is no room for more in the archive")
        } else if entry.kind == EntryKind::Other {
            Some("it is neither a file nor a directory")
        } else {
            None
        };
        if let Some(why_not) = why_not {
            self.left_out.note(&path, why_not);
            return Ok(());
        }
        let time = EntryTime(entry.status.map_or(0, modified));
        let name = [self.packing.name.as_bytes(), b"/", &path].concat();
        if entry.kind == EntryKind::Directory {
            self.waiting.push(path);
            return self
                .archive
                .add_directory(&[&name, &b"/"[..]].concat(), time);
        }
        match self.packing.directory.open(&path) {
            Ok(Opened::File(file, status)) => self.add_file(&path, &name, &file, &status),
            Ok(Opened::Directory(_)) => {
                self.left_out.note(&path, "it has changed meanwhile");
                Ok(())
            }
            Err(error) => {
                self.left_out.note(&path, &error.to_string());
                Ok(())
            }
        }
    }

    fn add_file(
        &mut self,
        path: &[u8],
        name: &[u8],
        file: &File,
        status: &Status,
    ) -> io::Result<()> {
        let time = EntryTime(modified(*status));
        let left_out = &mut self.left_out;
        let length = status.size;
        self.archive.add_file(name, time, length, |out| {
            let mut written = 0;
            while written < length {
                let most = usize::try_from(length - written).unwrap_or(READ).min(READ);
                match file.read_at(written, most) {
                    Ok(piece) if !piece.is_empty() => {
                        out.write_all(&piece)?;
                        written += piece.len() as u64;
                    }
                    Ok(_) => break,
                    Err(error) => {
                        left_out.note(path, &format!("only its beginning is there: {error}"));
                        return Ok(written);
                    }
                }
            }
            Ok(written)
        })?;
        // What is there now may be another file, or the same one with other content.
        let is_same = match self.packing.directory.open(path) {
            Ok(Opened::File(_, now)) => now.size == length && now.modified == status.modified,
            _ => false,
        };
        if !is_same {
            let why = "it changed while it was packed, and may be mixed up";
            self.left_out.note(path, why);
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        if let Some(text) = self.left_out.text() {
            let name = [self.packing.name, "/", left_out::NAME].concat();
            let time = EntryTime(crate::clock::now());
            let write = |out: &mut dyn Write| out.write_all(&text).map(|()| text.len() as u64);
            let length = text.len() as u64;
            self.archive
                .add_file(name.as_bytes(), time, length, write)?;
        }
        match self.archive {
            Archive::Zip(zip) => drop(zip.finish()?),
            Archive::TarGz(tar) => drop(tar.finish()?.finish()?),
        }
        Ok(())
    }
}

fn modified(status: Status) -> i64 {
    status.modified.map_or(0, |time| time.seconds)
}
