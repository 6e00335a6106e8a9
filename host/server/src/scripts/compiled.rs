//! Scripts that are components, compiled: each once, however many ask for it at the
//! same time, and kept for as long as its file stays as it is.
//!
//! 1. A file is known by what changes with its content ([`Identity`]).
//! 2. Whoever asks first has it compiled, on a thread of its own; all others wait for
//!    the same result. Nobody waits for longer than a script may take. What takes
//!    longer goes on, for those who ask later, and no more than [`MAX_COMPILING`] do.
//! 3. What came of it is kept, a failure too: that a file is no script is found out
//!    once. The one that was asked for longest ago gives way ([`MAX_KEPT`]).

use super::identity::Identity;
use super::making::as_component;
use crate::component::{CompileFailure, Compiler, Made, Purpose};
use crate::logging::escape_controls;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use wasm_host_process::{ProcessError, Workshop};
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};
use wasmtime_wasi::p2::bindings::CommandPre;

/// The largest file that is read, in bytes: that of an interpreter with its library is
/// half as large.
const MAX_SIZE: u64 = 64 * 1024 * 1024;

/// The most compiled scripts that are kept, and the most of their machine code, in
/// bytes.
const MAX_KEPT: usize = 64;
const MAX_KEPT_CODE: usize = 512 * 1024 * 1024;

/// The most scripts that are compiled at once. Each may take all cores.
const MAX_COMPILING: usize = 2;

/// What a script was compiled to, or why it wasn't.
type Outcome<T> = Result<CommandPre<T>, Arc<str>>;

/// Tells those that wait for a script that it is compiled.
type Awaited<T> = watch::Receiver<Option<Outcome<T>>>;

/// Compiles scripts that run with a state `T`, and keeps them.
pub(super) struct CompiledScripts<T: 'static> {
    engine: Engine,
    compiler: Arc<Compiler>,
    linker: Linker<T>,
    /// The longest that somebody waits for a script to be compiled.
    time_limit: Duration,
    compiling: Arc<Semaphore>,
    scripts: Mutex<Scripts<T>>,
}

struct Scripts<T: 'static> {
    by_identity: HashMap<Identity, Script<T>>,
    /// How often one was asked for.
    requests: u64,
}

struct Script<T: 'static> {
    /// Which request asked for it last.
    asked: u64,
    state: State<T>,
}

enum State<T: 'static> {
    Compiling(Awaited<T>),
    /// With the size of the machine code.
    Done(Outcome<T>, usize),
}

impl<T: Send> CompiledScripts<T> {
    pub(super) fn new(
        engine: &Engine,
        compiler: Arc<Compiler>,
        linker: Linker<T>,
        time_limit: Duration,
    ) -> Self {
        Self {
            engine: engine.clone(),
            compiler,
            linker,
            time_limit,
            compiling: Arc::new(Semaphore::new(MAX_COMPILING)),
            scripts: Mutex::new(Scripts {
                by_identity: HashMap::new(),
                requests: 0,
            }),
        }
    }

    /// A file's script, compiled when it is new or has changed.
    ///
    /// # Errors
    ///
    /// It isn't a component that can be run, or compiling it takes too long.
    pub(super) async fn get(
        self: &Arc<Self>,
        path: &Path,
        file: &File,
    ) -> Result<CommandPre<T>, ProcessError> {
        let identity = Identity::of(file).map_err(ProcessError::Failed)?;
        if identity.length() > MAX_SIZE {
            return Err(failed(&too_large()));
        }
        let mut awaited = match self.known_or_begun(identity, path, file)? {
            State::Done(outcome, _) => return outcome.map_err(|reason| failed(&reason)),
            State::Compiling(awaited) => awaited,
        };
        let done = timeout(self.time_limit, awaited.wait_for(Option::is_some)).await;
        let outcome = match done {
            Ok(Ok(outcome)) => outcome.clone(),
            // The thread that compiles it has ended otherwise.
            Ok(Err(_)) => None,
            Err(_elapsed) => return Err(ProcessError::TimedOut),
        };
        let outcome = outcome.unwrap_or_else(|| Err("it could not be compiled".into()));
        outcome.map_err(|reason| failed(&reason))
    }

    fn known_or_begun(
        self: &Arc<Self>,
        identity: Identity,
        path: &Path,
        file: &File,
    ) -> Result<State<T>, ProcessError> {
        let mut scripts = self.lock();
        scripts.requests += 1;
        let asked = scripts.requests;
        if let Some(script) = scripts.by_identity.get_mut(&identity) {
            script.asked = asked;
            return Ok(match &script.state {
                State::Compiling(awaited) => State::Compiling(awaited.clone()),
                State::Done(outcome, size) => State::Done(outcome.clone(), *size),
            });
        }
        let file = file.try_clone().map_err(ProcessError::Failed)?;
        let (told, awaited) = watch::channel(None);
        let state = State::Compiling(awaited.clone());
        scripts
            .by_identity
            .insert(identity, Script { asked, state });
        drop(scripts);
        let name = path.to_string_lossy();
        tracing::debug!("compiling script {}", escape_controls(&name));
        tokio::spawn(Arc::clone(self).compile(identity, file, told));
        Ok(State::Compiling(awaited))
    }

    /// Compiles a script, whether or not those who asked for it are still there.
    async fn compile(
        self: Arc<Self>,
        identity: Identity,
        file: File,
        told: watch::Sender<Option<Outcome<T>>>,
    ) {
        let place = Arc::clone(&self.compiling).acquire_owned().await;
        let compiler = Arc::clone(&self);
        // It takes long enough to hold up other connections.
        let compiled = tokio::task::spawn_blocking(move || {
            let begun = SystemTime::now();
            let bytes = read(&file)?;
            let unchanged = identity.is_settled(begun) && Identity::of(&file)? == identity;
            let compiled = compiler.compile_bytes(bytes);
            drop(place);
            io::Result::Ok((compiled, unchanged))
        });
        let (outcome, keep) = match compiled.await {
            Ok(Ok((Ok(pre), unchanged))) => (Ok(pre), unchanged),
            Ok(Ok((Err(error), unchanged))) => (Err(format!("{error:#}").into()), unchanged),
            Ok(Err(error)) => (Err(error.to_string().into()), false),
            Err(panic) => (Err(panic.to_string().into()), false),
        };
        self.lock().finish(identity, &outcome, keep);
        told.send_replace(Some(outcome));
    }

    fn compile_bytes(&self, bytes: Vec<u8>) -> wasmtime::Result<CommandPre<T>> {
        let component = match self.compiler.workshop() {
            Some(workshop) => self.compile_elsewhere(workshop, &bytes)?,
            None => {
                let script = as_component(bytes)?;
                script.examine(|bytes| Component::new(&self.engine, bytes))??
            }
        };
        CommandPre::new(self.linker.instantiate_pre(&component)?)
    }

    fn compile_elsewhere(&self, workshop: &Workshop, bytes: &[u8]) -> wasmtime::Result<Component> {
        let product = self.compiler.obtain(workshop, Purpose::Script, bytes)?;
        if let Made::NotAComponent(reason) = product.made {
            return Err(wasmtime::Error::msg(reason));
        }
        match self.compiler.load(&self.engine, &product, bytes) {
            Err(CompileFailure::Unusable(error)) => Err(error),
            loaded => Ok(loaded?),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Scripts<T>> {
        self.scripts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Scripts<T> {
    /// Notes what came of a script. `keep`: whether its file's identity tells that it is
    /// still this one.
    fn finish(&mut self, identity: Identity, outcome: &Outcome<T>, keep: bool) {
        if !keep {
            self.by_identity.remove(&identity);
            return;
        }
        let size = outcome.as_ref().map_or(0, code_size);
        if let Some(script) = self.by_identity.get_mut(&identity) {
            script.state = State::Done(outcome.clone(), size);
        }
        while self.is_full() {
            let done = self
                .by_identity
                .iter()
                .filter(|(_, script)| script.is_done());
            let oldest = done.min_by_key(|(_, script)| script.asked);
            let Some((&oldest, _)) = oldest else { return };
            self.by_identity.remove(&oldest);
        }
    }

    fn is_full(&self) -> bool {
        let sizes = self.by_identity.values().map(|script| match &script.state {
            State::Done(_, size) => *size,
            State::Compiling(_) => 0,
        });
        self.by_identity.len() > MAX_KEPT || sizes.sum::<usize>() > MAX_KEPT_CODE
    }
}

impl<T> Script<T> {
    fn is_done(&self) -> bool {
        matches!(self.state, State::Done(..))
    }
}

fn code_size<T>(pre: &CommandPre<T>) -> usize {
    let image = pre.instance_pre().component().image_range();
    (image.end as usize).saturating_sub(image.start as usize)
}

fn read(mut file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // It may have grown since its length was asked for.
    file.by_ref().take(MAX_SIZE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(io::Error::other(too_large()));
    }
    Ok(bytes)
}

fn too_large() -> String {
    let most = MAX_SIZE / 1024 / 1024;
    format!("its file has more than {most} MiB, which is the most of a script that is a component")
}

fn failed(reason: &str) -> ProcessError {
    ProcessError::Failed(io::Error::other(reason.to_owned()))
}
