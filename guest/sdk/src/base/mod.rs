//! What `BaseHTTPRequestHandler`'s methods do: a handler that overrides one
//! calls the function of the same name here for what `super()` would do.
//!
//! The code for one request doesn't fit into a processor's first cache. So the
//! code that a usual request doesn't need, such as refusals, is kept out of the
//! functions that every request calls, here and in [`simple`](crate::simple):
//! `#[cold]` marks what is hardly ever called, `#[inline(never)]` the rest.

mod conclude;
mod ending;
mod host;
mod log;
mod reply;
mod request;

pub(crate) use host::named_host;
pub(crate) use log::{current_date, current_time};
pub use log::{date_time_string, log_date_time_string, log_message, log_request};
pub use reply::{
    end_headers, flush_headers, send_error, send_header, send_response_only, send_response_with,
    version_string,
};
pub use request::{
    dispatch, handle, handle_expect_100, handle_one_request, parse_request, unsupported_method,
};
