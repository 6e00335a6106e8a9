//! Connections that leave HTTP for another protocol, such as WebSocket (RFC 9110 section
//! 7.8).

use crate::exchange::{Exchange, Said};
use crate::link::Link;
use crate::request_line::Version;
use crate::status::HttpStatus;
use crate::transport::TransportError;
use crate::{Error, Result};
use std::cell::RefCell;
use std::io::{self, ErrorKind, Read, Write};
use std::rc::Rc;
use std::time::Duration;

/// A connection that has left HTTP: what the client sends, and what it is sent, in the
/// protocol that both agreed on. [`Exchange::upgrade`] makes it. The connection ends when
/// the handler returns.
///
/// Reading waits for the client: for as long as [`set_read_timeout`](Self::set_read_timeout)
/// says, and never longer than the host lets a connection be idle
/// (`wasm-host serve --idle-timeout`). A protocol in which it may be quiet for longer has
/// to have something for that, as WebSocket has its pings. Reading then fails with
///
/// * [`WouldBlock`](ErrorKind::WouldBlock): nothing came in the time that was set;
/// * [`TimedOut`](ErrorKind::TimedOut): the client has said nothing for too long;
/// * [`ConnectionAborted`](ErrorKind::ConnectionAborted): the client has gone, or the host
///   is closing the connection, as the server stops or others need the instance. A last
///   message may be written, and then the handler should return.
///
/// While it reads, others may take the instance: each open connection keeps one.
pub struct Upgraded {
    link: Rc<RefCell<Link>>,
    /// What came and wasn't read.
    unread: Vec<u8>,
    /// How many of these bytes were read.
    read: usize,
    timeout: Option<Duration>,
}

impl Exchange {
    /// Whether the client asks to go on in this protocol, such as `websocket`: then the
    /// handler may answer [`HttpStatus::SWITCHING_PROTOCOLS`], and otherwise must not
    /// (RFC 9110 section 7.8). Not where the host frames messages
    /// ([`wasi_http`](crate::wasi_http)): there are no other protocols there.
    #[must_use]
    pub fn asks_to_upgrade(&self, protocol: &str) -> bool {
        let lists = |name: &str, wanted: &str| {
            self.headers.get_all(name).any(|value| {
                let mut elements = value.split(',').map(str::trim);
                elements.any(|element| element.eq_ignore_ascii_case(wanted))
            })
        };
        self.version >= Version::HTTP_11
            && !self.link.borrow().transport.frames_messages()
            && lists("Connection", "upgrade")
            && lists("Upgrade", protocol)
    }

    /// Takes the connection over, once the handler has answered
    /// [`HttpStatus::SWITCHING_PROTOCOLS`] and ended that head.
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// # use wasm_host_sdk::testing::Conversation;
    /// # use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};
    /// # struct Shout(Exchange);
    /// # impl BaseHttpRequestHandler for Shout {
    /// # fn new(exchange: Exchange) -> Self { Self(exchange) }
    /// # fn exchange(&mut self) -> &mut Exchange { &mut self.0 }
    /// # fn protocol_version(&mut self) -> &'static str { "HTTP/1.1" }
    /// fn do_get(&mut self) -> Result<()> {
    ///     if !self.exchange().asks_to_upgrade("shout") {
    ///         return self.send_error(HttpStatus::UPGRADE_REQUIRED, None, None);
    ///     }
    ///     self.send_response(HttpStatus::SWITCHING_PROTOCOLS)?;
    ///     self.send_header("Connection", "upgrade")?;
    ///     self.send_header("Upgrade", "shout")?;
    ///     self.end_headers()?;
    ///     let mut connection = self.exchange().upgrade()?;
    ///     let mut text = String::new();
    ///     connection.read_to_string(&mut text)?;
    ///     Ok(connection.write_all(text.to_uppercase().as_bytes())?)
    /// }
    /// # }
    /// # let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: shout\r\n\r\nhello";
    /// # let outcome = Conversation::new(request).run::<Shout>();
    /// # assert!(outcome.sent.starts_with(b"HTTP/1.1 101 "), "{:?}", outcome.sent);
    /// # assert!(outcome.sent.ends_with(b"\r\n\r\nHELLO"), "{:?}", outcome.sent);
    /// # assert!(!outcome.kept_open);
    /// ```
    ///
    /// # Errors
    ///
    /// The client has gone; or the response isn't 101; or the request has content that
    /// wasn't read, which would be taken for the other protocol's.
    pub fn upgrade(&mut self) -> Result<Upgraded> {
        let switched = self.head_says.status == Some(HttpStatus::SWITCHING_PROTOCOLS);
        if !switched || !self.head.is_empty() || !self.wfile.is_begun() {
            return Err(refusal("the response isn't 101, or its head hasn't ended"));
        }
        if !self.rfile.is_finished() {
            return Err(refusal("the request's content wasn't read"));
        }
        self.close_connection = true;
        self.head_says.connection = Said::Close;
        self.wfile.flush()?;
        Ok(Upgraded {
            unread: self.link.borrow_mut().take_all(),
            link: Rc::clone(&self.link),
            read: 0,
            timeout: None,
        })
    }
}

fn refusal(reason: &str) -> Error {
    Error::Io(io::Error::other(format!("cannot upgrade: {reason}")))
}

impl Upgraded {
    /// Has reading fail with [`WouldBlock`](ErrorKind::WouldBlock) when nothing has come
    /// for so long; with None, it waits for as long as the host lets it. Whole
    /// milliseconds, at least one.
    pub fn set_read_timeout(&mut self, timeout: Option<Duration>) {
        self.timeout = timeout;
    }

    /// Waits for bytes. None: the client has finished.
    fn receive(&mut self) -> io::Result<Option<Vec<u8>>> {
        let longest = u128::from(u32::MAX);
        let wait = self.timeout.map_or(longest, |it| it.as_millis().max(1));
        let wait = u32::try_from(wait.min(longest)).unwrap_or(u32::MAX);
        loop {
            let received = self.link.borrow_mut().transport.receive(wait);
            match received.map_err(failure)? {
                Some(bytes) => return Ok(Some(bytes).filter(|bytes| !bytes.is_empty())),
                None if self.timeout.is_some() => return Err(ErrorKind::WouldBlock.into()),
                None => {}
            }
        }
    }
}

impl Read for Upgraded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.unread.len() {
            self.unread = self.receive()?.unwrap_or_default();
            self.read = 0;
        }
        let unread = &self.unread[self.read..];
        let most = unread.len().min(buffer.len());
        buffer[..most].copy_from_slice(&unread[..most]);
        self.read += most;
        Ok(most)
    }
}

impl Write for Upgraded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !bytes.is_empty() {
            let written = self.link.borrow_mut().transport.write(bytes);
            written.map_err(failure)?;
        }
        Ok(bytes.len())
    }

    /// All that was written has been sent, or the host sends it.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn failure(error: TransportError) -> io::Error {
    match error {
        TransportError::TimedOut => ErrorKind::TimedOut.into(),
        _ => ErrorKind::ConnectionAborted.into(),
    }
}
