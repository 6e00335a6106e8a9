//! `wasm-host cgi-spawner`: what `serve --cgi` starts for itself.

use clap::Args;
use std::ffi::OsString;
use wasm_host_server::Error;

/// What the library has put there for itself.
#[derive(Debug, Args)]
pub(super) struct CgiSpawner {
    #[arg(hide = true)]
    _arguments: Vec<OsString>,
}

/// The command: this very program, also if its file was replaced, or lies where
/// the scripts' user can't reach it.
pub(super) fn command() -> Vec<OsString> {
    if cfg!(target_os = "linux") {
        vec!["/proc/self/exe".into(), "cgi-spawner".into()]
    } else {
        Vec::new()
    }
}

/// Starts scripts until the server is gone.
#[cfg(target_os = "linux")]
pub(super) fn run() -> Result<(), Error> {
    wasm_host_server::run_cgi_spawner().map_err(|error| Error::Cgi(error.to_string()))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn run() -> Result<(), Error> {
    Err(Error::Cgi(
        "scripts have no spawner on this system".to_owned(),
    ))
}
