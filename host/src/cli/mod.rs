//! The command line: one file a subcommand, with its options as typed.

mod cgi;
mod cgi_spawner;
mod compile;
mod given;
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
use new::ProjectError;
use std::io::{self, Write};
use std::process::ExitCode;

/// Python's http.server, with every line of handler code inside a WebAssembly
/// sandbox.
#[derive(Debug, Parser)]
#[command(name = "wasm-host", version)]
struct Cli {
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

/// Does what the command line says.
pub(crate) fn run() -> Result<(), Failure> {
    match Cli::try_parse() {
        Ok(cli) => cli.run(),
        Err(error) if error.use_stderr() => Err(Failure::Usage(error)),
        // What was asked for: the help, or the version.
        Err(text) => show(&text),
    }
}

fn show(text: &clap::Error) -> Result<(), Failure> {
    let shown = text.print().and_then(|()| io::stdout().flush());
    match shown {
        // Who reads it has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        shown => shown.map_err(Failure::Output),
    }
}

impl Cli {
    /// Runs the subcommand that was given.
    fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Serve(serve) => serve.run(),
            Command::New(new) => new.run(),
            Command::Inspect(inspect) => inspect.run(),
            Command::Compile(compile) => Ok(compile.run()?),
            Command::CgiSpawner => Ok(cgi_spawner::run()?),
        }
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Usage(clap::Error),
    #[error(transparent)]
    Host(#[from] wasm_host::Error),
    #[error(transparent)]
    New(#[from] ProjectError),
    #[error("--{option} has no effect on {component}: {reason}; remove it")]
    NoEffect {
        option: String,
        component: String,
        reason: &'static str,
    },
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
}

impl Failure {
    /// Says it on standard error. Whether anybody can read that or not, the exit
    /// code is the same: 2 for what is wrong with the command line, 1 for what
    /// can't be done.
    pub(crate) fn report(&self) -> ExitCode {
        let _ = match self {
            Self::Usage(error) => error.print(),
            _ => writeln!(io::stderr(), "error: {self}"),
        };
        match self {
            Self::Usage(_) | Self::New(ProjectError::Name { .. }) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }
}
