//! A socket of the system's: TCP or Unix.

use super::then::Then;
use crate::metrics::{self, Event};
use bytes::BufMut;
use rustix::buffer::{Buffer, spare_capacity};
use rustix::net::{RecvFlags, SendFlags, Shutdown, recv, send, shutdown};
use socket2::SockRef;
use std::fs::File;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{Interest, Ready};
use tokio::net::{TcpStream, UnixStream};

/// Whether a socket that gave less than there was room for is known to have no
/// more: epoll(7) tells of what arrives later, which other systems' ways may not.
const EMPTY_WHEN_SHORT: bool = cfg!(target_os = "linux");

#[cfg(target_os = "linux")]
const NO_SIGNAL: SendFlags = SendFlags::NOSIGNAL;
#[cfg(target_os = "linux")]
const MORE_FOLLOWS: SendFlags = NO_SIGNAL.union(SendFlags::MORE);
#[cfg(not(target_os = "linux"))]
const NO_SIGNAL: SendFlags = SendFlags::empty();
#[cfg(not(target_os = "linux"))]
const MORE_FOLLOWS: SendFlags = NO_SIGNAL;

/// A socket of the system's.
#[derive(Debug)]
pub(crate) enum KernelStream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl From<TcpStream> for KernelStream {
    fn from(stream: TcpStream) -> Self {
        Self::Tcp(stream)
    }
}

impl From<UnixStream> for KernelStream {
    fn from(stream: UnixStream) -> Self {
        Self::Unix(stream)
    }
}

impl AsFd for KernelStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(stream) => stream.as_fd(),
            Self::Unix(stream) => stream.as_fd(),
        }
    }
}

/// Counts bytes that came or went. Returns how many.
fn counted(event: Event, bytes: usize) -> usize {
    metrics::add(event, bytes as u64);
    bytes
}

impl KernelStream {
    /// The address that the client reached. A Unix socket has none.
    pub(super) fn local_address(&self) -> io::Result<SocketAddr> {
        let address = match self {
            Self::Tcp(stream) => stream.local_addr()?,
            Self::Unix(_) => SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
        };
        Ok(SocketAddr::new(address.ip().to_canonical(), address.port()))
    }

    pub(super) fn try_receive(&self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        let most = bytes.capacity() - bytes.len();
        self.try_recv(spare_capacity(bytes), most)
    }

    /// Fills the bytes with what has arrived. Returns the number of them.
    pub(super) fn try_fill(&self, bytes: &mut [u8]) -> io::Result<usize> {
        let most = bytes.len();
        self.try_recv(bytes, most)
    }

    fn try_recv(&self, room: impl Buffer<u8>, most: usize) -> io::Result<usize> {
        let mut read = 0;
        let tried = self.try_io(Interest::READABLE, || {
            read = recv(self, room, RecvFlags::empty())?.1;
            if EMPTY_WHEN_SHORT && (1..most).contains(&read) {
                // Says so to tokio, which would have it tried again at once.
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Ok(())
        });
        match tried {
            Err(error) if read == 0 => Err(error),
            Err(_) | Ok(()) => Ok(counted(Event::BytesReceived, read)),
        }
    }

    pub(super) fn try_read(&self, buffer: &mut impl BufMut) -> io::Result<usize> {
        let read = match self {
            Self::Tcp(stream) => stream.try_read_buf(buffer),
            Self::Unix(stream) => stream.try_read_buf(buffer),
        };
        read.map(|read| counted(Event::BytesReceived, read))
    }

    pub(super) async fn readable(&self) -> io::Result<()> {
        self.ready(Interest::READABLE).await.map(drop)
    }

    pub(super) async fn peek(&self) -> io::Result<bool> {
        Ok(self.peek_bytes(&mut [0]).await? > 0)
    }

    /// The first bytes that have come, which stay there: none if the client has finished.
    pub(super) async fn peek_bytes(&self, bytes: &mut [u8]) -> io::Result<usize> {
        loop {
            self.readable().await?;
            let peeked = self.try_io(Interest::READABLE, || {
                Ok(recv(self, &mut *bytes, RecvFlags::PEEK)?.1)
            });
            match peeked {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                peeked => return peeked,
            }
        }
    }

    /// Waits for bytes, and takes as many of them as `wanted` says when it is shown what
    /// has arrived, up to the buffer's length: the others stay. Returns how many: zero
    /// when the client has finished.
    ///
    /// # Errors
    ///
    /// Those of `wanted`; or the stream is broken.
    pub(crate) async fn take_wanted<E: From<io::Error>>(
        &self,
        buffer: &mut [u8],
        mut wanted: impl FnMut(&[u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        loop {
            self.readable().await?;
            let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
            let peeked = self.try_io(Interest::READABLE, || Ok(recv(self, &mut *buffer, flags)?));
            let arrived = match peeked {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                peeked => peeked?.0,
            };
            if arrived == 0 {
                return Ok(0);
            }
            let most = wanted(&buffer[..arrived])?;
            let taken = recv(self, &mut buffer[..most], RecvFlags::DONTWAIT);
            return Ok(taken.map_err(io::Error::from)?.0);
        }
    }

    /// Asks the system itself: tokio may not know yet of what has just arrived.
    pub(super) fn has_unread(&self) -> bool {
        matches!(self.peek_now(), Ok(true))
    }

    fn peek_now(&self) -> io::Result<bool> {
        let mut byte = [MaybeUninit::uninit()];
        let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
        let ((peeked, _), _) = recv(self, &mut byte, flags)?;
        Ok(!peeked.is_empty())
    }

    #[cfg(target_os = "linux")]
    pub(super) fn has_closed_its_side(&self) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let now = Timespec::default();
        let mut sockets = [PollFd::new(self, PollFlags::RDHUP)];
        let reset = PollFlags::ERR | PollFlags::HUP;
        matches!(poll(&mut sockets, Some(&now)), Ok(1..)) && !sockets[0].revents().intersects(reset)
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn has_closed_its_side(&self) -> bool {
        matches!(self.peek_now(), Ok(false))
    }

    pub(super) async fn ended(&self, finished_sending: bool) -> io::Result<()> {
        // A descriptor of its own, with its own readiness: that of the other says
        // whether there is something to read, and must go on saying so.
        let descriptor = self.as_fd().try_clone_to_owned()?;
        let watched = match self {
            Self::Tcp(_) => Self::Tcp(TcpStream::from_std(descriptor.into())?),
            Self::Unix(_) => Self::Unix(UnixStream::from_std(descriptor.into())?),
        };
        if finished_sending {
            return watched.ready(Interest::ERROR).await.map(drop);
        }
        loop {
            let ready = watched.ready(Interest::READABLE | Interest::ERROR).await?;
            if ready.is_read_closed() || ready.is_error() {
                return Ok(());
            }
            // Waits for what comes next: the system tells of each change once.
            let seen = || Err::<(), _>(io::ErrorKind::WouldBlock.into());
            let _ = watched.try_io(Interest::READABLE, seen);
        }
    }

    pub(super) fn try_send(&self, bytes: &[u8], then: Then) -> io::Result<usize> {
        let flags = match then {
            Then::More => MORE_FOLLOWS,
            Then::Nothing => NO_SIGNAL,
        };
        let sent = self.try_io(Interest::WRITABLE, || Ok(send(self, bytes, flags)?))?;
        Ok(counted(Event::BytesSent, sent))
    }

    pub(super) fn try_send_parts(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let sent = match self {
            Self::Tcp(stream) => stream.try_write_vectored(parts),
            Self::Unix(stream) => stream.try_write_vectored(parts),
        };
        sent.map(|sent| counted(Event::BytesSent, sent))
    }

    #[cfg(target_os = "linux")]
    pub(super) fn try_send_file(
        &self,
        file: &File,
        mut offset: u64,
        most: usize,
    ) -> io::Result<usize> {
        let sent = self.try_io(Interest::WRITABLE, || {
            Ok(rustix::fs::sendfile(self, file, Some(&mut offset), most)?)
        })?;
        Ok(counted(Event::BytesSent, sent))
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn try_send_file(&self, file: &File, offset: u64, most: usize) -> io::Result<usize> {
        use std::os::unix::fs::FileExt;
        let mut chunk = vec![0; most.min(64 * 1024)];
        let read = file.read_at(&mut chunk, offset)?;
        if read == 0 {
            return Ok(0);
        }
        self.try_send(&chunk[..read], Then::Nothing)
    }

    pub(super) async fn writable(&self) -> io::Result<()> {
        self.ready(Interest::WRITABLE).await.map(drop)
    }

    pub(super) fn finish(&self) -> io::Result<()> {
        Ok(shutdown(self, Shutdown::Write)?)
    }

    /// A Unix socket can't be reset: what it has sent is its client's already.
    pub(super) fn break_off(&self) {
        if let Self::Tcp(stream) = self {
            let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
        }
    }

    pub(super) fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => stream.poll_read_ready(context),
            Self::Unix(stream) => stream.poll_read_ready(context),
        }
    }

    pub(super) fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => stream.poll_write_ready(context),
            Self::Unix(stream) => stream.poll_write_ready(context),
        }
    }

    async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        match self {
            Self::Tcp(stream) => stream.ready(interest).await,
            Self::Unix(stream) => stream.ready(interest).await,
        }
    }

    fn try_io<T>(
        &self,
        interest: Interest,
        action: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        match self {
            Self::Tcp(stream) => stream.try_io(interest, action),
            Self::Unix(stream) => stream.try_io(interest, action),
        }
    }
}
