//! Connections to a runner that wait for another request.

use hyper::client::conn::http1::SendRequest;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use wasm_host_server::OwnContent;

/// The most connections to a runner that wait for another request.
const MOST_IDLE: usize = 64;

/// How long a connection may have waited: less than the
/// runner keeps one open, so that none is closed while it is taken.
const LONGEST: Duration = Duration::from_secs(20);

/// One that waits.
struct Waiting {
    client: IpAddr,
    /// When its last request was answered.
    since: Instant,
    sender: Sender,
}

/// What sends requests on a connection.
pub(super) type Sender = SendRequest<OwnContent>;

/// Connections to a runner that wait for another request, each of the client whose it is:
/// the runner was told so once, when it began.
#[derive(Default)]
pub(super) struct Idle(Mutex<Vec<Waiting>>);

impl fmt::Debug for Idle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Idle").finish_non_exhaustive()
    }
}

impl Idle {
    /// One that is free, of this client.
    pub(super) fn take(&self, client: IpAddr) -> Option<Sender> {
        let mut idle = self.lock();
        idle.retain(|it| !it.sender.is_closed() && it.since.elapsed() < LONGEST);
        let is_free = |it: &Waiting| it.client == client && it.sender.is_ready();
        let at = idle.iter().rposition(is_free)?;
        Some(idle.swap_remove(at).sender)
    }

    /// It is free when its answer has come to its end.
    pub(super) fn put(&self, client: IpAddr, sender: Sender) {
        let mut idle = self.lock();
        if idle.len() >= MOST_IDLE {
            idle.remove(0);
        }
        idle.push(Waiting {
            client,
            since: Instant::now(),
            sender,
        });
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
