//! From a request target to what answers it: a file, a listing, a redirect, or
//! an error.

use super::accept::{NAVIGATION_VARY, is_navigation};
use super::archive;
use super::clean;
use super::coded::{StoredAlone, stored_alone};
use super::earlier::find_earlier;
use super::instead::{Instead, find_instead};
use super::nearest::find_nearest;
use super::path::{DecodedPath, PathError, decode, is_hidden, redirect_location};
use super::{Content, SimpleHttpRequestHandler, SimpleSettings};
use crate::Result;
use crate::encoding::Coding;
use crate::file::{Directory, File, FileError, Opened, Status};
use crate::status::HttpStatus;
use std::rc::Rc;

/// What rules are made of: with `--rules`, the owner's notes, and no files to serve.
const SOURCES: [&str; 3] = ["_redirects", "_headers", "wasm-host.toml"];

/// What a request target leads to.
pub(super) enum Found {
    /// A file: its path for the content type, and what it is sent for.
    File {
        file: File,
        status: Status,
        path: Vec<u8>,
        role: Role,
        /// How it is compressed, if it is only there so.
        alone: Option<Coding>,
    },
    /// The response is sent, but for this content.
    Answered(Option<Content>),
}

/// What a file is sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The path that was asked for.
    Itself,
    /// `--spa`: any page of the application.
    Application,
    /// `--not-found`: what doesn't exist, and the status that says so.
    Missing(HttpStatus),
}

/// `translate_path`: an absolute-form target (RFC 9112 section 3.2.2) means its
/// path.
///
/// # Errors
///
/// No file can have that name.
pub fn translate_path(target: &str) -> Result<DecodedPath, PathError> {
    decode(origin_form(target))
}

/// The path and query of a target in absolute form; others as they are.
#[must_use]
pub fn origin_form(target: &str) -> &str {
    if target.starts_with('/') {
        return target;
    }
    match target.split_once("://") {
        Some((_, rest)) => match rest.find(['/', '?', '#']) {
            Some(at) => &rest[at..],
            None => "/",
        },
        None => target,
    }
}

/// Finds what answers the request.
pub(super) fn find<H: SimpleHttpRequestHandler>(handler: &mut H) -> Result<Found> {
    let exchange = handler.exchange();
    let mut target = std::mem::take(&mut exchange.target);
    target.clone_from(&exchange.path);
    let translated = handler.translate_path(&target);
    handler.exchange().target = target;
    let Ok(path) = translated else {
        return not_found(handler, b"");
    };
    let server = Rc::clone(&handler.exchange().server);
    let Some(root) = &server.directory else {
        return not_found(handler, &path.relative);
    };
    if is_withheld(&server.simple, &path.relative) {
        return not_found(handler, &path.relative);
    }
    let opened = root.open(&path.relative);
    let is_known = matches!(opened, Ok(_) | Err(FileError::NotFound));
    if server.simple.clean_urls
        && is_known
        && let Some(found) = clean::find(handler, &path, opened.as_ref().ok())?
    {
        return Ok(found);
    }
    match opened {
        Ok(Opened::Directory(directory)) => find_in_directory(handler, &directory, &path),
        // A file isn't a directory (gh-61526).
        Ok(Opened::File(..)) if path.trailing_slash => not_found(handler, &path.relative),
        Ok(Opened::File(file, status)) => Ok(Found::File {
            file,
            status,
            path: path.relative,
            role: Role::Itself,
            alone: None,
        }),
        Err(FileError::NotFound) if !path.trailing_slash => {
            match find_stored_alone(handler, &path.relative, Role::Itself)? {
                Some(found) => Ok(found),
                None => not_found(handler, &path.relative),
            }
        }
        Err(error) => failed(handler, &path.relative, error),
    }
}

/// The file of a path, if there is one, compressed or not.
pub(super) fn find_file<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    path: &[u8],
    role: Role,
) -> Result<Option<Found>> {
    let server = Rc::clone(&handler.exchange().server);
    let opened = server.directory.as_ref().map(|root| root.open(path));
    match opened {
        Some(Ok(Opened::File(file, status))) => Ok(Some(Found::File {
            file,
            status,
            path: path.to_vec(),
            role,
            alone: None,
        })),
        Some(Err(FileError::NotFound)) => find_stored_alone(handler, path, role),
        _ => Ok(None),
    }
}

/// A file that is only there compressed; 406 (RFC 9110 section 15.5.7) for clients
/// that accept nothing of it.
pub(super) fn find_stored_alone<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    path: &[u8],
    role: Role,
) -> Result<Option<Found>> {
    Ok(match stored_alone(handler.exchange(), path) {
        None => None,
        Some(StoredAlone::As(file, status, coding)) => Some(Found::File {
            file,
            status,
            path: path.to_vec(),
            role,
            alone: Some(coding),
        }),
        // What doesn't exist isn't there in any coding.
        Some(StoredAlone::NotAcceptable) if matches!(role, Role::Missing(_)) => None,
        Some(StoredAlone::NotAcceptable) => {
            let explain =
                "It is only there compressed, in a way that Accept-Encoding doesn't name.";
            handler.send_error(HttpStatus::NOT_ACCEPTABLE, None, Some(explain))?;
            Some(Found::Answered(None))
        }
    })
}

/// What `do_GET` answers to an `OSError`: 404, as where there is nothing, so that a
/// client doesn't learn what is there and withheld. The log says which it was.
#[cold]
fn failed<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    name: &[u8],
    error: FileError,
) -> Result<Found> {
    match error {
        FileError::NotFound => {}
        // Not the file's fault: a moment later there may be room.
        FileError::Exhausted => {
            handler.send_error(HttpStatus::SERVICE_UNAVAILABLE, None, None)?;
            return Ok(Found::Answered(None));
        }
        error => log_refusal(handler, name, error),
    }
    not_found(handler, name)
}

pub(super) fn log_refusal<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    name: &[u8],
    error: FileError,
) {
    let name = String::from_utf8_lossy(name);
    handler.log_error(&format!("/{name} is answered as not found: {error}"));
}

#[inline(never)]
fn find_in_directory<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    directory: &Directory,
    path: &DecodedPath,
) -> Result<Found> {
    let has_slash = path.trailing_slash || path.relative.is_empty();
    let settings = &handler.exchange().server.simple;
    if has_slash
        && settings.listing
        && let Some(format) = archive::wanted(handler.exchange())
    {
        archive::send(handler, directory, path, format)?;
        return Ok(Found::Answered(None));
    }
    // Rules say first what becomes of a directory that has no page.
    let has_rules = handler.exchange().server.simple.rules;
    if has_slash || has_rules {
        match find_index(handler, directory, &path.relative, Role::Itself)? {
            Some(found) if has_slash => return Ok(found),
            None if has_rules => match handler.instead()? {
                Instead::Nothing => {}
                Instead::Answered => return Ok(Found::Answered(None)),
                Instead::File { target, status } => return find_instead(handler, &target, status),
            },
            Some(_) | None => {}
        }
    }
    if !has_slash {
        return redirect(handler);
    }
    if !handler.exchange().server.simple.listing {
        return not_found(handler, &path.relative);
    }
    Ok(Found::Answered(handler.list_directory(directory, path)?))
}

/// The page that stands for a directory.
pub(super) fn find_index<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    directory: &Directory,
    path: &[u8],
    role: Role,
) -> Result<Option<Found>> {
    for index in handler.index_pages() {
        let page = beneath(path, index.as_bytes());
        let (file, status) = match directory.open(index.as_bytes()) {
            Ok(Opened::File(file, status)) => (file, status),
            Ok(Opened::Directory(_)) => continue,
            Err(FileError::NotFound) => match find_stored_alone(handler, &page, role)? {
                Some(found) => return Ok(Some(found)),
                None => continue,
            },
            // Who put a page there didn't mean the directory to be listed.
            Err(error) => return failed(handler, &page, error).map(Some),
        };
        return Ok(Some(Found::File {
            file,
            status,
            path: page,
            role,
            alone: None,
        }));
    }
    Ok(None)
}

/// Whether a path is answered as if nothing were there.
pub(super) fn is_withheld(settings: &SimpleSettings, path: &[u8]) -> bool {
    let is_source = |path: &[u8]| {
        // As they are, or as whoever compresses all files of a site leaves them.
        let rest = |source: &str| {
            let name = path.get(..source.len())?;
            let is_it = name.eq_ignore_ascii_case(source.as_bytes());
            is_it.then(|| &path[source.len()..])
        };
        let mut sources = SOURCES.iter().filter_map(|source| rest(source));
        sources.any(|rest| rest.is_empty() || (rest[0] == b'.' && !rest.contains(&b'/')))
    };
    (!settings.hidden && is_hidden(path)) || (settings.rules && is_source(path))
}

/// Sends a directory without its slash to the one with it, as `http.server`
/// does, so that relative links on its page mean what they say.
#[inline(never)]
fn redirect<H: SimpleHttpRequestHandler>(handler: &mut H) -> Result<Found> {
    handler.send_response(HttpStatus::MOVED_PERMANENTLY)?;
    let location = redirect_location(origin_form(&handler.exchange().path));
    handler.send_header("Location", location)?;
    handler.send_header("Content-Length", 0)?;
    handler.end_headers()?;
    Ok(Found::Answered(None))
}

/// What stands for something that doesn't exist: the application's page, the
/// owner's, or the built-in one.
#[inline(never)]
fn not_found<H: SimpleHttpRequestHandler>(handler: &mut H, path: &[u8]) -> Result<Found> {
    if let Some(found) = find_earlier(handler.exchange(), path) {
        return Ok(found);
    }
    match handler.instead()? {
        Instead::Nothing => not_found_at_all(handler, path),
        Instead::Answered => Ok(Found::Answered(None)),
        Instead::File { target, status } => find_instead(handler, &target, status),
    }
}

/// What stands for something that doesn't exist, and has nothing in its place.
pub(super) fn not_found_at_all<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    path: &[u8],
) -> Result<Found> {
    let server = Rc::clone(&handler.exchange().server);
    let settings = &server.simple;
    let spa = settings.spa && is_navigation(handler.exchange(), path);
    let spa = spa.then_some(("index.html", Role::Application));
    let page = settings.not_found.as_deref();
    let page = page.map(|page| (page, Role::Missing(HttpStatus::NOT_FOUND)));
    for (name, role) in spa.into_iter().chain(page) {
        if let Some(found) = find_file(handler, name.as_bytes(), role)? {
            return Ok(found);
        }
    }
    if settings.not_found_nearest
        && let Some(found) = find_nearest(handler, path)?
    {
        return Ok(found);
    }
    if settings.spa {
        // Somebody else gets the application's page (RFC 9110 section 12.5.5).
        handler.exchange().error_varies = Some(NAVIGATION_VARY);
    }
    handler.send_error(HttpStatus::NOT_FOUND, Some("File not found"), None)?;
    Ok(Found::Answered(None))
}

pub(super) fn beneath(directory: &[u8], name: &[u8]) -> Vec<u8> {
    match directory {
        b"" => name.to_vec(),
        directory => [directory, name].join(&b'/'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absolute_form_target_means_its_path() {
        for (target, path) in [
            ("/a?b", "/a?b"),
            ("http://host/a?b", "/a?b"),
            ("http://host", "/"),
            ("http://host?q", "?q"),
            ("/http://x", "/http://x"),
            ("*", "*"),
        ] {
            assert_eq!(origin_form(target), path);
        }
    }
}
