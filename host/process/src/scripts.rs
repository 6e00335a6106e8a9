//! The scripts of a server: what may be run, by whom, how many at once, for how
//! long.

use crate::bounds::Bounds;
use crate::child::Child;
use crate::environment::{self, Environment, Subject};
use crate::error::ProcessError;
use crate::launch::FIRST_DESCRIPTOR;
use crate::launcher::Launcher;
use crate::places::{Place, Places};
use crate::script_directories::{PathKind, Program, ScriptDirectories};
use crate::standard_error::LineSink;
use crate::stdio::{Input, Output};
use crate::supervisor::{self, Process};
use crate::user::ScriptUsers;
use crate::{native, orphans};
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the server's owner decides about scripts.
#[derive(Debug, Clone)]
pub struct ScriptRules {
    /// The directories with scripts, beneath the one that is served.
    pub directories: Vec<PathBuf>,
    /// How long a script may run.
    pub timeout: Duration,
    /// How many scripts may run at once.
    pub max_running: u32,
    /// How long one more waits for its turn.
    pub queue_timeout: Duration,
    /// Variables for every script.
    pub environment: Vec<(OsString, OsString)>,
    /// How much of the machine each may use. Only where there is a spawner.
    pub bounds: Bounds,
    /// Users for each of those that run at once: at least twice as many, as one that is
    /// to end isn't gone yet. None: all run as one. Only with a spawner, and for root.
    pub users: Option<ScriptUsers>,
    /// The command of a process that starts them. Empty: this one does.
    pub spawner: Vec<OsString>,
}

/// The scripts of a server. All its workers share one.
#[derive(Debug)]
pub struct Scripts {
    directories: ScriptDirectories,
    places: Places,
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
    pub fn open(root: &Path, rules: ScriptRules) -> Result<Self, ProcessError> {
        let directories = ScriptDirectories::open(root, &rules.directories)?;
        // Rust's own descriptors aren't inherited anyway. Those that this
        // process itself inherited would be.
        close_fds::set_fds_cloexec_threadsafe(FIRST_DESCRIPTOR, &[]);
        orphans::adopt();
        Ok(Self {
            directories,
            places: Places::new(rules.max_running, rules.queue_timeout),
            launcher: Launcher::new(&rules.spawner, rules.bounds, rules.users)
                .map_err(ProcessError::Failed)?,
            timeout: rules.timeout,
            environment: rules.environment,
        })
    }

    /// Whether this process starts scripts itself, as it has no spawner.
    #[must_use]
    pub fn are_started_here(&self) -> bool {
        self.launcher.starts_here()
    }

    /// What a path beneath the served directory leads to.
    ///
    /// # Errors
    ///
    /// Nothing is there, or nothing that concerns scripts.
    pub fn look_up(&self, path: &[u8]) -> Result<PathKind, ProcessError> {
        self.directories.look_up(path)
    }

    /// Whether a file is in a directory of scripts, whatever symbolic link led
    /// to it: then its source is nobody's to read.
    pub fn covers(&self, file: &File) -> bool {
        self.directories.covers(file)
    }

    /// The script at a path beneath the served directory.
    ///
    /// # Errors
    ///
    /// There is none that may be run.
    pub fn resolve(&self, path: &[u8]) -> Result<Program, ProcessError> {
        self.directories.resolve(path)
    }

    /// Waits for a place among the scripts that run at once.
    ///
    /// # Errors
    ///
    /// [`ProcessError::Busy`]: none became free in time.
    pub async fn place(&self) -> Result<Place, ProcessError> {
        self.places.place().await
    }

    /// The environment of the script at a path that was resolved: the handler's
    /// variables, those that say what is run, those of the server's owner, and a safe
    /// `PATH`. What the handler may not set is left out, and reported to `log`.
    pub fn environment(
        &self,
        path: &[u8],
        wanted: Vec<(Vec<u8>, Vec<u8>)>,
        log: &LineSink,
    ) -> Environment {
        let root = self.directories.root_path();
        environment::compose(Subject { root, path }, &self.environment, wanted, log)
    }

    /// Starts a program: one that reads what is written to its handle's input,
    /// or has none, and is waited for a moment. Must be called on a runtime.
    ///
    /// # Errors
    ///
    /// It can't be started. What the server's owner could do about it is in
    /// the error, or has been reported to `log`.
    pub async fn start(
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
    pub async fn supervise(
        &self,
        process: impl Process,
        stdin: Option<Input>,
        stdout: Output,
        place: Place,
    ) -> io::Result<Child> {
        supervisor::supervise(process, stdin, stdout, place, self.timeout).await
    }
}
