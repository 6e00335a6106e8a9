//! The command line: one file a subcommand, with its options as typed.

mod cgi_spawner;
mod log_format;
mod serve;
mod signals;
mod values;

use clap::{Parser, Subcommand};

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
}

impl Cli {
    /// Runs the subcommand that was given.
    pub(crate) fn run(self) -> Result<(), wasm_host::Error> {
        match self.command {
            Command::Serve(serve) => serve.run(),
            Command::CgiSpawner => cgi_spawner::run(),
        }
    }
}
