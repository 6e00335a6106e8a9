//! Who gets in: places among the connections, and among the instances that may be
//! in use at once. Where there are none, those that wait for their clients are
//! called back.

use crate::recall::Recall;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// The places of a server, which all its workers share.
pub(crate) struct Admission {
    recall: Arc<Recall>,
    connections: Arc<Semaphore>,
    instances: Arc<Semaphore>,
    /// The longest that a request waits for an instance.
    queue_timeout: Duration,
    pause_reported: AtomicBool,
}

impl Admission {
    pub(crate) fn new(
        recall: Arc<Recall>,
        max_connections: u32,
        max_instances: u32,
        queue_timeout: Duration,
    ) -> Self {
        Self {
            recall,
            connections: Arc::new(Semaphore::new(max_connections as usize)),
            instances: Arc::new(Semaphore::new(max_instances as usize)),
            queue_timeout,
            pause_reported: AtomicBool::new(false),
        }
    }

    /// By which those that wait are called back.
    pub(crate) fn recall(&self) -> &Arc<Recall> {
        &self.recall
    }

    /// A place among the connections: at once, or when one that is idle has gone.
    /// None when the server has no more.
    pub(crate) async fn connection_place(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.connections).try_acquire_owned() {
            return Some(place);
        }
        self.recall.want_connection();
        Arc::clone(&self.connections).acquire_owned().await.ok()
    }

    /// A place among the instances: at once, or when one that lingers has gone,
    /// or another request is done. None if that takes too long.
    pub(crate) async fn instance_place(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.instances).try_acquire_owned() {
            return Some(place);
        }
        let _queued = self.recall.want_instance();
        let place = Arc::clone(&self.instances).acquire_owned();
        timeout(self.queue_timeout, place).await.ok()?.ok()
    }

    /// The process is out of descriptors: has an idle connection go, and says so in
    /// the log, once.
    pub(crate) fn report_pause(&self, error: &io::Error) {
        if !self.pause_reported.swap(true, Ordering::Relaxed) {
            tracing::error!(
                "cannot accept connections for now: {error}; new ones wait until others close (raise `ulimit -n`, or lower --max-connections)"
            );
        }
        self.recall.want_connection();
    }
}
