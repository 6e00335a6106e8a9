//! One request over a connection of its own.
//!
//! What is bounded: the time to connect, the time in which nothing moves, and the size of
//! an answer. Redirects aren't followed: whoever answers with one would otherwise say
//! where the token is sent.

use super::address::ServerAddress;
use super::answer::{Answer, MAX_ANSWER};
use super::ask::{Ask, NoAnswer};
use super::content::{Body, Content};
use super::lines;
use super::patience::Patience;
use super::tls;
use crate::client::failure::Failure;
use crate::socket::Socket;
use crate::token::Token;
use crate::wire::PREFIX;
use http::header::{AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use rustls::pki_types::ServerName;
use std::error::Error;
use std::io;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::select;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// The longest time to connect, for each try.
const CONNECT_TIME: Duration = Duration::from_secs(15);

/// The longest time in which nothing moves: a server may take a while to check a large
/// deploy.
const REST: Duration = Duration::from_secs(120);

/// The most of an answer's head, in bytes.
const MAX_HEAD: usize = 32 * 1024;

const SOFTWARE: &str = concat!("wasm-host/", env!("CARGO_PKG_VERSION"));

/// A server, and the token for it.
pub struct Server {
    pub(super) address: ServerAddress,
    token: Token,
    tls: Option<TlsConnector>,
    pub(in crate::client) patience: Patience,
}

impl Server {
    /// The server at `address`, which takes `token`. `authority` is a PEM file of an
    /// authority to trust beside those of browsers, for `https`.
    ///
    /// # Errors
    ///
    /// That file can't be read.
    pub fn new(
        address: ServerAddress,
        token: Token,
        authority: Option<&Path>,
    ) -> Result<Self, Failure> {
        let encrypted = address.is_encrypted();
        let tls = encrypted.then(|| tls::connector(authority)).transpose()?;
        Ok(Self {
            address,
            token,
            tls,
            patience: Patience::default(),
        })
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> &ServerAddress {
        &self.address
    }

    /// Sends a request once, and reads its answer.
    pub(super) async fn once(&self, ask: Ask) -> Result<Answer, NoAnswer> {
        self.send(ask, read).await
    }

    /// Sends a request once, and tells of each line of its answer as it comes. What isn't
    /// a success is an answer instead.
    pub(super) async fn lines(
        &self,
        ask: Ask,
        line: &mut dyn FnMut(&str),
    ) -> Result<Option<Answer>, NoAnswer> {
        let take = async |answer: Response<Incoming>| {
            if !answer.status().is_success() {
                return read(answer).await.map(Some);
            }
            lines::tell(answer.into_body(), line)
                .await
                .map_err(|error| NoAnswer::Broken(why(&error)))?;
            Ok(None)
        };
        self.send(ask, take).await
    }

    async fn send<T>(
        &self,
        ask: Ask,
        take: impl AsyncFnOnce(Response<Incoming>) -> Result<T, NoAnswer>,
    ) -> Result<T, NoAnswer> {
        let at = (self.address.reached_at(), self.address.port());
        let socket = match timeout(CONNECT_TIME, TcpStream::connect(at)).await {
            Ok(Ok(socket)) => socket,
            Ok(Err(error)) => return Err(NoAnswer::NoConnection(error.to_string())),
            Err(_) => return Err(no_connection()),
        };
        // What is sent is written in large pieces: waiting for more gains nothing.
        let _ = socket.set_nodelay(true);
        let request = self.request(ask).map_err(NoAnswer::NoConnection)?;
        let Some(tls) = &self.tls else {
            return exchange(socket, request, take).await;
        };
        let name = ServerName::try_from(self.address.host().to_owned());
        let name = name.map_err(|error| NoAnswer::NoConnection(error.to_string()))?;
        match timeout(CONNECT_TIME, tls.connect(name, socket)).await {
            Ok(Ok(socket)) => exchange(socket, request, take).await,
            Ok(Err(error)) => Err(NoAnswer::NoConnection(error.to_string())),
            Err(_) => Err(no_connection()),
        }
    }

    fn request(&self, ask: Ask) -> Result<Request<Body>, String> {
        let length = ask.content.length();
        let mut token = HeaderValue::try_from(format!("Bearer {}", self.token.secret()))
            .map_err(|error| error.to_string())?;
        token.set_sensitive(true);
        let mut request = Request::builder()
            .method(ask.method)
            .uri(format!("{PREFIX}{}", ask.path))
            .header(HOST, self.address.authority())
            .header(USER_AGENT, SOFTWARE)
            .header(CONNECTION, "close")
            .header(AUTHORIZATION, token);
        if let Content::Json(_) = ask.content {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        if !matches!(ask.content, Content::Nothing) {
            request = request.header(CONTENT_LENGTH, length);
        }
        for (name, value) in ask.fields {
            request = request.header(name, value);
        }
        request
            .body(ask.content.body())
            .map_err(|error| error.to_string())
    }
}

fn no_connection() -> NoAnswer {
    NoAnswer::NoConnection(format!("no connection in {CONNECT_TIME:?}"))
}

async fn exchange<S, T>(
    io: S,
    request: Request<Body>,
    take: impl AsyncFnOnce(Response<Incoming>) -> Result<T, NoAnswer>,
) -> Result<T, NoAnswer>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let socket = Socket::new(io);
    let movement = socket.movement();
    let broken = |error: hyper::Error| match error.is_user() {
        true => NoAnswer::Unreadable(why(&error)),
        false => NoAnswer::Broken(why(&error)),
    };
    let mut builder = http1::Builder::new();
    builder.max_buf_size(MAX_HEAD);
    let (mut sender, connection) = builder.handshake(socket).await.map_err(broken)?;
    let answer = async {
        let answer = sender.send_request(request).await.map_err(broken)?;
        take(answer).await
    };
    // The answer may come before the request has been sent: a refusal does.
    let driven = async {
        let _ = connection.await;
        std::future::pending().await
    };
    select! {
        answer = answer => answer,
        never = driven => never,
        () = movement.rest(REST) => Err(NoAnswer::Broken(format!("nothing moved for {REST:?}"))),
    }
}

async fn read(answer: Response<Incoming>) -> Result<Answer, NoAnswer> {
    let (head, body) = answer.into_parts();
    let content = Limited::new(body, MAX_ANSWER).collect().await;
    let content = content.map_err(|error| NoAnswer::Broken(why(&*error)))?;
    Ok(Answer {
        status: head.status,
        fields: head.headers,
        content: content.to_bytes(),
    })
}

/// An error with what is behind it, which hyper's own texts leave out.
fn why(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        // Errors of files come through as they are.
        if error.downcast_ref::<io::Error>().is_some() {
            text = error.to_string();
        } else {
            text = format!("{text}: {error}");
        }
        next = error.source();
    }
    text
}
