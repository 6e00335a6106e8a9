//! `SimpleHTTPRequestHandler`: the files of a directory.
//!
//! One file a job:
//! [`path`] from request target to file name, [`content_type`] from name to
//! type, [`listing`] for directories, `list_directory` for the response with one, `accept` for what the client takes, `archive` for directories as archives, `charset` for
//! texts, `clean` for pages without `.html` in their addresses, `coded` for what is stored compressed, `head` for what a file's response says,
//! `instead` for another file than the one that was asked for,
//! `nearest` for the page of what doesn't exist, `readme` for what a directory says of itself, `representation` for whether the client has the file already, `file_tag` for
//! its entity tag, `settings` for the server's options, `typed_paths`
//! for one of them, `upload` for files that clients leave.

mod accept;
mod archive;
mod charset;
mod clean;
mod coded;
mod content;
pub mod content_type;
mod earlier;
mod file_tag;
mod head;
mod instead;
mod list_directory;
#[doc(hidden)]
pub mod listing;
mod lookup;
mod nearest;
mod options;
pub mod path;
mod readme;
mod representation;
mod settings;
mod typed_paths;
mod upload;

pub use content::Content;
pub use head::{send_head, send_instead};
pub use instead::Instead;
pub use list_directory::list_directory;
#[doc(hidden)]
pub use lookup::origin_form;
pub use lookup::translate_path;
pub use options::do_options;
pub(crate) use options::{answer_preflight, is_preflight, wanted_method};
pub use settings::SimpleSettings;
pub use typed_paths::TypedPaths;
pub(crate) use upload::is_upload;
pub use upload::{UploadSettings, do_post, do_put};

use crate::file::Directory;
use crate::status::HttpStatus;
use crate::{BaseHttpRequestHandler, Result, base};
use content_type::ExtensionsMap;
use path::{DecodedPath, PathError};
use std::borrow::Cow;

/// `http.server.SimpleHTTPRequestHandler`: answers GET and HEAD with the files
/// of the directory that the server was given.
///
/// A handler of files implements both traits; [`simple_methods!`] writes what
/// connects them:
///
/// ```
/// use std::borrow::Cow;
/// use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, SimpleHttpRequestHandler, simple_methods};
///
/// struct Files(Exchange);
///
/// impl BaseHttpRequestHandler for Files {
///     fn new(exchange: Exchange) -> Self { Self(exchange) }
///     fn exchange(&mut self) -> &mut Exchange { &mut self.0 }
///     simple_methods!();
/// }
///
/// impl SimpleHttpRequestHandler for Files {
///     fn guess_type(&mut self, path: &[u8]) -> Cow<'static, str> {
///         if path.ends_with(b".txt") { "text/x-mine".into() }
///         else { wasm_host_sdk::simple::guess_type(self, path) }
///     }
/// }
///
/// wasm_host_sdk::export!(Files);
/// ```
///
/// [`simple_methods!`]: crate::simple_methods
pub trait SimpleHttpRequestHandler: BaseHttpRequestHandler {
    /// `extensions_map`: content types by suffix, before the general table.
    fn extensions_map(&mut self) -> ExtensionsMap {
        ExtensionsMap::new()
    }

    /// `index_pages`: the files that stand for their directory, the first that
    /// exists. Default: the server's `--index`, or `index.html` and
    /// `index.htm`.
    fn index_pages(&mut self) -> Vec<String> {
        self.exchange().server.simple.index_pages.clone()
    }

    /// `send_head()`: sends the head of the response to GET or HEAD. Returns
    /// the content to send, or none if the response is complete.
    ///
    /// # Errors
    ///
    /// The client has gone.
    fn send_head(&mut self) -> Result<Option<Content>> {
        head::send_head(self)
    }

    /// What is sent where there is no file for the request's path, before the server's
    /// settings say so (`--spa`, `--not-found`). Default: nothing else.
    ///
    /// ```
    /// # use wasm_host_sdk::simple::Instead;
    /// # use wasm_host_sdk::testing::Conversation;
    /// # use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};
    /// # use wasm_host_sdk::{SimpleHttpRequestHandler, simple_methods};
    /// # struct Site(Exchange);
    /// # impl BaseHttpRequestHandler for Site {
    /// # fn new(exchange: Exchange) -> Self { Self(exchange) }
    /// # fn exchange(&mut self) -> &mut Exchange { &mut self.0 }
    /// # simple_methods!();
    /// # }
    /// # impl SimpleHttpRequestHandler for Site {
    /// fn instead(&mut self) -> Result<Instead> {
    ///     Ok(match self.exchange().path.as_str() {
    ///         "/old" => Instead::File {
    ///             target: "/gone.html".to_owned(),
    ///             status: HttpStatus::GONE,
    ///         },
    ///         _ => Instead::Nothing,
    ///     })
    /// }
    /// # }
    /// # let site = tempfile::tempdir().unwrap();
    /// # std::fs::write(site.path().join("gone.html"), "gone").unwrap();
    /// # let request = b"GET /old HTTP/1.0\r\n\r\n";
    /// # let outcome = Conversation::new(request).directory(site.path()).run::<Site>();
    /// # assert_eq!(outcome.response().status, 410);
    /// # assert_eq!(outcome.response().text(), "gone");
    /// ```
    ///
    /// # Errors
    ///
    /// The client has gone.
    fn instead(&mut self) -> Result<Instead> {
        Ok(Instead::Nothing)
    }

    /// `list_directory(path)`: sends the head of a directory's listing, and
    /// returns the listing.
    ///
    /// # Errors
    ///
    /// The client has gone.
    fn list_directory(
        &mut self,
        directory: &Directory,
        path: &DecodedPath,
    ) -> Result<Option<Content>> {
        list_directory::list_directory(self, directory, path)
    }

    /// `translate_path(path)`: the file's name, beneath the directory, for a
    /// request target.
    ///
    /// # Errors
    ///
    /// No file can have that name.
    fn translate_path(&mut self, path: &str) -> Result<DecodedPath, PathError> {
        lookup::translate_path(path)
    }

    /// `guess_type(path)`: the content type of a file, by its name.
    fn guess_type(&mut self, path: &[u8]) -> Cow<'static, str> {
        guess_type(self, path)
    }

    /// `copyfile(source, outputfile)`: sends content.
    ///
    /// # Errors
    ///
    /// Those of [`Content::send`].
    fn copyfile(&mut self, content: Content) -> Result<()> {
        content.send(&mut self.exchange().wfile)
    }
}

/// `SimpleHTTPRequestHandler.do_GET`.
///
/// # Errors
///
/// The client has gone, or a file can't be read.
pub fn do_get<H: SimpleHttpRequestHandler>(handler: &mut H) -> Result<()> {
    match handler.send_head()? {
        Some(content) => handler.copyfile(content),
        None => Ok(()),
    }
}

/// `SimpleHTTPRequestHandler.do_HEAD`.
///
/// # Errors
///
/// The client has gone.
pub fn do_head<H: SimpleHttpRequestHandler>(handler: &mut H) -> Result<()> {
    handler.send_head().map(drop)
}

/// `SimpleHTTPRequestHandler.guess_type`. What the server's owner says of a path
/// comes before what its name says.
pub fn guess_type<H: SimpleHttpRequestHandler>(handler: &mut H, path: &[u8]) -> Cow<'static, str> {
    if let Some(given) = handler.exchange().server.simple.typed_paths.type_of(path) {
        return given;
    }
    let extensions = handler.extensions_map();
    let default = &handler.exchange().server.simple.content_type;
    content_type::guess(path, &extensions).unwrap_or_else(|| default.clone())
}

/// Ends a head as [`base::end_headers`] does. Nothing reads the content of a GET:
/// if that is more than is read away before another request, the connection
/// closes, and says so.
///
/// # Errors
///
/// The client has gone.
pub fn end_headers<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<()> {
    let exchange = handler.exchange();
    if matches!(exchange.command.as_str(), "GET" | "HEAD") && !exchange.rfile.is_finished() {
        exchange.close_connection |= !exchange.rfile.is_soon_over();
    }
    if let Some(fields) = exchange.error_varies.take() {
        handler.send_header("Vary", fields)?;
    }
    base::end_headers(handler)
}

/// Refuses content that nothing will read before it is sent: a client that
/// waits for `100 Continue` before a POST learns at once that there is none.
///
/// # Errors
///
/// The client has gone.
pub fn handle_expect_100<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<bool> {
    if matches!(
        handler.exchange().command.as_str(),
        "GET" | "HEAD" | "OPTIONS"
    ) {
        return base::handle_expect_100(handler);
    }
    // Whether it is taken, its path decides.
    if is_upload(handler.exchange()) {
        return Ok(true);
    }
    handler.exchange().close_connection = true;
    base::unsupported_method(handler)?;
    Ok(false)
}

/// Whether the connection closes after an error reply: only if it closes anyway,
/// as no content of a GET is left unread.
pub fn closes_on_error<H: BaseHttpRequestHandler>(handler: &mut H, _code: HttpStatus) -> bool {
    handler.exchange().close_connection
}

/// The server's `--protocol`; HTTP/1.1 where it doesn't say.
pub fn protocol_version<H: BaseHttpRequestHandler>(handler: &mut H) -> &'static str {
    match handler.exchange().server.setting("protocol") {
        Some("HTTP/1.0") => "HTTP/1.0",
        _ => "HTTP/1.1",
    }
}
