//! Reading a component's file.

use super::recognise::may_be_code;
use crate::error::Error;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// How much of a file tells what it is, and what to say of it.
const BEGINNING: u64 = 4096;

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
        file.read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}
