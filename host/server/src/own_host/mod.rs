//! Requests that the program answers which this library is a part of
//! ([`Sites::answer`]): those to the server's own host beside its sites, and to sites that
//! the embedded handler doesn't serve. No handler sees them.
//!
//! hyper reads and writes them, within every limit that a component of `wasi:http` has.
//! Where the embedded handler has read the head, to know whose it is, it has consumed
//! nothing of it: hyper reads it anew.

use crate::connection::Terms;
use crate::presence::Presence;
use crate::proxy::{Access, Answerer, Content, Progress, left, serve_by};
use crate::sites::{BoxedError, OwnContent, OwnRequest, Sites, host_of};
use crate::stream::Stream;
use bytes::Bytes;
use http::header::CONNECTION;
use http::{HeaderValue, Request};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// Serves a connection until it closes, which is after one answer: it is one of the
/// gateway's. `begun` was read of it already.
pub(crate) async fn serve(
    sites: Arc<dyn Sites>,
    stream: Stream,
    begun: Vec<u8>,
    terms: &Terms,
    presence: &Arc<Presence>,
) {
    let progress = Progress::new(presence);
    let once = Once(Program {
        sites,
        client: stream.client(),
        progress: Arc::clone(&progress),
    });
    serve_by(&once, &progress, terms, stream, begun, presence).await;
}

/// What answers one request of a connection.
struct Once(Program);

impl Answerer for Once {
    type Content = Answer;

    async fn answer(&self, request: Request<Incoming>) -> http::Response<Answer> {
        let mut response = self.0.answer(request).await;
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
        response
    }
}

/// The program, for the requests of one connection.
pub(crate) struct Program {
    pub(crate) sites: Arc<dyn Sites>,
    pub(crate) client: SocketAddr,
    pub(crate) progress: Arc<Progress>,
}

impl Program {
    /// Whether the program answers a request to that authority.
    pub(crate) fn has(&self, authority: &[u8]) -> bool {
        self.sites.is_the_programs(&host_of(authority))
    }

    pub(crate) async fn answer(&self, request: Request<Incoming>) -> http::Response<Answer> {
        self.progress.request(left(request.body()));
        let access = Access::begin(self.client.ip(), &request);
        let mut request: OwnRequest = request.map(|body| {
            let content = Content::new(body, &self.progress);
            content.map_err(BoxedError::from).boxed_unsync()
        });
        request.extensions_mut().insert(self.client);
        let response = self.sites.answer(request).await;
        self.progress.answer();
        let status = response.status().as_u16();
        response.map(|content| Answer {
            content,
            status,
            size: 0,
            access,
            progress: Arc::clone(&self.progress),
        })
    }
}

/// An answer's content, and what is to happen when it ends.
pub(crate) struct Answer {
    content: OwnContent,
    status: u16,
    size: u64,
    access: Access,
    progress: Arc<Progress>,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = BoxedError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxedError>>> {
        let frame = ready!(Pin::new(&mut self.content).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => self.size += frame.data_ref().map_or(0, Bytes::len) as u64,
            Some(Err(error)) => tracing::error!("an answer was cut short: {error}"),
            None => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.content.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.progress.answered();
        self.access.end(self.status, self.size);
    }
}
