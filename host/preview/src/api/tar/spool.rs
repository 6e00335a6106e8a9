//! The files of a tar, one behind the other in a file without a name.

use crate::digest::{Digest, Hasher};
use crate::names::SitePath;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::FileExt;

/// How much of a file is read at once.
const PIECE: usize = 64 * 1024;

/// Where a file's content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) offset: u64,
    pub(super) size: u64,
    pub(super) digest: Digest,
}

/// The files that were read.
#[derive(Debug)]
pub(super) struct Spool {
    file: File,
    pub(super) files: BTreeMap<SitePath, Place>,
}

/// The files that are being read.
pub(super) struct Spooling {
    to: BufWriter<File>,
    end: u64,
    files: BTreeMap<SitePath, Place>,
}

impl Spooling {
    pub(super) fn new(file: File) -> Self {
        Self {
            to: BufWriter::with_capacity(PIECE, file),
            end: 0,
            files: BTreeMap::new(),
        }
    }

    pub(super) fn has(&self, path: &SitePath) -> bool {
        self.files.contains_key(path)
    }

    pub(super) fn count(&self) -> u64 {
        self.files.len() as u64
    }

    /// The bytes of all files.
    pub(super) fn bytes(&self) -> u64 {
        self.end
    }

    /// Adds a file that has `size` bytes.
    pub(super) fn add(
        &mut self,
        path: SitePath,
        size: u64,
        content: &mut impl Read,
    ) -> io::Result<()> {
        let mut hasher = Hasher::new();
        let mut piece = [0; PIECE];
        let mut left = size;
        while left > 0 {
            let room = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let read = content.read(&mut piece[..room])?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            hasher.update(&piece[..read]);
            self.to.write_all(&piece[..read])?;
            left -= read as u64;
        }
        let place = Place {
            offset: self.end,
            size,
            digest: hasher.finish(),
        };
        self.files.insert(path, place);
        self.end += size;
        Ok(())
    }

    pub(super) fn finish(self) -> io::Result<Spool> {
        let file = self
            .to
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        let files = self.files;
        Ok(Spool { file, files })
    }
}

impl Spool {
    /// A part of a file's content.
    pub(super) fn read(&self, place: Place, from: u64, most: u64) -> io::Result<Vec<u8>> {
        let size = (place.size - from).min(most);
        let mut content = vec![0; usize::try_from(size).map_err(io::Error::other)?];
        self.file.read_exact_at(&mut content, place.offset + from)?;
        Ok(content)
    }
}
