//! JSON as Rust types (feature `json`).
//!
//! What can't be read is an error that [`send_error`] answers, so that a
//! handler's `?` is enough:
//!
//! | | |
//! |---|---|
//! | 413 | more bytes than the limit; a larger `Content-Length` isn't read at all |
//! | 415 | `Content-Type` is neither `application/json` nor `application/…+json` |
//! | 400 | it isn't JSON |
//! | 422 | it is JSON, of another shape |
//!
//! [`send_error`]: crate::BaseHttpRequestHandler::send_error

use crate::status::HttpStatus;
use crate::{BaseHttpRequestHandler, Error, Result, media_type};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use std::io::Write;

/// Reads a request's content, of at most `limit` bytes.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result, json, testing};
///
/// #[derive(Deserialize)]
/// struct Order { eggs: u32 }
///
/// #[derive(Serialize)]
/// struct Receipt { paid: u32 }
///
/// struct Shop(Exchange);
///
/// impl BaseHttpRequestHandler for Shop {
///     fn new(exchange: Exchange) -> Self { Self(exchange) }
///     fn exchange(&mut self) -> &mut Exchange { &mut self.0 }
///
///     fn do_post(&mut self) -> Result<()> {
///         let order: Order = json::read(self, 64 * 1024)?;
///         json::send(self, HttpStatus::CREATED, &Receipt { paid: order.eggs * 30 })
///     }
/// }
///
/// let response = testing::respond::<Shop>(
///     b"POST / HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{\"eggs\":2}",
/// );
/// assert!(response.ends_with(b"\r\n\r\n{\"paid\":60}"));
/// ```
///
/// # Errors
///
/// See [the module](self); and the client may have gone.
pub fn read<T: DeserializeOwned>(
    handler: &mut impl BaseHttpRequestHandler,
    limit: usize,
) -> Result<T> {
    let exchange = handler.exchange();
    media_type::expect(&exchange.headers, |essence| {
        let suffix = essence.starts_with("application/") && essence.ends_with("+json");
        essence == "application/json" || suffix
    })?;
    let content = exchange.rfile.read_all(limit)?;
    serde_json::from_slice(&content).map_err(|error| {
        let code = match error.classify() {
            Category::Data => HttpStatus::UNPROCESSABLE_CONTENT,
            _ => HttpStatus::BAD_REQUEST,
        };
        Error::status(code, error.to_string())
    })
}

/// Sends a response whose content is this value. As [`read`] shows.
///
/// # Errors
///
/// The value can't be JSON: a map's keys aren't text. The client has gone.
pub fn send<H: BaseHttpRequestHandler>(
    handler: &mut H,
    code: HttpStatus,
    value: &(impl Serialize + ?Sized),
) -> Result<()> {
    let content = serde_json::to_vec(value).map_err(std::io::Error::from)?;
    handler.send_response(code)?;
    handler.send_header("Content-Type", "application/json")?;
    handler.send_header("Content-Length", content.len())?;
    handler.end_headers()?;
    let exchange = handler.exchange();
    if exchange.response_has_content() {
        exchange.wfile.write_all(&content)?;
    }
    Ok(())
}
