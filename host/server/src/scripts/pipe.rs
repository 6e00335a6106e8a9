//! A pipe between a script in its sandbox and the server: memory that both
//! ends share.
//!
//! `wasmtime-wasi` would make a stream of anything that can be read or written,
//! with a task in between that has to run before the other side sees a byte.
//! These are its streams themselves: a script that prints little never waits.

use bytes::{Bytes, BytesMut};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdinStream, StdoutStream};
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

/// How many bytes are on their way at most.
const CAPACITY: usize = 64 * 1024;

/// The end that is read. Nothing can be written once all clones are dropped.
#[derive(Clone)]
pub(super) struct Reader(Arc<ReaderEnd>);

/// The end that is written. The pipe ends when all clones are dropped.
#[derive(Clone)]
pub(super) struct Writer(Arc<WriterEnd>);

/// Both ends of a new pipe.
pub(super) fn pipe() -> (Writer, Reader) {
    let pipe = Arc::new(Pipe::default());
    let writer = Writer(Arc::new(WriterEnd(Arc::clone(&pipe))));
    (writer, Reader(Arc::new(ReaderEnd(pipe))))
}

#[derive(Default)]
struct Pipe(Mutex<State>);

#[derive(Default)]
struct State {
    bytes: BytesMut,
    /// No more is written.
    ended: bool,
    /// No more is read.
    broken: bool,
    /// Whoever waits for bytes, or for room: one of them at most.
    waiting: Option<Waker>,
}

struct ReaderEnd(Arc<Pipe>);
struct WriterEnd(Arc<Pipe>);

impl Pipe {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn room(&self) -> usize {
        CAPACITY.saturating_sub(self.bytes.len())
    }

    fn wake(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            waiting.wake();
        }
    }

    /// Ready when there is something to read: bytes, or the end.
    fn poll_readable(&mut self, context: &Context<'_>) -> Poll<()> {
        if !self.bytes.is_empty() || self.ended {
            return Poll::Ready(());
        }
        self.waiting = Some(context.waker().clone());
        Poll::Pending
    }

    /// Ready when there is room, or nobody reads any more.
    fn poll_writable(&mut self, context: &Context<'_>) -> Poll<()> {
        if self.room() > 0 || self.broken {
            return Poll::Ready(());
        }
        self.waiting = Some(context.waker().clone());
        Poll::Pending
    }

    fn write(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.wake();
    }

    fn read(&mut self, most: usize) -> BytesMut {
        let length = most.min(self.bytes.len());
        let bytes = self.bytes.split_to(length);
        self.wake();
        bytes
    }
}

impl Drop for ReaderEnd {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.broken = true;
        state.wake();
    }
}

impl Drop for WriterEnd {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.ended = true;
        state.wake();
    }
}

impl Reader {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.0.lock()
    }
}

impl Writer {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.0.lock()
    }
}

/// The server's end of a script's output.
impl AsyncRead for Reader {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut state = self.lock();
        state.poll_readable(context).map(|()| {
            buffer.put_slice(&state.read(buffer.remaining()));
            Ok(())
        })
    }
}

/// The server's end of a script's input.
impl AsyncWrite for Writer {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.lock();
        state.poll_writable(context).map(|()| {
            if state.broken {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            let length = bytes.len().min(state.room());
            state.write(&bytes[..length]);
            Ok(length)
        })
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.lock();
        state.ended = true;
        state.wake();
        Poll::Ready(Ok(()))
    }
}

impl IsTerminal for Reader {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl IsTerminal for Writer {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdinStream for Reader {
    fn async_stream(&self) -> Box<dyn AsyncRead + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn InputStream> {
        Box::new(self.clone())
    }
}

impl StdoutStream for Writer {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Pollable for Reader {
    async fn ready(&mut self) {
        poll_fn(|context| self.lock().poll_readable(context)).await;
    }
}

#[async_trait]
impl Pollable for Writer {
    async fn ready(&mut self) {
        poll_fn(|context| self.lock().poll_writable(context)).await;
    }
}

/// The script's end of its input.
impl InputStream for Reader {
    fn read(&mut self, most: usize) -> StreamResult<Bytes> {
        let mut state = self.lock();
        if state.bytes.is_empty() && state.ended {
            return Err(StreamError::Closed);
        }
        Ok(state.read(most).freeze())
    }
}

/// The script's end of its output. What is written is there at once, so that
/// flushing has nothing to wait for.
impl OutputStream for Writer {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let mut state = self.lock();
        if state.broken {
            return Err(StreamError::Closed);
        }
        if bytes.len() > state.room() {
            return Err(StreamError::trap(
                "a write of more than check-write allowed",
            ));
        }
        state.write(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.check_write().map(drop)
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        let state = self.lock();
        if state.broken {
            return Err(StreamError::Closed);
        }
        Ok(state.room())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn what_is_written_is_read_to_the_end() {
        let (mut writer, mut reader) = pipe();
        let sent: Vec<u8> = (0..=u8::MAX).cycle().take(3 * CAPACITY + 1).collect();
        let written = sent.clone();
        let writing = tokio::spawn(async move { writer.write_all(&written).await });
        let mut received = Vec::new();
        reader.read_to_end(&mut received).await.unwrap();
        assert!(received == sent);
        writing.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_script_writes_as_much_as_there_is_room_for() {
        let (mut writer, mut reader) = pipe();
        assert_eq!(writer.check_write().unwrap(), CAPACITY);
        OutputStream::write(&mut writer, vec![1; CAPACITY].into()).unwrap();
        assert_eq!(writer.check_write().unwrap(), 0);
        assert!(matches!(
            OutputStream::write(&mut writer, Bytes::from_static(b"x")),
            Err(StreamError::Trap(_))
        ));
        let mut waiting = writer.clone();
        let waiting = tokio::spawn(async move { waiting.ready().await });
        assert_eq!(reader.read_exact(&mut [0; 10]).await.unwrap(), 10);
        waiting.await.unwrap();
        assert_eq!(writer.check_write().unwrap(), 10);
        drop(reader);
        assert!(matches!(writer.check_write(), Err(StreamError::Closed)));
    }

    #[tokio::test]
    async fn a_script_reads_until_its_input_ends() {
        let (mut writer, mut reader) = pipe();
        assert!(InputStream::read(&mut reader, 5).unwrap().is_empty());
        writer.write_all(b"input").await.unwrap();
        assert_eq!(reader.blocking_read(3).await.unwrap(), "inp");
        drop(writer);
        reader.ready().await;
        assert_eq!(InputStream::read(&mut reader, 5).unwrap(), "ut");
        assert!(matches!(
            InputStream::read(&mut reader, 5),
            Err(StreamError::Closed)
        ));
    }

    #[tokio::test]
    async fn an_input_that_nobody_reads_is_broken() {
        let (mut writer, reader) = pipe();
        writer.write_all(&[0; CAPACITY]).await.unwrap();
        drop(reader);
        let error = writer.write_all(b"more").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
