//! One request of HTTP/2, and a handler's answer to it.
//!
//! 1. The request is checked, and written as one of HTTP/1.1.
//! 2. The handler works, as it is given content and room for its answer.
//! 3. What it answers is read strictly, and sent as the client takes it.
//!
//! All of this is one future: a small request is answered by polling it once.

use super::answer::{Answer, NoAnswer};
use super::content::Content;
use super::download::{Download, Lost};
use super::inner::Inner;
use super::open_stream::OpenStream;
use super::request::{self, Malformed};
use super::unread::Unread;
use super::upload::Upload;
use crate::connection::Timeouts;
use crate::recall::Recall;
use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use http::header::CONTENT_LENGTH;
use http::{Method, Request, StatusCode};
use std::future::poll_fn;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::AsyncWrite;

/// A request, and the ways to answer it.
pub(super) struct Job {
    pub(super) request: Request<RecvStream>,
    pub(super) respond: SendResponse<Bytes>,
    pub(super) open: OpenStream,
}

/// What all the exchanges of a connection need.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) client: IpAddr,
    pub(super) timeouts: Timeouts,
    pub(super) recall: &'a Recall,
    /// Whether the connection to the handler is for one request.
    pub(super) is_alone: bool,
}

/// What is left when a request was answered.
pub(super) enum Afterwards {
    /// The connection to the handler, which can be used again.
    Connection,
    /// Content that the client goes on sending, though nobody reads it.
    Content(Box<Unread>),
    /// Nothing.
    Nothing,
}

/// Has a request answered by a handler. Nothing of it is left then, though it be taken
/// back: the connection to the handler must be dropped unless it can be used again.
pub(super) async fn answer(job: Job, inner: &mut Inner, setting: Setting<'_>) -> Afterwards {
    let Job {
        mut request,
        respond,
        open,
    } = job;
    let to_head = *request.method() == Method::HEAD;
    let mut download = Download::new(respond, setting.timeouts, open.wire());
    let checked = request::check(&mut request);
    let mut source = Source::Handler;
    if let Err(Malformed(reason)) = checked {
        source = Source::Own;
        // RFC 9113 section 8.1.1 lets a server say why.
        let _ = download.refuse(StatusCode::BAD_REQUEST, reason.to_owned(), to_head);
    }
    let mut exchange = Exchange {
        upload: upload(request, setting.is_alone),
        to_head,
        answer: Answer::new(to_head),
        download,
        open,
        source,
        inner,
        setting,
    };
    let ended = poll_fn(|context| exchange.poll(context)).await;
    exchange.end(ended)
}

fn upload(request: Request<RecvStream>, is_alone: bool) -> Upload<Content> {
    let framing = request::framing(&request, request.body().is_end_stream());
    let head = request::write_head(&request, framing, is_alone);
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    Upload::new(head, framing, Content::new(request.into_body(), length))
}

/// Whose answer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Handler,
    /// The gateway's, as the handler has none.
    Own,
}

struct Exchange<'a> {
    upload: Upload<Content>,
    to_head: bool,
    answer: Answer,
    download: Download,
    open: OpenStream,
    source: Source,
    inner: &'a mut Inner,
    setting: Setting<'a>,
}

impl Exchange<'_> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        loop {
            if self.poll_upload(context)?.is_ready() {
                self.open.end_upload();
                if self.setting.is_alone {
                    // Its handler is handed nothing else.
                    let end = Pin::new(&mut self.inner.end);
                    let _: Poll<io::Result<()>> = end.poll_shutdown(context);
                }
            }
            self.inner.poll(context);
            if let Poll::Ready(done) = self.poll_answer(context) {
                return Poll::Ready(done);
            }
            if !self.inner.has_news() {
                self.note_waiting();
                return Poll::Pending;
            }
        }
    }

    fn poll_upload(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        if self.source == Source::Own {
            return Poll::Pending;
        }
        let done = self.upload.poll(context, &mut self.inner.end);
        done.map_err(|_| Lost::TakenBack)
    }

    fn poll_answer(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        loop {
            ready!(self.download.poll_held(context))?;
            if self.download.is_done() {
                return Poll::Ready(Ok(()));
            }
            if self.source == Source::Own {
                return Poll::Ready(Err(Lost::TakenBack));
            }
            let most = self.download.room();
            match self.answer.poll_next(context, &mut self.inner.end, most) {
                Poll::Ready(Ok(event)) => self.download.take(event)?,
                Poll::Ready(Err(why)) => self.fail(why)?,
                Poll::Pending => return self.download.poll_taken_back(context).map(Err),
            }
        }
    }

    /// The handler has given no answer, or not a whole one.
    fn fail(&mut self, why: NoAnswer) -> Result<(), Lost> {
        let client = self.setting.client;
        self.source = Source::Own;
        if self.answer.has_begun() {
            tracing::error!(%client, "the handler's answer was cut short: {why}");
            self.download.reset(Reason::INTERNAL_ERROR);
            return Err(Lost::TakenBack);
        }
        if why == NoAnswer::Missing && self.setting.recall.is_stopping() {
            // RFC 9113 section 8.7: nothing was done, so that it may be sent elsewhere.
            self.download.reset(Reason::REFUSED_STREAM);
            return Err(Lost::TakenBack);
        }
        tracing::error!(%client, "the handler's answer isn't a response of HTTP/1.1: {why} (answered)");
        let text = format!("The handler's answer isn't a response of HTTP/1.1: {why}.\n");
        self.download
            .refuse(StatusCode::BAD_GATEWAY, text, self.to_head)
    }

    fn note_waiting(&mut self) {
        let content = self.upload.waits_for_client() && self.inner.waits_for_client();
        self.open
            .note_waiting(content || self.download.waits_for_client());
    }

    fn end(mut self, ended: Result<(), Lost>) -> Afterwards {
        if ended == Err(Lost::Late) {
            let client = self.setting.client;
            tracing::warn!(%client, "response cut short: timed out, as the client took nothing");
            self.download.reset(Reason::CANCEL);
        }
        if ended.is_err() {
            return Afterwards::Nothing;
        }
        self.open.note_answered();
        self.open.note_waiting(true);
        let can_be_used = !self.setting.is_alone
            && self.source == Source::Handler
            && self.answer.leaves_connection();
        match self.upload.into_rest() {
            Some(content) => {
                let unread = Unread::new(content, self.download, self.open);
                Afterwards::Content(Box::new(unread))
            }
            None if can_be_used => Afterwards::Connection,
            None => Afterwards::Nothing,
        }
    }
}
