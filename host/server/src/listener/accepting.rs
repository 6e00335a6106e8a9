//! A listener on a worker's event loop.

use super::Listener;
use super::brought::Bringing;
use crate::stream::{KernelStream, Peer};
use std::io;
use tokio::net::{TcpListener, UnixListener};

/// A listener on a worker's event loop.
#[derive(Debug)]
pub(crate) enum Accepting {
    Tcp(TcpListener),
    Unix(UnixListener),
    Brought(Bringing),
}

impl Accepting {
    /// Must be called on a runtime.
    ///
    /// # Errors
    ///
    /// The event loop doesn't take it.
    pub(crate) fn new(listener: Listener) -> io::Result<Self> {
        Ok(match listener {
            Listener::Tcp(listener) => Self::Tcp(TcpListener::from_std(listener)?),
            Listener::Unix(listener) => Self::Unix(UnixListener::from_std(listener)?),
            Listener::Brought(brought) => Self::Brought(Bringing::new(brought)?),
        })
    }

    /// Waits for the next connection.
    ///
    /// # Errors
    ///
    /// The system's: most concern this connection only.
    pub(crate) async fn accept(&self) -> io::Result<(KernelStream, Peer)> {
        Ok(match self {
            Self::Tcp(listener) => {
                let (stream, client) = listener.accept().await?;
                (stream.into(), Peer::at(client))
            }
            Self::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                (stream.into(), Peer::local())
            }
            Self::Brought(bringing) => (bringing.accept().await?, Peer::local()),
        })
    }
}
