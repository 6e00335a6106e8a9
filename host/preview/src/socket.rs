//! A connection of tokio's, as hyper wants it, which notes whether anything moves on it.

use hyper::rt::{Read, ReadBufCursor, Write};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::sleep;

/// How much is read at once.
const PIECE: usize = 16 * 1024;

/// The connection.
#[derive(Debug)]
pub(crate) struct Socket<T> {
    pub(crate) io: T,
    movement: Movement,
}

/// Whether bytes went in either direction since somebody last looked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Movement(Arc<AtomicBool>);

impl Movement {
    fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Returns when nothing moved for that long, or up to twice as long.
    pub(crate) async fn rest(&self, longest: Duration) {
        self.note();
        while self.0.swap(false, Ordering::Relaxed) {
            sleep(longest).await;
        }
    }
}

impl<T> Socket<T> {
    pub(crate) fn new(io: T) -> Self {
        let movement = Movement::default();
        Self { io, movement }
    }

    pub(crate) fn movement(&self) -> Movement {
        self.movement.clone()
    }
}

impl<T: AsyncRead + Unpin> Read for Socket<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut piece = [0; PIECE];
        let room = buffer.remaining().min(PIECE);
        let mut read = ReadBuf::new(&mut piece[..room]);
        ready!(Pin::new(&mut self.io).poll_read(context, &mut read))?;
        self.movement.note();
        buffer.put_slice(read.filled());
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> Write for Socket<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write(context, bytes));
        self.movement.note();
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}
