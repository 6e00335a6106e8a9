//! One request and its response: what a `BaseHTTPRequestHandler` object knows.

use crate::body::RequestBody;
use crate::date::LastDate;
use crate::headers::Headers;
use crate::link::Link;
use crate::process::{Child, EntryKind, Input, ProcessError, Spool, SpoolError};
use crate::request_line::Version;
use crate::response::{Framing, ResponseWriter, USUAL_HEAD};
use crate::server::Server;
use crate::site::House;
use crate::status::HttpStatus;
use crate::transport::{Level, SocketAddress, Transport, TransportError};
use crate::{Error, Result};
use std::cell::RefCell;
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
    /// Who the client is, and has proved to be: what scripts learn as `REMOTE_USER`,
    /// and the log has. None until a handler says.
    pub user: Option<String>,
    /// The server, if it has several sites: `server` is the site at hand then.
    pub(crate) house: Option<House>,
    pub(crate) link: Rc<RefCell<Link>>,
    /// `request_version` as numbers.
    pub(crate) version: Version,
    /// `_headers_buffer`: the head that is being written.
    pub(crate) head: Vec<u8>,
    /// The status that was logged for this request.
    pub(crate) logged: Option<HttpStatus>,
    /// What the response's head says of its content.
    pub(crate) head_says: HeadSays,
    /// Room for a copy of `path`, kept for the next request.
    pub(crate) target: String,
    /// The `Date` of the response before.
    pub(crate) last_date: LastDate,
    /// Whether the response is made at once, so that its time is the request's.
    pub(crate) prompt: bool,
    /// The request's fields on which it depends that the reply is an error.
    pub(crate) error_varies: Option<&'static str>,
    /// How often a script has sent this request elsewhere in the server.
    pub(crate) local_redirects: u8,
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
    pub(crate) connection: Said,
    /// What follows from the above.
    pub(crate) framing: Framing,
}

/// What a head says of the connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Said {
    #[default]
    Nothing,
    Close,
    KeepAlive,
    /// An option that says neither.
    Other,
}

impl HeadSays {
    /// Whether the handler has said where the content ends.
    pub(crate) fn says_end(&self) -> bool {
        self.content_length.is_some() || self.transfer_encoding
    }
}

impl Exchange {
    pub(crate) fn new(transport: Box<dyn Transport>, server: Rc<Server>) -> Self {
        let link = Rc::new(RefCell::new(Link::new(transport)));
        let house = House::of(&server);
        Self {
            server,
            house,
            close_connection: true,
            requestline: String::new(),
            command: String::new(),
            path: String::new(),
            request_version: String::new(),
            headers: Headers::default(),
            rfile: RequestBody::new(Rc::clone(&link)),
            wfile: ResponseWriter::new(Rc::clone(&link)),
            user: None,
            link,
            version: Version::HTTP_09,
            head: Vec::with_capacity(USUAL_HEAD),
            logged: None,
            head_says: HeadSays::default(),
            target: String::new(),
            last_date: LastDate::default(),
            prompt: false,
            error_varies: None,
            local_redirects: 0,
            idle: false,
            expects_continue: false,
        }
    }

    /// `client_address`: the client's address and port; `-` and 0 where the host
    /// doesn't tell ([`wasi_http`](crate::wasi_http)).
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

    /// What the host keeps of the rules of the site at hand, under a key: parts that
    /// somebody has made for the handler, and that mean nothing to the host. None where
    /// it keeps none.
    ///
    /// ```
    /// # use std::io::Write;
    /// # use wasm_host_sdk::testing::Conversation;
    /// # use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};
    /// # struct Greeter(Exchange);
    /// # impl BaseHttpRequestHandler for Greeter {
    /// # fn new(exchange: Exchange) -> Self { Self(exchange) }
    /// # fn exchange(&mut self) -> &mut Exchange { &mut self.0 }
    /// fn do_get(&mut self) -> Result<()> {
    ///     let greeting = self.exchange().rule_part(b"greeting").unwrap_or_default();
    ///     self.send_response(HttpStatus::OK)?;
    ///     self.end_headers()?;
    ///     Ok(self.exchange().wfile.write_all(&greeting)?)
    /// }
    /// # }
    /// let outcome = Conversation::new(b"GET / HTTP/1.0\r\n\r\n")
    ///     .rule_part(b"greeting", b"Hello")
    ///     .run::<Greeter>();
    /// assert!(outcome.sent.ends_with(b"Hello"));
    /// ```
    #[must_use]
    pub fn rule_part(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.link.borrow().transport.rule_part(key)
    }

    /// The status of the response whose head is being written, or was. None: there is no
    /// response yet.
    #[must_use]
    pub fn response_status(&self) -> Option<HttpStatus> {
        self.head_says.status
    }

    /// Removes the fields of a name, in any case of its letters, from the head that is
    /// being written, as far as that is. What frames the response isn't to be removed.
    ///
    /// ```
    /// # use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result, base, testing};
    /// # struct Quiet(Exchange);
    /// # impl BaseHttpRequestHandler for Quiet {
    /// # fn new(exchange: Exchange) -> Self { Self(exchange) }
    /// # fn exchange(&mut self) -> &mut Exchange { &mut self.0 }
    /// fn end_headers(&mut self) -> Result<()> {
    ///     self.exchange().remove_header("Server");
    ///     base::end_headers(self)
    /// }
    /// # }
    /// # let response = testing::respond::<Quiet>(b"GET / HTTP/1.0\r\n\r\n");
    /// # assert!(!String::from_utf8(response).unwrap().contains("Server:"));
    /// ```
    pub fn remove_header(&mut self, name: &str) {
        let Some(first) = memchr::memchr(b'\n', &self.head) else {
            return;
        };
        let mut at = first + 1;
        while let Some(length) = memchr::memchr(b'\n', &self.head[at..]) {
            let end = at + length + 1;
            let line = &self.head[at..end];
            let is_it = line.get(name.len()) == Some(&b':')
                && line[..name.len()].eq_ignore_ascii_case(name.as_bytes());
            match is_it {
                true => drop(self.head.drain(at..end)),
                false => at = end,
            }
        }
    }

    /// What a path beneath the served directory leads to, as far as scripts are
    /// concerned: see [`cgi`](crate::cgi).
    ///
    /// # Errors
    ///
    /// There is nothing that the server's owner lets run.
    pub fn look_up(&self, path: &[u8]) -> Result<EntryKind, ProcessError> {
        self.link.borrow().transport.look_up(path)
    }

    /// Begins to keep content for a script, outside of the sandbox: for content whose
    /// length nobody knows before its end, as a script has to be told one (RFC 3875
    /// section 4.1.2). How much is kept is the server's owner's choice.
    ///
    /// ```
    /// use wasm_host_sdk::process::Input;
    /// # use wasm_host_sdk::testing::{Conversation, FakeScript};
    /// # use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};
    /// # struct Convert(Exchange);
    /// # impl BaseHttpRequestHandler for Convert {
    /// # fn new(exchange: Exchange) -> Self { Self(exchange) }
    /// # fn exchange(&mut self) -> &mut Exchange { &mut self.0 }
    /// fn do_get(&mut self) -> Result<()> {
    ///     let exchange = self.exchange();
    ///     let ran = exchange.spool().is_ok_and(|mut spool| {
    ///         let kept = spool.write(b"one, ").and_then(|()| spool.write(b"two"));
    ///         kept.is_ok() && exchange.spawn(b"bin/convert", &[], Input::Spooled(spool)).is_ok()
    ///     });
    ///     # assert!(ran);
    ///     # self.send_error(HttpStatus::IM_A_TEAPOT, None, None)
    ///     // ...
    /// }
    /// # }
    /// # let outcome = Conversation::new(b"GET / HTTP/1.0\r\n\r\n")
    /// #     .script("bin/convert", FakeScript::printing("")).run::<Convert>();
    /// # assert_eq!(outcome.runs[0].input, b"one, two");
    /// ```
    ///
    /// # Errors
    ///
    /// See [`SpoolError`].
    pub fn spool(&mut self) -> Result<Spool, SpoolError> {
        self.link.borrow_mut().transport.spool()
    }

    /// Runs a script: `path` is that of its file, beneath the served directory.
    ///
    /// With [`Input::Content`], [`rfile`](Self::rfile) is at its end from here
    /// on, and the connection can only be kept if the script
    /// [reads it all](crate::process::Exit::content_left).
    ///
    /// ```
    /// # use std::io::Write;
    /// use wasm_host_sdk::process::{EntryKind, Input, ProcessError};
    /// use wasm_host_sdk::testing::{Conversation, FakeScript};
    /// # use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};
    /// # struct Report(Exchange);
    /// # impl BaseHttpRequestHandler for Report {
    /// # fn new(exchange: Exchange) -> Self { Self(exchange) }
    /// # fn exchange(&mut self) -> &mut Exchange { &mut self.0 }
    ///
    /// fn do_get(&mut self) -> Result<()> {
    ///     let environment = [(b"LANG".to_vec(), b"C".to_vec())];
    ///     let Ok(mut child) = self.exchange().spawn(b"bin/report", &environment, Input::None) else {
    ///         return self.send_error(HttpStatus::BAD_GATEWAY, None, None);
    ///     };
    ///     self.send_response(HttpStatus::OK)?;
    ///     self.end_headers()?;
    ///     while let Ok(bytes) = child.read() && !bytes.is_empty() {
    ///         self.exchange().wfile.write_all(&bytes)?;
    ///     }
    ///     Ok(())
    /// }
    /// # }
    ///
    /// let outcome = Conversation::new(b"GET / HTTP/1.0\r\n\r\n")
    ///     .script("bin/report", FakeScript::printing("All is well.\n"))
    ///     .run::<Report>();
    /// assert!(outcome.sent.ends_with(b"All is well.\n"));
    /// assert_eq!(outcome.runs[0].variable("LANG").as_deref(), Some("C"));
    /// ```
    ///
    /// # Errors
    ///
    /// See [`ProcessError`].
    pub fn spawn(
        &mut self,
        path: &[u8],
        environment: &[(Vec<u8>, Vec<u8>)],
        input: Input,
    ) -> Result<Child, ProcessError> {
        let content = matches!(input, Input::Content(_));
        if content {
            self.rfile.hand_over();
        }
        let mut link = self.link.borrow_mut();
        let child = link.transport.spawn(path, environment, input);
        self.close_connection |= content && child.is_err();
        child
    }

    /// Forgets the request before.
    pub(crate) fn reset(&mut self) {
        self.close_connection = true;
        self.requestline.clear();
        self.command.clear();
        self.path.clear();
        self.request_version.clear();
        self.headers.clear();
        self.head.clear();
        self.logged = None;
        self.user = None;
        self.head_says = HeadSays::default();
        self.prompt = false;
        self.error_varies = None;
        self.local_redirects = 0;
        self.expects_continue = false;
        self.wfile.begin();
    }

    /// Whether the response at hand has content after its head (RFC 9112
    /// section 6.3).
    pub(crate) fn response_has_content(&self) -> bool {
        let allowed = self.head_says.status.is_none_or(HttpStatus::allows_body);
        allowed && self.command != "HEAD"
    }

    /// Sends what is gathered of the response, and waits for another request.
    /// False: there is none for now.
    pub(crate) fn finish_and_begin(&mut self) -> Result<bool> {
        let begun = self.wfile.finish_and_begin();
        self.report_unsent_file(begun)
    }

    /// Sends what is gathered of the response.
    pub(crate) fn send_gathered(&mut self) -> Result<()> {
        let sent = self.wfile.send_gathered();
        self.report_unsent_file(sent)
    }

    /// A handler that gave its file away is told no more of it.
    fn report_unsent_file<T>(&self, sent: Result<T, TransportError>) -> Result<T> {
        if let Err(error @ TransportError::File) = sent {
            self.report(&error.into());
        }
        Ok(sent?)
    }

    /// Logs an error that isn't the client's.
    #[cold]
    pub(crate) fn report(&self, error: &Error) {
        let line = format!("{}: {error}", self.requestline);
        self.link.borrow().transport.log(Level::Error, &line);
    }

    /// Sends what is gathered, and gives the host back the bytes that belong to
    /// no request yet.
    pub(crate) fn finish(&mut self) -> Result<()> {
        if !self.idle {
            let unread = self.rfile.leave();
            self.link.borrow_mut().pass_over(unread);
        }
        let finished = self.wfile.finish();
        self.report_unsent_file(finished)
    }
}
