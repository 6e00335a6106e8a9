//! Scripts that run for a handler: CGI's side of the host (RFC 3875).
//!
//! The handler names a script by its path; everything else is decided here.
//!
//! 1. [`grants`] finds the file, beneath one of the directories that the
//!    server's owner granted for scripts, and nowhere else.
//! 2. [`running`] waits for a place among the scripts that may run at once.
//! 3. [`environment`] makes the script's environment, from nothing.
//! 4. [`native`] has the program started: in its file's directory, without
//!    arguments, in a process group of its own, never as root ([`user`]). That
//!    is done by a process for this purpose ([`spawner`]), or by this one
//!    ([`launcher`]).
//! 5. [`child`] is what the handler then holds: the script's input and output,
//!    and its end. It gets that a moment later, when most scripts are over
//!    already ([`beginning`]). Whatever happens to that handle, a task of its
//!    own keeps the time limit, and ends the script with all processes of its
//!    group ([`supervisor`], [`group`]).
//! 6. What it writes to its standard error goes to the log, line by line
//!    ([`standard_error`]).
//!
//! A script that is a component takes the same way, but for step 4: it is a
//! [`Process`] of another kind, which [`Scripts::supervise`] takes as well.
//!
//! # What isn't promised
//!
//! A program is started by its path, as [`grants`] resolved it, and not by the
//! descriptor that was looked at: an interpreter opens its script by a path, and
//! scripts look for `$0`. Whoever may replace the file in between may as well
//! replace it before.
//!
//! A process that leaves the script's group (`setsid`) outlives the script, as
//! daemons want to. It gets no more of the handler's time: the script's output
//! ends with its group.

mod beginning;
mod child;
mod environment;
mod grants;
mod group;
mod launch;
mod launcher;
mod native;
mod order;
mod orphans;
mod running;
#[cfg(target_os = "linux")]
mod spawner;
mod standard_error;
mod supervisor;
#[cfg(test)]
mod tests;
mod user;

pub(crate) use child::{Child, Exit, Input, Outcome, Output};
pub(crate) use environment::Environment;
pub(crate) use grants::{EntryKind, Form, Program};
pub(crate) use running::Place;
#[cfg(target_os = "linux")]
pub use spawner::run_cgi_spawner;
pub(crate) use standard_error::{LineSink, log_lines};
pub(crate) use supervisor::Process;

use grants::Grants;
use launcher::Launcher;
use running::Running;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// For how long it is waited whether a script is over, before anybody is told
/// that it has begun, or is given a part of its output: little to wait for the
/// first piece of an answer, and enough for most scripts. What is done at once
/// costs half of what it would in pieces.
const MOMENT: Duration = Duration::from_millis(10);

/// The first descriptor that isn't a standard stream.
const FIRST_DESCRIPTOR: i32 = 3;

/// Why a script can't be run, or has ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProcessError {
    /// There is no such file.
    #[error("there is no such script")]
    NotFound,
    /// It lies outside the granted directories, isn't a regular file, or isn't
    /// executable.
    #[error("this may not be run as a script")]
    NotPermitted,
    /// As many scripts run as may, and none ended in time.
    #[error(
        "as many scripts run as may, and none ended in time; raise --cgi-max if that is too few"
    )]
    Busy,
    /// Its environment is larger than a program's may be.
    #[error("the request is more than the system lets a script's environment hold")]
    TooLarge,
    /// It can't be started, or its output can't be read.
    #[error("{0}")]
    Failed(#[source] io::Error),
    /// It ran for longer than scripts may, and has been killed.
    #[error(
        "the script ran for longer than it may, and was killed; raise --cgi-timeout if that is too short"
    )]
    TimedOut,
}

/// What the server's owner decides about scripts.
#[derive(Debug, Clone)]
pub(crate) struct ScriptRules {
    /// The directories with scripts, beneath the one that is served.
    pub(crate) directories: Vec<PathBuf>,
    /// How long a script may run.
    pub(crate) timeout: Duration,
    /// How many scripts may run at once.
    pub(crate) max_running: u32,
    /// How long one more waits for its turn.
    pub(crate) queue_timeout: Duration,
    /// Variables for every script.
    pub(crate) environment: Vec<(OsString, OsString)>,
    /// The command of a process that starts them. Empty: this one does.
    pub(crate) spawner: Vec<OsString>,
}

/// The scripts of a server. All its workers share one.
#[derive(Debug)]
pub(crate) struct Scripts {
    grants: Grants,
    running: Running,
    launcher: Launcher,
    timeout: Duration,
    environment: Vec<(OsString, OsString)>,
}

impl Scripts {
    /// Opens the served directory, and finds the user that scripts run as. The
    /// directories for scripts needn't exist yet.
    ///
    /// From here on no process that this one starts inherits a descriptor,
    /// whoever opened it, but for the standard streams; and on Linux this
    /// process takes in, and reaps, the orphans of those that it starts.
    ///
    /// # Errors
    ///
    /// The directory can't be opened, a granted one isn't beneath it, or this
    /// is root and there is no other user to run scripts as.
    pub(crate) fn open(root: &Path, rules: ScriptRules) -> Result<Self, ProcessError> {
        let grants = Grants::open(root, &rules.directories)?;
        // Rust's own descriptors aren't inherited anyway. Those that this
        // process itself inherited would be.
        close_fds::set_fds_cloexec_threadsafe(FIRST_DESCRIPTOR, &[]);
        orphans::adopt();
        Ok(Self {
            grants,
            running: Running::new(rules.max_running, rules.queue_timeout),
            launcher: Launcher::new(&rules.spawner).map_err(ProcessError::Failed)?,
            timeout: rules.timeout,
            environment: rules.environment,
        })
    }

    /// What a path beneath the served directory leads to.
    ///
    /// # Errors
    ///
    /// Nothing is there, or nothing that concerns scripts.
    pub(crate) fn look_up(&self, path: &[u8]) -> Result<EntryKind, ProcessError> {
        self.grants.look_up(path)
    }

    /// Whether a file is in a directory of scripts, whatever symbolic link led
    /// to it: then its source is nobody's to read.
    pub(crate) fn covers(&self, file: &File) -> bool {
        self.grants.covers(file)
    }

    /// The script at a path beneath the served directory.
    ///
    /// # Errors
    ///
    /// There is none that may be run.
    pub(crate) fn resolve(&self, path: &[u8]) -> Result<Program, ProcessError> {
        self.grants.resolve(path)
    }

    /// Waits for a place among the scripts that run at once.
    ///
    /// # Errors
    ///
    /// [`ProcessError::Busy`]: none became free in time.
    pub(crate) async fn place(&self) -> Result<Place, ProcessError> {
        self.running.place().await
    }

    /// A script's environment: the handler's variables, those of the server's
    /// owner, and a safe `PATH`. What the handler may not set is left out, and
    /// reported to `log`.
    pub(crate) fn environment(
        &self,
        wanted: Vec<(Vec<u8>, Vec<u8>)>,
        log: &LineSink,
    ) -> Environment {
        environment::compose(&self.environment, wanted, log)
    }

    /// Starts a program: one that reads what is written to its handle's input,
    /// or has none, and is waited for a moment. Must be called on a runtime.
    ///
    /// # Errors
    ///
    /// It can't be started. What the server's owner could do about it is in
    /// the error, or has been reported to `log`.
    pub(crate) async fn start(
        &self,
        program: &Program,
        environment: Environment,
        has_input: bool,
        log: LineSink,
        place: Place,
    ) -> Result<Child, ProcessError> {
        let launcher = &self.launcher;
        let not_started =
            |error: io::Error| native::not_started(&error, program, launcher.user(), &log);
        let started = native::start(program, environment, has_input, launcher, &log).await;
        let (process, stdin, stdout) = started.map_err(not_started)?;
        let supervised = self.supervise(process, stdin, stdout, place);
        supervised.await.map_err(not_started)
    }

    /// Runs a process of any kind under the same rules: for as long as it may,
    /// and no longer than the returned handle is held. One without input is
    /// waited for a moment. Must be called on a runtime.
    ///
    /// # Errors
    ///
    /// It can't be started, or its output can't be read.
    pub(crate) async fn supervise(
        &self,
        process: impl Process,
        stdin: Option<Input>,
        stdout: Output,
        place: Place,
    ) -> io::Result<Child> {
        supervisor::supervise(process, stdin, stdout, place, self.timeout).await
    }
}
