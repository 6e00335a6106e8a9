//! Files that are stored compressed (RFC 9110 section 8.4), in three ways:
//!
//! 1. `--precompressed`: `x.js.gz` is sent for `x.js`, to clients that accept it; also
//!    where `x.js` itself isn't there ([`stored_alone`]).
//! 2. `--compressed-names`: `x.js.gz`, asked for by that name, is `x.js` with
//!    `Content-Encoding`, as the loaders of games expect it ([`asked_for`]).
//! 3. `.svgz` is always a compressed SVG: no browser shows it otherwise.

use crate::Exchange;
use crate::encoding::{Coding, preferences};
use crate::file::{Directory, File, Opened, Status};

/// What to send of a file.
pub(super) struct Coded {
    pub(super) file: File,
    pub(super) status: Status,
    pub(super) coding: Coding,
    /// The file in whose place a compressed one is sent, and its length.
    pub(super) plain: Option<(File, u64)>,
    /// How much of the path's end isn't a part of the name that the type goes by.
    pub(super) suffix: usize,
}

/// Chooses what to send of a file that was found.
pub(super) fn choose(
    exchange: &Exchange,
    path: &[u8],
    file: File,
    status: Status,
    alone: Option<Coding>,
) -> Coded {
    let as_it_is = |file, coding, suffix| Coded {
        file,
        status,
        coding,
        plain: None,
        suffix,
    };
    if let Some(coding) = alone {
        return as_it_is(file, coding, 0);
    }
    if let Some((coding, suffix)) = asked_for(exchange, path, &file) {
        return as_it_is(file, coding, suffix);
    }
    match beside(exchange, path) {
        Some((compressed, of_it, coding)) => Coded {
            file: compressed,
            status: of_it,
            coding,
            plain: Some((file, status.size)),
            suffix: 0,
        },
        None => as_it_is(file, Coding::Identity, 0),
    }
}

/// The compressed file beside another that the client likes best, if it likes any
/// better than the file itself.
fn beside(exchange: &Exchange, path: &[u8]) -> Option<(File, Status, Coding)> {
    let server = &exchange.server;
    let root = server.directory.as_ref();
    let root = root.filter(|_| server.simple.precompressed)?;
    accepted(exchange)
        .take_while(|&coding| coding != Coding::Identity)
        .find_map(|coding| open(root, path, coding))
}

/// What is there of a file that itself isn't.
pub(super) enum StoredAlone {
    /// Compressed, as the client accepts it.
    As(File, Status, Coding),
    /// Compressed, as the client doesn't accept it.
    NotAcceptable,
}

/// Looks for a file that is only there compressed. None without `--precompressed`.
pub(super) fn stored_alone(exchange: &Exchange, path: &[u8]) -> Option<StoredAlone> {
    let server = &exchange.server;
    let root = server.directory.as_ref();
    let root = root.filter(|_| server.simple.precompressed && !path.is_empty())?;
    let codings: Vec<Coding> = accepted(exchange).collect();
    let compressed = |coding: &&Coding| **coding != Coding::Identity;
    for &coding in codings.iter().filter(compressed) {
        if let Some((file, status, coding)) = open(root, path, coding) {
            return Some(StoredAlone::As(file, status, coding));
        }
    }
    let others = Coding::ALL.iter().filter(compressed);
    let mut others = others.filter(|coding| !codings.contains(coding));
    let is_there = others.any(|&coding| open(root, path, coding).is_some());
    is_there.then_some(StoredAlone::NotAcceptable)
}

fn accepted(exchange: &Exchange) -> impl Iterator<Item = Coding> + use<> {
    let accepted = exchange.headers.get_joined("Accept-Encoding");
    preferences(accepted.as_deref())
}

fn open(root: &Directory, path: &[u8], coding: Coding) -> Option<(File, Status, Coding)> {
    let name = [path, b".", coding.suffix().as_bytes()].concat();
    match root.open(&name) {
        Ok(Opened::File(file, status)) => Some((file, status, coding)),
        _ => None,
    }
}

/// The coding of a file that is asked for by a compressed file's name, and the length
/// of that name's last suffix, with its dot.
fn asked_for(exchange: &Exchange, path: &[u8], file: &File) -> Option<(Coding, usize)> {
    let suffix = suffix(path)?;
    if suffix.eq_ignore_ascii_case(b".svgz") {
        return Some((Coding::Gzip, 0));
    }
    if !exchange.server.simple.compressed_names {
        return None;
    }
    let coding = match suffix.to_ascii_lowercase().as_slice() {
        b".gz" => Coding::Gzip,
        b".br" => Coding::Brotli,
        b".zst" => Coding::Zstd,
        b".unityweb" => coding_of(file),
        _ => return None,
    };
    let name = &path[..path.len() - suffix.len()];
    // Who asks for an archive wants the file that it is, and not what is in it.
    let is_archive = name.to_ascii_lowercase().ends_with(b".tar");
    (!is_archive).then_some((coding, suffix.len()))
}

/// Unity names its files alike, however they are compressed. gzip begins with these
/// two bytes (RFC 1952 section 2.3.1), and Brotli with no bytes of its own.
fn coding_of(file: &File) -> Coding {
    match file.read_at(0, 2).as_deref() {
        Ok([0x1f, 0x8b]) => Coding::Gzip,
        _ => Coding::Brotli,
    }
}

/// The last suffix of a path's last name, with its dot; none of a name that only
/// begins with a dot.
fn suffix(path: &[u8]) -> Option<&[u8]> {
    let name = path.rsplit(|&byte| byte == b'/').next()?;
    let dot = memchr::memrchr(b'.', name).filter(|&dot| dot > 0)?;
    Some(&name[dot..])
}
