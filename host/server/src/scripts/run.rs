//! A script that runs for a handler, and the connection that its content comes
//! from.

use super::ScriptHost;
use super::content::{ReadError, ScriptInput};
use super::pump::Pump;
use crate::connection::{Activity, Connection};
use crate::logging::LogBudget;
use crate::metrics::Open;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tracing::Level;
use wasm_host_process::{Child, Environment, Exit, Form, LineSink, ProcessError, Program};

/// How much of a script's output a handler gets at once.
const READ_SIZE: usize = 64 * 1024;

/// A script that runs for a handler.
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct ScriptRun {
    child: Child,
    pump: Pump,
    /// Whether the client had closed its side by the time that the script
    /// began: it is one that does so after its request, and still reads.
    half_closed: bool,
    /// How much time the client had taken when the script's clock was last set.
    client_time: Duration,
    _counted: Open,
}

/// Names and values.
pub(crate) type Variables = Vec<(Vec<u8>, Vec<u8>)>;

impl ScriptHost {
    /// Starts the script at a path, for the request at hand on a connection, when the
    /// request's content has begun to come: a client that sends none holds no place that
    /// others need.
    ///
    /// # Errors
    ///
    /// There is no such script, or it can't be started; or the content doesn't come.
    pub(crate) async fn run(
        &self,
        connection: &mut Connection,
        path: &[u8],
        environment: Variables,
        input: ScriptInput,
    ) -> Result<ScriptRun, ReadError> {
        let program = self.scripts.resolve(path)?;
        if let ScriptInput::Content(length) = input {
            connection.begin_content(length).await?;
        }
        let has_input = !matches!(input, ScriptInput::None);
        let mut child = {
            let activity = connection.activity();
            let _waiting = activity.wait_for_client();
            let client = connection.client().ip();
            let log = sink(client, &program, &self.log);
            let environment = self.scripts.environment(path, environment, &log);
            self.start(&program, environment, has_input, log).await?
        };
        let pump = Pump::new(child.take_stdin(), input);
        // Nobody looks at the client while there is nothing to wait for.
        let half_closed = !child.is_known() && connection.has_finished_sending();
        // From here on, a client that closes its side has gone.
        let client = Some(connection.client().ip());
        self.log.line(client, Level::DEBUG, "a script runs");
        Ok(ScriptRun {
            child,
            pump,
            half_closed,
            client_time: connection.activity().client_time(),
            _counted: Open::script(),
        })
    }

    async fn start(
        &self,
        program: &Program,
        environment: Environment,
        has_input: bool,
        log: LineSink,
    ) -> Result<Child, ProcessError> {
        let place = self.scripts.place().await?;
        match &program.form {
            Form::Native { .. } => {
                let scripts = &self.scripts;
                let started = scripts.start(program, environment, has_input, log, place);
                started.await
            }
            Form::Wasm(file) => {
                let started = self.sandbox.start(&program.path, file, &environment, log);
                let (process, stdin, stdout) = started.await?;
                let stdin = has_input.then_some(stdin);
                let supervised = self.scripts.supervise(process, stdin, stdout, place);
                supervised.await.map_err(ProcessError::Failed)
            }
        }
    }
}

/// Where a script's lines go: the log, under the script's name.
fn sink(client: IpAddr, program: &Program, log: &Arc<LogBudget>) -> LineSink {
    let name = program.name.to_string_lossy().into_owned();
    let log = Arc::clone(log);
    Arc::new(move |line| log.line(Some(client), Level::ERROR, &format!("{name}: {line}")))
}

impl ScriptRun {
    /// Whether the script has ended by itself, and all of its output was read.
    pub(crate) fn is_over(&mut self) -> bool {
        self.child.is_over()
    }

    /// How many bytes of the content are still to come from the client.
    pub(crate) fn content_left(&self) -> u64 {
        self.pump.content_left()
    }

    /// Waits for output, moving the request's content meanwhile, and watching
    /// whether the client is still there.
    ///
    /// # Errors
    ///
    /// The script has taken too long, its output can't be read, or nobody is left
    /// to read it.
    pub(crate) async fn read(&mut self, connection: &mut Connection) -> Result<Vec<u8>, ReadError> {
        let activity = connection.activity();
        self.resume_clock(&activity);
        // How long a script may take is the script's limit, not the handler's.
        let waiting = activity.wait_for_client();
        let output = self.read_or_move_content(connection, &activity).await;
        drop(waiting);
        if let Ok(output) = &output {
            self.child.credit_client(output.len() as u64);
        }
        // The client is to take it now.
        self.child.pause_clock();
        output
    }

    async fn read_or_move_content(
        &mut self,
        connection: &mut Connection,
        activity: &Activity,
    ) -> Result<Vec<u8>, ReadError> {
        while self.pump.is_active() {
            if self.pump.waits_for(connection) {
                self.child.pause_clock();
            }
            let left = self.pump.content_left();
            // Content first, which ends: a script that is over by now would
            // leave it on the connection.
            tokio::select! {
                biased;
                moved = self.pump.advance(connection) => moved?,
                output = self.child.read(READ_SIZE) => return Ok(output?),
            }
            self.resume_clock(activity);
            self.child.credit_client(left - self.pump.content_left());
        }
        let output = tokio::select! {
            biased;
            output = self.child.read(READ_SIZE) => output,
            () = connection.client_gone(self.half_closed) => {
                return Err(ReadError::ClientGone);
            }
        };
        activity.progress();
        Ok(output?)
    }

    /// Has the script's clock go on: what its client took of the time isn't the
    /// script's.
    fn resume_clock(&mut self, activity: &Activity) {
        let client_time = activity.client_time();
        let waited = client_time.saturating_sub(self.client_time);
        self.child.resume_clock(waited);
        self.client_time = client_time;
    }

    /// Waits for the script's end, discarding what it still writes.
    ///
    /// # Errors
    ///
    /// The script has taken too long, or nobody is left who waits for it.
    pub(crate) async fn wait(&mut self, connection: &Connection) -> Result<Exit, ReadError> {
        let activity = connection.activity();
        self.resume_clock(&activity);
        let _waiting = activity.wait_for_client();
        tokio::select! {
            biased;
            ended = self.child.wait() => Ok(ended?),
            () = connection.client_gone(self.half_closed) => Err(ReadError::ClientGone),
        }
    }
}
