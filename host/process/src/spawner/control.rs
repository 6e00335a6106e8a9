//! A script's control socket: what the server and the spawner say of it, from
//! either side.
//!
//! Reports are so few and short that they always fit, so that neither side
//! waits to be rid of one. Only an order that is too long for a message waits.

use super::report::Report;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, Shutdown, recv, send, shutdown};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// One end. The script is ended when the server's is closed.
#[derive(Debug)]
pub(super) struct Control(AsyncFd<OwnedFd>);

impl Control {
    /// Takes a non-blocking socket. Must be called on a runtime.
    ///
    /// # Errors
    ///
    /// The system watches no more of them.
    #[allow(
        deprecated,
        reason = "the successor is unsafe for types that may close the descriptor; OwnedFd doesn't"
    )]
    pub(super) fn new(socket: OwnedFd, interest: Interest) -> io::Result<Self> {
        AsyncFd::with_interest(socket, interest).map(Self)
    }

    /// Waits for the next report. None of it is lost if the future is dropped.
    ///
    /// # Errors
    ///
    /// What came is no report; the socket has been closed.
    pub(super) async fn report(&self) -> io::Result<Report> {
        let mut bytes = [0; Report::LENGTH];
        // One that comes in pieces isn't the spawner's work.
        if self.receive(&mut bytes).await? < bytes.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Report::decode(bytes).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// Waits until the other side has closed its end, whatever it says before.
    pub(super) async fn closed(&self) {
        let mut scrap = [0; 64];
        while self
            .receive(&mut scrap)
            .await
            .is_ok_and(|length| length > 0)
        {}
    }

    /// Says that no more comes from this side.
    pub(super) fn finish(&self) -> io::Result<()> {
        Ok(shutdown(self.0.get_ref(), Shutdown::Write)?)
    }

    /// Fills all of a buffer.
    pub(super) async fn read_exact(&self, mut buffer: &mut [u8]) -> io::Result<()> {
        while !buffer.is_empty() {
            let length = self.receive(buffer).await?;
            if length == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            buffer = &mut buffer[length..];
        }
        Ok(())
    }

    /// Writes all of it.
    pub(super) async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let write = |socket: &OwnedFd| Ok(send(socket, bytes, SendFlags::NOSIGNAL)?);
            let length = self.0.async_io(Interest::WRITABLE, write).await?;
            bytes = &bytes[length..];
        }
        Ok(())
    }

    async fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = |socket: &OwnedFd| {
            let (length, _) = recv(socket, &mut *buffer, RecvFlags::empty())?;
            Ok(length)
        };
        self.0.async_io(Interest::READABLE, read).await
    }
}

/// Sends a report, without waiting.
///
/// # Errors
///
/// The other side is gone.
pub(super) fn send_report(socket: impl AsFd, report: Report) -> rustix::io::Result<()> {
    let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
    match send(socket, &report.encode(), flags)? {
        Report::LENGTH => Ok(()),
        _ => Err(Errno::IO),
    }
}

impl AsFd for Control {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.0.as_fd()
    }
}
