//! What compiles a server's components, and what runs them.

use crate::component::{Binary, Compiler, ComponentSource, Purpose};
use crate::error::Error;
use crate::limits::Limits;
use crate::service::Loaded;
use std::ffi::OsString;
use std::sync::Arc;
use wasm_host_process::Workshop;
use wasmtime::Engine;

/// The component that is served, and what it, its successors and scripts are compiled by
/// and run on.
pub(super) struct Machinery {
    pub(super) component: Loaded,
    pub(super) engine: Engine,
    pub(super) compiler: Arc<Compiler>,
}

impl Machinery {
    /// Reads and compiles a component. `besides`: how many instances there may be
    /// beside those that handle requests.
    ///
    /// # Errors
    ///
    /// It isn't a handler, or can't be compiled.
    pub(super) fn of(
        component: &ComponentSource,
        compiler: Compiler,
        limits: &Limits,
        besides: u32,
    ) -> Result<Self, Error> {
        let binary = Binary::read(component, Purpose::Renewed, &compiler)?;
        let engine = binary.engine(limits, besides, &compiler)?;
        let component = Loaded::link(&engine, &binary.compile(&engine, &compiler)?)?;
        Ok(Self {
            component,
            engine,
            compiler: Arc::new(compiler),
        })
    }
}

/// Starts what compiles, while this process may start something. If it can't be started,
/// this process compiles.
pub(super) fn start_compiler(command: &[OsString], limits: &Limits) -> Compiler {
    let workshop = Workshop::open(command).inspect_err(|error| {
        tracing::warn!(
            "cannot start {command:?}, which would have components compiled: {error}; the server compiles them itself, and no limit holds that"
        );
    });
    Compiler::new(workshop.ok(), limits)
}
