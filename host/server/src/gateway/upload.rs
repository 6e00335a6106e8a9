//! A request on its way to a handler: its head, and its content as it comes from the
//! client.

use super::request::Framing;
use bytes::{Buf, Bytes, BytesMut};
use http::header::HeaderMap;
use http_body::Body;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::AsyncWrite;

/// A request on its way.
pub(super) struct Upload<B> {
    /// None: all of it has come.
    content: Option<B>,
    framing: Framing,
    /// What is to be written next, in this order.
    pieces: [Bytes; 3],
    /// Whether nobody reads what is left.
    is_refused: bool,
}

/// Why the rest of a request doesn't come.
#[derive(Debug)]
pub(super) struct ClientGone;

impl<B: Body<Data = Bytes> + Unpin> Upload<B> {
    pub(super) fn new(head: Vec<u8>, framing: Framing, content: B) -> Self {
        Self {
            content: (framing != Framing::None).then_some(content),
            framing,
            pieces: [head.into(), Bytes::new(), Bytes::new()],
            is_refused: false,
        }
    }

    /// The content that wasn't written. None: all of it was.
    pub(super) fn into_rest(self) -> Option<B> {
        self.content.filter(|content| !content.is_end_stream())
    }

    /// Whether the client is to send more before anything can be written.
    pub(super) fn waits_for_client(&self) -> bool {
        self.content.is_some() && !self.is_refused && self.pieces.iter().all(Bytes::is_empty)
    }

    /// Writes as much as the handler takes. Pending: it takes no more for now, or the
    /// client has sent no more.
    ///
    /// # Errors
    ///
    /// The client has taken the request back, or it is malformed.
    pub(super) fn poll<W: AsyncWrite + Unpin>(
        &mut self,
        context: &mut Context<'_>,
        handler: &mut W,
    ) -> Poll<Result<(), ClientGone>> {
        loop {
            if !self.is_refused && ready!(self.poll_write(context, handler)).is_err() {
                // It reads no more; what it answers is seen elsewhere.
                self.is_refused = true;
                self.pieces = Default::default();
            }
            let Some(content) = &mut self.content else {
                return Poll::Ready(Ok(()));
            };
            if self.is_refused {
                return Poll::Pending;
            }
            match ready!(Pin::new(content).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.add(data),
                    Err(frame) => self.end(frame.trailers_ref()),
                },
                Some(Err(_)) => return Poll::Ready(Err(ClientGone)),
                None => self.end(None),
            }
        }
    }

    fn poll_write<W: AsyncWrite + Unpin>(
        &mut self,
        context: &mut Context<'_>,
        handler: &mut W,
    ) -> Poll<io::Result<()>> {
        for piece in &mut self.pieces {
            while !piece.is_empty() {
                let written = ready!(Pin::new(&mut *handler).poll_write(context, piece))?;
                if written == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                piece.advance(written);
            }
        }
        Poll::Ready(Ok(()))
    }

    /// RFC 9112 section 7.1
    fn add(&mut self, data: Bytes) {
        if data.is_empty() {
            return;
        }
        self.pieces = match self.framing {
            Framing::Chunked => [
                format!("{:x}\r\n", data.len()).into(),
                data,
                Bytes::from_static(b"\r\n"),
            ],
            Framing::Length | Framing::None => [Bytes::new(), data, Bytes::new()],
        };
    }

    /// Trailers are for content in chunks; what has a length has none in HTTP/1.1.
    fn end(&mut self, trailers: Option<&HeaderMap>) {
        self.content = None;
        if self.framing != Framing::Chunked {
            return;
        }
        let mut end = BytesMut::from(&b"0\r\n"[..]);
        for (name, value) in trailers.into_iter().flatten() {
            end.extend_from_slice(name.as_str().as_bytes());
            end.extend_from_slice(b": ");
            end.extend_from_slice(value.as_bytes());
            end.extend_from_slice(b"\r\n");
        }
        end.extend_from_slice(b"\r\n");
        self.pieces[0] = end.freeze();
    }
}
