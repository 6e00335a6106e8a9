//! `wasm-host runner` and `wasm-host runner-spawner`: what `preview --code` starts for
//! itself: a process for each site with code, and the one that starts these.

use crate::failure::Failure;
use crate::log_format;
use clap::Args;
use std::ffi::OsString;
use wasm_host_preview::runner::run_runner;
use wasm_host_server::{Error, RunnerSpawner, run_runner_spawner};

/// What the library has put there for itself.
#[derive(Debug, Args)]
pub(super) struct Runner {
    #[arg(hide = true)]
    _arguments: Vec<OsString>,
}

/// Starts the process that starts runners: this very program, also if its file was
/// replaced.
///
/// # Errors
///
/// It can't be started, as on other systems than Linux.
pub(super) fn spawner() -> Result<RunnerSpawner, Failure> {
    let command = ["/proc/self/exe", "runner-spawner"].map(OsString::from);
    RunnerSpawner::open(&command, &["runner".into()]).map_err(|error| {
        Failure::Preview(format!(
            "cannot run sites' code, as no process can be started for it: {error}; leave out --code"
        ))
    })
}

/// Serves one site's code until the server of previews is gone.
pub(super) fn run() -> Result<(), Failure> {
    run_runner(log_format::install_for_program).map_err(|error| Failure::Preview(error.to_string()))
}

/// Starts runners until the server of previews is gone.
pub(super) fn run_spawner() -> Result<(), Failure> {
    run_runner_spawner()
        .map_err(Error::Thread)
        .map_err(Into::into)
}
