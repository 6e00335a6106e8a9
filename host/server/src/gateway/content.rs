//! A request's content over HTTP/2, as hyper's kind of content: the client may send more
//! when what came before was taken.

use bytes::Bytes;
use h2::RecvStream;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use wasmtime_wasi_http::Error;

/// Content whose client has taken it back, or that isn't what was announced.
#[derive(Debug)]
pub(super) struct Broken;

impl From<Broken> for Error {
    fn from(_: Broken) -> Self {
        Self::ConnectionTerminated
    }
}

/// The content of a request.
pub(super) struct Content {
    stream: RecvStream,
    /// What was handed on, and isn't known to be taken.
    untaken: usize,
    length: Option<u64>,
}

impl Content {
    /// `length`: what the request's head says, which `h2` has it keep.
    pub(super) fn new(stream: RecvStream, length: Option<u64>) -> Self {
        Self {
            stream,
            untaken: 0,
            length,
        }
    }
}

impl Body for Content {
    type Data = Bytes;
    type Error = Broken;

    /// Whoever asks for more has taken what came before.
    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let untaken = std::mem::take(&mut self.untaken);
        if untaken > 0 {
            // An error: the stream has ended.
            let _ = self.stream.flow_control().release_capacity(untaken);
        }
        match ready!(self.stream.poll_data(context)) {
            Some(Ok(data)) => {
                self.untaken = data.len();
                self.length = self
                    .length
                    .map(|left| left.saturating_sub(data.len() as u64));
                Poll::Ready(Some(Ok(Frame::data(data))))
            }
            Some(Err(_)) => Poll::Ready(Some(Err(Broken))),
            None => {
                let trailers = ready!(self.stream.poll_trailers(context)).map_err(|_| Broken)?;
                Poll::Ready(trailers.map(|trailers| Ok(Frame::trailers(trailers))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.stream.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.length
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
