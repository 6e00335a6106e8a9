//! A proxy's connection becomes its client's.

use super::{Introduction, ProxyProtocol, read_header};
use crate::admission::{Admission, ConnectionPlace};
use crate::presence::ClientId;
use crate::stream::{KernelStream, Peer};
use std::time::Duration;
use tokio::time::timeout;

impl ProxyProtocol {
    /// Waits up to `limit` for a connection's header. Returns whose it is, and its place,
    /// which is the client's from then on. None: it is to be closed, without a word.
    pub(crate) async fn introduce(
        admission: &Admission,
        stream: &KernelStream,
        proxy: Peer,
        place: ConnectionPlace,
        limit: Duration,
    ) -> Option<(Peer, ConnectionPlace)> {
        let came = tokio::select! {
            biased;
            came = timeout(limit, read_header(stream)) => came,
            () = place.presence().called_back() => return None,
            () = admission.recall().stopped() => return None,
        };
        let client = proxy.client().ip();
        match came {
            Ok(Ok(Introduction::Proxy)) => Some((proxy, place)),
            Ok(Ok(Introduction::Client(introduced))) => {
                let peer =
                    Peer::introduced(introduced.address, introduced.server, introduced.encrypted);
                let id = ClientId::from(peer.client().ip());
                let place = admission.hand_over(place, id);
                if place.is_none() {
                    report_crowd(peer);
                }
                Some((peer, place?))
            }
            Ok(Err(why)) => {
                tracing::debug!(%client, "connection refused: {why}");
                None
            }
            Err(_) => {
                tracing::debug!(%client, "connection refused: its PROXY header took too long");
                None
            }
        }
    }
}

/// Logs that a client has too many connections.
pub(crate) fn report_crowd(peer: Peer) {
    let client = peer.client().ip();
    tracing::debug!(%client, "connection refused: its client has more than its share");
}
