//! A client's socket, as hyper uses it: what comes and goes is noted.

use super::progress::Progress;
use crate::stream::{Stream, Then};
use bytes::Bytes;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A socket that others hold as well: the connection outlives hyper's use of
/// it.
pub(super) struct Socket {
    stream: Arc<Stream>,
    /// What was read of it before.
    begun: Bytes,
    progress: Arc<Progress>,
}

impl Socket {
    /// `begun` was read of the stream already.
    pub(super) fn new(stream: &Arc<Stream>, begun: Vec<u8>, progress: &Arc<Progress>) -> Self {
        Self {
            stream: Arc::clone(stream),
            begun: begun.into(),
            progress: Arc::clone(progress),
        }
    }

    fn poll_send(
        &self,
        context: &mut Context<'_>,
        send: impl Fn(&Stream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            match send(&self.stream) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.progress.blocked();
                    ready!(self.stream.poll_writable(context))?;
                }
                sent => {
                    self.progress.sent(*sent.as_ref().unwrap_or(&0));
                    return Poll::Ready(sent);
                }
            }
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = if self.begun.is_empty() {
            ready!(self.stream.poll_read(context, buffer))?
        } else {
            let most = self.begun.len().min(buffer.remaining());
            buffer.put_slice(&self.begun.split_to(most));
            most
        };
        if read > 0 {
            self.progress.received(read);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_send(context, |stream| stream.try_send(bytes, Then::Nothing))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_send(context, |stream| stream.try_send_parts(parts))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.stream.finish())
    }
}
