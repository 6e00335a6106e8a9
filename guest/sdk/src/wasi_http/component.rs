//! A component's side of `wasi:http`: one request as a [`Transport`].

use super::request_head;
use super::response::Response;
use crate::bindings::wasi::http::types::{
    ErrorCode, IncomingBody, IncomingRequest, Method, ResponseOutparam, Scheme, http_error_code,
};
use crate::bindings::wasi::io::streams::{InputStream, StreamError};
use crate::file::{Directory, File};
use crate::process::{Child, EntryKind, Input, ProcessError, Spool, SpoolError};
use crate::server::Server;
use crate::transport::{
    AccessEntry, Level, Part, Request, Rest, SocketAddress, Transport, TransportError,
};
use crate::{BaseHttpRequestHandler, serve};
use std::cell::RefCell;
use std::rc::Rc;

/// How much of a request's content is asked for at once.
const READ_AT_ONCE: u64 = 64 * 1024;

/// What [`export!`](crate::export) exports.
#[doc(hidden)]
#[macro_export]
macro_rules! export_to_world {
    ($component:ident, $handler:ty) => {
        use $crate::bindings::exports::wasi::http::incoming_handler::{
            Guest, IncomingRequest, ResponseOutparam,
        };

        impl Guest for $component {
            fn handle(request: IncomingRequest, out: ResponseOutparam) {
                $crate::wasi_http::component::handle::<$handler>(request, out);
            }
        }

        $crate::bindings::export_world!($component with_types_in $crate::bindings);
    };
}

/// Handles a request; [`export!`](crate::export) makes it the component's
/// export.
pub fn handle<H: BaseHttpRequestHandler>(request: IncomingRequest, out: ResponseOutparam) {
    let method = method(&request);
    let authority = request.authority().unwrap_or_default();
    let target = request.path_with_query().unwrap_or_else(|| "/".to_owned());
    let fields = request.headers().entries();
    let Some(head) = request_head::write(&method, &target, &authority, &fields) else {
        ResponseOutparam::set(out, Err(ErrorCode::HttpProtocolError));
        return;
    };
    let encrypted = matches!(request.scheme(), Some(Scheme::Https));
    let server = server(&authority, encrypted);
    let address = SocketAddress {
        ip: server.name.clone(),
        port: server.port,
    };
    let response = Rc::new(RefCell::new(Response::new(&method, out)));
    let transport = RequestTransport {
        head: Some(head),
        content: Content::Unread(request),
        response: Rc::clone(&response),
        address,
        encrypted,
    };
    serve::<H>(Box::new(transport), Rc::new(server));
    if let Some(response) = Rc::into_inner(response) {
        response.into_inner().finish();
    }
}

fn method(request: &IncomingRequest) -> String {
    let name = match request.method() {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
        Method::Connect => "CONNECT",
        Method::Options => "OPTIONS",
        Method::Trace => "TRACE",
        Method::Patch => "PATCH",
        Method::Other(name) => return name,
    };
    name.to_owned()
}

/// The server as the client addressed it: nothing else is known of it.
fn server(authority: &str, encrypted: bool) -> Server {
    let usual = if encrypted { 443 } else { 80 };
    let (name, port) = match authority.rsplit_once(':') {
        Some((name, port)) => (name, port.parse().ok()),
        None => (authority, None),
    };
    let (name, port) = match port {
        Some(port) => (name, port),
        // The last colon is an IPv6 address's own.
        None => (authority, usual),
    };
    Server {
        name: name.to_owned(),
        port,
        software: concat!("wasm-host-sdk/", env!("CARGO_PKG_VERSION")).into(),
        // A host that wants them logs requests itself.
        access_entries: true,
        directory: Directory::granted(),
        ..Server::default()
    }
}

struct RequestTransport {
    head: Option<Vec<u8>>,
    content: Content,
    response: Rc<RefCell<Response>>,
    address: SocketAddress,
    encrypted: bool,
}

/// A request's content. It is asked for when it is first read: only then does
/// the host tell a client that waits for `100 Continue`.
enum Content {
    Unread(IncomingRequest),
    Reading {
        // Before its body: a child is dropped first.
        stream: InputStream,
        _body: IncomingBody,
    },
    Ended,
}

impl Transport for RequestTransport {
    fn next_request(&mut self, _: u64, rest: Rest<'_>) -> Result<Option<Request>, TransportError> {
        rest.send(self)?;
        let head = self.head.take();
        Ok(head.map(|bytes| Request { bytes, time: None }))
    }

    fn end_request(&mut self, _: u64, rest: Rest<'_>) -> Result<(), TransportError> {
        rest.send(self)
    }

    fn fill(&mut self, _: Part) -> Result<Vec<u8>, TransportError> {
        if let Content::Unread(request) = &self.content {
            let body = request.consume().map_err(|()| TransportError::Closed)?;
            let stream = body.stream().map_err(|()| TransportError::Closed)?;
            self.content = Content::Reading {
                stream,
                _body: body,
            };
        }
        let Content::Reading { stream, .. } = &self.content else {
            return Ok(Vec::new());
        };
        loop {
            match stream.blocking_read(READ_AT_ONCE) {
                Ok(bytes) if bytes.is_empty() => {}
                Ok(bytes) => return Ok(bytes),
                Err(error) => {
                    let failed = read_error(&error);
                    self.content = Content::Ended;
                    return failed.map_or_else(|| Ok(Vec::new()), Err);
                }
            }
        }
    }

    /// The host has nothing to forget.
    fn consume(&mut self, _: u64) {}

    fn write(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.response.borrow_mut().write(bytes)
    }

    fn send_file(
        &mut self,
        head: &[u8],
        file: &File,
        offset: u64,
        length: u64,
    ) -> Result<(), TransportError> {
        let mut response = self.response.borrow_mut();
        response.send_file(head, &file.0, offset, length)
    }

    fn look_up(&self, _: &[u8]) -> Result<EntryKind, ProcessError> {
        Err(ProcessError::NotPermitted)
    }

    fn spool(&mut self) -> Result<Spool, SpoolError> {
        Err(SpoolError::Failed)
    }

    fn spawn(
        &mut self,
        _: &[u8],
        _: &[(Vec<u8>, Vec<u8>)],
        _: Input,
    ) -> Result<Child, ProcessError> {
        Err(ProcessError::NotPermitted)
    }

    fn client_address(&self) -> SocketAddress {
        SocketAddress {
            ip: "-".to_owned(),
            port: 0,
        }
    }

    fn server_address(&self) -> SocketAddress {
        self.address.clone()
    }

    fn encrypted(&self) -> bool {
        self.encrypted
    }

    fn frames_messages(&self) -> bool {
        true
    }

    fn log(&self, _: Level, line: &str) {
        // A message that a handler logs may quote a client, and control
        // characters could forge a line or steer a terminal.
        eprintln!("{}", line.replace(char::is_control, "?"));
    }

    /// The host has seen the request and the response.
    fn log_access(&self, _: AccessEntry<'_>) {}
}

/// Why no content came. None: there is no more.
fn read_error(error: &StreamError) -> Option<TransportError> {
    let StreamError::LastOperationFailed(error) = error else {
        return None;
    };
    Some(match http_error_code(error) {
        Some(ErrorCode::ConnectionTimeout | ErrorCode::ConnectionReadTimeout) => {
            TransportError::TimedOut
        }
        _ => TransportError::Closed,
    })
}
