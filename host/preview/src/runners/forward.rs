//! A request on its way to a runner, and the answer on its way back. hyper writes the one
//! and reads the other, so that nothing reaches a client that it hasn't understood.

use super::answer::Failed;
use super::fields::restrain;
use super::idle::Sender;
use super::introduction::introduction;
use super::running::{InFlight, Running};
use crate::connection_fields::leave_connection;
use crate::socket::Socket;
use bytes::Bytes;
use http::header::{EXPECT, HeaderValue};
use http::uri::PathAndQuery;
use http::{Request, Response, StatusCode, Uri, Version};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::AsyncWriteExt;
use wasm_host_server::{OwnContent, OwnContentError, OwnRequest, OwnResponse};

/// The most bytes of an answer's head, and the most fields.
const MAX_HEAD: usize = 128 * 1024;
const MAX_FIELDS: usize = 200;

/// Hands a request of a client's on to a runner.
pub(super) async fn forward(
    running: &Arc<Running>,
    client: SocketAddr,
    is_encrypted: bool,
    request: OwnRequest,
) -> Result<OwnResponse, Failed> {
    let in_flight = running.begin();
    let mut request = for_runner(request);
    if let Some(mut sender) = running.idle.take(client.ip()) {
        match sender.try_send_request(request).await {
            Ok(response) => return answer(response, in_flight, running, client, sender),
            Err(mut error) => match error.take_message() {
                // It has closed just now, and nothing of the request was sent.
                Some(unsent) => request = unsent,
                None => return Err(Failed::Answer(error.into_error().to_string())),
            },
        }
    }
    let mut sender = connect(running, client, is_encrypted).await?;
    let response = sender.send_request(request).await;
    let response = response.map_err(|error| Failed::Answer(said(&error)))?;
    answer(response, in_flight, running, client, sender)
}

/// An error with what it comes from.
fn said(error: &hyper::Error) -> String {
    let cause = std::error::Error::source(error);
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

async fn connect(
    running: &Running,
    client: SocketAddr,
    is_encrypted: bool,
) -> Result<Sender, Failed> {
    let failed = |error: std::io::Error| Failed::Start(error.to_string());
    let connected = running.connect().map_err(failed)?;
    let (stream, permit) = connected.ok_or(Failed::Busy)?;
    stream.set_nonblocking(true).map_err(failed)?;
    let mut stream = tokio::net::UnixStream::from_std(stream).map_err(failed)?;
    let introduction = introduction(client, is_encrypted);
    stream.write_all(&introduction).await.map_err(failed)?;
    let mut builder = http1::Builder::new();
    builder.max_buf_size(MAX_HEAD).max_headers(MAX_FIELDS);
    let handshake = builder.handshake(Socket::new(stream)).await;
    let (sender, connection) = handshake.map_err(|error| Failed::Answer(said(&error)))?;
    // What goes wrong on it, whoever has asked is told.
    tokio::spawn(async move {
        let _ = connection.await;
        drop(permit);
    });
    Ok(sender)
}

/// A request as one of HTTP/1.1 to the site itself: its target is a path, and `Host` says
/// where.
fn for_runner(request: OwnRequest) -> Request<OwnContent> {
    let (mut head, content) = request.into_parts();
    let host = head.uri.authority().cloned();
    if let Some(host) = host.and_then(|host| HeaderValue::from_str(host.as_str()).ok()) {
        head.headers.insert(http::header::HOST, host);
    }
    let path = head.uri.path_and_query().cloned();
    head.uri = Uri::from(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
    head.version = Version::HTTP_11;
    head.extensions.clear();
    leave_connection(&mut head.headers);
    // Whoever waits for that has been told by now.
    head.headers.remove(EXPECT);
    Request::from_parts(head, content)
}

fn answer(
    response: Response<Incoming>,
    in_flight: InFlight,
    running: &Arc<Running>,
    client: SocketAddr,
    sender: Sender,
) -> Result<OwnResponse, Failed> {
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        let nobody = "101, which nobody has asked for";
        return Err(Failed::Answer(nobody.to_owned()));
    }
    running.idle.put(client.ip(), sender);
    let (mut head, content) = response.into_parts();
    restrain(&mut head.headers);
    head.version = Version::default();
    head.extensions.clear();
    let content = Content {
        content,
        _in_flight: in_flight,
    };
    Ok(Response::from_parts(head, content.boxed_unsync()))
}

/// An answer's content. The runner has something to do as long as this lives.
struct Content {
    content: Incoming,
    _in_flight: InFlight,
}

impl Body for Content {
    type Data = Bytes;
    type Error = OwnContentError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, OwnContentError>>> {
        let frame = ready!(Pin::new(&mut self.content).poll_frame(context));
        // Trailers are fields, too, of which nobody has said that they may be sent.
        let frame = frame.filter(|frame| !frame.as_ref().is_ok_and(Frame::is_trailers));
        Poll::Ready(frame.map(|frame| frame.map_err(OwnContentError::from)))
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.content.size_hint()
    }
}
