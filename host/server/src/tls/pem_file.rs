//! Reading a file of PEM (RFC 7468): certificates, keys, or both.

use super::error::TlsError;
use pem::Pem;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The longest file that is read, in bytes: a chain has some thousands.
const MAX_SIZE: u64 = 1024 * 1024;

/// Reads all of a file that isn't longer than any certificate's.
///
/// # Errors
///
/// It can't be read, or is longer.
pub(super) fn read(what: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    let bytes = read_bounded(path).map_err(|source| TlsError::Read {
        what,
        path: path.to_owned(),
        source,
    })?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(TlsError::TooLong {
            what,
            path: path.to_owned(),
            most: MAX_SIZE,
        });
    }
    Ok(bytes)
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One more than may be tells that there is more. A device has no end.
    File::open(path)?
        .take(MAX_SIZE + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The sections of a file, in their order. What is around them is no matter (RFC 7468
/// section 2).
///
/// # Errors
///
/// It can't be read, or one of them is damaged.
pub(super) fn sections(what: &'static str, path: &Path) -> Result<Vec<Pem>, TlsError> {
    let bytes = read(what, path)?;
    pem::parse_many(bytes).map_err(|error| TlsError::Damaged {
        what,
        path: path.to_owned(),
        reason: error.to_string(),
    })
}
