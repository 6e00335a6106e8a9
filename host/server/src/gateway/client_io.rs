//! A client's connection as `h2` has it: what comes is counted before it is understood.

use super::wire::Wire;
use crate::stream::Stream;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How much is put together before it is sent.
const TOGETHER: usize = 16 * 1024;

/// The wire as `h2` has it.
pub(super) struct ClientIo(pub(super) Arc<Wire>);

impl AsyncRead for ClientIo {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut state = self.0.lock();
        // It is read no more.
        if state.fault.is_some() {
            return Poll::Pending;
        }
        if state.turn == 0 {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        if state.begun.is_empty() {
            ready!(self.0.stream().poll_read(context, buffer))?;
        } else {
            let most = state.begun.len().min(buffer.remaining());
            buffer.put_slice(&state.begun.split_to(most));
        }
        let received = &buffer.filled()[before..];
        state.turn = state.turn.saturating_sub(received.len());
        state.receive(received);
        if state.fault.is_some() {
            // What it has sent isn't looked at any more.
            buffer.set_filled(before);
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ClientIo {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.0.lock();
        let length = parts.iter().map(|part| part.len()).sum();
        if state.out.len() + length > TOGETHER {
            ready!(self.0.poll_flush_locked(&mut state, context))?;
            if length > TOGETHER / 2 {
                let send = |stream: &Stream| stream.try_send_parts(parts);
                return self.0.poll_send(&mut state, context, send);
            }
        }
        for part in parts {
            state.out.extend_from_slice(part);
        }
        Poll::Ready(Ok(length))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Whoever drives the connection sends what was put together.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.0.poll_flush(context))?;
        Poll::Ready(self.0.stream().finish())
    }
}
