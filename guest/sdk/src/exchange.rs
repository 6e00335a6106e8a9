//! One request and its response: what a `BaseHTTPRequestHandler` object knows.

use crate::body::RequestBody;
use crate::headers::Headers;
use crate::link::Link;
use crate::request_line::Version;
use crate::response::{ResponseWriter, USUAL_HEAD};
use crate::server::Server;
use crate::status::HttpStatus;
use crate::transport::{SocketAddress, Transport};
use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;

/// The state of a handler: its connection, the request at hand, and the
/// response to it. Named as the attributes of `BaseHTTPRequestHandler` are.
pub struct Exchange {
    /// The server (`server`).
    pub server: Rc<Server>,
    /// Whether the connection closes after this request.
    pub close_connection: bool,
    /// The request line as received, without its line end.
    pub requestline: String,
    /// The method. Empty until a request line was understood.
    pub command: String,
    /// The request target.
    pub path: String,
    /// The request's version, such as `HTTP/1.1`.
    pub request_version: String,
    /// The request's header fields.
    pub headers: Headers,
    /// The request's content.
    pub rfile: RequestBody,
    /// Where the response's content goes.
    pub wfile: ResponseWriter,
    pub(crate) link: Rc<RefCell<Link>>,
    /// `request_version` as numbers.
    pub(crate) version: Version,
    /// `_headers_buffer`: the head that is being written.
    pub(crate) head: Vec<u8>,
    /// The status that was logged for this request.
    pub(crate) logged: Option<HttpStatus>,
    /// What the response's head says of its content.
    pub(crate) head_says: HeadSays,
    /// Set when the connection is quiet, and waits without this instance.
    pub(crate) idle: bool,
    /// Set while the client waits for `100 Continue` before it sends content.
    pub(crate) expects_continue: bool,
}

/// What a response's head says of the content that follows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct HeadSays {
    pub(crate) status: Option<HttpStatus>,
    pub(crate) content_length: Option<u64>,
    pub(crate) transfer_encoding: bool,
    pub(crate) connection: bool,
}

impl Exchange {
    pub(crate) fn new(transport: Box<dyn Transport>, server: Rc<Server>) -> Self {
        let link = Rc::new(RefCell::new(Link::new(transport)));
        Self {
            server,
            close_connection: true,
            requestline: String::new(),
            command: String::new(),
            path: String::new(),
            request_version: String::new(),
            headers: Headers::default(),
            rfile: RequestBody::new(Rc::clone(&link)),
            wfile: ResponseWriter::new(Rc::clone(&link)),
            link,
            version: Version::HTTP_09,
            head: Vec::with_capacity(USUAL_HEAD),
            logged: None,
            head_says: HeadSays::default(),
            idle: false,
            expects_continue: false,
        }
    }

    /// `client_address`: the client's address and port.
    #[must_use]
    pub fn client_address(&self) -> SocketAddress {
        self.link.borrow().transport.client_address()
    }

    /// The server's address and port, as the client reached it.
    #[must_use]
    pub fn server_address(&self) -> SocketAddress {
        self.link.borrow().transport.server_address()
    }

    /// Whether the client's connection is encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.link.borrow().transport.encrypted()
    }

    /// Forgets the request before.
    pub(crate) fn reset(&mut self) {
        self.close_connection = true;
        self.requestline.clear();
        self.command.clear();
        self.path.clear();
        self.request_version.clear();
        self.headers = Headers::default();
        self.head.clear();
        self.logged = None;
        self.head_says = HeadSays::default();
        self.expects_continue = false;
        self.wfile.begin();
    }

    /// Whether the response at hand has content after its head (RFC 9112
    /// section 6.3).
    pub(crate) fn response_has_content(&self) -> bool {
        let allowed = self.head_says.status.is_none_or(HttpStatus::allows_body);
        allowed && self.command != "HEAD"
    }

    /// Sends what is gathered, and gives the host back the bytes that belong to
    /// no request yet.
    pub(crate) fn finish(&mut self) -> crate::Result<()> {
        self.wfile.flush()?;
        self.link.borrow_mut().report();
        Ok(())
    }
}
