//! OPTIONS (RFC 9110 section 9.3.7), and the preflight requests by which browsers
//! ask whether a script of another origin may do what it is about to do.

use crate::request_line::is_token;
use crate::status::HttpStatus;
use crate::{BaseHttpRequestHandler, Exchange, Result};

/// What a handler of files allows.
const ALLOW: &str = "GET, HEAD, OPTIONS";

/// The same where clients may leave files: scripts of other origins may not.
const ALLOW_UPLOADS: &str = "GET, HEAD, OPTIONS, POST, PUT";

/// How long a browser may remember the answer to a preflight, in seconds.
const PREFLIGHT_MAX_AGE: u32 = 86_400;

/// The field by which a preflight names the method that is to follow.
const WANTED_METHOD: &str = "Access-Control-Request-Method";

/// Answers OPTIONS for any target, `*` included: the same methods everywhere.
///
/// # Errors
///
/// The client has gone.
pub fn do_options<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<()> {
    if is_preflight(handler.exchange()) {
        return answer_preflight(handler, ALLOW);
    }
    let takes_uploads = handler.exchange().server.simple.upload.is_some();
    let allow = if takes_uploads { ALLOW_UPLOADS } else { ALLOW };
    handler.send_response(HttpStatus::NO_CONTENT)?;
    handler.send_header("Allow", allow)?;
    handler.end_headers()
}

/// Whether a browser asks what it may do, and `--cors` says so.
pub(crate) fn is_preflight(exchange: &Exchange) -> bool {
    let cors = exchange.server.simple.cors && exchange.command == "OPTIONS";
    cors && exchange.headers.contains(WANTED_METHOD)
}

/// The method that a preflight asks about, if it can be one.
pub(crate) fn wanted_method(exchange: &Exchange) -> Option<String> {
    let method = exchange.headers.get(WANTED_METHOD)?;
    let is_method = !method.is_empty() && method.bytes().all(is_token);
    is_method.then(|| method.into_owned())
}

/// Says that scripts of any origin may use these methods, and the fields that they
/// ask for.
///
/// # Errors
///
/// The client has gone.
pub(crate) fn answer_preflight<H: BaseHttpRequestHandler>(
    handler: &mut H,
    methods: &str,
) -> Result<()> {
    handler.send_response(HttpStatus::NO_CONTENT)?;
    handler.send_header("Allow", methods)?;
    let wanted = handler
        .exchange()
        .headers
        .get_joined("Access-Control-Request-Headers");
    let wanted = wanted.map(std::borrow::Cow::into_owned);
    handler.send_header("Access-Control-Allow-Methods", methods)?;
    if let Some(fields) = wanted {
        handler.send_header("Access-Control-Allow-Headers", fields)?;
    }
    handler.send_header("Access-Control-Max-Age", PREFLIGHT_MAX_AGE)?;
    handler.end_headers()
}
