//! Requests that the program answers, and its answers.

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};

/// The content of either, in pieces as they come.
pub type OwnContent = UnsyncBoxBody<Bytes, BoxedError>;

/// Why content breaks off.
pub type BoxedError = Box<dyn std::error::Error + Send + Sync>;

/// A request that the program answers. Its extensions have the client's
/// [`SocketAddr`](std::net::SocketAddr).
pub type OwnRequest = http::Request<OwnContent>;

/// The answer to it.
pub type OwnResponse = http::Response<OwnContent>;

/// Content that is there as a whole.
pub fn own_content(bytes: impl Into<Bytes>) -> OwnContent {
    let whole = Full::new(bytes.into());
    whole
        .map_err(|never| -> BoxedError { match never {} })
        .boxed_unsync()
}
