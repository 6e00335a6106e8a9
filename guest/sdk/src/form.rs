//! HTML forms and query strings as Rust types (feature `forms`): both are
//! `application/x-www-form-urlencoded`.
//!
//! A field that may come more than once, as of a `<select multiple>`, is a `Vec`.
//! What can't be read is an error that [`send_error`] answers, so that a
//! handler's `?` is enough:
//!
//! | | |
//! |---|---|
//! | 413 | more bytes than the limit; a larger `Content-Length` isn't read at all |
//! | 415 | `Content-Type` is another, `multipart/form-data` for one |
//! | 422 | a field is missing, or isn't what the type says |
//!
//! [`send_error`]: crate::BaseHttpRequestHandler::send_error

use crate::simple::path::split_target;
use crate::status::HttpStatus;
use crate::{BaseHttpRequestHandler, Error, Result, media_type};
use serde::de::DeserializeOwned;

/// Reads a form that was sent by POST, of at most `limit` bytes.
///
/// ```
/// use serde::Deserialize;
/// use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result, form, testing};
///
/// #[derive(Deserialize)]
/// struct Entry { name: String, tag: Vec<String> }
///
/// struct Guestbook(Exchange);
///
/// impl BaseHttpRequestHandler for Guestbook {
///     fn new(exchange: Exchange) -> Self { Self(exchange) }
///     fn exchange(&mut self) -> &mut Exchange { &mut self.0 }
///
///     fn do_post(&mut self) -> Result<()> {
///         let entry: Entry = form::read(self, 64 * 1024)?;
///         self.log_message(&format!("{}: {}", entry.name, entry.tag.join(" and ")));
///         self.send_error(HttpStatus::INSUFFICIENT_STORAGE, Some("The book is full"), None)
///     }
/// }
///
/// let request = b"POST / HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\n\
///     Content-Length: 28\r\n\r\nname=Eric+%26+Co&tag=a&tag=b";
/// let outcome = testing::Conversation::new(request).run::<Guestbook>();
/// assert!(outcome.log[0].ends_with("] Eric & Co: a and b"));
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
        essence == "application/x-www-form-urlencoded"
    })?;
    parse(&exchange.rfile.read_all(limit)?)
}

/// Reads the query of the request's target: a form that was sent by GET.
///
/// ```
/// # use serde::Deserialize;
/// # use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, Result, form, testing};
/// # struct Search(Exchange);
/// #[derive(Deserialize)]
/// struct Query { q: String, page: Option<u32> }
///
/// # impl BaseHttpRequestHandler for Search {
/// # fn new(exchange: Exchange) -> Self { Self(exchange) }
/// # fn exchange(&mut self) -> &mut Exchange { &mut self.0 }
/// fn do_get(&mut self) -> Result<()> {
///     let query: Query = form::query(self)?;
///     self.log_message(&format!("{:?} {:?}", query.q, query.page));
/// #     Ok(())
///     // …
/// }
/// # }
/// let outcome = testing::Conversation::new(b"GET /?q=knights+who HTTP/1.0\r\n\r\n").run::<Search>();
/// assert!(outcome.log[0].ends_with(r#"] "knights who" None"#));
/// ```
///
/// # Errors
///
/// 422, see [the module](self).
pub fn query<T: DeserializeOwned>(handler: &mut impl BaseHttpRequestHandler) -> Result<T> {
    let exchange = handler.exchange();
    let (_, query) = split_target(exchange.path.as_bytes());
    parse(query.strip_prefix(b"?").unwrap_or(query))
}

fn parse<T: DeserializeOwned>(encoded: &[u8]) -> Result<T> {
    serde_html_form::from_bytes(encoded)
        .map_err(|error| Error::status(HttpStatus::UNPROCESSABLE_CONTENT, error.to_string()))
}
