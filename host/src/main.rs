//! The `wasm-host` command: a file a subcommand, with its options as typed.
#![forbid(unsafe_code)]

mod acme;
mod acme_agent;
mod admin;
mod archives;
mod auth;
mod cgi;
mod cgi_spawner;
mod code_limits;
mod compile;
mod compiler;
mod completions;
mod data_folder;
mod deploy;
mod deploy_progress;
mod early_log;
mod embedded;
mod failure;
mod given;
mod grants;
mod inspect;
mod keeper;
mod limits;
mod listen;
mod log_backlog;
mod log_format;
mod log_options;
mod log_output;
mod log_text;
mod man;
mod new;
mod notify;
mod numbers;
mod outbound;
mod port_user;
mod preview;
mod preview_server;
mod previews;
mod progress;
mod responses;
mod rules;
mod runner;
mod secret;
mod serve;
mod settings;
mod signals;
mod site_limits;
mod socket_keeper;
mod standard_output;
mod start_up;
mod tls;
mod trust;
mod uploads;
mod values;
mod visible;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use failure::Failure;
use settings::{Effective, Parsed};
use std::path::Path;
use std::process::ExitCode;
use std::{env, panic, thread};
use wasm_host_server::READING_THREAD;

/// musl's own has threads wait for each other, and takes five times as long.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    leave_reading_to_its_error();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// Has a panic where a component is read reported once: as the error that it becomes.
fn leave_reading_to_its_error() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |what| {
        if thread::current().name() != Some(READING_THREAD) {
            usual(what);
        }
    }));
}

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
    CgiSpawner(cgi_spawner::CgiSpawner),
    #[command(hide = true)]
    AcmeAgent,
    #[command(hide = true)]
    SocketKeeper(socket_keeper::SocketKeeper),
    #[command(hide = true)]
    Compiler(compiler::Compiler),
    #[command(hide = true)]
    WriteEmbedded(embedded::Embedded),
    #[command(hide = true)]
    RunnerSpawner(runner::Runner),
    #[command(hide = true)]
    Runner(runner::Runner),
    #[command(hide = true)]
    OutboundSender,
    #[command(hide = true)]
    Keeper,
    Preview(Box<preview::Preview>),
    Deploy(deploy::Deploy),
    Previews(previews::Previews),
    New(new::New),
    Inspect(inspect::Inspect),
    Compile(compile::Compile),
    Trust(trust::Trust),
    Completions(completions::Completions),
    Man(man::Man),
}

/// Does what the command line says, and the file of options and the environment.
fn run() -> Result<(), Failure> {
    let command = Cli::command();
    let parsed = settings::parse(&command, env::args_os().collect(), env::vars_os());
    let parsed = parsed.and_then(|Parsed { matches, effective }| {
        let cli = Cli::from_arg_matches(&matches).map_err(settings::Error::Typed)?;
        Ok((cli, effective))
    });
    match parsed {
        Ok((cli, effective)) => cli.run(&effective).map_err(|failure| {
            let places = effective.places_in(&failure.to_string());
            failure.at(places)
        }),
        Err(settings::Error::Elsewhere(problem)) => Err(Failure::Settings(problem)),
        Err(settings::Error::Typed(error)) if error.use_stderr() => {
            Err(Failure::Usage(mended(&command, error)))
        }
        // What was asked for: the help, or the version.
        Err(settings::Error::Typed(text)) => {
            standard_output::print(text.render().to_string().as_bytes())
        }
    }
}

/// An error of clap without what nobody is to see, and without advice that doesn't help.
fn mended(command: &clap::Command, mut error: clap::Error) -> clap::Error {
    let shown = error.get(ContextKind::InvalidArg).map(ToString::to_string);
    if shown.is_some_and(|shown| settings::is_secret(command, &shown)) {
        let hidden = ContextValue::String("not shown".to_owned());
        if error.get(ContextKind::InvalidValue).is_some() {
            error.insert(ContextKind::InvalidValue, hidden);
        }
    }
    // That a dash can begin a value as well: here none does.
    if error.kind() == ErrorKind::UnknownArgument {
        error.remove(ContextKind::Suggested);
    }
    if let Some(tip) = tip(&error) {
        error.remove(ContextKind::SuggestedArg);
        // It is of what was suggested.
        error.remove(ContextKind::Usage);
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![tip.into()]),
        );
    }
    error
}

/// What people mean who know other servers' command lines.
fn tip(error: &clap::Error) -> Option<String> {
    let shown = error.get(ContextKind::InvalidArg)?.to_string();
    let value = error
        .get(ContextKind::InvalidValue)
        .map(ToString::to_string);
    let is_number = |value: &String| value.parse::<u16>().is_ok();
    match error.kind() {
        ErrorKind::UnknownArgument if shown == "--port" => {
            Some("the port has no name: wasm-host serve 8000".to_owned())
        }
        ErrorKind::UnknownArgument if Path::new(&shown).is_dir() => {
            Some(format!("a directory is given as --directory {shown}"))
        }
        ErrorKind::InvalidValue if shown.starts_with("--protocol ") => {
            let port = value.filter(is_number)?;
            Some(format!("the port has no name: wasm-host serve {port}"))
        }
        _ => None,
    }
}

impl Cli {
    /// Runs the subcommand that was given.
    fn run(self, effective: &Effective) -> Result<(), Failure> {
        match self.command {
            Command::Serve(serve) => serve.run(effective),
            Command::Preview(preview) => preview.run(effective),
            Command::Deploy(deploy) => deploy.run(),
            Command::Previews(previews) => previews.run(),
            Command::New(new) => Ok(new.run()?),
            Command::Inspect(inspect) => inspect.run(),
            Command::Compile(compile) => Ok(compile.run()?),
            Command::Trust(trust) => trust.run(),
            Command::Completions(completions) => {
                completions.run(visible::part_of(&Self::command()))
            }
            Command::Man(man) => man.run(visible::part_of(&Self::command())),
            Command::CgiSpawner(_) => Ok(cgi_spawner::run()?),
            Command::AcmeAgent => Ok(acme_agent::run()?),
            Command::SocketKeeper(_) => Ok(socket_keeper::run()?),
            Command::Compiler(_) => Ok(compiler::run()?),
            Command::WriteEmbedded(embedded) => Ok(embedded.run()?),
            Command::RunnerSpawner(_) => runner::run_spawner(),
            Command::Runner(_) => runner::run(),
            Command::OutboundSender => outbound::run(),
            Command::Keeper => keeper::run(),
        }
    }
}
