//! The `process` interface: scripts that run for a handler.

use crate::handler::bindings::wasm_host::http::process::{
    EntryKind, ErrorCode, Exit, Host, HostChild, Input, Outcome,
};
use crate::handler::state::InstanceState;
use crate::logging::guest_line;
use crate::scripts::{ReadError, ScriptInput, ScriptRun, Variables};
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
        self.handles.lose_track();
        check_size(&environment, &input)?;
        let input = match input {
            Input::None => ScriptInput::None,
            Input::Bytes(bytes) => ScriptInput::Bytes(bytes),
            Input::Content(length) => ScriptInput::Content(length),
        };
        let run = host.run(&self.connection, &path, environment, input).await;
        self.note_progress();
        match run {
            Ok(run) => Ok(Ok(self.table.push(run)?)),
            Err(error) => {
                let client = self.connection.client().ip();
                let script = String::from_utf8_lossy(&path);
                let line = format!("script {script}: {error}");
                guest_line(Some(client), Level::ERROR, &line);
                Ok(Err(error_code(&error)))
            }
        }
    }
}

/// What a handler gives is kept by the host, outside of the instance's memory.
fn check_size(environment: &Variables, input: &Input) -> wasmtime::Result<()> {
    let variables: usize = environment
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    let bytes = match input {
        Input::Bytes(bytes) => bytes.len(),
        Input::None | Input::Content(_) => 0,
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
        Ok(output.map_err(|error| read_error_code(&error)))
    }

    fn is_over(&mut self, child: Resource<ScriptRun>) -> wasmtime::Result<bool> {
        Ok(self.table.get_mut(&child)?.is_over())
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
            Err(error) => Err(read_error_code(&error)),
        })
    }

    fn drop(&mut self, child: Resource<ScriptRun>) -> wasmtime::Result<()> {
        self.table.delete(child)?;
        Ok(())
    }
}

fn read_error_code(error: &ReadError) -> ErrorCode {
    match error {
        ReadError::Script(error) => error_code(error),
        ReadError::ClientGone => ErrorCode::ClientClosed,
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
