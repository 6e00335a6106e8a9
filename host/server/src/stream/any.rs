//! The stream, whatever carries it.

use super::kernel::KernelStream;
use super::peer::Peer;
use super::pipe::{self, PipeEnd, PipeStream};
use super::then::Then;
use super::tls::TlsStream;
use bytes::BufMut;
use rustls::ServerConfig;
use std::fs::File;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// A client's stream of bytes, in both directions.
#[derive(Debug)]
pub(crate) struct Stream {
    carrier: Carrier,
    peer: Peer,
}

/// What carries it.
#[derive(Debug)]
enum Carrier {
    Kernel(KernelStream),
    Pipe(PipeStream),
    Tls(Box<TlsStream>),
}

/// Calls a method of whatever carries the stream.
macro_rules! carrier {
    ($stream:expr, $carrier:ident => $call:expr) => {
        match &$stream.carrier {
            Carrier::Kernel($carrier) => $call,
            Carrier::Pipe($carrier) => $call,
            Carrier::Tls($carrier) => $call,
        }
    };
}

impl Stream {
    /// A stream whose other end is in this process.
    pub(crate) fn pipe(peer: Peer) -> (Self, PipeEnd) {
        let (stream, end) = pipe::pipe();
        let carrier = Carrier::Pipe(stream);
        (Self { carrier, peer }, end)
    }

    /// A socket's stream.
    pub(crate) fn of_socket(socket: impl Into<KernelStream>, peer: Peer) -> Self {
        Self {
            carrier: Carrier::Kernel(socket.into()),
            peer,
        }
    }

    /// Shakes hands with the client, and encrypts from then on.
    ///
    /// # Errors
    ///
    /// The client goes, or doesn't speak TLS as it is spoken here: then it has been told
    /// so by an alert.
    pub(crate) async fn encrypt(self, config: Arc<ServerConfig>) -> io::Result<Self> {
        let Carrier::Kernel(socket) = self.carrier else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        let tls = TlsStream::accept(socket, config).await?;
        Ok(Self {
            carrier: Carrier::Tls(Box::new(tls)),
            peer: self.peer.encrypted(),
        })
    }

    /// The protocol that was agreed on in a handshake (ALPN, RFC 7301), if any was.
    pub(crate) fn protocol(&self) -> Option<Vec<u8>> {
        match &self.carrier {
            Carrier::Tls(tls) => tls.protocol(),
            Carrier::Kernel(_) | Carrier::Pipe(_) => None,
        }
    }

    /// The first bytes that have come, which stay there: none if the client has
    /// finished. Only of a socket before anything is encrypted on it.
    ///
    /// # Errors
    ///
    /// The client has gone.
    pub(crate) async fn peek_bytes(&self, bytes: &mut [u8]) -> io::Result<usize> {
        match &self.carrier {
            Carrier::Kernel(socket) => socket.peek_bytes(bytes).await,
            Carrier::Tls(_) | Carrier::Pipe(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Who is at the other end, for a stream that stands for a part of this one.
    ///
    /// # Errors
    ///
    /// The client has gone.
    pub(crate) fn peer(&self) -> io::Result<Peer> {
        Ok(Peer {
            server: Some(self.server()?),
            ..self.peer
        })
    }

    /// The client's address: an IPv4 client of a dual-stack socket is an IPv4 client.
    pub(crate) fn client(&self) -> SocketAddr {
        self.peer.client
    }

    /// The server's address, as the client reached it. Few handlers ask.
    ///
    /// # Errors
    ///
    /// The client has gone.
    pub(crate) fn server(&self) -> io::Result<SocketAddr> {
        match (self.peer.server, &self.carrier) {
            (Some(server), _) => Ok(server),
            (None, Carrier::Kernel(socket)) => socket.local_address(),
            (None, Carrier::Tls(tls)) => tls.local_address(),
            (None, Carrier::Pipe(_)) => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Whether nobody on the way can read what is sent.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.peer.encrypted
    }

    /// Adds what has arrived to the vector, up to the room that this has, without
    /// waiting. Returns the number of bytes: zero when the client has finished.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if nothing has arrived, or the stream is broken.
    pub(crate) fn try_receive(&self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        carrier!(self, carrier => carrier.try_receive(bytes))
    }

    /// The same into any buffer, which has room.
    ///
    /// # Errors
    ///
    /// As there.
    pub(crate) fn try_read(&self, buffer: &mut impl BufMut) -> io::Result<usize> {
        carrier!(self, carrier => carrier.try_read(buffer))
    }

    /// Waits until [`Stream::try_receive`] is worth a try.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        carrier!(self, carrier => carrier.readable().await)
    }

    /// Waits until something has arrived, without taking it. Returns whether there is
    /// something: not if the client has finished.
    pub(crate) async fn peek(&self) -> io::Result<bool> {
        carrier!(self, carrier => carrier.peek().await)
    }

    /// Whether something has arrived that nobody has taken.
    pub(crate) fn has_unread(&self) -> bool {
        carrier!(self, carrier => carrier.has_unread())
    }

    /// Whether the client has finished sending, and may still read.
    pub(crate) fn has_closed_its_side(&self) -> bool {
        carrier!(self, carrier => carrier.has_closed_its_side())
    }

    /// Waits for the end of what the client sends, whatever comes before it; or, if
    /// that has come (`finished_sending`), for the connection's.
    ///
    /// # Errors
    ///
    /// Nobody can tell: the process is out of descriptors.
    pub(crate) async fn ended(&self, finished_sending: bool) -> io::Result<()> {
        carrier!(self, carrier => carrier.ended(finished_sending).await)
    }

    /// Sends what there is room for, without waiting. Returns how much.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is room for nothing: the same bytes are to be sent first
    /// the next time. Or the client has gone.
    pub(crate) fn try_send(&self, bytes: &[u8], then: Then) -> io::Result<usize> {
        carrier!(self, carrier => carrier.try_send(bytes, then))
    }

    /// The same for several parts.
    ///
    /// # Errors
    ///
    /// As there.
    pub(crate) fn try_send_parts(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        carrier!(self, carrier => carrier.try_send_parts(parts))
    }

    /// The same for up to `most` bytes of a file, from `offset` on. Zero: the file has
    /// no more.
    ///
    /// # Errors
    ///
    /// As there; or the file can't be read.
    pub(crate) fn try_send_file(&self, file: &File, offset: u64, most: usize) -> io::Result<usize> {
        carrier!(self, carrier => carrier.try_send_file(file, offset, most))
    }

    /// Waits until there is room to send something.
    pub(crate) async fn writable(&self) -> io::Result<()> {
        carrier!(self, carrier => carrier.writable().await)
    }

    /// Tells the client that nothing more comes.
    ///
    /// # Errors
    ///
    /// The client has gone.
    pub(crate) fn finish(&self) -> io::Result<()> {
        carrier!(self, carrier => carrier.finish())
    }

    /// Notes that all was sent that the client is to have: what ends without this may
    /// have been cut short, as far as the stream's kind can tell the client so.
    pub(crate) fn conclude(&self) {
        match &self.carrier {
            Carrier::Kernel(_) => {}
            Carrier::Pipe(pipe) => pipe.conclude(),
            Carrier::Tls(tls) => tls.conclude(),
        }
    }

    /// Has the stream broken when it is dropped, as far as its kind can: the client must
    /// not take what it got for all, and isn't offered what it doesn't take.
    pub(crate) fn break_off(&self) {
        carrier!(self, carrier => carrier.break_off());
    }

    /// [`Stream::try_read`], and otherwise waits.
    pub(crate) fn poll_read(
        &self,
        context: &mut Context<'_>,
        buffer: &mut impl BufMut,
    ) -> Poll<io::Result<usize>> {
        loop {
            match self.try_read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.poll_readable(context))?;
                }
                read => return Poll::Ready(read),
            }
        }
    }

    /// Waits until [`Stream::try_receive`] is worth a try.
    pub(crate) fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        carrier!(self, carrier => carrier.poll_readable(context))
    }

    /// Waits until there is room to send something.
    pub(crate) fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        carrier!(self, carrier => carrier.poll_writable(context))
    }
}
