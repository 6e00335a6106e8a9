//! `--clean-urls`: pages without `.html` in their addresses.
//!
//! As Cloudflare has it by default (`html_handling = "auto-trailing-slash"`): each page
//! has one address, and is sent on to from the others that it could have.
//!
//! | the page | its address | sent on from |
//! |---|---|---|
//! | `a.html` | `/a` | `/a.html`, `/a/`, `/a/index`, `/a/index.html` |
//! | `a/index.html` | `/a/` | `/a`, `/a.html`, `/a/index`, `/a/index.html` |
//!
//! Where both are there, each has its own address, and `/a.html` means the first.

use super::SimpleHttpRequestHandler;
use super::lookup::{Found, Role, find_file};
use super::path::{DecodedPath, location};
use crate::Result;
use crate::file::Opened;
use crate::status::HttpStatus;

const SUFFIX: &[u8] = b".html";
const INDEX: &[u8] = b"index.html";

/// What answers a path, if that isn't simply what is at it.
pub(super) fn find<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    path: &DecodedPath,
    opened: Option<&Opened>,
) -> Result<Option<Found>> {
    let name = path.relative.as_slice();
    match opened {
        Some(Opened::File(..)) if path.trailing_slash => Ok(None),
        Some(Opened::File(..)) => of_file(handler, name),
        Some(Opened::Directory(_)) if name.is_empty() => Ok(None),
        Some(Opened::Directory(_)) => of_directory(handler, path),
        None if path.trailing_slash => to_page(handler, name),
        None => of_nothing(handler, name),
    }
}

/// A page that is asked for by its file's name.
fn of_file<H: SimpleHttpRequestHandler>(handler: &mut H, name: &[u8]) -> Result<Option<Found>> {
    if let Some(directory) = directory_of(name, INDEX) {
        return elsewhere(handler, directory, true).map(Some);
    }
    match stem(name) {
        Some(stem) if !is_file(handler, stem) => elsewhere(handler, stem, false).map(Some),
        _ => Ok(None),
    }
}

/// A directory, beside which a page of its name may be.
fn of_directory<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    path: &DecodedPath,
) -> Result<Option<Found>> {
    let name = path.relative.as_slice();
    if !path.trailing_slash {
        return page(handler, name);
    }
    match is_file(handler, &[name, b"/", INDEX].concat()) {
        true => Ok(None),
        false => to_page(handler, name),
    }
}

/// A path with nothing at it.
fn of_nothing<H: SimpleHttpRequestHandler>(handler: &mut H, name: &[u8]) -> Result<Option<Found>> {
    let index = directory_of(name, b"index");
    if let Some(directory) = index
        && is_file(handler, &[name, SUFFIX].concat())
    {
        return elsewhere(handler, directory, true).map(Some);
    }
    if let Some(directory) = index.or_else(|| directory_of(name, INDEX))
        && let Some(found) = to_page(handler, directory)?
    {
        return Ok(Some(found));
    }
    if let Some(stem) = stem(name)
        && is_file(handler, &[stem, b"/", INDEX].concat())
    {
        return elsewhere(handler, stem, true).map(Some);
    }
    page(handler, name)
}

/// The page that a name is the address of.
fn page<H: SimpleHttpRequestHandler>(handler: &mut H, name: &[u8]) -> Result<Option<Found>> {
    find_file(handler, &[name, SUFFIX].concat(), Role::Itself)
}

/// Sends a client to the page that a name is the address of, if there is one.
fn to_page<H: SimpleHttpRequestHandler>(handler: &mut H, name: &[u8]) -> Result<Option<Found>> {
    if name.is_empty() || !is_file(handler, &[name, SUFFIX].concat()) {
        return Ok(None);
    }
    elsewhere(handler, name, false).map(Some)
}

/// The directory of a path whose last name is `last`.
fn directory_of<'a>(name: &'a [u8], last: &[u8]) -> Option<&'a [u8]> {
    let directory = name.strip_suffix(last)?;
    match directory {
        b"" => Some(directory),
        _ => directory.strip_suffix(b"/"),
    }
}

/// A page's path without its suffix, of which something has to be left.
fn stem(name: &[u8]) -> Option<&[u8]> {
    let stem = name.strip_suffix(SUFFIX)?;
    (!stem.is_empty() && !stem.ends_with(b"/")).then_some(stem)
}

fn is_file<H: SimpleHttpRequestHandler>(handler: &mut H, path: &[u8]) -> bool {
    let root = handler.exchange().server.directory.as_ref();
    let opened = root.map(|root| root.open(path));
    matches!(opened, Some(Ok(Opened::File(..))))
}

fn elsewhere<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    name: &[u8],
    slash: bool,
) -> Result<Found> {
    let location = location(name, slash, &handler.exchange().path);
    handler.send_response(HttpStatus::TEMPORARY_REDIRECT)?;
    handler.send_header("Location", location)?;
    handler.send_header("Content-Length", 0)?;
    handler.end_headers()?;
    Ok(Found::Answered(None))
}
