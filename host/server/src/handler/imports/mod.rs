//! What a handler can import: the whole of what it can do beyond computing, a file
//! an interface. Anything that isn't added here, a handler doesn't have: above all,
//! there are no sockets.

mod connection;
mod file_piece; // a part of files
mod file_version; // the same
mod files;
mod logging;
mod places;
mod process;
mod rules;
mod server;
mod sites;
mod uploads;

use super::bindings::wasm_host::http;
use super::state::InstanceState;
use crate::keyvalue;
use wasmtime::Engine;
use wasmtime::component::{HasSelf, Linker};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::clocks::WasiClocks;
use wasmtime_wasi::filesystem::WasiFilesystem;
use wasmtime_wasi::p2::bindings as wasi;
use wasmtime_wasi::random::{WasiRandom, WasiRandomView};
use wasmtime_wasi_io::bindings::wasi::io;

type State = InstanceState;

/// A linker with all that a component of the world `handler` may import.
pub(super) fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    add_handler_world(&mut linker)?;
    add_files_and_clocks(&mut linker)?;
    add_standard_library(&mut linker)?;
    keyvalue::add_to_linker(&mut linker, State::key_values)?;
    Ok(linker)
}

fn add_handler_world(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    connection::add_to_linker(linker)?;
    files::add_to_linker(linker)?;
    http::logging::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    http::places::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    http::process::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    http::rules::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    http::server::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    http::sites::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    http::uploads::add_to_linker::<_, HasSelf<_>>(linker, |state| state)
}

fn add_files_and_clocks(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasi::filesystem::types::add_to_linker::<_, WasiFilesystem>(linker, State::filesystem)?;
    files::add_descriptors_to_linker(linker)?;
    wasi::clocks::wall_clock::add_to_linker::<_, WasiClocks>(linker, State::clocks)?;
    wasi::clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(linker, State::timers)?;
    io::error::add_to_linker::<_, HasIo>(linker, State::io)?;
    io::poll::add_to_linker::<_, HasIo>(linker, State::io)?;
    io::streams::add_to_linker::<_, HasIo>(linker, State::io)
}

/// What a language's standard library imports, whether or not it is used.
fn add_standard_library(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasi::random::random::add_to_linker::<_, WasiRandom>(linker, State::random)?;
    wasi::random::insecure::add_to_linker::<_, WasiRandom>(linker, State::random)?;
    wasi::random::insecure_seed::add_to_linker::<_, WasiRandom>(linker, State::random)?;
    wasi::cli::environment::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    wasi::cli::exit::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    wasi::cli::stdin::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    wasi::cli::stdout::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    wasi::cli::stderr::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    wasi::cli::terminal_input::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    wasi::cli::terminal_output::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    wasi::cli::terminal_stdin::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    wasi::cli::terminal_stdout::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    wasi::cli::terminal_stderr::add_to_linker::<_, WasiCli>(linker, State::cli)
}

/// `wasi:io` needs the table alone.
struct HasIo;

impl wasmtime::component::HasData for HasIo {
    type Data<'a> = &'a mut wasmtime::component::ResourceTable;
}
