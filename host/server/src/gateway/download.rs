//! An answer on its way to a client of HTTP/2: no faster than the client takes it, and
//! as long as it may take for that.

use super::answer::Event;
use super::patience::Patience;
use super::wire::Wire;
use crate::connection::Timeouts;
use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, SendStream};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// How much of an answer is taken from the handler before the client takes some. Of what
/// isn't there, no room in the client's windows may be kept: these are for all that it
/// has asked for, and would go in pieces of single bytes.
const A_PIECE: usize = 4 * 1024;

/// Why an answer doesn't reach its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// The client has taken its request back, or has gone.
    TakenBack,
    /// It didn't take the answer.
    Late,
}

/// An answer on its way.
pub(super) struct Download {
    respond: SendResponse<Bytes>,
    /// None before its head was sent.
    stream: Option<SendStream<Bytes>>,
    /// What is to be sent next, and whether it is the last.
    held: Option<(Bytes, bool)>,
    is_done: bool,
    /// How much of its content was sent.
    sent: usize,
    patience: Patience,
    /// Where it is counted what the client may say to that.
    wire: Arc<Wire>,
}

impl Download {
    pub(super) fn new(respond: SendResponse<Bytes>, timeouts: Timeouts, wire: &Arc<Wire>) -> Self {
        Self {
            respond,
            stream: None,
            held: None,
            is_done: false,
            sent: 0,
            patience: Patience::new(timeouts),
            wire: Arc::clone(wire),
        }
    }

    /// Whether all of the answer was sent.
    pub(super) fn is_done(&self) -> bool {
        self.is_done
    }

    /// How much of the answer's content was sent.
    pub(super) fn sent(&self) -> usize {
        self.sent
    }

    /// Whether the client is waited for.
    pub(super) fn waits_for_client(&self) -> bool {
        self.held.is_some()
    }

    /// How many bytes of an answer are worth taking from the handler: where the client
    /// takes none for now, a piece that is worth a frame when it does.
    pub(super) fn room(&self) -> usize {
        match &self.stream {
            Some(stream) if stream.capacity() == 0 => A_PIECE,
            _ => usize::MAX,
        }
    }

    /// Takes a part of an answer. Only when what was before is sent.
    ///
    /// # Errors
    ///
    /// The client has gone.
    pub(super) fn take(&mut self, event: Event) -> Result<(), Lost> {
        match event {
            Event::Interim(head) => self.interim(head.response),
            Event::Head { head, is_all } => self.head(head.response, is_all),
            Event::Content { bytes, is_last } => {
                self.held = Some((bytes, is_last));
                Ok(())
            }
            Event::End(trailers) => self.end(trailers),
        }
    }

    /// Answers in a handler's place.
    ///
    /// # Errors
    ///
    /// The client has gone.
    pub(super) fn refuse(
        &mut self,
        status: StatusCode,
        text: String,
        to_head: bool,
    ) -> Result<(), Lost> {
        let mut response = Response::new(());
        *response.status_mut() = status;
        let fields = response.headers_mut();
        fields.insert(CONTENT_LENGTH, HeaderValue::from(text.len()));
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        fields.insert(CONTENT_TYPE, plain);
        self.head(response, to_head)?;
        if !to_head {
            self.held = Some((text.into(), true));
        }
        Ok(())
    }

    /// Ends the stream without an answer, or in the midst of one.
    pub(super) fn reset(&mut self, reason: Reason) {
        self.held = None;
        match &mut self.stream {
            Some(stream) => stream.send_reset(reason),
            None => self.respond.send_reset(reason),
        }
    }

    /// Sends what is held, as the client takes it.
    ///
    /// # Errors
    ///
    /// It doesn't, or has gone.
    pub(super) fn poll_held(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        let (Some(stream), Some((bytes, is_last))) = (&mut self.stream, &mut self.held) else {
            return Poll::Ready(Ok(()));
        };
        while !bytes.is_empty() {
            stream.reserve_capacity(bytes.len());
            let room = stream.capacity().min(bytes.len());
            if room == 0 {
                match stream.poll_capacity(context) {
                    Poll::Ready(Some(Ok(_))) => continue,
                    Poll::Ready(_) => return Poll::Ready(Err(Lost::TakenBack)),
                    Poll::Pending => {
                        ready!(self.patience.poll(context));
                        return Poll::Ready(Err(Lost::Late));
                    }
                }
            }
            self.patience.move_on(room);
            self.sent += room;
            let piece = bytes.split_to(room);
            let ends = *is_last && bytes.is_empty();
            let sent = stream.send_data(piece, ends);
            sent.map_err(|_| Lost::TakenBack)?;
            self.wire.lock().calm.sent_piece();
            self.is_done |= ends;
        }
        self.held = None;
        Poll::Ready(Ok(()))
    }

    /// Resolves when the client takes its request back.
    pub(super) fn poll_taken_back(&mut self, context: &mut Context<'_>) -> Poll<Lost> {
        match &mut self.stream {
            Some(stream) => ready!(stream.poll_reset(context)).map(drop),
            None => ready!(self.respond.poll_reset(context)).map(drop),
        }
        .ok();
        Poll::Ready(Lost::TakenBack)
    }

    fn interim(&mut self, response: Response<()>) -> Result<(), Lost> {
        let sent = self.respond.send_informational(response);
        sent.map_err(|_| Lost::TakenBack)
    }

    /// Sends a head; `is_all`: nothing follows it.
    ///
    /// # Errors
    ///
    /// The client has gone.
    pub(super) fn head(&mut self, response: Response<()>, is_all: bool) -> Result<(), Lost> {
        let stream = self.respond.send_response(response, is_all);
        self.stream = Some(stream.map_err(|_| Lost::TakenBack)?);
        self.is_done = is_all;
        Ok(())
    }

    fn end(&mut self, trailers: Option<HeaderMap>) -> Result<(), Lost> {
        let Some(stream) = &mut self.stream else {
            return Err(Lost::TakenBack);
        };
        let sent = match trailers {
            Some(trailers) => stream.send_trailers(trailers),
            None => stream.send_data(Bytes::new(), true),
        };
        self.is_done = true;
        sent.map_err(|_| Lost::TakenBack)
    }
}
