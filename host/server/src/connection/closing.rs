//! Closing a connection, so that its client gets all that was sent.

use super::Connection;
use super::receive::discard;
use crate::presence::Standing;
use crate::stream::Stream;
use std::time::Duration;
use tokio::time::timeout;

/// How long the client of a connection that is being closed may go on sending
/// before it is reset: time to read a last response (RFC 9112 section 9.6).
const LINGERING_CLOSE: Duration = Duration::from_secs(30);

/// How many bytes it may send, if it hasn't announced more.
const MAX_DISCARDED: u64 = 8 * 1024 * 1024;

/// The longest that it may be quiet meanwhile.
const LINGERING_WAIT: Duration = Duration::from_secs(2);

impl Connection {
    /// Closes in a way that lets the client read what was sent: a socket that
    /// is closed with bytes unread resets the connection, and a reset discards
    /// what the client hasn't read yet.
    pub(crate) async fn close(mut self) {
        if self.is_broken() || self.send_before().await.is_err() {
            return;
        }
        let unread = self.to_discard > 0 || !self.buffer.is_empty();
        if unread || self.socket.has_unread() {
            let _waiting = self.presence.wait(Standing::Closing);
            // Others may need its place, and nothing is left but to read what comes.
            tokio::select! {
                () = linger(&self.socket, self.to_discard) => {}
                () = self.presence.called_back() => {}
            }
        } else {
            self.socket.conclude();
        }
    }
}

/// [`Connection::close`] for a socket that something else has read, and whose
/// client has announced `untaken` bytes more.
pub(crate) async fn close_gently(stream: &Stream, untaken: u64) {
    if untaken > 0 || stream.has_unread() {
        linger(stream, untaken).await;
    }
}

/// Reads what comes, though it be for nobody: as much as is announced, or
/// [`MAX_DISCARDED`].
async fn linger(stream: &Stream, announced: u64) {
    let most = announced.max(MAX_DISCARDED);
    if stream.finish().is_ok() {
        let _ = timeout(LINGERING_CLOSE, discard(stream, most, LINGERING_WAIT)).await;
    }
}
