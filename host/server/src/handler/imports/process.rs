//! The `process` interface: scripts that run for a handler.

use crate::handler::bindings::wasm_host::http::process as bound;
use crate::handler::bindings::wasm_host::http::process::{
    EntryKind, ErrorCode, Exit, Host, HostChild, HostSpool, Input, Outcome,
};
use crate::handler::state::InstanceState;
use crate::scripts::{ReadError, ScriptHost, ScriptInput, ScriptRun, Spool, SpoolError, Variables};
use std::sync::Arc;
use tracing::Level;
use wasm_host_process::{self as process, PathKind, ProcessError};
use wasmtime::component::Resource;

/// The most of a script's environment and of the input that a handler gives it
/// in memory, in bytes.
const MAX_GIVEN: usize = 16 * 1024 * 1024;

impl Host for InstanceState {
    fn look_up(&mut self, path: Vec<u8>) -> wasmtime::Result<Result<EntryKind, ErrorCode>> {
        let Some(host) = &self.scripts else {
            return Ok(Err(ErrorCode::NotPermitted));
        };
        Ok(match host.scripts.look_up(&path) {
            Ok(PathKind::Script) => Ok(EntryKind::Script),
            Ok(PathKind::NotExecutable) => Ok(EntryKind::NotExecutable),
            Ok(PathKind::Directory) => Ok(EntryKind::Directory),
            Err(error) => Err(error_code(&error)),
        })
    }

    async fn spawn(
        &mut self,
        path: Vec<u8>,
        environment: Variables,
        input: Input,
    ) -> wasmtime::Result<Result<Resource<ScriptRun>, ErrorCode>> {
        let Some(host) = self.scripts.clone() else {
            return Ok(Err(ErrorCode::NotPermitted));
        };
        let input = match input {
            Input::None => ScriptInput::None,
            Input::Bytes(bytes) => ScriptInput::Bytes(bytes),
            Input::Content(length) => ScriptInput::Content(length),
        };
        run(self, &host, &path, environment, input).await
    }

    async fn spawn_spooled(
        &mut self,
        path: Vec<u8>,
        environment: Variables,
        content: Resource<Spool>,
    ) -> wasmtime::Result<Result<Resource<ScriptRun>, ErrorCode>> {
        let spool = self.table.delete(content)?;
        self.spooling = false;
        let Some(host) = self.scripts.clone() else {
            return Ok(Err(ErrorCode::NotPermitted));
        };
        let input = ScriptInput::Spooled(spool);
        run(self, &host, &path, environment, input).await
    }
}

async fn run(
    state: &mut InstanceState,
    host: &ScriptHost,
    path: &[u8],
    environment: Variables,
    input: ScriptInput,
) -> wasmtime::Result<Result<Resource<ScriptRun>, ErrorCode>> {
    state.handles.lose_track();
    check_size(&environment, &input)?;
    let run = host
        .run(&mut state.connection, path, environment, input)
        .await;
    state.note_progress();
    match run {
        Ok(run) => Ok(Ok(state.table.push(run)?)),
        Err(error) => {
            let script = String::from_utf8_lossy(path);
            let line = format!("script {script}: {error}");
            let client = state.connection.client().ip();
            state.log.line(client, level(&error), &line);
            Ok(Err(state.read_error_code(&error)))
        }
    }
}

/// Whose concern it is that a script isn't run: what a client does is no error of the
/// server's.
fn level(error: &ReadError) -> Level {
    match error {
        ReadError::Script(_) => Level::ERROR,
        ReadError::ClientGone | ReadError::ContentMissing => Level::DEBUG,
    }
}

/// What a handler gives is kept by the host, outside of the instance's memory.
fn check_size(environment: &Variables, input: &ScriptInput) -> wasmtime::Result<()> {
    let variables: usize = environment
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    let bytes = match input {
        ScriptInput::Bytes(bytes) => bytes.len(),
        ScriptInput::None | ScriptInput::Content(_) | ScriptInput::Spooled(_) => 0,
    };
    if variables + bytes > MAX_GIVEN {
        return Err(wasmtime::format_err!(
            "spawn: {variables} bytes of environment and {bytes} of input, where {MAX_GIVEN} are allowed"
        ));
    }
    Ok(())
}

impl HostChild for InstanceState {
    async fn read(
        &mut self,
        child: Resource<ScriptRun>,
    ) -> wasmtime::Result<Result<Vec<u8>, ErrorCode>> {
        let run = self.table.get_mut(&child)?;
        let output = run.read(&mut self.connection).await;
        if output.is_ok() {
            self.note_progress();
        }
        Ok(output.map_err(|error| self.read_error_code(&error)))
    }

    fn is_over(&mut self, child: Resource<ScriptRun>) -> wasmtime::Result<bool> {
        Ok(self.table.get_mut(&child)?.is_over())
    }

    fn content_left(&mut self, child: Resource<ScriptRun>) -> wasmtime::Result<u64> {
        Ok(self.table.get(&child)?.content_left())
    }

    async fn wait(
        &mut self,
        child: Resource<ScriptRun>,
    ) -> wasmtime::Result<Result<Exit, ErrorCode>> {
        let run = self.table.get_mut(&child)?;
        Ok(match run.wait(&self.connection).await {
            Ok(exit) => Ok(Exit {
                outcome: match exit.outcome {
                    process::Outcome::Succeeded => Outcome::Succeeded,
                    process::Outcome::Failed => Outcome::Failed,
                    process::Outcome::Killed => Outcome::Killed,
                },
                description: exit.description,
                content_left: run.content_left(),
            }),
            Err(error) => Err(self.read_error_code(&error)),
        })
    }

    fn drop(&mut self, child: Resource<ScriptRun>) -> wasmtime::Result<()> {
        self.table.delete(child)?;
        Ok(())
    }
}

impl HostSpool for InstanceState {
    async fn open(&mut self) -> wasmtime::Result<Result<Resource<Spool>, bound::SpoolError>> {
        self.handles.lose_track();
        let Some(host) = &self.scripts else {
            return Ok(Err(bound::SpoolError::Failed));
        };
        if self.spooling {
            return Ok(Err(bound::SpoolError::Busy));
        }
        match Spool::new(Arc::clone(&host.spools)).await {
            Ok(spool) => {
                self.spooling = true;
                Ok(Ok(self.table.push(spool)?))
            }
            Err(error) => Ok(Err(self.not_kept(&error))),
        }
    }

    async fn write(
        &mut self,
        spool: Resource<Spool>,
        bytes: Vec<u8>,
    ) -> wasmtime::Result<Result<(), bound::SpoolError>> {
        let written = self.table.get_mut(&spool)?.write(bytes).await;
        // No progress of the client's: a handler that writes on and on is stopped.
        Ok(written.map_err(|error| self.not_kept(&error)))
    }

    fn drop(&mut self, spool: Resource<Spool>) -> wasmtime::Result<()> {
        self.table.delete(spool)?;
        self.spooling = false;
        Ok(())
    }
}

impl InstanceState {
    /// Why nothing comes of a script. One whose client has gone is ended, and that is
    /// nobody's error.
    fn read_error_code(&mut self, error: &ReadError) -> ErrorCode {
        match error {
            ReadError::Script(error) => error_code(error),
            ReadError::ContentMissing => ErrorCode::ContentMissing,
            ReadError::ClientGone => {
                let line = "a script isn't run to its end, as its client has gone";
                let client = self.connection.client().ip();
                self.log.line(client, Level::DEBUG, line);
                self.connection.note_departure();
                ErrorCode::ClientClosed
            }
        }
    }

    /// Logs what is the server's owner's to mend.
    fn not_kept(&self, error: &SpoolError) -> bound::SpoolError {
        match error {
            SpoolError::TooLong => bound::SpoolError::TooLong,
            SpoolError::Busy => bound::SpoolError::Busy,
            SpoolError::Failed { .. } => {
                let client = self.connection.client().ip();
                let log = self.log.budget();
                log.line(Some(client), Level::ERROR, &error.to_string());
                bound::SpoolError::Failed
            }
        }
    }
}

fn error_code(error: &ProcessError) -> ErrorCode {
    match error {
        ProcessError::NotFound => ErrorCode::NotFound,
        ProcessError::NotPermitted => ErrorCode::NotPermitted,
        ProcessError::Busy => ErrorCode::Busy,
        ProcessError::TooLarge => ErrorCode::TooLarge,
        ProcessError::Failed(_) => ErrorCode::Failed,
        ProcessError::TimedOut => ErrorCode::TimedOut,
    }
}
