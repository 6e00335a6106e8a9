//! `wasm-host socket-keeper`: what `serve --bind unix:PATH` starts for itself.

use clap::Args;
use std::ffi::OsString;
use wasm_host_server::{Error, run_socket_keeper};

/// What the library has put there for itself.
#[derive(Debug, Args)]
pub(super) struct SocketKeeper {
    #[arg(hide = true)]
    _arguments: Vec<OsString>,
}

/// The command: this very program, also if its file was replaced.
pub(super) fn command() -> Vec<OsString> {
    if cfg!(target_os = "linux") {
        vec!["/proc/self/exe".into(), "socket-keeper".into()]
    } else {
        Vec::new()
    }
}

/// Waits until the server is gone, and removes its socket's file.
pub(super) fn run() -> Result<(), Error> {
    run_socket_keeper().map_err(Error::Thread)
}
