//! What is sent in place of a file that doesn't exist, or of one that isn't to be sent.

use super::SimpleHttpRequestHandler;
use super::lookup::{
    Found, Role, find_file, find_index, find_stored_alone, is_withheld, not_found_at_all,
};
use super::path::decode;
use crate::Result;
use crate::file::{FileError, Opened};
use crate::status::HttpStatus;
use std::rc::Rc;

/// What a handler has in place of a file that doesn't exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instead {
    /// Nothing of its own: the server's settings say what is sent.
    Nothing,
    /// A response, which was sent.
    Answered,
    /// Another file.
    File {
        /// Its path, percent-encoded, as a request would have it.
        target: String,
        /// The response's status. With one that is no success, the file isn't one that was
        /// asked for: it has no conditions and no parts.
        status: HttpStatus,
    },
}

/// Finds another file than the request names. If there is none, nothing else is in its
/// place.
pub(super) fn find_instead<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    target: &str,
    status: HttpStatus,
) -> Result<Found> {
    let role = match status.code() {
        200..300 => Role::Itself,
        _ => Role::Missing(status),
    };
    let server = Rc::clone(&handler.exchange().server);
    let (Ok(path), Some(root)) = (decode(target), &server.directory) else {
        return not_found_at_all(handler, b"");
    };
    if is_withheld(&server.simple, &path.relative) {
        return not_found_at_all(handler, &path.relative);
    }
    let found = match root.open(&path.relative) {
        Ok(Opened::File(file, status)) if !path.trailing_slash => Some(Found::File {
            file,
            status,
            path: path.relative.clone(),
            role,
            alone: None,
        }),
        // With its slash or without: nobody is sent elsewhere once more.
        Ok(Opened::Directory(directory)) => find_index(handler, &directory, &path.relative, role)?,
        Err(FileError::NotFound) => match find_stored_alone(handler, &path.relative, role)? {
            None if server.simple.clean_urls => {
                find_file(handler, &[&path.relative, &b".html"[..]].concat(), role)?
            }
            found => found,
        },
        Ok(Opened::File(..)) | Err(_) => None,
    };
    match found {
        Some(found) => Ok(found),
        None => not_found_at_all(handler, &path.relative),
    }
}
