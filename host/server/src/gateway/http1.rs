//! A client's connection of HTTP/1.1 that no handler is to have: hyper reads and writes
//! it, and the handler is handed one request at a time. So it is with a handler that
//! isn't ours to trust with its clients' connections; and with the embedded one, once a
//! request has come that the program answers: the next may be another site's, as a proxy
//! in front sends those of all its clients.

use super::answer::{Answer, Event, NoAnswer};
use super::inner::{Handlers, Inner};
use super::request::{self, Framing, Malformed};
use super::upload::Upload;
use crate::own_host::{self, Program};
use crate::presence::Presence;
use crate::proxy::{Answerer, Progress, serve_by};
use crate::stream::{Peer, Stream};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderValue, TRANSFER_ENCODING};
use http::{Method, Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
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
    let program = handlers.context.sites.clone().map(|sites| Program {
        sites,
        client: peer.client(),
        progress: Arc::clone(&progress),
    });
    let front = Front {
        program,
        handlers,
        peer,
        presence: Arc::clone(presence),
        progress: Arc::clone(&progress),
    };
    serve_by(&front, &progress, &terms, stream, begun, presence).await;
}

/// What answers the requests of one connection.
struct Front {
    /// None: there are no sites.
    program: Option<Program>,
    handlers: Handlers,
    peer: Peer,
    presence: Arc<Presence>,
    progress: Arc<Progress>,
}

impl Answerer for Front {
    type Content = Content;

    async fn answer(&self, mut request: Request<Incoming>) -> Response<Content> {
        self.progress.request(content_left(request.body()));
        let answer = match request::check(&mut request) {
            Err(Malformed(reason)) => Err((StatusCode::BAD_REQUEST, reason.to_owned())),
            Ok(()) => match &self.program {
                Some(program) if is_for(program, &request) => {
                    let answer = program.answer(request).await;
                    return answer.map(|content| self.content(Source::Program(Box::new(content))));
                }
                _ => self.ask(request).await,
            },
        };
        let answer = answer.unwrap_or_else(|(status, text)| self.refuse(status, text));
        self.progress.answer();
        answer
    }
}

impl Front {
    async fn ask(
        &self,
        mut request: Request<Incoming>,
    ) -> Result<Response<Content>, (StatusCode, String)> {
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
                    let source = if is_all {
                        Source::Own(None)
                    } else {
                        Source::Handler(Box::new(exchange))
                    };
                    return Ok(head.response.map(|()| self.content(source)));
                }
                // An answer begins with its head.
                Ok(Event::Content { .. } | Event::End(_)) => {
                    return Err(self.no_answer(NoAnswer::Head));
                }
                Err(why) => return Err(self.no_answer(why)),
            }
        }
    }

    fn content(&self, source: Source) -> Content {
        let progress = Arc::clone(&self.progress);
        Content { source, progress }
    }

    fn no_answer(&self, why: NoAnswer) -> (StatusCode, String) {
        let client = self.peer.client().ip();
        tracing::error!(%client, "the handler's answer isn't a response of HTTP/1.1: {why} (answered)");
        let text = format!("The handler's answer isn't a response of HTTP/1.1: {why}.\n");
        (StatusCode::BAD_GATEWAY, text)
    }

    fn refuse(&self, status: StatusCode, text: String) -> Response<Content> {
        let length = HeaderValue::from(text.len());
        let mut response = Response::new(self.content(Source::Own(Some(text.into()))));
        *response.status_mut() = status;
        let fields = response.headers_mut();
        fields.insert(CONTENT_LENGTH, length);
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        fields.insert(CONTENT_TYPE, plain);
        response
    }
}

/// Whether the program answers it. What has no host is for the handler to refuse.
fn is_for(program: &Program, request: &Request<Incoming>) -> bool {
    let host = request.headers().get(HOST);
    host.is_some_and(|host| program.has(host.as_bytes()))
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
    Program(Box<own_host::Answer>),
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
            Source::Program(answer) => {
                let frame = ready!(Pin::new(answer).poll_frame(context));
                return Poll::Ready(frame.map(|frame| frame.map_err(io::Error::other)));
            }
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
        match &self.source {
            Source::Own(text) => text.is_none(),
            Source::Program(answer) => answer.is_end_stream(),
            Source::Handler(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Program(answer) => answer.size_hint(),
            // The head says it.
            Source::Own(_) | Source::Handler(_) => SizeHint::default(),
        }
    }
}

impl Drop for Content {
    fn drop(&mut self) {
        self.progress.answered();
    }
}
