//! A script that the spawner has started, as the server sees it.

use super::super::group::GroupEnd;
use super::handle::Running;
use super::wire::Report;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::timeout;

/// How long the spawner has to end a script: longer than it should take. One
/// that takes longer is stuck, or the script's processes can't be killed.
const PATIENCE: Duration = Duration::from_secs(10);

/// A script's control socket. Dropping it has the spawner end the script.
#[derive(Debug)]
pub(in super::super) struct Script {
    control: UnixStream,
    spawner: Arc<Running>,
    gone: bool,
}

impl Script {
    pub(super) fn new(control: UnixStream, spawner: Arc<Running>) -> Self {
        Self {
            control,
            spawner,
            gone: false,
        }
    }

    /// Waits for the script's end. None: the spawner has been killed, and all
    /// of its scripts with it.
    pub(in super::super) async fn ended(&mut self) -> Option<GroupEnd> {
        if let Ok(Report::Ended(end)) = Report::read(&mut self.control).await {
            self.gone = end.gone;
            return Some(end);
        }
        self.spawner.bury_if_dead().await;
        self.gone = true;
        None
    }

    /// Ends the script, and waits until nothing of it is left.
    pub(in super::super) async fn end(&mut self) {
        if self.gone || self.control.shutdown().await.is_err() {
            return;
        }
        // What it may still have to say doesn't matter any more.
        let closed = async {
            let mut scrap = [0; 64];
            while self
                .control
                .read(&mut scrap)
                .await
                .is_ok_and(|read| read > 0)
            {}
        };
        if timeout(PATIENCE, closed).await.is_err() {
            tracing::debug!("something is left of a script's processes");
        }
        self.gone = true;
    }
}
