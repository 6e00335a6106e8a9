//! WebSocket (RFC 6455) in a sandbox: an echo, and a chat.
//!
//! ```text
//! cargo build --release --target wasm32-wasip2 -p wasm-host-example-websocket
//! mkdir -p room
//! wasm-host serve --component target/wasm32-wasip2/release/websocket.wasm \
//!     --dir room::/room:rw 8000
//! ```
//!
//! The page at `/` talks to both. Each connection is an instance of its own, which knows
//! of no other: what one says in the chat reaches the others by a file, in a directory
//! that was granted for it.
//!
//! `tungstenite` does the protocol's frames, on the stream that is left when HTTP is over
//! ([`Exchange::upgrade`]).

mod chat;
mod echo;
mod handshake;
mod room;

use std::io::Write;
use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};

const PAGE: &str = include_str!("page.html");

struct WebSockets(Exchange);

impl BaseHttpRequestHandler for WebSockets {
    fn new(exchange: Exchange) -> Self {
        Self(exchange)
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.0
    }

    fn protocol_version(&mut self) -> &'static str {
        "HTTP/1.1"
    }

    fn do_get(&mut self) -> Result<()> {
        match self.exchange().path.as_str() {
            "/" => self.send_page(),
            "/echo" => match handshake::accept(self)? {
                Some(socket) => echo::run(socket),
                None => Ok(()),
            },
            "/chat" => {
                let room = room::Room::granted();
                // Whoever has been let in hears all that is said from there on.
                let seen = room.length()?;
                match handshake::accept(self)? {
                    Some(socket) => chat::run(socket, &room, seen),
                    None => Ok(()),
                }
            }
            _ => self.send_error(HttpStatus::NOT_FOUND, None, None),
        }
    }
}

impl WebSockets {
    fn send_page(&mut self) -> Result<()> {
        self.send_response(HttpStatus::OK)?;
        self.send_header("Content-Type", "text/html; charset=utf-8")?;
        self.send_header("Content-Length", PAGE.len())?;
        self.end_headers()?;
        Ok(self.exchange().wfile.write_all(PAGE.as_bytes())?)
    }
}

wasm_host_sdk::export!(WebSockets);
