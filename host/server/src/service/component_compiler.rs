//! Compiling components of others for servers in other processes.

use super::slot::Loaded;
use crate::component::{Binary, CompiledComponent, Compiler};
use crate::error::Error;
use crate::limits::Limits;
use std::ffi::OsString;
use std::io;
use std::sync::Arc;
use wasm_host_process::Workshop;

/// Compiles components of others, each in a process of its own within the limits, for
/// servers that are given what comes of it
/// ([`ComponentSource::Compiled`](crate::ComponentSource::Compiled)).
#[derive(Debug, Clone)]
pub struct ComponentCompiler {
    compiler: Arc<Compiler>,
    limits: Limits,
}

impl ComponentCompiler {
    /// Starts the process that has components compiled: to be done before this one is
    /// locked down. `command`: as for
    /// [`HttpServerBuilder::compiler`](crate::HttpServerBuilder::compiler); `limits`: those
    /// of the servers, and of compiling.
    ///
    /// # Errors
    ///
    /// It can't be started.
    pub fn open(command: &[OsString], limits: &Limits) -> io::Result<Self> {
        let workshop = Workshop::open(command)?;
        Ok(Self {
            compiler: Arc::new(Compiler::new(Some(workshop), limits)),
            limits: limits.clone(),
        })
    }

    /// Compiles a component, and finds out whether it can be served: that its world is one
    /// that is, and that nothing is imported that isn't there. None of its code is run.
    /// Messages know it by `name`. This takes a while, and waits.
    ///
    /// # Errors
    ///
    /// It isn't one that can be served, or compiling it takes too much.
    pub fn compile(&self, name: &str, component: Vec<u8>) -> Result<CompiledComponent, Error> {
        let no_workshop = || Error::Compiler("there is no process for it".to_owned());
        let workshop = self.compiler.workshop().ok_or_else(no_workshop)?;
        let (binary, compiled) =
            Binary::compiled_elsewhere(name, component, &self.compiler, workshop)?;
        // One that isn't to run anything needs no room for many instances.
        let mut limits = self.limits.clone();
        limits.max_instances = 1;
        let engine = binary.engine(&limits, 0, &self.compiler)?;
        Loaded::link(&engine, &binary.compile(&engine, &self.compiler)?)?;
        Ok(compiled)
    }
}
