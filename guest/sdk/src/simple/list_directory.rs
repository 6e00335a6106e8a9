//! A directory's listing as a response.

use super::listing::{Entry, EntryKind, Listing, SortOrder, wants_json};
use super::lookup::{beneath, is_withheld, log_refusal};
use super::path::{DecodedPath, split_target};
use super::readme;
use super::{Content, SimpleHttpRequestHandler};
use crate::Result;
use crate::file::{self, Directory, DirectoryEntry};
use crate::status::HttpStatus;
use std::rc::Rc;

/// The most entries that a listing shows: what fits an instance's memory.
const MAX_ENTRIES: u32 = 50_000;

/// `list_directory`: as a page, or as JSON for clients that prefer it.
///
/// # Errors
///
/// The client has gone.
pub fn list_directory<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    directory: &Directory,
    path: &DecodedPath,
) -> Result<Option<Content>> {
    // A large directory takes a while.
    handler.exchange().prompt = false;
    let (entries, truncated) = match directory.entries(MAX_ENTRIES) {
        Ok(listed) => listed,
        Err(error) => {
            log_refusal(handler, &path.relative, error);
            let message = Some("No permission to list directory");
            handler.send_error(HttpStatus::NOT_FOUND, message, None)?;
            return Ok(None);
        }
    };
    let exchange = handler.exchange();
    let server = Rc::clone(&exchange.server);
    let entries: Vec<_> = entries
        .into_iter()
        .filter(|entry| !is_withheld(&server.simple, &beneath(&path.relative, &entry.name)))
        .map(listed)
        .collect();
    let json = wants_json(exchange.headers.get_joined("Accept").as_deref());
    let shown = path.display();
    let mut listing = Listing {
        path: &shown,
        order: order_of(&exchange.path),
        readme: match json {
            true => None,
            false => readme::find(directory, &entries),
        },
        entries,
        truncated,
        archives: server.simple.archives,
        upload_most: server.simple.upload.map(|upload| upload.max_size),
    };
    listing.sort();
    let (content_type, page) = if json {
        ("application/json", listing.to_json())
    } else {
        ("text/html; charset=utf-8", listing.to_html())
    };
    handler.send_response(HttpStatus::OK)?;
    handler.send_header("Content-Type", content_type)?;
    handler.send_header("Vary", "Accept")?;
    handler.send_header("Content-Length", page.len())?;
    handler.end_headers()?;
    Ok(Some(Content::bytes(page.into_bytes())))
}

/// The order that a target asks for.
fn order_of(target: &str) -> SortOrder {
    let (_, query) = split_target(target.as_bytes());
    let query = query.strip_prefix(b"?").unwrap_or_default();
    SortOrder::of_query(str::from_utf8(query).unwrap_or_default())
}

fn listed(entry: DirectoryEntry) -> Entry {
    let kind = match entry.kind {
        file::EntryKind::File => EntryKind::File,
        file::EntryKind::Directory => EntryKind::Directory,
        file::EntryKind::Other => EntryKind::Other,
    };
    let status = entry.status;
    Entry {
        kind,
        is_symlink: entry.is_symlink,
        size: status
            .filter(|_| kind == EntryKind::File)
            .map(|status| status.size),
        modified: status
            .and_then(|status| status.modified)
            .map(|time| time.seconds),
        name: entry.name,
    }
}
