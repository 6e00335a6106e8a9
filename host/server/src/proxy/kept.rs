//! What the host keeps for an instance of a standard component beside its memory:
//! fields, requests and responses with fields of their own, and content that isn't
//! sent yet. It counts as memory of the instance, at the most that each may be. What
//! can't grow, as streams and descriptors, is bounded by its number.

use std::any::Any;
use wasmtime_wasi_http::p2::body::HostOutgoingBody;
use wasmtime_wasi_http::p2::types::{HostOutgoingRequest, HostOutgoingResponse};
use wasmtime_wasi_http::{FieldMap, p3};

/// The most of one `fields`, in bytes, names and values with what they take in the
/// host. Of a head, servers and browsers take less.
pub(super) const MAX_FIELDS: usize = 64 * 1024;

/// The most content that is taken from a handler at once; and with what waits to be
/// sent meanwhile.
pub(super) const CONTENT_CHUNK: usize = 64 * 1024;
pub(super) const CONTENT: usize = 2 * CONTENT_CHUNK;

/// What something in an instance's table may take, in bytes.
pub(super) fn size(kept: &dyn Any) -> usize {
    if kept.is::<HostOutgoingBody>() {
        CONTENT
    } else if kept.is::<FieldMap>()
        || kept.is::<HostOutgoingRequest>()
        || kept.is::<HostOutgoingResponse>()
        || kept.is::<p3::Request>()
        || kept.is::<p3::Response>()
    {
        MAX_FIELDS
    } else {
        0
    }
}
