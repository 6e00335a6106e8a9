//! The handler's side.

use super::failure::SendFailure;
use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::io;
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::{Instant, Sleep, sleep, timeout};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

/// How much of an answer's content is under way at once, in bytes.
const WINDOW: u32 = 256 * 1024;

/// How long a handler waits that doesn't say how long: as wasmtime has it.
const PATIENCE: Duration = Duration::from_secs(600);

/// Another process that sends the handler's requests, in place of this one, at the other
/// end of a socket. Clones share it.
///
/// That process reads requests of HTTP/2 (RFC 9113) from the socket, by prior knowledge.
/// What it answers itself, as a request can't be sent, has a [`SendFailure`].
#[derive(Debug, Clone)]
pub struct OutboundSender(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    socket: UnixStream,
    /// Once a request was sent.
    client: OnceCell<SendRequest<WasiBody>>,
}

impl From<UnixStream> for OutboundSender {
    fn from(socket: UnixStream) -> Self {
        Self(Arc::new(Inner {
            socket,
            client: OnceCell::new(),
        }))
    }
}

/// An answer, or why there is none: for the handler, and for whoever reads its log.
type Answer = Result<Response<WasiBody>, (Error, Option<String>)>;

impl OutboundSender {
    /// Has a request sent, and waits for the answer's head.
    pub(crate) async fn send(
        &self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
    ) -> Answer {
        let asked = |of: fn(&RequestOptions) -> Option<Duration>| {
            options.as_ref().and_then(of).unwrap_or(PATIENCE)
        };
        let connected_within = asked(|it| it.connect_timeout);
        let head_within = connected_within.saturating_add(asked(|it| it.first_byte_timeout));
        let piece_within = asked(|it| it.between_bytes_timeout);
        let gone = |error: io::Error| {
            let reason = format!("what sends the handler's requests can't be reached: {error}");
            (Error::ConnectionTerminated, Some(reason))
        };
        let client = self.0.client.get_or_try_init(|| self.0.connect()).await;
        let mut client = client.map_err(gone)?.clone();
        let answered = timeout(head_within, client.send_request(request)).await;
        let answered = answered.map_err(|_| (Error::ConnectionReadTimeout, None))?;
        let answer = answered.map_err(|error| (Error::from(error), None))?;
        if let Some((failure, reason)) = SendFailure::find(answer.headers()) {
            return Err((failure.to_error(), Some(reason)));
        }
        Ok(answer.map(|content| Timed::new(content, piece_within).boxed_unsync()))
    }
}

impl Inner {
    async fn connect(&self) -> io::Result<SendRequest<WasiBody>> {
        let socket = self.socket.try_clone()?;
        socket.set_nonblocking(true)?;
        let socket = tokio::net::UnixStream::from_std(socket)?;
        let mut builder = Builder::new(TokioExecutor::new());
        builder.initial_stream_window_size(WINDOW);
        let (client, connection) = builder
            .handshake(TokioIo::new(socket))
            .await
            .map_err(io::Error::other)?;
        // What goes wrong on it, each request is told.
        tokio::spawn(connection);
        Ok(client)
    }
}

/// An answer's content, whose next piece is waited for no longer than so long.
struct Timed {
    content: Incoming,
    patience: Duration,
    until: Pin<Box<Sleep>>,
}

impl Timed {
    fn new(content: Incoming, patience: Duration) -> Self {
        Self {
            content,
            patience,
            until: Box::pin(sleep(patience)),
        }
    }
}

impl Body for Timed {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.content).poll_frame(context) {
            let next = Instant::now() + self.patience;
            self.until.as_mut().reset(next);
            return Poll::Ready(frame.map(|frame| frame.map_err(Error::from)));
        }
        match self.until.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Some(Err(Error::ConnectionReadTimeout))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.content.size_hint()
    }
}
