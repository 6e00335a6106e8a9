//! `--not-found-nearest`: the page of the nearest directory for what doesn't exist.

use super::SimpleHttpRequestHandler;
use super::lookup::{Found, Role, beneath, find_file, is_withheld};
use crate::Result;
use crate::status::HttpStatus;
use std::rc::Rc;

/// The page's name.
const NEAREST: &[u8] = b"404.html";

/// How many directories beneath the root are looked into for it: a client can send a path
/// of thousands.
const DEEPEST: usize = 32;

/// The page for what doesn't exist that is nearest to a path, upwards.
pub(super) fn find_nearest<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    path: &[u8],
) -> Result<Option<Found>> {
    let server = Rc::clone(&handler.exchange().server);
    let mut slashes: Vec<usize> = memchr::memchr_iter(b'/', path).take(DEEPEST).collect();
    slashes.push(path.len());
    slashes.truncate(DEEPEST);
    let directories = slashes.iter().rev().map(|&end| &path[..end]);
    for directory in directories.chain([&b""[..]]) {
        let page = beneath(directory, NEAREST);
        if !is_withheld(&server.simple, &page)
            && let Some(found) = find_file(handler, &page, Role::Missing(HttpStatus::NOT_FOUND))?
        {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
