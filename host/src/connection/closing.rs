//! Closing a connection, so that its client gets all that was sent.

use super::Connection;
use super::receive::discard;
use socket2::SockRef;
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a connection that is being closed may go on sending before it is
/// reset: time for the client to read a last response (RFC 9112 section 9.6).
const LINGERING_CLOSE: Duration = Duration::from_secs(2);

impl Connection {
    /// Closes in a way that lets the client read what was sent: a socket that
    /// is closed with bytes unread resets the connection, and a reset discards
    /// what the client hasn't read yet.
    pub(crate) async fn close(mut self) {
        if self.broken || self.send_before().await.is_err() {
            return;
        }
        if !self.buffer.is_empty() || has_unread(&self.socket) {
            linger(&self.socket).await;
        }
    }
}

/// [`Connection::close`] for a socket that something else has read.
pub(crate) async fn close_gently(stream: &TcpStream) {
    if has_unread(stream) {
        linger(stream).await;
    }
}

/// Asks the system itself: tokio may not know yet of what has just arrived.
fn has_unread(stream: &TcpStream) -> bool {
    let mut byte = [MaybeUninit::uninit()];
    matches!(SockRef::from(stream).peek(&mut byte), Ok(1..))
}

async fn linger(stream: &TcpStream) {
    if SockRef::from(stream).shutdown(Shutdown::Write).is_ok() {
        let _ = timeout(LINGERING_CLOSE, discard(stream)).await;
    }
}
