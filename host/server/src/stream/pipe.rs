//! A stream between two ends in this process: what comes from one client, the gateway
//! hands on to a handler by it. It takes no descriptor, and no system call.
//!
//! One end is a [`Stream`](super::Stream)'s, like any client's; the other is a [`PipeEnd`], which reads
//! and writes as tokio's streams do.

use super::then::Then;
use bytes::{Buf, BufMut, BytesMut};
use std::fs::File;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How many bytes wait at most, in each direction: a client of HTTP/2 can have as many
/// of these as it has requests, and read none.
const CAPACITY: usize = 16 * 1024;

/// Makes a pipe: the end for whom serves the client, and the client's.
pub(super) fn pipe() -> (PipeStream, PipeEnd) {
    let pipe = Arc::new(Pipe::default());
    (PipeStream(Arc::clone(&pipe)), PipeEnd(pipe))
}

#[derive(Debug, Default)]
struct Pipe {
    /// What the client sends.
    incoming: Mutex<Channel>,
    /// What the client is sent.
    outgoing: Mutex<Channel>,
}

/// One direction.
#[derive(Debug, Default)]
struct Channel {
    bytes: BytesMut,
    writer: Writer,
    reader: Reader,
    /// Who waits for a change.
    waiting: Vec<Waker>,
}

/// Who writes to a channel.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Writer {
    #[default]
    Writes,
    /// Has said that this was all.
    Finished,
    /// Has gone, and wants the reader to know that this isn't all.
    BrokeOff,
}

/// Who reads from a channel.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Reader {
    #[default]
    Reads,
    Gone,
}

impl Channel {
    /// Takes up to what the buffer has room for.
    fn take(&mut self, buffer: &mut impl BufMut) -> io::Result<usize> {
        if self.bytes.is_empty() {
            return match self.writer {
                Writer::Writes => Err(io::ErrorKind::WouldBlock.into()),
                Writer::Finished => Ok(0),
                Writer::BrokeOff => Err(io::ErrorKind::ConnectionReset.into()),
            };
        }
        let most = self.bytes.len().min(buffer.remaining_mut());
        buffer.put_slice(&self.bytes[..most]);
        self.bytes.advance(most);
        self.tell();
        Ok(most)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let most = bytes.len().min(self.room()?);
        self.bytes.extend_from_slice(&bytes[..most]);
        self.tell();
        Ok(most)
    }

    fn put_file(&mut self, file: &File, offset: u64, most: usize) -> io::Result<usize> {
        let most = most.min(self.room()?);
        let before = self.bytes.len();
        self.bytes.resize(before + most, 0);
        let read = file.read_at(&mut self.bytes[before..], offset);
        self.bytes.truncate(before + read.as_ref().unwrap_or(&0));
        self.tell();
        read
    }

    /// How many bytes it has room for: at least one.
    fn room(&self) -> io::Result<usize> {
        if self.reader == Reader::Gone || self.writer != Writer::Writes {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        match CAPACITY.saturating_sub(self.bytes.len()) {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            room => Ok(room),
        }
    }

    /// Whether there is something to take, or the end of it.
    fn has_news(&self) -> bool {
        !self.bytes.is_empty() || self.writer != Writer::Writes
    }

    fn end(&mut self, how: Writer) {
        if self.writer == Writer::Writes {
            self.writer = how;
        }
        self.tell();
    }

    fn leave(&mut self) {
        self.reader = Reader::Gone;
        self.bytes = BytesMut::new();
        self.tell();
    }

    fn tell(&mut self) {
        for waker in self.waiting.drain(..) {
            waker.wake();
        }
    }

    fn wait<T>(&mut self, context: &Context<'_>) -> Poll<T> {
        let waker = context.waker();
        if !self.waiting.iter().any(|other| other.will_wake(waker)) {
            self.waiting.push(waker.clone());
        }
        Poll::Pending
    }
}

fn lock(channel: &Mutex<Channel>) -> MutexGuard<'_, Channel> {
    channel.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The end of whom serves the client.
#[derive(Debug)]
pub(super) struct PipeStream(Arc<Pipe>);

impl PipeStream {
    pub(super) fn try_receive(&self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        let room = bytes.capacity() - bytes.len();
        self.try_read(&mut bytes.limit(room))
    }

    pub(super) fn try_read(&self, buffer: &mut impl BufMut) -> io::Result<usize> {
        lock(&self.0.incoming).take(buffer)
    }

    pub(super) async fn readable(&self) -> io::Result<()> {
        poll_fn(|context| self.poll_readable(context)).await
    }

    pub(super) async fn peek(&self) -> io::Result<bool> {
        self.readable().await?;
        Ok(self.has_unread())
    }

    pub(super) fn has_unread(&self) -> bool {
        !lock(&self.0.incoming).bytes.is_empty()
    }

    pub(super) fn has_closed_its_side(&self) -> bool {
        lock(&self.0.incoming).writer == Writer::Finished
            && lock(&self.0.outgoing).reader == Reader::Reads
    }

    pub(super) async fn ended(&self, finished_sending: bool) -> io::Result<()> {
        poll_fn(|context| {
            let mut incoming = lock(&self.0.incoming);
            let mut outgoing = lock(&self.0.outgoing);
            let finished = !finished_sending && incoming.writer != Writer::Writes;
            if finished || outgoing.reader == Reader::Gone {
                return Poll::Ready(Ok(()));
            }
            let _: Poll<()> = incoming.wait(context);
            outgoing.wait(context)
        })
        .await
    }

    pub(super) fn try_send(&self, bytes: &[u8], _: Then) -> io::Result<usize> {
        lock(&self.0.outgoing).put(bytes)
    }

    pub(super) fn try_send_parts(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut channel = lock(&self.0.outgoing);
        channel.room()?;
        let mut sent = 0;
        for part in parts {
            match channel.put(part) {
                Ok(put) => sent += put,
                Err(_) => break,
            }
        }
        Ok(sent)
    }

    pub(super) fn try_send_file(&self, file: &File, offset: u64, most: usize) -> io::Result<usize> {
        lock(&self.0.outgoing).put_file(file, offset, most)
    }

    pub(super) async fn writable(&self) -> io::Result<()> {
        poll_fn(|context| self.poll_writable(context)).await
    }

    pub(super) fn finish(&self) -> io::Result<()> {
        self.conclude();
        Ok(())
    }

    pub(super) fn conclude(&self) {
        lock(&self.0.outgoing).end(Writer::Finished);
    }

    pub(super) fn break_off(&self) {
        lock(&self.0.outgoing).end(Writer::BrokeOff);
    }

    pub(super) fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut channel = lock(&self.0.incoming);
        if channel.has_news() {
            return Poll::Ready(Ok(()));
        }
        channel.wait(context)
    }

    pub(super) fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        poll_room(&self.0.outgoing, context)
    }
}

impl Drop for PipeStream {
    fn drop(&mut self) {
        lock(&self.0.outgoing).end(Writer::BrokeOff);
        lock(&self.0.incoming).leave();
    }
}

/// Waits until a channel has room, or nobody reads from it.
fn poll_room(channel: &Mutex<Channel>, context: &Context<'_>) -> Poll<io::Result<()>> {
    let mut channel = lock(channel);
    match channel.room() {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => channel.wait(context),
        // Sending says what is wrong.
        _ => Poll::Ready(Ok(())),
    }
}

/// The client's end. Dropping it is a client that has gone.
#[derive(Debug)]
pub(crate) struct PipeEnd(Arc<Pipe>);

impl PipeEnd {
    /// Up to so many bytes of what waits: all of it isn't copied. None: the end.
    ///
    /// # Errors
    ///
    /// It ends before all was sent.
    pub(crate) fn poll_take(
        &mut self,
        context: &Context<'_>,
        most: usize,
    ) -> Poll<io::Result<BytesMut>> {
        let mut channel = lock(&self.0.outgoing);
        if channel.bytes.is_empty() {
            return match channel.writer {
                Writer::Writes => channel.wait(context),
                Writer::Finished => Poll::Ready(Ok(BytesMut::new())),
                Writer::BrokeOff => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
            };
        }
        let taken = if channel.bytes.len() <= most {
            std::mem::take(&mut channel.bytes)
        } else {
            // A few bytes would keep all of the others' room.
            let few = BytesMut::from(&channel.bytes[..most]);
            channel.bytes.advance(most);
            few
        };
        channel.tell();
        Poll::Ready(Ok(taken))
    }
}

impl AsyncRead for PipeEnd {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut channel = lock(&self.0.outgoing);
        match channel.take(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => channel.wait(context),
            taken => Poll::Ready(taken.map(drop)),
        }
    }
}

impl AsyncWrite for PipeEnd {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut channel = lock(&self.0.incoming);
        match channel.put(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => channel.wait(context),
            put => Poll::Ready(put),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        lock(&self.0.incoming).end(Writer::Finished);
        Poll::Ready(Ok(()))
    }
}

impl Drop for PipeEnd {
    fn drop(&mut self) {
        lock(&self.0.incoming).end(Writer::Finished);
        lock(&self.0.outgoing).leave();
    }
}

#[cfg(test)]
mod tests;
