//! Scripts that are components: `wasi:cli/command`, each run in a fresh
//! sandbox of its own with the variables and the streams of a CGI script, and
//! nothing else. No files, no network, and the limits of a handler's instance.

use super::compiled::CompiledScripts;
use super::pipe::{Reader, pipe};
use crate::component::{Compiler, InstanceLimits, MemoryShares, on_epoch};
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use wasm_host_process::{
    Environment, Exit, Input, LineSink, Outcome, Output, Process, ProcessError, log_lines,
};
use wasmtime::component::{Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::p2::bindings::CommandPre;
use wasmtime_wasi::{I32Exit, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

/// Runs components as scripts, and keeps what it compiled.
pub(crate) struct Sandbox {
    engine: Engine,
    memory: MemoryShares,
    compiled: Arc<CompiledScripts<ScriptState>>,
}

/// A component that runs as a script.
pub(crate) struct Sandboxed {
    /// None once it runs.
    ready: Option<(CommandPre<ScriptState>, Store<ScriptState>)>,
    stderr: Reader,
    log: LineSink,
}

struct ScriptState {
    wasi: WasiCtx,
    table: ResourceTable,
    limits: InstanceLimits,
}

impl Sandbox {
    /// `memory`: what a script may have, and all instances together. `time_limit`: the
    /// longest that one may take to be compiled.
    pub(crate) fn new(
        engine: &Engine,
        compiler: Arc<Compiler>,
        memory: MemoryShares,
        time_limit: Duration,
    ) -> wasmtime::Result<Self> {
        let mut linker = Linker::new(engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        Ok(Self {
            engine: engine.clone(),
            memory,
            compiled: Arc::new(CompiledScripts::new(engine, compiler, linker, time_limit)),
        })
    }

    /// Makes a component's file ready to run: what runs it, and the other ends
    /// of its standard input and output.
    ///
    /// # Errors
    ///
    /// It isn't a component that can be run, or compiling it takes too long.
    pub(crate) async fn start(
        &self,
        path: &Path,
        file: &File,
        environment: &Environment,
        log: LineSink,
    ) -> Result<(Sandboxed, Input, Output), ProcessError> {
        let pre = self.compiled.get(path, file).await?;
        let (stdin, guest_stdin) = pipe();
        let (guest_stdout, stdout) = pipe();
        let (guest_stderr, stderr) = pipe();
        let mut wasi = WasiCtxBuilder::new();
        wasi.arg(path.file_name().unwrap_or_default().to_string_lossy())
            .stdin(guest_stdin)
            .stdout(guest_stdout)
            .stderr(guest_stderr);
        for (name, value) in environment {
            wasi.env(name.to_string_lossy(), value.to_string_lossy());
        }
        let ready = Some((pre, self.store(wasi.build())));
        let sandboxed = Sandboxed { ready, stderr, log };
        Ok((sandboxed, Box::new(stdin), Box::new(stdout)))
    }

    fn store(&self, wasi: WasiCtx) -> Store<ScriptState> {
        let state = ScriptState {
            wasi,
            table: ResourceTable::new(),
            // How long a script computes, its run time bounds.
            limits: InstanceLimits::new(self.memory.hold(), Duration::MAX),
        };
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.limits);
        store.set_hostcall_fuel(self.memory.each_call());
        store.epoch_deadline_callback(|mut store| on_epoch(&mut store.data_mut().limits));
        store.set_epoch_deadline(1);
        store
    }
}

impl Process for Sandboxed {
    async fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }

    async fn run(&mut self) -> Exit {
        let Some((pre, store)) = self.ready.take() else {
            return exit(1);
        };
        // Lines are logged as they come; both end when the store is dropped.
        let log = log_lines(&mut self.stderr, Arc::clone(&self.log));
        let (exit, ()) = tokio::join!(call(pre, store), log);
        exit
    }

    async fn clean_up(self) {}
}

async fn call(pre: CommandPre<ScriptState>, mut store: Store<ScriptState>) -> Exit {
    let called = async {
        let command = pre.instantiate_async(&mut store).await?;
        command.wasi_cli_run().call_run(&mut store).await
    };
    match called.await {
        Ok(Ok(())) => exit(0),
        Ok(Err(())) => exit(1),
        Err(error) => match error.downcast_ref::<I32Exit>() {
            Some(I32Exit(status)) => exit(*status),
            None => Exit {
                outcome: Outcome::Killed,
                description: format!("trap: {error:?}"),
            },
        },
    }
}

fn exit(status: i32) -> Exit {
    Exit {
        outcome: match status {
            0 => Outcome::Succeeded,
            _ => Outcome::Failed,
        },
        description: format!("exit status {status}"),
    }
}

impl WasiView for ScriptState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}
