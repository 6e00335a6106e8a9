//! Connections that another process has made, and hands over one by one: it alone can
//! have this server serve somebody, and there is no address that others could find.

use crate::stream::KernelStream;
use rustix::io::retry_on_intr;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use tokio::io::Interest;

const SPACE: usize = rustix::cmsg_space!(ScmRights(1));

/// What is sent with each connection: something has to be.
const NOTHING: [u8; 1] = [0];

/// A socket at whose other end a process hands over connections
/// ([`bring`](Self::bring)), each the server's end of a pair of Unix sockets.
#[derive(Debug, Clone)]
pub struct ConnectionSource(Arc<UnixStream>);

impl From<UnixStream> for ConnectionSource {
    fn from(socket: UnixStream) -> Self {
        Self(Arc::new(socket))
    }
}

/// The same socket.
impl PartialEq for ConnectionSource {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for ConnectionSource {}

impl ConnectionSource {
    /// Hands a connection over to the server at the other end of a socket, which has it
    /// when it looks. Doesn't wait.
    ///
    /// # Errors
    ///
    /// The other end is closed, or is too far behind with what it was given
    /// ([`io::ErrorKind::WouldBlock`]).
    pub fn bring(socket: &UnixStream, connection: &UnixStream) -> io::Result<()> {
        give(socket, connection, SendFlags::DONTWAIT)
    }

    /// The same for who waits until the other end takes it, as long as the socket's
    /// timeout lets it.
    ///
    /// # Errors
    ///
    /// The other end is closed, or doesn't take it.
    pub fn hand_over(socket: &UnixStream, connection: &UnixStream) -> io::Result<()> {
        give(socket, connection, SendFlags::empty())
    }

    /// Waits for the next connection that is handed over at the other end of a socket.
    ///
    /// # Errors
    ///
    /// The other end is closed, or sends what is none.
    pub fn receive(socket: &UnixStream) -> io::Result<UnixStream> {
        match take(socket, RecvFlags::empty())? {
            Taken::Connection(connection) => Ok(connection.into()),
            Taken::Other => Err(io::ErrorKind::InvalidData.into()),
            Taken::End => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    pub(super) fn open(&self) -> io::Result<Brought> {
        let socket = self.0.try_clone()?;
        socket.set_nonblocking(true)?;
        Ok(Brought(socket))
    }
}

/// A worker's own descriptor of it.
#[derive(Debug)]
pub(crate) struct Brought(UnixStream);

/// The same on a worker's event loop.
#[derive(Debug)]
pub(crate) struct Bringing(tokio::net::UnixStream);

impl Bringing {
    /// Must be called on a runtime.
    ///
    /// # Errors
    ///
    /// The event loop doesn't take it.
    pub(super) fn new(brought: Brought) -> io::Result<Self> {
        tokio::net::UnixStream::from_std(brought.0).map(Self)
    }

    /// Waits for the next connection: for ever, once the other end is closed.
    ///
    /// # Errors
    ///
    /// The system's, which concern this connection only.
    pub(super) async fn accept(&self) -> io::Result<KernelStream> {
        loop {
            let look = || take(&self.0, RecvFlags::DONTWAIT);
            let taken = self.0.async_io(Interest::READABLE, look);
            match taken.await? {
                Taken::Connection(connection) => {
                    let stream = UnixStream::from(connection);
                    stream.set_nonblocking(true)?;
                    return Ok(tokio::net::UnixStream::from_std(stream)?.into());
                }
                Taken::Other => {}
                Taken::End => std::future::pending().await,
            }
        }
    }
}

fn give(socket: &UnixStream, connection: &UnixStream, wait: SendFlags) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); SPACE];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    let descriptors = [connection.as_fd()];
    if !ancillary.push(SendAncillaryMessage::ScmRights(&descriptors)) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let message = [IoSlice::new(&NOTHING)];
    let flags = SendFlags::NOSIGNAL | wait;
    retry_on_intr(|| sendmsg(socket, &message, &mut ancillary, flags))?;
    Ok(())
}

enum Taken {
    Connection(OwnedFd),
    /// A message without one.
    Other,
    End,
}

fn take(socket: impl AsFd, wait: RecvFlags) -> io::Result<Taken> {
    let mut message = NOTHING;
    let mut space = [MaybeUninit::uninit(); SPACE];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut buffer = [IoSliceMut::new(&mut message)];
    let flags = RecvFlags::CMSG_CLOEXEC | wait;
    let received = retry_on_intr(|| recvmsg(&socket, &mut buffer, &mut ancillary, flags))?;
    if received.bytes == 0 {
        return Ok(Taken::End);
    }
    let rights = ancillary.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
        _ => None,
    });
    let connection = rights.flatten().next();
    Ok(connection.map_or(Taken::Other, Taken::Connection))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[test]
    fn one_is_waited_for() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let (mut client, server) = UnixStream::pair().unwrap();
        ConnectionSource::bring(&ours, &server).unwrap();
        client.write_all(b"x").unwrap();
        let mut received = ConnectionSource::receive(&theirs).unwrap();
        let mut said = [0];
        received.read_exact(&mut said).unwrap();
        assert_eq!(&said, b"x");
        (&ours).write_all(b"x").unwrap();
        let other = ConnectionSource::receive(&theirs).unwrap_err();
        assert_eq!(other.kind(), io::ErrorKind::InvalidData);
        drop(ours);
        let end = ConnectionSource::receive(&theirs).unwrap_err();
        assert_eq!(end.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[tokio::test]
    async fn connections_arrive_one_by_one() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let source = ConnectionSource::from(theirs);
        let bringing = Bringing::new(source.open().unwrap()).unwrap();
        let mut clients = Vec::new();
        for _ in 0..2 {
            let (client, server) = UnixStream::pair().unwrap();
            ConnectionSource::bring(&ours, &server).unwrap();
            clients.push(client);
        }
        // What is no connection is left out.
        (&ours).write_all(b"x").unwrap();
        for client in &mut clients {
            let KernelStream::Unix(mut stream) = bringing.accept().await.unwrap() else {
                panic!("it is a Unix socket");
            };
            client.write_all(b"ask").unwrap();
            let mut asked = [0; 3];
            stream.read_exact(&mut asked).await.unwrap();
            stream.write_all(b"say").await.unwrap();
            client.read_exact(&mut asked).unwrap();
            assert_eq!(&asked, b"say");
        }
        drop(ours);
        let next = tokio::time::timeout(std::time::Duration::from_millis(20), bringing.accept());
        assert!(next.await.is_err(), "nothing comes any more");
    }
}
