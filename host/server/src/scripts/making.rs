//! What becomes of a script's file before it runs: a module is made a component, and that
//! compiled; as a rule by a worker, in a process of its own.

use crate::component::{Job, Made, ServedWorld, Vetted, compiling_engine, is_core_module};
use std::io::{self, Write};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
};

/// What a worker does: compiles a script, and writes what came of it.
///
/// # Errors
///
/// It can't be written.
pub(crate) fn make_script(job: Job, bytes: Vec<u8>, answer: impl Write) -> io::Result<()> {
    match code(job, bytes) {
        Ok(code) => Made::Script.write(&code, answer),
        Err(error) => Made::refused(format!("{error:#}"))?.write(&[], answer),
    }
}

fn code(job: Job, bytes: Vec<u8>) -> wasmtime::Result<Vec<u8>> {
    let script = as_component(bytes)?;
    // Scripts are run for handlers of our own world, by the same engine.
    let engine = compiling_engine(ServedWorld::Handler, job.memories)?;
    script.examine(|bytes| engine.precompile_component(bytes))?
}

/// A script's bytes as those of a component.
///
/// # Errors
///
/// They are neither that nor a module that can be made one.
pub(super) fn as_component(bytes: Vec<u8>) -> wasmtime::Result<Vetted> {
    let script = Vetted::new(bytes)?;
    if !script.examine(is_core_module)? {
        return Ok(script);
    }
    Ok(Vetted::new(script.examine(adapt)??)?)
}

/// A module for WASI preview 1, as a component: its imports become those of
/// WASI 0.2.
fn adapt(module: &[u8]) -> wasmtime::Result<Vec<u8>> {
    let adapted = wit_component::ComponentEncoder::default()
        .module(module)
        .and_then(|encoder| {
            encoder.adapter(
                WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
                WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
            )
        })
        .and_then(|mut encoder| encoder.encode());
    adapted.map_err(|error| wasmtime::format_err!("{error:#}"))
}
