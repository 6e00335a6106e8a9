//! A connection's first moments, in which it is agreed what is spoken on it: TLS, if this
//! server speaks that. A client that speaks HTTP in clear there is told so. Nothing of what serves it exists meanwhile but a place among the
//! connections, which whoever says nothing gives up first.

use crate::connection::Terms;
use crate::presence::Presence;
use crate::stream::Stream;
use crate::tls::ACME_TLS_1;
use crate::to_https::{is_in_clear, turn_away};
use rustls::ServerConfig;
use std::io;
use std::sync::Arc;
use tokio::time::timeout;

/// Shakes hands with the client, within the time that a head may take. None if it
/// doesn't, or the server stops, or others need the connection's place.
pub(crate) async fn encrypt(
    stream: Stream,
    config: Arc<ServerConfig>,
    terms: &Terms,
    presence: &Presence,
) -> Option<Stream> {
    let client = stream.client().ip();
    let shaken = tokio::select! {
        biased;
        shaken = timeout(terms.timeouts.header, shake(stream, config, presence)) => shaken,
        () = presence.called_back() => Ok(Err(io::ErrorKind::ConnectionAborted.into())),
        () = terms.recall.stopped() => Ok(Err(io::ErrorKind::ConnectionAborted.into())),
    };
    match shaken {
        // The authority has seen what it came for (RFC 8737 section 3).
        Ok(Ok(stream)) if stream.protocol().as_deref() == Some(ACME_TLS_1) => {
            tracing::debug!(%client, "an authority has come and looked");
            None
        }
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            tracing::debug!(%client, "no TLS connection: {error}");
            None
        }
        Err(_) => {
            tracing::debug!(%client, "no TLS connection: the handshake took too long");
            None
        }
    }
}

async fn shake(
    stream: Stream,
    config: Arc<ServerConfig>,
    presence: &Presence,
) -> io::Result<Stream> {
    let mut first = [0];
    if stream.peek_bytes(&mut first).await? > 0 && is_in_clear(first[0]) {
        turn_away(&stream, presence).await?;
        return Err(io::Error::other("the client sent a request in clear"));
    }
    stream.encrypt(config).await
}
