//! OPTIONS (RFC 9110 section 9.3.7), and the preflight requests by which browsers
//! ask whether a script of another origin may do what it is about to do.

use crate::status::HttpStatus;
use crate::{BaseHttpRequestHandler, Result};

/// What a handler of files allows.
const ALLOW: &str = "GET, HEAD, OPTIONS";

/// How long a browser may remember the answer to a preflight, in seconds.
const PREFLIGHT_MAX_AGE: u32 = 86_400;

/// Answers OPTIONS for any target, `*` included: the same methods everywhere.
///
/// # Errors
///
/// The client has gone.
pub fn do_options<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<()> {
    handler.send_response(HttpStatus::NO_CONTENT)?;
    handler.send_header("Allow", ALLOW)?;
    let exchange = handler.exchange();
    let preflight = exchange.headers.contains("Access-Control-Request-Method");
    if exchange.server.simple.cors && preflight {
        let wanted = exchange
            .headers
            .get_joined("Access-Control-Request-Headers");
        let wanted = wanted.map(std::borrow::Cow::into_owned);
        handler.send_header("Access-Control-Allow-Methods", ALLOW)?;
        if let Some(fields) = wanted {
            handler.send_header("Access-Control-Allow-Headers", fields)?;
        }
        handler.send_header("Access-Control-Max-Age", PREFLIGHT_MAX_AGE)?;
    }
    handler.end_headers()
}
