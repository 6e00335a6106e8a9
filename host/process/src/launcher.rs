//! Who starts scripts: the spawner ([`super::spawner`]), or this process, where
//! there is none. The same functions start and supervise them in either.

use crate::bounds::Bounds;
use crate::group::{Group, GroupEnd};
use crate::launch::{Streams, launch};
use crate::order::Order;
use crate::user::{ScriptUser, ScriptUsers, script_user};
use std::ffi::OsString;
use std::io;
use std::process::Stdio;

#[cfg(target_os = "linux")]
use crate::spawner::{Script, Spawner};

/// Starts scripts, as the user that they run as.
#[derive(Debug)]
pub(super) struct Launcher {
    user: Option<ScriptUser>,
    #[cfg(target_os = "linux")]
    spawner: Option<Spawner>,
}

/// The processes of a script. Dropping it ends them.
#[derive(Debug)]
pub(super) enum Processes {
    /// Started by this process.
    Here(Group),
    /// Started by the spawner.
    #[cfg(target_os = "linux")]
    There(Script),
}

impl Launcher {
    /// Finds the user that scripts run as, and starts the spawner, if there is
    /// a command for that. Without one, or if it fails, this process starts
    /// scripts itself.
    ///
    /// # Errors
    ///
    /// This is root, and there is no other user; or scripts can't have users of their
    /// own.
    #[cfg_attr(
        not(target_os = "linux"),
        expect(unused_variables, reason = "only Linux has a spawner")
    )]
    pub(super) fn new(
        spawner: &[OsString],
        bounds: Bounds,
        users: Option<ScriptUsers>,
    ) -> io::Result<Self> {
        let user = script_user()?;
        users.map_or(Ok(()), ScriptUsers::check)?;
        #[cfg(not(target_os = "linux"))]
        if users.is_some() {
            let message = "cannot run scripts as users of their own: that takes Linux";
            return Err(io::Error::other(message));
        }
        #[cfg(target_os = "linux")]
        if let (Some(users), Some(user)) = (users, user) {
            // Without a spawner they would be one user's.
            let spawner = Some(Spawner::start_for_users(spawner, bounds, users, user.gid)?);
            return Ok(Self {
                user: Some(user),
                spawner,
            });
        }
        Ok(Self {
            user,
            #[cfg(target_os = "linux")]
            spawner: start_spawner(spawner, bounds, user),
        })
    }

    /// Whether this process starts scripts itself.
    pub(super) fn starts_here(&self) -> bool {
        #[cfg(target_os = "linux")]
        {
            self.spawner.is_none()
        }
        #[cfg(not(target_os = "linux"))]
        {
            true
        }
    }

    /// The user that scripts run as, if it isn't the server's.
    pub(super) fn user(&self) -> Option<ScriptUser> {
        self.user
    }

    /// Starts a script, or orders it to be started. Must be called on a runtime.
    ///
    /// # Errors
    ///
    /// The system's, if it has one.
    pub(super) async fn launch(
        &self,
        order: &Order<'_>,
        streams: Streams,
    ) -> io::Result<Processes> {
        #[cfg(target_os = "linux")]
        if let Some(spawner) = &self.spawner {
            return spawner.launch(order, &streams).await.map(Processes::There);
        }
        launch(order, streams, Stdio::null(), self.user).map(Processes::Here)
    }
}

#[cfg(target_os = "linux")]
fn start_spawner(
    command: &[OsString],
    bounds: Bounds,
    user: Option<ScriptUser>,
) -> Option<Spawner> {
    if command.is_empty() {
        return None;
    }
    Spawner::start_for_user(command, bounds, user)
        .inspect_err(|error| {
            tracing::warn!(
                "cannot start {command:?}, which would start CGI scripts: {error}; the server starts them itself, which is slow for root, puts no bounds on what they use, and leaves daemons behind, or all of them if it is killed"
            );
        })
        .ok()
}

impl Processes {
    /// Waits until the script has started.
    ///
    /// # Errors
    ///
    /// The system's: it can't be started.
    pub(super) async fn started(&mut self) -> io::Result<()> {
        match self {
            Self::Here(_) => Ok(()),
            #[cfg(target_os = "linux")]
            Self::There(script) => script.started().await,
        }
    }

    /// Waits for the end of a script that has started. None: it is lost how it
    /// ended.
    pub(super) async fn ended(&mut self) -> Option<GroupEnd> {
        match self {
            Self::Here(group) => Some(group.ended().await),
            #[cfg(target_os = "linux")]
            Self::There(script) => script.ended().await,
        }
    }

    /// Ends what is left, and waits until nothing is.
    pub(super) async fn end(&mut self) {
        match self {
            Self::Here(group) => group.end().await,
            #[cfg(target_os = "linux")]
            Self::There(script) => script.end().await,
        }
    }
}
