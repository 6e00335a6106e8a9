//! Connections to a runner that wait for another request.

use hyper::client::conn::http1::SendRequest;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use wasm_host_server::OwnContent;

/// The most connections to a runner that wait for another request.
const MOST_IDLE: usize = 64;

/// What sends requests on a connection.
pub(super) type Sender = SendRequest<OwnContent>;

/// Connections to a runner that wait for another request, each of the client whose it is:
/// the runner was told so once, when it began.
#[derive(Default)]
pub(super) struct Idle(Mutex<Vec<(IpAddr, Sender)>>);

impl fmt::Debug for Idle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Idle").finish_non_exhaustive()
    }
}

impl Idle {
    /// One that is free, of this client.
    pub(super) fn take(&self, client: IpAddr) -> Option<Sender> {
        let mut idle = self.lock();
        idle.retain(|(_, sender)| !sender.is_closed());
        let at = idle
            .iter()
            .rposition(|(whose, sender)| *whose == client && sender.is_ready())?;
        Some(idle.swap_remove(at).1)
    }

    /// It is free when its answer has come to its end.
    pub(super) fn put(&self, client: IpAddr, sender: Sender) {
        let mut idle = self.lock();
        if idle.len() >= MOST_IDLE {
            idle.remove(0);
        }
        idle.push((client, sender));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(IpAddr, Sender)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
