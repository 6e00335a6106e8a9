//! What sites bring as code: compiled when it is deployed, within limits and never in
//! this process, and kept for their runners.
//!
//! 1. [`Code::compile`] has a component compiled, and finds out whether it can be served.
//! 2. `kept` holds what came of it, by the component's digest and with a seal: machine
//!    code that this server hasn't made itself, with this key, is never run.
//! 3. [`Code::get`] gives it to whoever starts a runner. What isn't kept any more, or is
//!    another version's, is compiled again.

mod component;
mod kept;

pub use component::{MAX_COMPONENT, NAME};

use crate::digest::Digest;
use kept::Kept;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::time::Duration;
use wasm_host_server::{CompiledComponent, ComponentCompiler, Limits};

/// How much compiling a site's component may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompileLimits {
    /// The most memory, in bytes: at least 64 MiB.
    pub memory: usize,
    /// The longest that it may compute, on all cores together: more than 0.
    pub time: Duration,
}

/// Compiles components of sites, and keeps what comes of them.
#[derive(Debug)]
pub struct Code {
    compiler: ComponentCompiler,
    kept: Kept,
}

/// What compiles, while there is no store to keep anything in: it is started before the
/// process is locked down.
#[derive(Debug)]
pub struct CodeCompiler(ComponentCompiler);

/// Why there is no code to run.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// The component isn't one that can be served, or can't be compiled within the limits.
    #[error(transparent)]
    Component(#[from] wasm_host_server::Error),
    /// It can't be read.
    #[error("it can't be read: {0}")]
    Read(#[from] io::Error),
}

impl CodeCompiler {
    /// Starts the process that has components compiled. `command`: a program that calls
    /// [`run_compiler`](wasm_host_server::run_compiler), and its arguments. `memory`: the
    /// most of an instance, in bytes.
    ///
    /// # Errors
    ///
    /// It can't be started.
    pub fn start(
        command: &[OsString],
        compiling: CompileLimits,
        memory: usize,
    ) -> io::Result<Self> {
        let mut limits = Limits::default();
        limits.memory = memory;
        limits.compile_memory = compiling.memory;
        limits.compile_time = compiling.time;
        ComponentCompiler::open(command, &limits).map(Self)
    }

    /// Compiles, and keeps what comes of it in a folder, which is made if it isn't there.
    ///
    /// # Errors
    ///
    /// The folder, or the key in it, can't be made or read.
    pub fn keeping_in(self, folder: &Path) -> io::Result<Code> {
        Ok(Code {
            compiler: self.0,
            kept: Kept::open(folder)?,
        })
    }
}

impl Code {
    /// Compiles a component, and keeps what comes of it. This takes a while, and waits.
    ///
    /// # Errors
    ///
    /// It isn't one that can be served, or takes too much to compile.
    pub fn compile(
        &self,
        digest: Digest,
        component: Vec<u8>,
    ) -> Result<CompiledComponent, CodeError> {
        if let Some(compiled) = self.kept.find(digest) {
            return Ok(compiled);
        }
        let compiled = self.compiler.compile("it", component)?;
        if let Err(error) = self.kept.keep(digest, &compiled) {
            tracing::warn!("what {NAME} was compiled to can't be kept: {error}");
        }
        Ok(compiled)
    }

    /// What was made of a component that is in a file. This may take a while, and waits.
    ///
    /// # Errors
    ///
    /// As of [`compile`](Self::compile); or it can't be read.
    pub fn get(&self, digest: Digest, file: &Path) -> Result<CompiledComponent, CodeError> {
        match self.kept.find(digest) {
            Some(compiled) => Ok(compiled),
            None => self.compile(digest, std::fs::read(file)?),
        }
    }
}
