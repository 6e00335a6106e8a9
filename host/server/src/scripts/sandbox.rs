//! Scripts that are components: `wasi:cli/command`, each run in a fresh
//! sandbox of its own with the variables and the streams of a CGI script, and
//! nothing else. No files, no network, and the limits of a handler's instance.

use super::pipe::{Reader, pipe};
use crate::component::{InstanceLimits, is_core_module, on_epoch};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
};
use wasm_host_process::{
    Environment, Exit, Input, LineSink, Outcome, Output, Process, ProcessError, log_lines,
};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::p2::bindings::CommandPre;
use wasmtime_wasi::{I32Exit, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

/// The most compiled scripts that are kept.
const MAX_CACHED: usize = 64;

/// Runs components as scripts, and keeps what it compiled.
pub(crate) struct Sandbox {
    engine: Engine,
    linker: Linker<ScriptState>,
    memory: usize,
    compiled: Mutex<HashMap<PathBuf, Compiled>>,
}

struct Compiled {
    modified: SystemTime,
    length: u64,
    pre: CommandPre<ScriptState>,
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
    /// `memory`: the most linear memory of a script, in bytes.
    pub(crate) fn new(engine: &Engine, memory: usize) -> wasmtime::Result<Self> {
        let mut linker = Linker::new(engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        Ok(Self {
            engine: engine.clone(),
            linker,
            memory,
            compiled: Mutex::default(),
        })
    }

    /// Makes a component's file ready to run: what runs it, and the other ends
    /// of its standard input and output.
    ///
    /// # Errors
    ///
    /// It isn't a component that can be run, which `log` is told in full.
    pub(crate) async fn start(
        self: &Arc<Self>,
        path: &Path,
        file: &File,
        environment: &Environment,
        log: LineSink,
    ) -> Result<(Sandboxed, Input, Output), ProcessError> {
        let pre = self.load(path, file).await.map_err(ProcessError::Failed)?;
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
            limits: InstanceLimits::new(self.memory, Duration::MAX),
        };
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.limits);
        store.epoch_deadline_callback(|mut store| on_epoch(&mut store.data_mut().limits));
        store.set_epoch_deadline(1);
        store
    }

    /// A script's component, compiled when it is new or has changed.
    async fn load(
        self: &Arc<Self>,
        path: &Path,
        file: &File,
    ) -> io::Result<CommandPre<ScriptState>> {
        let metadata = file.metadata()?;
        let modified = metadata.modified()?;
        let length = metadata.len();
        if let Some(known) = self.lock().get(path)
            && (known.modified, known.length) == (modified, length)
        {
            return Ok(known.pre.clone());
        }
        let sandbox = Arc::clone(self);
        let file = file.try_clone()?;
        // Compiling takes long enough to hold up other connections.
        let compile = move || sandbox.compile(&read(file)?);
        let pre = tokio::task::spawn_blocking(compile).await??;
        let mut compiled = self.lock();
        if compiled.len() >= MAX_CACHED {
            compiled.clear();
        }
        let entry = Compiled {
            modified,
            length,
            pre: pre.clone(),
        };
        compiled.insert(path.to_owned(), entry);
        Ok(pre)
    }

    fn compile(&self, bytes: &[u8]) -> io::Result<CommandPre<ScriptState>> {
        let compiled = if is_core_module(bytes) {
            adapt(bytes).and_then(|component| Component::new(&self.engine, component))
        } else {
            Component::new(&self.engine, bytes)
        };
        let pre = compiled.and_then(|component| self.linker.instantiate_pre(&component));
        pre.and_then(CommandPre::new)
            .map_err(|error| io::Error::other(format!("{error:#}")))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, Compiled>> {
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner)
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

fn read(mut file: File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
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

impl WasiView for ScriptState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}
