//! A script that the spawner has started, as the server sees it.

use super::control::Control;
use super::live::LiveSpawner;
use super::report::Report;
use crate::group::GroupEnd;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long the spawner has to end a script: longer than it should take. One
/// that takes longer is stuck, or the script's processes can't be killed.
const PATIENCE: Duration = Duration::from_secs(10);

/// A script's control socket. Dropping it has the spawner end the script.
#[derive(Debug)]
pub(crate) struct Script {
    control: Control,
    spawner: Arc<LiveSpawner>,
    /// Whether it is known that it was started.
    started: bool,
    /// How it ended, if that is known already.
    end: Option<GroupEnd>,
    gone: bool,
}

impl Script {
    pub(super) fn new(control: Control, spawner: Arc<LiveSpawner>) -> Self {
        Self {
            control,
            spawner,
            started: false,
            end: None,
            gone: false,
        }
    }

    /// Waits until the script has started: that isn't announced for a moment,
    /// unless it has input.
    ///
    /// # Errors
    ///
    /// It can't be started.
    pub(crate) async fn started(&mut self) -> io::Result<()> {
        if self.started {
            return Ok(());
        }
        match self.spawner.started(&self.control).await {
            Ok(end) => {
                self.started = true;
                self.gone = end.is_some_and(|end| end.gone);
                self.end = end;
                Ok(())
            }
            Err(error) => {
                self.gone = true;
                Err(error)
            }
        }
    }

    /// Waits for the end of a script that has started. None: the spawner has
    /// been killed, and all of its scripts with it.
    pub(crate) async fn ended(&mut self) -> Option<GroupEnd> {
        if self.end.is_some() {
            return self.end;
        }
        if let Ok(Report::Ended(end)) = self.control.report().await {
            self.gone = end.gone;
            self.end = Some(end);
            return self.end;
        }
        self.spawner.bury_if_dead().await;
        self.gone = true;
        None
    }

    /// Ends the script, and waits until nothing of it is left.
    pub(crate) async fn end(&mut self) {
        if self.gone || self.control.finish().is_err() {
            return;
        }
        // What it may still have to say doesn't matter any more.
        if timeout(PATIENCE, self.control.closed()).await.is_err() {
            tracing::debug!("something is left of a script's processes");
        }
        self.gone = true;
    }
}
