//! A request on its way to another host, and the answer on its way back.

use super::address::is_everybodys;
use super::grant::SiteGrant;
use super::placeholder::fill;
use crate::connection_fields::leave_connection;
use bytes::Bytes;
use http::header::{EXPECT, HOST, HeaderName, HeaderValue};
use http::uri::{PathAndQuery, Scheme};
use http::{Request, Response, StatusCode, Uri, Version};
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use wasm_host_server::SendFailure;

/// How many requests of a site's are under way at once.
const MOST: usize = 32;

/// How long it may take to look up a host, to connect to an address of it, and to agree on
/// keys; each.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// The most of an answer's head, in bytes, and the most fields.
const MAX_HEAD: usize = 128 * 1024;
const MAX_FIELDS: usize = 200;

/// What proxies on the way would take for theirs.
const FOR_PROXIES: [HeaderName; 2] = [
    HeaderName::from_static("proxy-authorization"),
    HeaderName::from_static("forwarded"),
];

/// What hyper passes on.
type Content = UnsyncBoxBody<Bytes, hyper::Error>;

/// A site whose requests are sent.
pub(super) struct Site {
    grant: SiteGrant,
    tls: TlsConnector,
    /// Room for requests that are under way.
    room: Arc<Semaphore>,
}

/// Why a request isn't answered, and what is to be read of it in the site's log.
type Failed = (SendFailure, String);

/// Where a request goes.
struct Destination<'a> {
    host: &'a str,
    port: u16,
    is_encrypted: bool,
}

impl Site {
    pub(super) fn new(grant: SiteGrant, tls: TlsConnector) -> Self {
        Self {
            grant,
            tls,
            room: Arc::new(Semaphore::new(MOST)),
        }
    }

    /// Sends a request, and gives what is answered; or says why there is no answer.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Response<Content> {
        self.send(request)
            .await
            .unwrap_or_else(|(failure, reason)| {
                let content = Empty::new().map_err(|never| match never {});
                let mut answer = Response::new(content.boxed_unsync());
                *answer.status_mut() = StatusCode::BAD_GATEWAY;
                failure.put(&reason, answer.headers_mut());
                answer
            })
    }

    async fn send(&self, request: Request<Incoming>) -> Result<Response<Content>, Failed> {
        let uri = request.uri().clone();
        let to = Destination::of(&uri)?;
        let Destination { host, port, .. } = to;
        let mut granted = self.grant.targets.iter();
        if !granted.any(|target| target.allows(host, port)) {
            let reason = format!("the site may send no requests to {host}:{port}");
            return Err((SendFailure::Denied, reason));
        }
        let room = Arc::clone(&self.room).try_acquire_owned();
        let room = room.map_err(|_| {
            let reason = format!("the site has {MOST} requests to others already, the most");
            (SendFailure::Busy, reason)
        })?;
        let (socket, address) = self.connect(&to).await?;
        let request = self.for_host(request, &uri, &to, address)?;
        let connection: Pin<Box<dyn Connection>> = match to.is_encrypted {
            true => Box::pin(self.encrypt(socket, host).await?),
            false => Box::pin(socket),
        };
        let mut answer = exchange(connection, request, room).await.map_err(|error| {
            let reason = format!("{host}:{port} doesn't answer as it should: {error}");
            (SendFailure::Protocol, reason)
        })?;
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            let reason = format!("{host}:{port} answers 101, which nobody has asked for");
            return Err((SendFailure::Protocol, reason));
        }
        leave_connection(answer.headers_mut());
        SendFailure::leave_out(answer.headers_mut());
        *answer.version_mut() = Version::default();
        Ok(answer)
    }

    /// Connects to the first address of the host's that may be reached, and that answers.
    async fn connect(&self, to: &Destination<'_>) -> Result<(TcpStream, IpAddr), Failed> {
        let Destination { host, port, .. } = *to;
        let found = timeout(CONNECT_WITHIN, lookup_host((bare(host), port))).await;
        let found = found.map_err(|_| timed_out(&format!("looking up {host}")))?;
        let found = found.map_err(|error| {
            let reason = format!("{host} has no address that is known: {error}");
            (SendFailure::Name, reason)
        })?;
        let (allowed, refused): (Vec<_>, Vec<_>) =
            found.partition(|address| self.may_reach(*address));
        if let (true, Some(refused)) = (allowed.is_empty(), refused.first()) {
            let address = refused.ip();
            let reason = format!(
                "{host} is at {address}, which isn't an address on the Internet; the operator has to name it, too, where requests may go"
            );
            return Err((SendFailure::Address, reason));
        }
        let mut failed = (SendFailure::Name, format!("{host} has no address"));
        for address in allowed {
            failed = match timeout(CONNECT_WITHIN, TcpStream::connect(address)).await {
                Ok(Ok(socket)) => return Ok((socket, address.ip())),
                Ok(Err(error)) => {
                    let reason = format!("cannot connect to {host}:{port}: {error}");
                    (SendFailure::Unreachable, reason)
                }
                Err(_) => timed_out(&format!("connecting to {host}:{port}")),
            };
        }
        Err(failed)
    }

    fn may_reach(&self, address: SocketAddr) -> bool {
        is_everybodys(address.ip()) || self.is_named(address.ip(), address.port())
    }

    fn is_named(&self, address: IpAddr, port: u16) -> bool {
        let address = address.to_string();
        let mut named = self.grant.addresses.iter();
        named.any(|named| named.allows(&address, port))
    }

    async fn encrypt(
        &self,
        socket: TcpStream,
        host: &str,
    ) -> Result<impl AsyncRead + AsyncWrite + Send + use<>, Failed> {
        let wrong = |error: String| {
            let reason = format!("{host} can't be believed who it is: {error}");
            (SendFailure::Certificate, reason)
        };
        let name = ServerName::try_from(bare(host).to_owned());
        let name = name.map_err(|error| wrong(error.to_string()))?;
        let agreed = timeout(CONNECT_WITHIN, self.tls.connect(name, socket)).await;
        let agreed = agreed.map_err(|_| timed_out(&format!("agreeing on keys with {host}")))?;
        agreed.map_err(|error| wrong(error.to_string()))
    }

    /// The request as the host reads it: its target is a path, `Host` says where, and
    /// secrets are in the place of their placeholders.
    fn for_host(
        &self,
        request: Request<Incoming>,
        uri: &Uri,
        to: &Destination<'_>,
        address: IpAddr,
    ) -> Result<Request<Incoming>, Failed> {
        let (mut head, content) = request.into_parts();
        let malformed = |what: String| (SendFailure::Denied, what);
        leave_connection(&mut head.headers);
        for name in FOR_PROXIES.iter().chain([&EXPECT]) {
            head.headers.remove(name);
        }
        // A secret that is for a host isn't for whoever listens on the way.
        if to.is_encrypted || self.is_named(address, to.port) {
            let secrets = self.grant.secrets.iter();
            let for_it = |hosts: &[wasm_host_server::OutboundTarget]| {
                hosts.iter().any(|host| host.allows(to.host, to.port))
            };
            let secrets: Vec<_> = secrets.filter(|secret| for_it(&secret.hosts)).collect();
            fill(&mut head.headers, &secrets)
                .map_err(|name| malformed(format!("a secret is no value of the field {name}")))?;
        }
        let authority = uri.authority().map_or("", |it| it.as_str());
        let host = HeaderValue::from_str(authority);
        let host = host.map_err(|error| malformed(error.to_string()))?;
        head.headers.insert(HOST, host);
        let path = uri.path_and_query().cloned();
        head.uri = Uri::from(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
        head.version = Version::HTTP_11;
        head.extensions.clear();
        Ok(Request::from_parts(head, content))
    }
}

impl<'a> Destination<'a> {
    fn of(uri: &'a Uri) -> Result<Self, Failed> {
        let wrong = |what: &str| (SendFailure::Denied, format!("a request {what}"));
        let is_encrypted = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(scheme) if *scheme == Scheme::HTTP => false,
            _ => return Err(wrong("goes by neither http nor https")),
        };
        let authority = uri.authority();
        let authority = authority.ok_or_else(|| wrong("doesn't say where it goes"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("has a user in its URL, which nothing is sent with"));
        }
        let usual = if is_encrypted { 443 } else { 80 };
        Ok(Self {
            host: authority.host(),
            port: authority.port_u16().unwrap_or(usual),
            is_encrypted,
        })
    }
}

/// Without the brackets of an IPv6 address.
fn bare(host: &str) -> &str {
    let within = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    within.unwrap_or(host)
}

fn timed_out(doing: &str) -> Failed {
    let reason = format!("{doing} takes longer than {CONNECT_WITHIN:?}");
    (SendFailure::TimedOut, reason)
}

/// A connection, encrypted or not.
trait Connection: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> Connection for T {}

/// Sends the request, and waits for the answer's head.
async fn exchange(
    connection: Pin<Box<dyn Connection>>,
    request: Request<Incoming>,
    room: OwnedSemaphorePermit,
) -> Result<Response<Content>, io::Error> {
    let mut builder = http1::Builder::new();
    builder.max_buf_size(MAX_HEAD).max_headers(MAX_FIELDS);
    let handshake = builder.handshake(TokioIo::new(connection)).await;
    let (mut sender, connection) = handshake.map_err(|error| said(&error))?;
    // What goes wrong on it, whoever waits for the answer is told. It ends with that.
    tokio::spawn(connection);
    let answer = sender.send_request(request).await;
    let answer = answer.map_err(|error| said(&error))?;
    Ok(answer.map(|content| {
        let content = Held {
            content,
            _room: room,
        };
        content.boxed_unsync()
    }))
}

/// An error with what it comes from.
fn said(error: &hyper::Error) -> io::Error {
    let cause = std::error::Error::source(error);
    io::Error::other(cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}")))
}

/// An answer's content, which is under way as long as this lives.
struct Held {
    content: Incoming,
    _room: OwnedSemaphorePermit,
}

impl Body for Held {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.content).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.content.size_hint()
    }
}
