//! The command line: one file a subcommand, with its options as typed.

mod cgi;
mod cgi_spawner;
mod compile;
mod grants;
mod inspect;
mod limits;
mod log_format;
mod new;
mod numbers;
mod progress;
mod serve;
mod signals;
mod values;

use clap::{Parser, Subcommand};
use std::io;

/// Python's http.server, with every line of handler code inside a WebAssembly
/// sandbox.
#[derive(Debug, Parser)]
#[command(name = "wasm-host", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(Box<serve::Serve>),
    #[command(hide = true)]
    CgiSpawner,
    New(new::New),
    Inspect(inspect::Inspect),
    Compile(compile::Compile),
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Host(#[from] wasm_host::Error),
    #[error(transparent)]
    New(#[from] new::ProjectError),
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
}

impl Cli {
    /// Runs the subcommand that was given.
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Serve(serve) => Ok(serve.run()?),
            Command::New(new) => new.run(),
            Command::Inspect(inspect) => inspect.run(),
            Command::Compile(compile) => Ok(compile.run()?),
            Command::CgiSpawner => Ok(cgi_spawner::run()?),
        }
    }
}
