//! What a handler can do with scripts.

use super::ScriptHost;
use super::pump::Pump;
use crate::bindings::wasm_host::http::process::{
    EntryKind, ErrorCode, Exit, Host, HostChild, Input, Outcome,
};
use crate::connection::Connection;
use crate::logging::guest_line;
use crate::process::{self, Child, Form, LineSink, ProcessError, Program};
use crate::state::InstanceState;
use std::net::IpAddr;
use std::sync::Arc;
use tracing::Level;
use wasmtime::component::Resource;

/// How much of a script's output a handler gets at once.
const READ_SIZE: usize = 64 * 1024;

/// The most of a script's environment and of the input that a handler gives it
/// in memory, in bytes.
const MAX_GIVEN: usize = 16 * 1024 * 1024;

/// A script that runs for a handler.
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct ScriptRun {
    child: Child,
    pump: Pump,
    /// Whether the client had closed its side by the time that the script
    /// began: it is one that does so after its request, and still reads.
    half_closed: bool,
}

type Variables = Vec<(Vec<u8>, Vec<u8>)>;

impl Host for InstanceState {
    fn look_up(&mut self, path: Vec<u8>) -> wasmtime::Result<Result<EntryKind, ErrorCode>> {
        let Some(host) = &self.scripts else {
            return Ok(Err(ErrorCode::NotPermitted));
        };
        Ok(match host.scripts.look_up(&path) {
            Ok(process::EntryKind::Script) => Ok(EntryKind::Script),
            Ok(process::EntryKind::NotExecutable) => Ok(EntryKind::NotExecutable),
            Ok(process::EntryKind::Directory) => Ok(EntryKind::Directory),
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
        let client = self.connection.client().ip();
        let child = {
            let activity = self.connection.activity();
            let _waiting = activity.wait_for_client();
            let has_input = !matches!(input, Input::None);
            start(&host, client, &path, environment, has_input).await
        };
        self.note_progress();
        let mut child = match child {
            Ok(child) => child,
            Err(error) => {
                let script = String::from_utf8_lossy(&path);
                guest_line(
                    Some(client),
                    Level::ERROR,
                    &format!("script {script}: {error}"),
                );
                return Ok(Err(error_code(&error)));
            }
        };
        let (bytes, content) = match input {
            Input::None => (Vec::new(), 0),
            Input::Bytes(bytes) => (bytes, 0),
            Input::Content(length) => (Vec::new(), length),
        };
        let pump = Pump::new(child.take_stdin(), bytes, content);
        // Nobody looks at the client while there is nothing to wait for.
        let half_closed = !child.is_known() && self.connection.has_finished_sending();
        let run = ScriptRun {
            child,
            pump,
            half_closed,
        };
        Ok(Ok(self.table.push(run)?))
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

async fn start(
    host: &ScriptHost,
    client: IpAddr,
    path: &[u8],
    environment: Variables,
    has_input: bool,
) -> Result<Child, ProcessError> {
    let program = host.scripts.resolve(path)?;
    let place = host.scripts.place().await?;
    let log = sink(client, &program);
    let environment = host.scripts.environment(environment, &log);
    match &program.form {
        Form::Native { .. } => {
            let scripts = &host.scripts;
            let started = scripts.start(&program, environment, has_input, log, place);
            started.await
        }
        Form::Wasm(file) => {
            let started = host.sandbox.start(&program.path, file, &environment, log);
            let (process, stdin, stdout) = started.await?;
            let stdin = has_input.then_some(stdin);
            let supervised = host.scripts.supervise(process, stdin, stdout, place);
            supervised.await.map_err(ProcessError::Failed)
        }
    }
}

/// Where a script's lines go: the log, under the script's name.
fn sink(client: IpAddr, program: &Program) -> LineSink {
    let name = program.name.to_string_lossy().into_owned();
    Arc::new(move |line| guest_line(Some(client), Level::ERROR, &format!("{name}: {line}")))
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
        Ok(output)
    }

    fn is_over(&mut self, child: Resource<ScriptRun>) -> wasmtime::Result<bool> {
        Ok(self.table.get_mut(&child)?.child.is_over())
    }

    async fn wait(
        &mut self,
        child: Resource<ScriptRun>,
    ) -> wasmtime::Result<Result<Exit, ErrorCode>> {
        let activity = self.connection.activity();
        let _waiting = activity.wait_for_client();
        let run = self.table.get_mut(&child)?;
        let ended = tokio::select! {
            biased;
            ended = run.child.wait() => ended,
            () = self.connection.client_gone(run.half_closed) => {
                return Ok(Err(ErrorCode::ClientClosed));
            }
        };
        Ok(match ended {
            Ok(exit) => Ok(Exit {
                outcome: match exit.outcome {
                    process::Outcome::Succeeded => Outcome::Succeeded,
                    process::Outcome::Failed => Outcome::Failed,
                    process::Outcome::Killed => Outcome::Killed,
                },
                description: exit.description,
                content_left: run.pump.content_left(),
            }),
            Err(error) => Err(error_code(&error)),
        })
    }

    fn drop(&mut self, child: Resource<ScriptRun>) -> wasmtime::Result<()> {
        self.table.delete(child)?;
        Ok(())
    }
}

impl ScriptRun {
    /// Waits for output, moving the request's content meanwhile, and watching
    /// whether the client is still there.
    async fn read(&mut self, connection: &mut Connection) -> Result<Vec<u8>, ErrorCode> {
        let activity = connection.activity();
        // How long a script may take is the script's limit, not the handler's.
        let _waiting = activity.wait_for_client();
        while self.pump.is_active() {
            // Content first, which ends: a script that is over by now would
            // leave it on the connection.
            tokio::select! {
                biased;
                moved = self.pump.advance(connection) => {
                    moved.map_err(|_| ErrorCode::ClientClosed)?;
                }
                output = self.child.read(READ_SIZE) => {
                    return output.map_err(|error| error_code(&error));
                }
            }
        }
        let output = tokio::select! {
            biased;
            output = self.child.read(READ_SIZE) => output,
            () = connection.client_gone(self.half_closed) => {
                return Err(ErrorCode::ClientClosed);
            }
        };
        activity.progress();
        output.map_err(|error| error_code(&error))
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
