//! Running a handler natively, on bytes in memory, in a unit test.
//!
//! ```
//! use wasm_host_sdk::testing::Conversation;
//! # use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};
//! # struct Greeter(Exchange);
//! # impl BaseHttpRequestHandler for Greeter {
//! #     fn new(exchange: Exchange) -> Self { Self(exchange) }
//! #     fn exchange(&mut self) -> &mut Exchange { &mut self.0 }
//! #     fn do_get(&mut self) -> Result<()> {
//! #         let text = format!("hello, {}", self.exchange().client_address().ip);
//! #         self.send_response(HttpStatus::OK)?;
//! #         self.send_header("Content-Length", text.len())?;
//! #         self.end_headers()?;
//! #         Ok(std::io::Write::write_all(&mut self.exchange().wfile, text.as_bytes())?)
//! #     }
//! # }
//!
//! let outcome = Conversation::new(b"GET / HTTP/1.0\r\n\r\n")
//!     .client_address("192.0.2.7", 4321)
//!     .run::<Greeter>();
//! let response = outcome.response();
//! assert_eq!(response.status, 200);
//! assert_eq!(response.text(), "hello, 192.0.2.7");
//! assert!(outcome.log[0].ends_with("\"GET / HTTP/1.0\" 200 -"));
//! ```
//!
//! [`respond`] is for a test that looks at the bytes alone.

use crate::file::Directory;
use crate::server::{Server, extra_fields};
use crate::simple::SimpleSettings;
use crate::transport::{Level, SocketAddress};
use crate::upload::Finished;
use crate::{BaseHttpRequestHandler, serve};
use std::collections::BTreeMap;
use std::rc::Rc;

mod memory;
mod response;
mod script;
pub(crate) use memory::MemoryTransport;
use memory::address;
pub use response::Response;
pub use script::{FakeScript, ScriptRun};

/// What a handler answered to a client that sends `request` and then waits.
///
/// ```
/// # use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, testing};
/// # struct Nothing(Exchange);
/// # impl BaseHttpRequestHandler for Nothing {
/// #     fn new(exchange: Exchange) -> Self { Self(exchange) }
/// #     fn exchange(&mut self) -> &mut Exchange { &mut self.0 }
/// # }
/// let response = testing::respond::<Nothing>(b"GET / HTTP/1.0\r\n\r\n");
/// assert!(response.starts_with(b"HTTP/1.0 501 "));
/// ```
#[must_use]
pub fn respond<H: BaseHttpRequestHandler>(request: &[u8]) -> Vec<u8> {
    Conversation::new(request).run::<H>().sent
}

/// A client's side of a connection, and the server that it meets.
#[derive(Debug)]
pub struct Conversation {
    received: Vec<u8>,
    time: Option<i64>,
    client: SocketAddress,
    encrypted: bool,
    server: Server,
    settings: Vec<(String, String)>,
    scripts: Vec<(Vec<u8>, FakeScript)>,
    rules: BTreeMap<Vec<u8>, Vec<u8>>,
    takes_uploads: bool,
}

/// What came of a conversation.
#[derive(Debug)]
pub struct Outcome {
    /// The bytes that the client got.
    pub sent: Vec<u8>,
    /// In how many pieces they were sent, files aside.
    pub writes: usize,
    /// The lines that were logged.
    pub log: Vec<String>,
    /// The scripts that were started.
    pub runs: Vec<ScriptRun>,
    /// The files that were left: their paths, and what is in them.
    pub uploads: Vec<(String, Vec<u8>)>,
    /// Whether the handler left the connection open.
    pub kept_open: bool,
}

impl Conversation {
    /// A client that sends these bytes.
    #[must_use]
    pub fn new(request: &[u8]) -> Self {
        Self {
            received: request.to_vec(),
            time: None,
            client: address("127.0.0.1", 54_321),
            encrypted: false,
            server: Server::default(),
            settings: Vec::new(),
            scripts: Vec::new(),
            rules: BTreeMap::new(),
            takes_uploads: false,
        }
    }

    /// Says where the client is. Otherwise it is at 127.0.0.1.
    #[must_use]
    pub fn client_address(mut self, ip: &str, port: u16) -> Self {
        self.client = address(ip, port);
        self
    }

    /// Says how the client reaches the server. Otherwise it is `localhost`, port
    /// 8000.
    #[must_use]
    pub fn server_name(mut self, name: &str, port: u16) -> Self {
        name.clone_into(&mut self.server.name);
        self.server.port = port;
        self
    }

    /// Says when the requests arrive, in seconds since 1970.
    #[must_use]
    pub fn time(mut self, seconds: i64) -> Self {
        self.time = Some(seconds);
        self
    }

    /// Has the client's connection encrypted.
    #[must_use]
    pub fn encrypted(mut self) -> Self {
        self.encrypted = true;
        self
    }

    /// Keeps what is less severe out of the log.
    #[must_use]
    pub fn log_level(mut self, level: Level) -> Self {
        self.server.log_level = level;
        self
    }

    /// Grants a directory to the handler.
    #[must_use]
    pub fn directory(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.server.directory = native_directory(path.into());
        self
    }

    /// Gives the handler a setting, as an option of `wasm-host serve` does.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Puts a script at a path beneath the served directory.
    #[must_use]
    pub fn script(mut self, path: &str, script: FakeScript) -> Self {
        self.scripts.push((path.as_bytes().to_vec(), script));
        self
    }

    /// Has the host keep a part of the site's rules under a key.
    #[must_use]
    pub fn rule_part(mut self, key: &[u8], part: &[u8]) -> Self {
        self.rules.insert(key.to_vec(), part.to_vec());
        self
    }

    /// Has the host take files that clients leave.
    #[must_use]
    pub fn takes_uploads(mut self) -> Self {
        self.takes_uploads = true;
        self
    }

    /// Has answered requests logged as entries.
    #[must_use]
    pub fn access_entries(mut self) -> Self {
        self.server.access_entries = true;
        self
    }

    /// Lets a handler answer.
    #[must_use]
    pub fn run<H: BaseHttpRequestHandler>(self) -> Outcome {
        let mut transport = MemoryTransport::new(&self.received);
        transport.time = self.time;
        transport.scripts = self.scripts;
        transport.rules = self.rules;
        let uploads = Finished::default();
        transport.uploads = self.takes_uploads.then(|| Rc::clone(&uploads));
        transport.client = self.client;
        transport.server = address("127.0.0.1", self.server.port);
        transport.encrypted = self.encrypted;
        let record = Rc::clone(&transport.record);
        let server = Server {
            extra_fields: extra_fields(&self.settings),
            simple: SimpleSettings::new(&self.settings),
            settings: self.settings,
            ..self.server
        };
        let kept_open = serve::<H>(Box::new(transport), Rc::new(server));
        let record = record.take();
        Outcome {
            sent: record.sent,
            writes: record.writes,
            log: record.log,
            runs: record.runs,
            uploads: uploads.take(),
            kept_open,
        }
    }
}

impl Outcome {
    /// The final response to the first request, taken apart; interim ones
    /// (1xx) are passed over.
    ///
    /// # Panics
    ///
    /// The client got none. A response to HTTP/0.9 can't be told from anything
    /// else: look at [`sent`](Self::sent).
    #[must_use]
    pub fn response(&self) -> Response {
        response::first_final(&self.sent)
    }
}

#[cfg(not(target_family = "wasm"))]
fn native_directory(path: std::path::PathBuf) -> Option<Directory> {
    Some(Directory::at(path))
}

#[cfg(target_family = "wasm")]
fn native_directory(_: std::path::PathBuf) -> Option<Directory> {
    Directory::granted()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Exchange;

    struct Plain(Exchange);

    impl BaseHttpRequestHandler for Plain {
        fn new(exchange: Exchange) -> Self {
            Self(exchange)
        }

        fn exchange(&mut self) -> &mut Exchange {
            &mut self.0
        }
    }

    /// Each call of the host costs as much as some hundred instructions.
    #[test]
    fn a_response_leaves_with_the_end_of_its_request() {
        for version in ["1.0", "1.1"] {
            let request = format!("GET / HTTP/{version}\r\nHost: h\r\n\r\n");
            let transport = MemoryTransport::new(request.as_bytes());
            let record = Rc::clone(&transport.record);
            let server = Rc::new(Conversation::new(b"").server);
            serve::<Plain>(Box::new(transport), server);
            let record = record.borrow();
            assert!(record.sent.starts_with(b"HTTP/1."));
            assert_eq!(record.with_end, record.sent.len(), "HTTP/{version}");
        }
    }
}
