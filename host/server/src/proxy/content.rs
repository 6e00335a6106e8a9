//! A request's content on its way to the handler: what the handler leaves of it
//! is noted, for the connection's close.

use super::progress::Progress;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// The content of a request.
pub(crate) struct Content<B> {
    body: B,
    progress: Arc<Progress>,
}

impl<B> Content<B> {
    pub(crate) fn new(body: B, progress: &Arc<Progress>) -> Self {
        let progress = Arc::clone(progress);
        Self { body, progress }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Content<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_pending() {
            self.progress.lacks_content();
        }
        let frame = ready!(polled);
        let left = if frame.is_none() { 0 } else { left(&self.body) };
        self.progress.content_left(left);
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// How many bytes are still to come, at least one if nobody has said.
pub(crate) fn left(body: &impl Body) -> u64 {
    if body.is_end_stream() {
        0
    } else {
        body.size_hint().upper().unwrap_or(1)
    }
}
