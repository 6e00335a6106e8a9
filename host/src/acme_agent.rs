//! `wasm-host acme-agent`: what `serve --tls-acme` starts for itself.

use std::ffi::OsString;
use std::io;
use wasm_host_server::{Error, TlsError};

/// The command: this very program, also if its file was replaced.
pub(super) fn command() -> Vec<OsString> {
    let program = if cfg!(target_os = "linux") {
        Ok("/proc/self/exe".into())
    } else {
        std::env::current_exe()
    };
    let program = program.map(OsString::from).ok();
    let arguments = program.is_some().then(|| "acme-agent".into());
    program.into_iter().chain(arguments).collect()
}

/// Obtains certificates until the server is gone.
pub(super) fn run() -> Result<(), Error> {
    let run: io::Result<()> = wasm_host_server::run_acme_agent();
    run.map_err(|error| TlsError::Agent(error).into())
}
