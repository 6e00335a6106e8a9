//! Python's `http.server`, for handlers that run as WebAssembly components
//! under `wasm-host`.
//!
//! A handler is a type that implements [`BaseHttpRequestHandler`]; the trait's
//! page shows one of ten lines. [`SimpleHttpRequestHandler`] adds the files of a
//! directory, and [`CgiHttpRequestHandler`] scripts. [`export!`] makes a component
//! of each:
//!
//! ```text
//! cargo build --release --target wasm32-wasip2
//! wasm-host serve --component target/wasm32-wasip2/release/hello.wasm 8000
//! ```
//!
//! The crate also compiles natively, so that a handler's unit tests need no
//! WebAssembly: see [`testing`].
//!
//! # A handler
//!
//! With a method of its own, an error, a body that is read, a response that is
//! streamed, and a line in the log:
//!
//! ```
//! use std::io::Write;
//! use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result, base, export, testing};
//!
//! struct Spam(Exchange);
//!
//! impl BaseHttpRequestHandler for Spam {
//!     fn new(exchange: Exchange) -> Self { Self(exchange) }
//!     fn exchange(&mut self) -> &mut Exchange { &mut self.0 }
//!     fn protocol_version(&mut self) -> &'static str { "HTTP/1.1" }
//!     fn dispatch(&mut self) -> Result<()> {
//!         if self.exchange().command == "SPAM" { self.do_spam() } else { base::dispatch(self) }
//!     }
//!     fn do_get(&mut self) -> Result<()> {
//!         self.send_response(HttpStatus::OK)?;
//!         self.end_headers()?;
//!         for n in 0..3 {
//!             writeln!(self.exchange().wfile, "line {n}")?;
//!             self.exchange().wfile.flush()?;
//!         }
//!         Ok(())
//!     }
//!     fn do_post(&mut self) -> Result<()> {
//!         let body = self.exchange().rfile.read_all(64 * 1024)?;
//!         self.log_message(&format!("{} bytes", body.len()));
//!         self.send_response(HttpStatus::OK)?;
//!         self.send_header("Content-Length", body.len())?;
//!         self.end_headers()?;
//!         Ok(self.exchange().wfile.write_all(&body)?)
//!     }
//! }
//!
//! impl Spam {
//!     fn do_spam(&mut self) -> Result<()> {
//!         self.send_error(HttpStatus::IM_A_TEAPOT, Some("No spam"), None)
//!     }
//! }
//!
//! export!(Spam);
//!
//! let response = testing::respond::<Spam>(b"SPAM / HTTP/1.1\r\nHost: a\r\n\r\n");
//! assert!(response.starts_with(b"HTTP/1.1 418 No spam\r\n"));
//! ```
//!
//! # Where a response ends
//!
//! What is written leaves at each `flush`, at the end of the request, and in between
//! when there are 16 KiB of it: a handler that streams, as for server-sent events,
//! flushes after each event. A response without `Content-Length` ends with the
//! connection, as in Python. Under [`protocol_version`] HTTP/1.1, it is framed
//! instead, so that the connection can be kept:
//!
//! | what the handler does | what the client gets |
//! |---|---|
//! | sends `Content-Length`, or `Transfer-Encoding` and its chunks | that |
//! | ends before it has written 8 KiB or flushed | `Content-Length` |
//! | writes more, or flushes | chunks, the last of them when the handler returns |
//! | writes content of a response to HEAD, of 204, 205 or 304 | the head alone |
//! | fails before anything has left | an error reply in its place |
//! | fails later | no last chunk, and a close |
//! | writes content before `end_headers` | 500: it would be taken for the head |
//! | forgets `end_headers` | the head is ended |
//! | answers a client of HTTP/1.0 | content that ends with the connection |
//!
//! [`frames_responses`] turns that off. Whatever the version, a head after which the
//! connection closes says `Connection: close`.
//!
//! [`protocol_version`]: BaseHttpRequestHandler::protocol_version
//! [`frames_responses`]: BaseHttpRequestHandler::frames_responses
//!
//! # Features
//!
//! None is on by default: a handler carries only what it uses.
//!
//! | feature | adds | why it isn't always there |
//! |---|---|---|
//! | `json` | `json`: request and response content as Rust types | serde and a JSON parser in every component |
//! | `forms` | `form`: HTML forms and query strings as Rust types | serde and a form parser in every component |
//! | `login` | `login`: Basic authentication by hashes of htpasswd files | bcrypt and SHA-2 in every component |
//!
//! # What may change
//!
//! Until version 1.0, what this documentation doesn't show may change or go at any
//! time, `pub` or not: it is there for the macros, the tests and the benchmarks.
//!
//! # Instances
//!
//! No instance serves two requests (or, with `--isolation connection`, two
//! connections) without being reset: every byte of its memory, `static`s included, is
//! then what it was at the start. What is to outlast a request belongs in a file of a
//! directory that is granted. Behind a proxy, several clients share a connection: give
//! `--isolation connection` only to a handler that keeps nothing of a request.
//!
//! The host can reset an instance whose memory is 256 KiB or less at the start, if
//! it didn't ask for more memory, and if it used nothing of WASI but the time of
//! day and the list of its directories. Otherwise it makes a new one, which takes
//! longer than most requests. The stack of a Rust program alone is 1 MiB, unless
//! the linker is told otherwise, as by the `build.rs` that `wasm-host new` writes:
//!
//! ```no_run
//! if std::env::var("CARGO_CFG_TARGET_FAMILY").as_deref() == Ok("wasm") {
//!     println!("cargo::rustc-link-arg-cdylib=-zstack-size=65536");
//! }
//! ```
//!
//! `wasm-host inspect` says whether a component's instances are used again, and if
//! not, why.
//!
//! # From Python's names to ours
//!
//! | `http.server` | here |
//! |---|---|
//! | `HTTPServer`, `ThreadingHTTPServer` | `wasm_host::HttpServer`, `wasm_host::ThreadingHttpServer`, in the host: a handler has no sockets |
//! | `server.server_name`, `server.server_port` | [`Server::name`], [`Server::port`] |
//! | `BaseHTTPRequestHandler` | [`BaseHttpRequestHandler`] |
//! | `SimpleHTTPRequestHandler` | [`SimpleHttpRequestHandler`] |
//! | `CGIHTTPRequestHandler` | [`CgiHttpRequestHandler`] |
//! | `self.client_address` | [`Exchange::client_address`] |
//! | `self.server` | [`Exchange::server`] |
//! | `self.close_connection` | [`Exchange::close_connection`] |
//! | `self.requestline`, `command`, `path`, `request_version` | the fields of [`Exchange`] of the same names |
//! | `self.headers`, `MessageClass` | [`Exchange::headers`], [`Headers`](headers::Headers); the class can't be replaced, as Rust has no class attributes |
//! | `self.rfile` | [`Exchange::rfile`]: the request's content and no byte more, where Python gives the socket |
//! | `self.wfile` | [`Exchange::wfile`]: gathers small writes; `flush()` sends them; under HTTP/1.1, [frames](#where-a-response-ends) what has no length |
//! | `server_version`, `sys_version`, `error_message_format`, `error_content_type`, `protocol_version`, `default_request_version`, `responses` | methods of the same names |
//! | `setup`, `finish` | [`new`](BaseHttpRequestHandler::new), `Drop` |
//! | `handle`, `handle_one_request`, `parse_request`, `handle_expect_100` | methods of the same names |
//! | `do_GET`, `do_HEAD`, `do_POST`, … | `do_get`, `do_head`, `do_post`, …; for `do_SPAM` see [`dispatch`](BaseHttpRequestHandler::dispatch), as Rust can't look for a method by name |
//! | `send_error`, `send_response`, `send_response_only`, `send_header`, `end_headers`, `flush_headers` | methods of the same names; `send_response(code, message)` is [`send_response_with`](BaseHttpRequestHandler::send_response_with) |
//! | `log_request`, `log_error`, `log_message` | methods of the same names; `format` and `args` are `format!`'s |
//! | `version_string`, `date_time_string`, `log_date_time_string`, `address_string` | methods of the same names |
//! | `directory` | [`Server::directory`]: the host grants it |
//! | `extensions_map`, `index_pages`, `send_head`, `list_directory`, `translate_path`, `guess_type`, `copyfile` | methods of [`SimpleHttpRequestHandler`] |
//! | `cgi_directories`, `is_cgi`, `is_executable`, `is_python`, `run_cgi` | methods of [`CgiHttpRequestHandler`]; `is_cgi` returns what Python keeps in `cgi_info` |
//! | `os.fork`, `os.execve`, `subprocess.Popen` | [`Exchange::spawn`]: the host starts the script |
//! | an exception that `handle_one_request` doesn't catch | an [`Error`]: the request is answered, with 500 or as [`Error::Status`] says |
//! | `class H(SimpleHTTPRequestHandler)` | both traits, and [`simple_methods!`]; [`cgi_methods!`] for `CGIHTTPRequestHandler` |
//! | `super().end_headers()` | [`base::end_headers(self)`](base::end_headers), and so for all others; [`simple`] and [`cgi`] for those of `SimpleHTTPRequestHandler` and `CGIHTTPRequestHandler` |
//! | `http.HTTPStatus` | [`HttpStatus`] |
//! | `shutdown()`, `serve_forever()`, `handle_timeout()` | in the host |

mod archive;
mod ascii;
pub mod base;
mod body;
mod calendar;
pub mod cgi;
mod clock;
pub mod conditional;
pub mod date;
mod decimal;
#[doc(hidden)]
pub mod encoding;
mod error;
pub mod error_page;
mod exchange;
mod field_value;
pub mod file;
#[cfg(feature = "forms")]
pub mod form;
mod framing;
mod handler;
pub mod headers;
pub mod html;
mod inherit;
#[cfg(feature = "json")]
pub mod json;
pub mod key_values;
mod link;
#[cfg(feature = "login")]
pub mod login;
#[cfg(any(feature = "forms", feature = "json"))]
mod media_type;
#[doc(hidden)]
pub mod multipart;
pub mod process;
mod quality;
#[doc(hidden)]
pub mod range;
#[doc(hidden)]
pub mod request_line;
mod response;
mod server;
pub mod simple;
mod site;
pub mod status;
pub mod testing;
mod transport;
mod upgraded;
pub mod upload;

#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod bindings;
#[cfg(all(target_family = "wasm", not(feature = "wasi-http")))]
#[doc(hidden)]
pub mod component;
pub mod wasi_http;

pub use body::RequestBody;
pub use cgi::CgiHttpRequestHandler;
pub use error::{Error, Result};
pub use exchange::Exchange;
pub use field_value::FieldValue;
pub use handler::BaseHttpRequestHandler;
pub use response::ResponseWriter;
pub use server::Server;
pub use simple::SimpleHttpRequestHandler;
pub use status::HttpStatus;
pub use transport::{Level, SocketAddress};
pub use upgraded::Upgraded;

use std::rc::Rc;
use transport::Transport;

/// Handles the requests on a connection. Returns whether it stays open.
fn serve<H: BaseHttpRequestHandler>(transport: Box<dyn Transport>, server: Rc<Server>) -> bool {
    let mut handler = H::new(Exchange::new(transport, server));
    let handled = handler.handle();
    let exchange = handler.exchange();
    let finished = handled.and_then(|()| exchange.finish());
    if let Err(error) = finished {
        if exchange.server.log_level <= Level::Debug {
            let line = format!("connection ended: {error}");
            exchange.link.borrow().transport.log(Level::Debug, &line);
        }
        return false;
    }
    exchange.idle || !exchange.close_connection
}

/// Makes a component of a handler: exports it as the world
/// `wasm-host:http/handler` wants it, or, built with
/// `--features wasm-host-sdk/wasi-http`, as `wasi:http/proxy` does (see
/// [`wasi_http`]).
///
/// Once in a crate, whose type is `cdylib`. Natively it checks that the type
/// is a handler, and no more.
#[macro_export]
macro_rules! export {
    ($handler:ty) => {
        const _: () = {
            #[cfg(target_family = "wasm")]
            mod exported {
                #![allow(unsafe_code, reason = "the component model's calling convention")]
                use super::*;

                struct Component;

                // The world is chosen by a feature of this crate, which a macro
                // can't see where it is used.
                $crate::export_to_world!(Component, $handler);
            }

            #[cfg(not(target_family = "wasm"))]
            const _: fn($crate::Exchange) -> $handler =
                <$handler as $crate::BaseHttpRequestHandler>::new;
        };
    };
}
