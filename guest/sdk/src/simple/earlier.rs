//! What a site had before it changed (`sites` of the contract).

use super::accept::is_navigation;
use super::lookup::{Found, Role};
use super::path::is_hidden;
use crate::Exchange;
use crate::file::Opened;

/// The most changes of a site that are looked behind.
const MAX_CHANGES: u32 = 10;

/// A file that the site had before it changed, for a page that was loaded then: for what
/// pages are made of, and not for pages, which would be old ones.
pub(super) fn find_earlier(exchange: &mut Exchange, path: &[u8]) -> Option<Found> {
    let is_read = matches!(exchange.command.as_str(), "GET" | "HEAD");
    if exchange.house.is_none() || path.is_empty() || !is_read || is_navigation(exchange, path) {
        return None;
    }
    for changes in 1..=MAX_CHANGES {
        if !exchange.go_back(changes) {
            break;
        }
        let hidden = !exchange.server.simple.hidden && is_hidden(path);
        let root = exchange.server.directory.as_ref().filter(|_| !hidden);
        if let Some(Ok(Opened::File(file, status))) = root.map(|root| root.open(path)) {
            return Some(Found::File {
                file,
                status,
                path: path.to_vec(),
                role: Role::Itself,
                alone: None,
            });
        }
    }
    exchange.come_forward();
    None
}
