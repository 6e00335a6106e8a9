//! `log_request`, `log_message`, and the times that they write.

use crate::clock::now;
use crate::date::{self, HttpDate};
use crate::status::HttpStatus;
use crate::transport::Level;
use crate::{BaseHttpRequestHandler, Exchange};
use std::fmt::Write as _;

/// `log_request(code, size)`: as `"GET / HTTP/1.1" 200 -`, or, where the
/// server's owner chose another format, kept until the request's end.
pub fn log_request<H: BaseHttpRequestHandler>(
    handler: &mut H,
    code: HttpStatus,
    size: Option<u64>,
) {
    let exchange = handler.exchange();
    if exchange.server.log_level > Level::Info {
        return;
    }
    if exchange.server.access_entries {
        exchange.logged = Some(code);
        return;
    }
    let size = size.map_or_else(|| "-".to_owned(), |size| size.to_string());
    let message = format!("\"{}\" {code} {size}", exchange.requestline);
    handler.log_message(&message);
}

/// `log_message()`: as `127.0.0.1 - - [22/Nov/2026 15:30:16] message`, with
/// control characters and backslashes escaped.
pub fn log_message<H: BaseHttpRequestHandler>(handler: &mut H, message: &str) {
    if handler.exchange().server.log_level > Level::Info {
        return;
    }
    let mut line = handler.address_string();
    line.push_str(" - - [");
    line.push_str(&handler.log_date_time_string());
    line.push_str("] ");
    escape_into(&mut line, message);
    let link = handler.exchange().link.borrow();
    link.transport.log(Level::Info, &line);
}

/// What `http.server`'s `_control_char_table` does.
fn escape_into(line: &mut String, message: &str) {
    for character in message.chars() {
        match character {
            '\\' => line.push_str("\\\\"),
            c if c.is_control() => {
                // Writing to a String can't fail.
                let _ = write!(line, "\\x{:02x}", u32::from(c));
            }
            c => line.push(c),
        }
    }
}

/// `date_time_string(timestamp)`: seconds since 1970, or now, as an HTTP date
/// (RFC 9110 section 5.6.7).
///
/// ```
/// let date = wasm_host_sdk::base::date_time_string(Some(784_111_777));
/// assert_eq!(date.as_str(), "Sun, 06 Nov 1994 08:49:37 GMT");
/// ```
#[must_use]
pub fn date_time_string(timestamp: Option<i64>) -> HttpDate {
    date::http_date(timestamp.unwrap_or_else(now))
}

/// When a response is made, in seconds since 1970. Where that is done at once, the
/// request's time will do.
pub(crate) fn current_time(exchange: &Exchange) -> i64 {
    let begun = exchange.link.borrow().begun;
    begun.filter(|_| exchange.prompt).unwrap_or_else(now)
}

/// The same, as [`date_time_string`] writes it: once a second, as most heads have
/// it.
pub(crate) fn current_date<H: BaseHttpRequestHandler>(handler: &mut H) -> HttpDate {
    let exchange = handler.exchange();
    let seconds = current_time(exchange);
    exchange.last_date.at(seconds)
}

/// `log_date_time_string()`: now, in local time.
pub fn log_date_time_string<H: BaseHttpRequestHandler>(handler: &mut H) -> String {
    date::log_date_time(now(), handler.exchange().server.utc_offset)
}
