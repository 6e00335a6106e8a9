//! Reading a component's file.

use super::recognise::may_be_code;
use crate::error::Error;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// How much of a file tells what it is, and what to say of it.
const BEGINNING: u64 = 4096;

/// The largest file that is read, in bytes: of machine code, too, of which there is
/// several times as much as of a component.
const MAX_SIZE: u64 = 512 * 1024 * 1024;

/// Reads a component's file. Of one that begins as none does, no more than
/// that: a device has no end.
///
/// # Errors
///
/// It can't be read.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    read_bytes(path).map_err(|source| Error::ReadComponent {
        path: path.to_owned(),
        source,
    })
}

fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    file.by_ref().take(BEGINNING).read_to_end(&mut bytes)?;
    if may_be_code(&bytes) {
        // A file with holes may be longer than memory.
        check_size(file.metadata()?.len())?;
        file.take(MAX_SIZE).read_to_end(&mut bytes)?;
        // It may have grown meanwhile.
        check_size(bytes.len() as u64)?;
    }
    Ok(bytes)
}

fn check_size(size: u64) -> io::Result<()> {
    if size > MAX_SIZE {
        let most = MAX_SIZE / 1024 / 1024;
        return Err(io::Error::other(format!(
            "it has more than {most} MiB, which is the most"
        )));
    }
    Ok(())
}
