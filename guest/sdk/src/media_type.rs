//! Which kind of content a request has.

use crate::Result;
use crate::headers::Headers;
use crate::status::HttpStatus;

/// Checks the type of a request's content, without its parameters (RFC 9110
/// section 8.3.1).
///
/// # Errors
///
/// 415: it is another, or isn't named.
pub(crate) fn expect(headers: &Headers, is_wanted: impl Fn(&str) -> bool) -> Result<()> {
    let content_type = headers.get("Content-Type").unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default();
    if is_wanted(&essence.trim().to_ascii_lowercase()) {
        return Ok(());
    }
    Err(HttpStatus::UNSUPPORTED_MEDIA_TYPE.into())
}
