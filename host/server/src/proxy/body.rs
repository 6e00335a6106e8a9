//! An answer's content on its way to the client.

use super::access::Access;
use super::failure::describe;
use super::progress::Progress;
use super::ticket::Interest;
use crate::logging::escape_lines;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use wasmtime_wasi_http::{Error, WasiBody};

/// The content of an answer, and what is to happen when it ends.
pub(crate) struct AnswerBody {
    content: Content,
    access: Access,
    status: u16,
    size: u64,
    progress: Arc<Progress>,
    /// Dropped with the content, however that ends.
    interest: Option<Interest>,
}

enum Content {
    /// From a handler.
    Handler(WasiBody),
    /// From the server itself.
    Own(Full<Bytes>),
}

impl AnswerBody {
    /// A handler's.
    pub(super) fn from_handler(
        body: WasiBody,
        interest: Interest,
        access: Access,
        status: u16,
        progress: &Arc<Progress>,
    ) -> Self {
        Self {
            content: Content::Handler(body),
            access,
            status,
            size: 0,
            progress: Arc::clone(progress),
            interest: Some(interest),
        }
    }

    /// The server's own.
    pub(super) fn own(
        text: impl Into<Bytes>,
        access: Access,
        status: u16,
        progress: &Arc<Progress>,
    ) -> Self {
        Self {
            content: Content::Own(Full::new(text.into())),
            access,
            status,
            size: 0,
            progress: Arc::clone(progress),
            interest: None,
        }
    }

    fn poll_content(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match &mut self.content {
            Content::Handler(body) => Pin::new(body).poll_frame(context),
            Content::Own(body) => Pin::new(body)
                .poll_frame(context)
                .map_err(|never| match never {}),
        }
    }

    /// The content's end, or why it is none: that of an instance that failed, or has
    /// forgotten it, looks like one.
    fn end(&self) -> Option<Result<Frame<Bytes>, Error>> {
        let interest = self.interest.as_ref()?;
        match interest.failure() {
            Some(failure) => self.log_failure(&describe(&failure)),
            None if interest.is_cut_short() => {
                self.log_failure("the handler left its answer's content without finishing it");
            }
            None => {
                interest.satisfied();
                return None;
            }
        }
        Some(Err(Error::HttpResponseIncomplete))
    }

    fn log_failure(&self, reason: &str) {
        let client = self.access.client();
        let reason = escape_lines(reason);
        tracing::error!(%client, "{reason} (closed without a whole answer)");
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        let frame = ready!(this.poll_content(context));
        match &frame {
            None => return Poll::Ready(this.end()),
            Some(Ok(frame)) => this.size += frame.data_ref().map_or(0, Bytes::len) as u64,
            Some(Err(error)) => this.log_failure(&format!("handler failed: {error}")),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        // The end of an instance that failed must be asked for.
        let failed = self.interest.as_ref().is_some_and(Interest::has_failed);
        !failed
            && match &self.content {
                Content::Handler(body) => body.is_end_stream(),
                Content::Own(body) => body.is_end_stream(),
            }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Handler(body) => body.size_hint(),
            Content::Own(body) => body.size_hint(),
        }
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        // hyper doesn't ask for an end that it knows of.
        if let Some(interest) = &self.interest
            && self.is_end_stream()
        {
            interest.satisfied();
        }
        self.progress.answered();
        self.access.end(self.status, self.size);
    }
}
