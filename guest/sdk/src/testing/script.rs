//! Scripts that aren't there: what a test says of them.

use crate::process::{Child, EntryKind, Environment, Exit, Input, Outcome, ProcessError, Run};
use std::collections::VecDeque;

/// A script in a test: what it prints and how it ends, with no process.
///
/// ```
/// use wasm_host_sdk::process::Outcome;
/// use wasm_host_sdk::testing::FakeScript;
///
/// let hello = FakeScript::printing("Content-Type: text/plain\n\nHello\n");
/// assert_eq!(hello.outcome, Outcome::Succeeded);
/// ```
#[derive(Debug, Clone)]
pub struct FakeScript {
    /// What a look at it says.
    pub kind: Result<EntryKind, ProcessError>,
    /// Why it can't be started, if it can't.
    pub start: Result<(), ProcessError>,
    /// What each read of its output returns.
    pub output: Vec<Vec<u8>>,
    /// From which read on it is over: [`Child::is_over`].
    pub over_after: usize,
    /// Why its output breaks off, if it does.
    pub end: Result<(), ProcessError>,
    /// How it fares.
    pub outcome: Outcome,
    /// What it says.
    pub description: String,
    /// How many bytes of its input it reads at most.
    pub reads: usize,
}

impl Default for FakeScript {
    fn default() -> Self {
        Self {
            kind: Ok(EntryKind::Script),
            start: Ok(()),
            output: Vec::new(),
            over_after: usize::MAX,
            end: Ok(()),
            outcome: Outcome::Succeeded,
            description: "exit code 0".to_owned(),
            reads: usize::MAX,
        }
    }
}

impl FakeScript {
    /// A script that reads all of its input, prints this, and succeeds.
    #[must_use]
    pub fn printing(output: impl Into<Vec<u8>>) -> Self {
        Self {
            output: vec![output.into()],
            ..Self::default()
        }
    }

    /// Something else than a script at that path.
    #[must_use]
    pub fn entry(kind: Result<EntryKind, ProcessError>) -> Self {
        Self {
            kind,
            ..Self::default()
        }
    }
}

/// A script that was started: what it got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptRun {
    /// The path of its file, beneath the served directory.
    pub path: Vec<u8>,
    /// Its environment.
    pub environment: Environment,
    /// What it read from its standard input.
    pub input: Vec<u8>,
}

impl ScriptRun {
    /// A variable's value. None if it isn't set.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        let mut values = self
            .environment
            .iter()
            .filter(|(given, _)| given == name.as_bytes())
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned());
        let value = values.next();
        assert!(values.next().is_none(), "{name} is there twice");
        value
    }
}

/// Starts a script that reads from what a client sent. Returns the script, and
/// what it reads.
pub(super) fn start(
    script: &FakeScript,
    input: Input,
    received: &mut Vec<u8>,
) -> Result<(Child, Vec<u8>), ProcessError> {
    script.start?;
    let mut content_left = 0;
    let read = match input {
        Input::None => Vec::new(),
        Input::Bytes(bytes) => truncated(bytes, script.reads),
        Input::Spooled(spool) => truncated(spool.into_bytes(), script.reads),
        Input::Content(length) => {
            let wanted = usize::try_from(length)
                .unwrap_or(usize::MAX)
                .min(script.reads);
            if wanted > received.len() {
                return Err(ProcessError::ClientClosed);
            }
            content_left = length - wanted as u64;
            received.drain(..wanted).collect()
        }
    };
    let exit = Exit {
        outcome: script.outcome,
        description: script.description.clone(),
        content_left,
    };
    let running = Running {
        output: script.output.clone().into(),
        reads_left: script.over_after,
        end: script.end,
        exit,
    };
    Ok((Child::new(running), read))
}

fn truncated(mut bytes: Vec<u8>, length: usize) -> Vec<u8> {
    bytes.truncate(length);
    bytes
}

struct Running {
    output: VecDeque<Vec<u8>>,
    reads_left: usize,
    end: Result<(), ProcessError>,
    exit: Exit,
}

impl Run for Running {
    fn read(&mut self) -> Result<Vec<u8>, ProcessError> {
        self.reads_left = self.reads_left.saturating_sub(1);
        match self.output.pop_front() {
            Some(bytes) => Ok(bytes),
            None => self.end.map(|()| Vec::new()),
        }
    }

    fn is_over(&mut self) -> bool {
        self.reads_left == 0
    }

    fn content_left(&self) -> u64 {
        self.exit.content_left
    }

    fn wait(&mut self) -> Result<Exit, ProcessError> {
        self.end.map(|()| self.exit.clone())
    }
}
