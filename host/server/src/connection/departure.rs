//! Noticing that a client has closed its side, or reset the connection, without
//! reading what it sent before: that may be the next request, or content that a
//! script doesn't read.

use super::closing::has_unread;
use super::socket::Socket;
use super::{Activity, Connection};
use std::future::poll_fn;
use std::io;
use std::os::fd::AsFd;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::io::Interest;
use tokio::net::TcpStream;

impl Connection {
    /// Whether the client has closed its side already, and may still read.
    pub(crate) fn has_finished_sending(&self) -> bool {
        has_closed_its_side(&self.socket)
    }

    /// Notes that the client has gone: no answer is owed to it.
    pub(crate) fn note_departure(&mut self) {
        self.stages.end_incoming();
    }

    /// Resolves when the client has closed its side, or reset the connection.
    /// One that sends another request meanwhile is there; and one that had
    /// `finished_sending` before is, until it resets the connection.
    pub(crate) async fn client_gone(&self, finished_sending: bool) {
        // Without anything unread, the end is what there is to read.
        if !finished_sending && !matches!(self.socket.peek(&mut [0]).await, Ok(1..)) {
            return;
        }
        // An error: the process is out of descriptors. Writing tells.
        if end_of(&self.socket, finished_sending).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// How long a client has said nothing that leaves: who says at once that this was all
/// waits for its answer.
const SAID_NOTHING: Duration = Duration::from_millis(20);

/// Tells that the client has gone, while the connection is an instance's.
pub(crate) struct Departure {
    socket: Arc<Socket>,
    activity: Arc<Activity>,
}

impl Connection {
    /// For whoever watches the instance.
    pub(crate) fn departure(&self) -> Departure {
        Departure {
            socket: Arc::clone(&self.socket),
            activity: Arc::clone(&self.activity),
        }
    }
}

impl Departure {
    /// Resolves when the client has gone, though the handler neither reads nor writes:
    /// it has reset the connection, or has closed it after a time in which it said
    /// nothing. Who closes its side right behind its request waits for the answer.
    pub(crate) async fn noticed(self) {
        let mut finished_sending = false;
        loop {
            // The connection itself sees what becomes of a client that it waits for.
            self.activity.quiet_for(SAID_NOTHING).await;
            finished_sending |= has_closed_its_side(&self.socket);
            // In a box, as it is rare.
            match Box::pin(self.end_while_quiet(finished_sending)).await {
                Some(true) if finished_sending || !has_unread(&self.socket) => return,
                Some(true) => finished_sending = true,
                Some(false) => {}
                // The process is out of descriptors. Writing tells.
                None => return std::future::pending().await,
            }
        }
    }

    /// Whether the end of what the client sends has come, or of the connection if it has
    /// `finished_sending`, before something else moved. None: nobody can tell.
    async fn end_while_quiet(&self, finished_sending: bool) -> Option<bool> {
        let mut end = pin!(end_of(&self.socket, finished_sending));
        poll_fn(|context| {
            if !self.activity.is_quiet_for(SAID_NOTHING) {
                return Poll::Ready(Some(false));
            }
            end.as_mut()
                .poll(context)
                .map(|end| end.is_ok().then_some(true))
        })
        .await
    }
}

#[cfg(target_os = "linux")]
fn has_closed_its_side(stream: &TcpStream) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let now = Timespec::default();
    let mut sockets = [PollFd::new(stream, PollFlags::RDHUP)];
    let reset = PollFlags::ERR | PollFlags::HUP;
    matches!(poll(&mut sockets, Some(&now)), Ok(1..)) && !sockets[0].revents().intersects(reset)
}

#[cfg(not(target_os = "linux"))]
fn has_closed_its_side(stream: &TcpStream) -> bool {
    let mut byte = [std::mem::MaybeUninit::uninit()];
    matches!(socket2::SockRef::from(stream).peek(&mut byte), Ok(0))
}

/// Waits for the end of what the client sends, whatever comes before it; or, if
/// that has come, for the connection's.
async fn end_of(stream: &TcpStream, finished_sending: bool) -> io::Result<()> {
    // A descriptor of its own, with its own readiness: that of the other says
    // whether there is something to read, and must go on saying so.
    let descriptor = stream.as_fd().try_clone_to_owned()?;
    let watched = TcpStream::from_std(descriptor.into())?;
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
