//! Reading from a client's socket.

use super::read_buffer::ReadBuffer;
use std::io;
use tokio::net::TcpStream;

/// How much a client may go on sending on a connection that is being closed.
const MAX_DISCARDED: usize = 8 * 1024 * 1024;

/// Waits for bytes, and only then makes room for them: an idle connection has no
/// buffer.
pub(super) async fn receive_first(
    stream: &TcpStream,
    buffer: &mut ReadBuffer,
) -> io::Result<usize> {
    stream.readable().await?;
    receive(stream, buffer).await
}

/// Adds what has arrived to the buffer, waiting for it if there is nothing.
pub(super) async fn receive(stream: &TcpStream, buffer: &mut ReadBuffer) -> io::Result<usize> {
    loop {
        match buffer.read_from(stream) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => stream.readable().await?,
            read => return read,
        }
    }
}

/// Reads until the client has finished, or has sent too much.
pub(super) async fn discard(stream: &TcpStream) -> io::Result<()> {
    // Not in the future itself: every connection's task has room for that.
    let mut scrap = vec![0; 16 * 1024];
    let mut discarded = 0;
    while discarded < MAX_DISCARDED {
        match stream.try_read(&mut scrap) {
            Ok(0) => return Ok(()),
            Ok(read) => discarded += read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => stream.readable().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
