//! Reading from a client's socket.

use super::read_buffer::{READ_SIZE, ReadBuffer};
use crate::budget::Kept;
use crate::stream::Stream;
use std::io;
use std::time::Duration;
use tokio::time::timeout;

/// Waits for bytes, and only then makes room for them: an idle connection has no
/// buffer.
pub(super) async fn receive_first(stream: &Stream, buffer: &mut ReadBuffer) -> io::Result<usize> {
    stream.readable().await?;
    receive(stream, buffer).await
}

/// Adds what has arrived to the buffer, waiting for it if there is nothing.
pub(super) async fn receive(stream: &Stream, buffer: &mut ReadBuffer) -> io::Result<usize> {
    loop {
        match buffer.read_from(stream) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => stream.readable().await?,
            read => return read,
        }
    }
}

/// [`receive`] once there is room for that among what is kept for all clients: the
/// first bytes always have some.
pub(super) async fn receive_kept(
    stream: &Stream,
    buffer: &mut ReadBuffer,
    kept: &mut Kept,
) -> io::Result<usize> {
    let beyond = buffer.len().saturating_sub(READ_SIZE);
    if !kept.try_set(beyond) {
        kept.wait_for(beyond).await;
    }
    receive(stream, buffer).await
}

/// Reads until the client has finished, has sent so much, or was quiet for so
/// long.
pub(super) async fn discard(stream: &Stream, most: u64, quiet: Duration) -> io::Result<()> {
    // Not in the future itself: every connection's task has room for that.
    let mut scrap = Vec::with_capacity(16 * 1024);
    let mut discarded = 0;
    while discarded < most {
        scrap.clear();
        match stream.try_receive(&mut scrap) {
            Ok(0) => return Ok(()),
            Ok(read) => {
                discarded += read as u64;
                // However fast it sends, others have their turn.
                tokio::task::consume_budget().await;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                timeout(quiet, stream.readable()).await??;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
