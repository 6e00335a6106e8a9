//! What `BaseHTTPRequestHandler`'s methods do: a handler that overrides one
//! calls the function of the same name here for what `super()` would do.
//!
//! The code that a request passes through is larger than a processor's first
//! cache. So what a usual one doesn't need, refusals above all, is kept apart
//! from it, here and in [`simple`](crate::simple): by `#[cold]` what hardly ever
//! comes, by `#[inline(never)]` the rest.

mod conclude;
mod log;
mod reply;
mod request;

pub(crate) use log::{current_date, current_time};
pub use log::{date_time_string, log_date_time_string, log_message, log_request};
pub use reply::{
    end_headers, flush_headers, send_error, send_header, send_response_only, send_response_with,
    version_string,
};
pub use request::{
    dispatch, handle, handle_expect_100, handle_one_request, parse_request, unsupported_method,
};
