//! The server's side: the spawner that runs, with its guard, and others when both have
//! died.

use super::arguments::{Arguments, Identity};
use super::live::{LaunchFailure, LiveSpawner, lock};
use super::role::Role;
use super::script::Script;
use super::wire::Request;
use crate::bounds::Bounds;
use crate::launch::Streams;
use crate::order::Order;
use crate::user::{ScriptUser, ScriptUsers};
use std::ffi::OsString;
use std::io;
use std::sync::{Arc, Mutex};

/// Starts scripts, by a process that has a guard, which starts it again when it has died.
/// The guard is started again only by a server that isn't locked down.
#[derive(Debug)]
pub(crate) struct Spawner {
    /// The guard's.
    command: Vec<OsString>,
    running: Mutex<Option<Arc<LiveSpawner>>>,
}

impl Spawner {
    /// Starts the process, by a program and its arguments, as the user that all scripts
    /// run as; none if that is the server's own.
    ///
    /// # Errors
    ///
    /// It can't be started, or not as that user.
    pub(crate) fn start_for_user(
        command: &[OsString],
        bounds: Bounds,
        user: Option<ScriptUser>,
    ) -> io::Result<Self> {
        let arguments = Arguments {
            identity: match user {
                Some(_) => Identity::OneUser,
                None => Identity::ServersUser,
            },
            bounds,
        };
        Self::start(&arguments, command, user)
    }

    /// Starts the process for scripts that each have a user of their own, and this
    /// group.
    ///
    /// # Errors
    ///
    /// It can't be started.
    pub(crate) fn start_for_users(
        command: &[OsString],
        bounds: Bounds,
        users: ScriptUsers,
        group: u32,
    ) -> io::Result<Self> {
        let identity = Identity::Users { users, group };
        let arguments = Arguments { identity, bounds };
        Self::start(&arguments, command, None)
    }

    fn start(
        arguments: &Arguments,
        command: &[OsString],
        user: Option<ScriptUser>,
    ) -> io::Result<Self> {
        let spawner = Self {
            command: arguments.after(&Role::Guard(user).after(command)),
            running: Mutex::default(),
        };
        spawner.running()?;
        Ok(spawner)
    }

    /// Orders a script to be started. Must be called on a runtime.
    ///
    /// # Errors
    ///
    /// The system's, if it has one.
    pub(crate) async fn launch(&self, order: &Order<'_>, streams: &Streams) -> io::Result<Script> {
        let request = Request::new(order, streams)?;
        let mut running = self.running()?;
        let mut launched = running.launch(&request, streams).await;
        if let Err(LaunchFailure::Dead) = launched {
            self.replace(&running).await;
            running = self.running()?;
            launched = running.launch(&request, streams).await;
        }
        match launched {
            Ok(control) => Ok(Script::new(control, running)),
            Err(LaunchFailure::Error(error)) => Err(error),
            Err(LaunchFailure::Dead) => {
                Err(io::Error::other("the process that starts scripts has died"))
            }
        }
    }

    /// The one that runs, or a new one.
    fn running(&self) -> io::Result<Arc<LiveSpawner>> {
        let mut running = lock(&self.running);
        if let Some(running) = &*running {
            return Ok(Arc::clone(running));
        }
        let new = Arc::new(LiveSpawner::start(&self.command)?);
        *running = Some(Arc::clone(&new));
        Ok(new)
    }

    /// Gives a dead one up. The next script gets another.
    async fn replace(&self, dead: &Arc<LiveSpawner>) {
        dead.bury_if_dead().await;
        let mut running = lock(&self.running);
        if running.as_ref().is_some_and(|it| Arc::ptr_eq(it, dead)) {
            tracing::warn!("the processes that start CGI scripts were killed; starting others");
            *running = None;
        }
    }
}
