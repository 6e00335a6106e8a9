//! A socket whose bytes are encrypted (RFC 8446), by rustls.
//!
//! Nothing runs beside it, and nothing is copied once more: whoever reads decrypts what
//! has arrived, and whoever sends encrypts it. What rustls has encrypted and the socket
//! had no room for counts as unsent ([`Session::owed`]), so that nobody has to flush: who
//! sends tries again with the same bytes, as with any other socket.

use super::kernel::KernelStream;
use super::then::Then;
use bytes::BufMut;
use rustls::{ServerConfig, ServerConnection};
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufRead, ErrorKind, IoSlice, Read, Write};
use std::net::SocketAddr;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

/// How many bytes are encrypted at once, at most: four records (RFC 8446 section 5.1).
/// So much waits here for a client that takes nothing, besides what the system keeps.
const AT_ONCE: usize = 64 * 1024;

thread_local! {
    /// What is read of a file before it is encrypted.
    static CLEAR: RefCell<Vec<u8>> = RefCell::default();
}

/// An encrypted socket.
#[derive(Debug)]
pub(super) struct TlsStream {
    socket: KernelStream,
    session: Mutex<Session>,
}

#[derive(Debug)]
struct Session {
    tls: Box<ServerConnection>,
    /// How many bytes are encrypted, and have been said to be unsent.
    owed: usize,
}

impl TlsStream {
    /// Shakes hands with a client.
    ///
    /// # Errors
    ///
    /// The client goes, or doesn't speak TLS as this server does: then it has been told
    /// so by an alert.
    pub(super) async fn accept(
        socket: KernelStream,
        config: Arc<ServerConfig>,
    ) -> io::Result<Self> {
        let tls = ServerConnection::new(config).map_err(io::Error::other)?;
        let mut session = Session {
            tls: Box::new(tls),
            owed: 0,
        };
        session.tls.set_buffer_limit(Some(AT_ONCE));
        while session.tls.is_handshaking() {
            if session.flush(&socket)? == Flushed::NotYet {
                socket.writable().await?;
                continue;
            }
            match session.receive(&socket) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => socket.readable().await?,
                Err(error) => return Err(error),
            }
        }
        while session.flush(&socket)? == Flushed::NotYet {
            socket.writable().await?;
        }
        Ok(Self {
            socket,
            session: Mutex::new(session),
        })
    }

    /// The protocol that was agreed on (ALPN, RFC 7301), if any was.
    pub(super) fn protocol(&self) -> Option<Vec<u8>> {
        self.session().tls.alpn_protocol().map(<[u8]>::to_vec)
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn local_address(&self) -> io::Result<SocketAddr> {
        self.socket.local_address()
    }

    pub(super) fn try_receive(&self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        let room = bytes.capacity() - bytes.len();
        self.try_read(&mut bytes.limit(room))
    }

    pub(super) fn try_read(&self, buffer: &mut impl BufMut) -> io::Result<usize> {
        let mut session = self.session();
        session.decrypt(&self.socket)?;
        let mut clear = session.tls.reader();
        let arrived = match clear.fill_buf() {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
            arrived => arrived?,
        };
        let most = arrived.len().min(buffer.remaining_mut());
        buffer.put_slice(&arrived[..most]);
        clear.consume(most);
        Ok(most)
    }

    pub(super) async fn readable(&self) -> io::Result<()> {
        if self.session().has_news() {
            return Ok(());
        }
        self.socket.readable().await
    }

    pub(super) async fn peek(&self) -> io::Result<bool> {
        loop {
            let decrypted = self.session().decrypt(&self.socket);
            match decrypted {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.socket.readable().await?;
                }
                decrypted => return decrypted.map(|()| self.session().has_clear()),
            }
        }
    }

    pub(super) fn has_unread(&self) -> bool {
        self.session().has_clear() || self.socket.has_unread()
    }

    pub(super) fn has_closed_its_side(&self) -> bool {
        self.socket.has_closed_its_side()
    }

    pub(super) async fn ended(&self, finished_sending: bool) -> io::Result<()> {
        self.socket.ended(finished_sending).await
    }

    pub(super) fn try_send(&self, bytes: &[u8], _: Then) -> io::Result<usize> {
        self.session()
            .send(&self.socket, |tls| tls.writer().write(bytes), bytes.len())
    }

    pub(super) fn try_send_parts(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let length = parts.iter().map(|part| part.len()).sum();
        self.session().send(
            &self.socket,
            |tls| tls.writer().write_vectored(parts),
            length,
        )
    }

    pub(super) fn try_send_file(&self, file: &File, offset: u64, most: usize) -> io::Result<usize> {
        let most = most.min(AT_ONCE);
        self.session().send(
            &self.socket,
            |tls| {
                CLEAR.with_borrow_mut(|clear| {
                    clear.resize(AT_ONCE, 0);
                    let read = file.read_at(&mut clear[..most], offset)?;
                    tls.writer().write(&clear[..read])
                })
            },
            most,
        )
    }

    pub(super) async fn writable(&self) -> io::Result<()> {
        self.socket.writable().await
    }

    pub(super) fn finish(&self) -> io::Result<()> {
        self.conclude();
        self.socket.finish()
    }

    /// Tells the client that nothing more comes (RFC 8446 section 6.1), if there is room
    /// for that.
    pub(super) fn conclude(&self) {
        let mut session = self.session();
        if session.owed == 0 {
            session.tls.send_close_notify();
            let _: io::Result<Flushed> = session.flush(&self.socket);
        }
    }

    pub(super) fn break_off(&self) {
        self.socket.break_off();
    }

    pub(super) fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.session().has_news() {
            return Poll::Ready(Ok(()));
        }
        self.socket.poll_readable(context)
    }

    pub(super) fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_writable(context)
    }
}

/// Whether the socket has taken all that is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flushed {
    All,
    NotYet,
}

impl Session {
    /// Whether bytes wait for whoever reads.
    fn has_clear(&mut self) -> bool {
        self.tls.reader().fill_buf().is_ok_and(|it| !it.is_empty())
    }

    /// The same, or the end of them.
    fn has_news(&mut self) -> bool {
        let clear = self.tls.reader().fill_buf().map(drop);
        !clear.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }

    /// Sees to it that there is something to read, or the end.
    fn decrypt(&mut self, socket: &KernelStream) -> io::Result<()> {
        if self.has_news() {
            return Ok(());
        }
        // Once: what has arrived may be for TLS alone, and more of that may come for
        // ever. Who waits for the socket again lets others have their turn.
        self.receive(socket)?;
        if self.has_news() {
            return Ok(());
        }
        Err(ErrorKind::WouldBlock.into())
    }

    /// Takes what has arrived. Returns how much that was.
    fn receive(&mut self, socket: &KernelStream) -> io::Result<usize> {
        let received = self.tls.read_tls(&mut Arriving(socket))?;
        if let Err(error) = self.tls.process_new_packets() {
            // What is wrong with it, in an alert.
            let _: io::Result<Flushed> = self.flush(socket);
            return Err(io::Error::new(ErrorKind::InvalidData, error));
        }
        Ok(received)
    }

    /// Encrypts, and sends. What the socket has no room for is owed.
    fn send(
        &mut self,
        socket: &KernelStream,
        encrypt: impl FnOnce(&mut ServerConnection) -> io::Result<usize>,
        most: usize,
    ) -> io::Result<usize> {
        if self.flush(socket)? == Flushed::NotYet {
            return Err(ErrorKind::WouldBlock.into());
        }
        if self.owed > 0 {
            let paid = self.owed.min(most);
            self.owed -= paid;
            return Ok(paid);
        }
        let encrypted = encrypt(&mut self.tls)?;
        match self.flush(socket)? {
            Flushed::All => Ok(encrypted),
            Flushed::NotYet => {
                self.owed = encrypted;
                Err(ErrorKind::WouldBlock.into())
            }
        }
    }

    fn flush(&mut self, socket: &KernelStream) -> io::Result<Flushed> {
        while self.tls.wants_write() {
            match self.tls.write_tls(&mut Leaving(socket)) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Flushed::NotYet),
                Err(error) => return Err(error),
            }
        }
        Ok(Flushed::All)
    }
}

/// What rustls reads from.
struct Arriving<'a>(&'a KernelStream);

impl Read for Arriving<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.try_fill(bytes)
    }
}

/// What rustls writes to.
struct Leaving<'a>(&'a KernelStream);

impl Write for Leaving<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_send(bytes, Then::Nothing)
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_send_parts(parts)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
