//! One request of HTTP/2, answered by a component of `wasi:http`.

use super::content::Content;
use super::download::{Download, Lost};
use super::exchange::Job;
use super::open_stream::OpenStream;
use super::request::{self, Malformed};
use super::response;
use crate::connection::Terms;
use crate::presence::Presence;
use crate::proxy::{AnswerBody, Instances, Overdue, ProxyContext, Single};
use crate::stream::Peer;
use h2::{Reason, RecvStream};
use http::uri::PathAndQuery;
use http::{Method, Request, Response, StatusCode, Uri};
use http_body::Body;
use http_body_util::BodyExt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use wasmtime_wasi_http::Error;

/// A component that takes requests.
#[derive(Clone)]
pub(crate) struct Requests {
    pub(crate) context: Arc<ProxyContext>,
    pub(crate) instances: Instances,
    pub(crate) terms: Terms,
}

/// What the requests of one connection need.
pub(super) struct Site {
    requests: Requests,
    peer: Peer,
    whole: Arc<Presence>,
}

impl Site {
    pub(super) fn new(requests: Requests, peer: Peer, whole: &Arc<Presence>) -> Self {
        Self {
            requests,
            peer,
            whole: Arc::clone(whole),
        }
    }

    /// Has a request answered.
    pub(super) async fn answer(&self, job: Job) {
        let Job {
            mut request,
            respond,
            mut open,
        } = job;
        let to_head = *request.method() == Method::HEAD;
        let mut download = Download::new(respond, self.requests.terms.timeouts, open.wire());
        let malformed = request::check(&mut request).err();
        let part = self.requests.context.admission.part(&self.whole);
        let Requests {
            context, instances, ..
        } = &self.requests;
        let Ok((single, mut limits)) = Single::new(context, instances, self.peer, part.presence())
        else {
            return download.reset(Reason::CANCEL);
        };
        let overdue = {
            let mut work = pin!(work(&single, &mut download, request, malformed, to_head));
            poll_fn(|context| {
                if let Poll::Ready(done) = work.as_mut().poll(context) {
                    return Poll::Ready(Err(done));
                }
                open.note_waiting(part.presence().waits_in_request());
                limits.poll(context).map(Ok)
            })
            .await
        };
        self.conclude(overdue, &mut download, &open, to_head).await;
    }

    async fn conclude(
        &self,
        end: Result<Overdue, Result<(), Lost>>,
        download: &mut Download,
        open: &OpenStream,
        to_head: bool,
    ) {
        let client = self.peer.client().ip();
        match end {
            Err(Ok(())) => open.note_answered(),
            Err(Err(Lost::TakenBack)) => {}
            Err(Err(Lost::Late)) => {
                tracing::warn!(%client, "response cut short: timed out, as the client took nothing");
                download.reset(Reason::CANCEL);
            }
            Ok(Overdue::Answer(apology)) => {
                let reason = apology.explanation().trim_end();
                tracing::error!(%client, "{reason} (answered)");
                let text = apology.explanation().to_owned();
                let refused = download.refuse(apology.status(), text, to_head);
                let sent =
                    refused.is_ok() && poll_fn(|context| download.poll_held(context)).await.is_ok();
                if !sent {
                    download.reset(Reason::CANCEL);
                }
            }
            Ok(Overdue::CutOff) => {
                tracing::warn!(%client, "response cut short: timed out");
                download.reset(Reason::CANCEL);
            }
        }
    }
}

/// Asks the component, and sends what it answers.
async fn work(
    single: &Single,
    download: &mut Download,
    request: Request<RecvStream>,
    malformed: Option<Malformed>,
    to_head: bool,
) -> Result<(), Lost> {
    if let Some(Malformed(reason)) = malformed {
        download.refuse(StatusCode::BAD_REQUEST, reason.to_owned(), to_head)?;
        return poll_fn(|context| download.poll_held(context)).await;
    }
    let mut asked = pin!(single.answer(in_origin_form(request)));
    let answer = poll_fn(|context| {
        if let Poll::Ready(answer) = asked.as_mut().poll(context) {
            return Poll::Ready(Ok(answer));
        }
        download.poll_taken_back(context).map(Err)
    })
    .await?;
    send(single, download, answer, to_head).await
}

/// A request as hyper has one of HTTP/1.1: its target is a path, and `Host` says where.
fn in_origin_form(request: Request<RecvStream>) -> Request<Content> {
    let (mut head, stream) = request.into_parts();
    if head.method != Method::CONNECT {
        let path = head.uri.path_and_query().cloned();
        let slash = || PathAndQuery::from_static("/");
        head.uri = Uri::from(path.unwrap_or_else(slash));
    }
    let length = head.headers.get(http::header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    Request::from_parts(head, Content::new(stream, length))
}

async fn send(
    single: &Single,
    download: &mut Download,
    answer: Response<AnswerBody>,
    to_head: bool,
) -> Result<(), Lost> {
    let (head, body) = answer.into_parts();
    let mut body = body.map_err(|_: Error| ());
    let mut outline = response::Outline::new(head, body.size_hint().exact(), to_head);
    let is_all = outline.is_all;
    download.head(outline.take_head(), is_all)?;
    single.note_sent(1);
    while !download.is_done() {
        let frame = poll_fn(|context| {
            if let Poll::Ready(frame) = Pin::new(&mut body).poll_frame(context) {
                return Poll::Ready(Ok(frame));
            }
            download.poll_taken_back(context).map(Err)
        });
        let event = match frame.await? {
            Some(Err(())) => None,
            Some(Ok(frame)) => match frame.into_data() {
                Ok(bytes) => outline.content(bytes),
                Err(frame) => outline.end(frame.into_trailers().ok()),
            },
            None => outline.end(None),
        };
        let Some(event) = event else {
            download.reset(Reason::INTERNAL_ERROR);
            return Err(Lost::TakenBack);
        };
        download.take(event)?;
        let before = download.sent();
        poll_fn(|context| {
            let sent = download.poll_held(context);
            if sent.is_pending() {
                single.note_blocked();
            }
            sent
        })
        .await?;
        single.note_sent(download.sent() - before);
    }
    Ok(())
}
