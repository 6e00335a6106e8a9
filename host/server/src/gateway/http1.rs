//! A client's connection of HTTP/1.1 in front of a handler that isn't ours to trust with
//! it: hyper reads and writes it, and the handler is handed one request at a time.

use super::answer::{Answer, Event, NoAnswer};
use super::inner::{Handlers, Inner};
use super::request::{self, Framing, Malformed};
use super::upload::Upload;
use crate::presence::Presence;
use crate::proxy::{Answerer, Progress, serve_by};
use crate::stream::{Peer, Stream};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, TRANSFER_ENCODING};
use http::{Method, Request, Response, StatusCode};
use http_body::{Body, Frame};
use hyper::body::Incoming;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// Serves a client of HTTP/1.1 until its connection closes. `begun` was read of the
/// stream already.
pub(crate) async fn serve(
    handlers: Handlers,
    stream: Stream,
    begun: Vec<u8>,
    presence: &Arc<Presence>,
) {
    // A client that has gone already has no address to answer.
    let Ok(peer) = stream.peer() else {
        return;
    };
    let progress = Progress::new(presence);
    let terms = handlers.terms.clone();
    let front = Front {
        handlers,
        peer,
        presence: Arc::clone(presence),
        progress: Arc::clone(&progress),
    };
    serve_by(&front, &progress, &terms, stream, begun, presence).await;
}

/// What answers the requests of one connection.
struct Front {
    handlers: Handlers,
    peer: Peer,
    presence: Arc<Presence>,
    progress: Arc<Progress>,
}

impl Answerer for Front {
    type Content = Content;

    async fn answer(&self, request: Request<Incoming>) -> Response<Content> {
        self.progress.request(content_left(request.body()));
        let answer = match self.ask(request).await {
            Ok(answer) => answer,
            Err((status, text)) => self.refuse(status, text),
        };
        self.progress.answer();
        answer
    }
}

impl Front {
    async fn ask(
        &self,
        mut request: Request<Incoming>,
    ) -> Result<Response<Content>, (StatusCode, String)> {
        let malformed = |Malformed(reason)| (StatusCode::BAD_REQUEST, reason.to_owned());
        request::check(&mut request).map_err(malformed)?;
        let to_head = *request.method() == Method::HEAD;
        request.headers_mut().remove(TRANSFER_ENCODING);
        let framing = request::framing(&request, request.body().is_end_stream());
        let mut exchange = Exchange {
            upload: upload(request, framing),
            answer: Answer::new(to_head),
            inner: Inner::spawn(&self.handlers, self.peer, &self.presence),
            progress: Arc::clone(&self.progress),
        };
        loop {
            match poll_fn(|context| exchange.poll(context)).await {
                // hyper says itself when the client is to continue.
                Ok(Event::Interim(_)) => {}
                Ok(Event::Head { head, is_all }) => {
                    let progress = Arc::clone(&self.progress);
                    let source = if is_all {
                        Source::Own(None)
                    } else {
                        Source::Handler(Box::new(exchange))
                    };
                    let content = Content { source, progress };
                    return Ok(head.response.map(|()| content));
                }
                // An answer begins with its head.
                Ok(Event::Content { .. } | Event::End(_)) => {
                    return Err(self.no_answer(NoAnswer::Head));
                }
                Err(why) => return Err(self.no_answer(why)),
            }
        }
    }

    fn no_answer(&self, why: NoAnswer) -> (StatusCode, String) {
        let client = self.peer.client().ip();
        tracing::error!(%client, "the handler's answer isn't a response of HTTP/1.1: {why} (answered)");
        let text = format!("The handler's answer isn't a response of HTTP/1.1: {why}.\n");
        (StatusCode::BAD_GATEWAY, text)
    }

    fn refuse(&self, status: StatusCode, text: String) -> Response<Content> {
        let length = HeaderValue::from(text.len());
        let mut response = Response::new(Content {
            source: Source::Own(Some(text.into())),
            progress: Arc::clone(&self.progress),
        });
        *response.status_mut() = status;
        let fields = response.headers_mut();
        fields.insert(CONTENT_LENGTH, length);
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        fields.insert(CONTENT_TYPE, plain);
        response
    }
}

fn upload(request: Request<Incoming>, framing: Framing) -> Upload<Incoming> {
    let head = request::write_head(&request, framing, true);
    Upload::new(head, framing, request.into_body())
}

/// How many bytes are still to come, at least one if nobody has said.
fn content_left(body: &Incoming) -> u64 {
    if body.is_end_stream() {
        0
    } else {
        body.size_hint().upper().unwrap_or(1)
    }
}

/// A request on its way to a handler, and the answer on its way back.
struct Exchange {
    upload: Upload<Incoming>,
    answer: Answer,
    inner: Inner,
    progress: Arc<Progress>,
}

impl Exchange {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Event, NoAnswer>> {
        match self.upload.poll(context, &mut self.inner.end) {
            // Its handler is handed nothing else.
            Poll::Ready(Ok(())) => {
                let end = Pin::new(&mut self.inner.end);
                let _: Poll<io::Result<()>> = tokio::io::AsyncWrite::poll_shutdown(end, context);
            }
            Poll::Ready(Err(_)) => return Poll::Ready(Err(NoAnswer::CutShort)),
            Poll::Pending if self.upload.waits_for_client() && self.inner.waits_for_client() => {
                self.progress.lacks_content();
            }
            Poll::Pending => {}
        }
        self.answer
            .poll_next(context, &mut self.inner.end, usize::MAX)
    }
}

/// An answer's content.
pub(crate) struct Content {
    source: Source,
    progress: Arc<Progress>,
}

enum Source {
    Handler(Box<Exchange>),
    /// The gateway's own, or none.
    Own(Option<Bytes>),
}

impl Body for Content {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let exchange = match &mut self.source {
            Source::Own(text) => return Poll::Ready(text.take().map(|text| Ok(Frame::data(text)))),
            Source::Handler(exchange) => exchange,
        };
        match ready!(exchange.poll(context)) {
            Ok(Event::Content { bytes, is_last }) => {
                if is_last {
                    self.source = Source::Own(None);
                }
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Ok(Event::End(trailers)) => {
                self.source = Source::Own(None);
                Poll::Ready(trailers.map(|trailers| Ok(Frame::trailers(trailers))))
            }
            Ok(Event::Interim(_) | Event::Head { .. }) => {
                Poll::Ready(Some(Err(io::ErrorKind::InvalidData.into())))
            }
            Err(why) => {
                self.source = Source::Own(None);
                tracing::error!("the handler's answer was cut short: {why}");
                Poll::Ready(Some(Err(io::Error::other(why))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.source, Source::Own(None))
    }
}

impl Drop for Content {
    fn drop(&mut self) {
        self.progress.answered();
    }
}
