//! Every method of `http.server`'s three classes, overridden as a subclass
//! would, and what a client and the log then see. A name that Python's classes
//! don't have isn't here; one of theirs that is missing here is a fault.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on may say so by panicking"
)]

mod attributes; // BaseHTTPRequestHandler's class attributes
mod cgi; // CGIHTTPRequestHandler
mod logging; // the log_… methods, and what their lines are made of
mod requests; // handle, handle_one_request, parse_request, handle_expect_100
mod responses; // send_… and what ends a head
mod simple; // SimpleHTTPRequestHandler
mod sockets; // setup and finish, where Python has the socket

use wasm_host_sdk::testing::{Conversation, Outcome};
use wasm_host_sdk::{BaseHttpRequestHandler, HttpStatus, Result};

/// A handler of requests that overrides what the braces say.
macro_rules! handler {
    ($name:ident { $($methods:tt)* }) => {
        struct $name(wasm_host_sdk::Exchange);

        impl wasm_host_sdk::BaseHttpRequestHandler for $name {
            fn new(exchange: wasm_host_sdk::Exchange) -> Self {
                Self(exchange)
            }

            fn exchange(&mut self) -> &mut wasm_host_sdk::Exchange {
                &mut self.0
            }

            $($methods)*
        }
    };
}
use handler;

/// A `do_GET` that answers with a word.
fn say<H: BaseHttpRequestHandler>(handler: &mut H, word: &str) -> Result<()> {
    handler.send_response(HttpStatus::OK)?;
    handler.send_header("Content-Length", word.len())?;
    handler.end_headers()?;
    let wfile = &mut handler.exchange().wfile;
    Ok(std::io::Write::write_all(wfile, word.as_bytes())?)
}

fn run<H: BaseHttpRequestHandler>(request: &str) -> Outcome {
    Conversation::new(request.as_bytes()).run::<H>()
}

const GET: &str = "GET / HTTP/1.0\r\n\r\n";
