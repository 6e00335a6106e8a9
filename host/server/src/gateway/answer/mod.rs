//! What a handler of our own world answers, read as strictly as it can be: a response
//! of HTTP/1.1 (RFC 9112) that is one and nothing else. What isn't never reaches a client.
//!
//! [`head`] reads a head, and [`content`] what follows it; this puts them together.

mod content;
mod head;
mod no_answer;

pub(super) use head::Head;
pub(super) use no_answer::NoAnswer;

use crate::stream::PipeEnd;
use bytes::{Bytes, BytesMut};
use content::{Content, Framing, Piece};
use http::header::HeaderMap;
use no_answer::MAX_INTERIM;
use std::task::{Context, Poll, ready};

/// What comes of an answer, in this order.
#[derive(Debug)]
pub(super) enum Event {
    /// A response before the answer (RFC 9110 section 15.2).
    Interim(Head),
    /// Its head, and whether nothing follows it.
    Head { head: Head, is_all: bool },
    /// Some of its content, and whether that was the last.
    Content { bytes: Bytes, is_last: bool },
    /// The end of content whose last part wasn't known to be that.
    End(Option<HeaderMap>),
}

/// Reads one answer.
#[derive(Debug)]
pub(super) struct Answer {
    received: BytesMut,
    /// None before its head has come.
    content: Option<Content>,
    to_head: bool,
    interim: usize,
    /// Whether the handler may be asked for another afterwards.
    keeps_open: bool,
}

impl Answer {
    /// The answer to a request; `to_head`: one for nothing but a head.
    pub(super) fn new(to_head: bool) -> Self {
        Self {
            received: BytesMut::new(),
            content: None,
            to_head,
            interim: 0,
            keeps_open: false,
        }
    }

    /// Whether its head has come.
    pub(super) fn has_begun(&self) -> bool {
        self.content.is_some()
    }

    /// Whether the connection that it came on can be used again, once it has come.
    pub(super) fn leaves_connection(&self) -> bool {
        self.keeps_open && self.received.is_empty()
    }

    /// The next part, of which up to `most` bytes are taken from the handler. Not to be
    /// called after the last.
    ///
    /// # Errors
    ///
    /// What came is no answer.
    pub(super) fn poll_next(
        &mut self,
        context: &Context<'_>,
        handler: &mut PipeEnd,
        most: usize,
    ) -> Poll<Result<Event, NoAnswer>> {
        loop {
            if let Some(event) = self.parse()? {
                return Poll::Ready(Ok(event));
            }
            match ready!(handler.poll_take(context, most)) {
                Ok(bytes) if bytes.is_empty() => return Poll::Ready(self.end(true)),
                // Nothing is copied where nothing is left.
                Ok(bytes) => self.received.unsplit(bytes),
                Err(_) => return Poll::Ready(self.end(false)),
            }
        }
    }

    fn parse(&mut self) -> Result<Option<Event>, NoAnswer> {
        if let Some(content) = &mut self.content {
            return Ok(content.parse(&mut self.received)?.map(Event::from));
        }
        let Some(head) = head::parse(&mut self.received)? else {
            return Ok(None);
        };
        let status = head.response.status();
        if status == http::StatusCode::SWITCHING_PROTOCOLS {
            return Err(NoAnswer::Switching);
        }
        if status.is_informational() {
            self.interim += 1;
            if self.interim > MAX_INTERIM {
                return Err(NoAnswer::Interim);
            }
            return Ok(Some(Event::Interim(head)));
        }
        let framing = head.framing(self.to_head)?;
        self.keeps_open = head.keeps_open && framing != Framing::UntilClose;
        let is_all = framing == Framing::Length(0);
        self.content = Some(Content::new(framing));
        Ok(Some(Event::Head { head, is_all }))
    }

    /// The handler has closed: `whole` says that it meant to.
    fn end(&self, whole: bool) -> Result<Event, NoAnswer> {
        match &self.content {
            None if self.received.is_empty() => Err(NoAnswer::Missing),
            None => Err(NoAnswer::Head),
            Some(content) if whole && content.lasts_until_close() => Ok(Event::End(None)),
            Some(_) => Err(NoAnswer::CutShort),
        }
    }
}

impl From<Piece> for Event {
    fn from(piece: Piece) -> Self {
        match piece {
            Piece::Bytes { bytes, is_last } => Self::Content { bytes, is_last },
            Piece::End(trailers) => Self::End(trailers),
        }
    }
}

#[cfg(test)]
mod tests;
