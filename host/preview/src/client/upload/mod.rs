//! Sends what a server lacks: small contents many in a request, large ones one by one in
//! pieces, several requests at once.
//!
//! What has arrived stays there: after a cut, or when this process is killed, the server
//! lacks less.

mod large;
mod packs;
mod send;
mod start;

pub(super) use start::{Upload, json};
