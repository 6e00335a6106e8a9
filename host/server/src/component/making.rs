//! What a worker makes of a component that is to be served: all of this happens in a
//! process of its own.

use super::binary::{Form, component, made_renewable};
use super::compiler::{Instances, Job, Made, Purpose};
use super::compiling::{compile, compile_renewed};
use super::engine::for_compiling;
use super::served_world::ServedWorld;
use crate::error::{Error, engine_error};
use std::io::{self, Write};
use wasmtime::Engine;

/// Reads and compiles a component, and writes what came of it.
///
/// # Errors
///
/// It could not be found out; or not written.
pub(crate) fn make(job: Job, bytes: Vec<u8>, answer: impl Write) -> io::Result<()> {
    match made(job, bytes) {
        Ok((made, code)) => made.write(&code, answer),
        Err(Error::NotAComponent { reason, .. }) => Made::refused(reason)?.write(&[], answer),
        Err(Error::WrongWorld { found, .. }) => Made::WrongWorld(found).write(&[], answer),
        Err(error) => Err(io::Error::other(error)),
    }
}

/// The component's name is for the server to add.
fn made(job: Job, bytes: Vec<u8>) -> Result<(Made, Vec<u8>), Error> {
    let Form::Component(read, world) = component("", bytes)? else {
        return Err(Error::Engine("it is compiled already".to_owned()));
    };
    let engine = for_compiling(world, job.memories).map_err(|error| engine_error(&error))?;
    let renewed = match job.purpose {
        Purpose::Renewed if world == ServedWorld::Handler => Some(made_renewable(&read)),
        _ => None,
    };
    let (renewed, instances) = match renewed {
        Some(Ok(renewed)) => (Some(renewed), Instances::UsedAgain),
        Some(Err(obstacle)) => (None, Instances::NeverAgain(obstacle)),
        None => (None, Instances::UsedOnce),
    };
    let how = Engine::precompile_component;
    if let Some(code) = compile_renewed(renewed.as_ref(), &engine, how) {
        return Ok((Made::Component { world, instances }, code));
    }
    let code = compile("", &read, &engine, how)?;
    let instances = match instances {
        Instances::UsedAgain => Instances::UsedOnce,
        instances => instances,
    };
    Ok((Made::Component { world, instances }, code))
}
