//! Scripts that the host runs: the `process` interface in a component, what a
//! test says in native ones ([`testing::FakeScript`](crate::testing::FakeScript)).
//!
//! [`Exchange::look_up`] and [`Exchange::spawn`] are the way in: a script
//! belongs to the request that it answers.
//!
//! [`Exchange::look_up`]: crate::Exchange::look_up
//! [`Exchange::spawn`]: crate::Exchange::spawn

#[cfg(all(target_family = "wasm", not(feature = "wasi-http")))]
mod component;
#[cfg(all(target_family = "wasm", not(feature = "wasi-http")))]
pub(crate) use component::{look_up, spawn, spool};
mod memory;
mod spool;

pub use spool::{Spool, SpoolError};

use std::fmt;

/// Environment variables, as names and values: any bytes but NUL.
pub type Environment = Vec<(Vec<u8>, Vec<u8>)>;

/// What a path beneath the served directory leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A script that can be run.
    Script,
    /// A regular file that can't, as it isn't executable.
    NotExecutable,
    /// A directory.
    Directory,
}

/// What a script reads from its standard input.
#[derive(Debug)]
pub enum Input {
    /// Nothing.
    None,
    /// These bytes.
    Bytes(Vec<u8>),
    /// This many bytes of the request's content, which the host moves: they
    /// don't enter the sandbox. Nothing is left for `rfile` then.
    Content(u64),
    /// What was kept of the request's content, by the host.
    Spooled(Spool),
}

/// How a script fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It said that it succeeded.
    Succeeded,
    /// It said that it failed, as many do that have done their work.
    Failed,
    /// It didn't come to say anything: a signal, a trap. What it wrote may not
    /// be all.
    Killed,
}

/// How a script ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// How it fared.
    pub outcome: Outcome,
    /// What it said, or what killed it, in words for the log.
    pub description: String,
    /// How many bytes of [`Input::Content`] it didn't read.
    pub content_left: u64,
}

/// Why a script can't be run, or didn't end well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProcessError {
    /// There is no such file.
    #[error("no such script")]
    NotFound,
    /// It isn't in a granted directory, or isn't an executable regular file.
    #[error("not permitted")]
    NotPermitted,
    /// As many scripts run as may.
    #[error("too many scripts are running")]
    Busy,
    /// Its environment, which the request makes up, is too large.
    #[error("the request is too large for a script's environment")]
    TooLarge,
    /// It couldn't be started, or its output couldn't be read.
    #[error("failed")]
    Failed,
    /// It ran for too long, and was killed.
    #[error("timed out")]
    TimedOut,
    /// It wasn't started, as the request's content didn't begin to come in time.
    #[error("the request's content doesn't come")]
    ContentMissing,
    /// The client has gone.
    #[error("the client closed the connection")]
    ClientClosed,
}

/// What stands behind a [`Child`].
pub trait Run {
    /// See [`Child::read`].
    ///
    /// # Errors
    ///
    /// See [`ProcessError`].
    fn read(&mut self) -> Result<Vec<u8>, ProcessError>;

    /// See [`Child::is_over`].
    fn is_over(&mut self) -> bool {
        false
    }

    /// See [`Child::content_left`].
    fn content_left(&self) -> u64 {
        0
    }

    /// See [`Child::wait`].
    ///
    /// # Errors
    ///
    /// See [`ProcessError`].
    fn wait(&mut self) -> Result<Exit, ProcessError>;
}

/// A script that runs. Dropping it kills it, with all processes that it began.
///
/// ```
/// use wasm_host_sdk::process::{Child, Exit, ProcessError, Run};
///
/// struct Silent;
///
/// impl Run for Silent {
///     fn read(&mut self) -> Result<Vec<u8>, ProcessError> { Ok(Vec::new()) }
///     fn wait(&mut self) -> Result<Exit, ProcessError> { Err(ProcessError::TimedOut) }
/// }
///
/// let mut child = Child::new(Silent);
/// assert_eq!(child.read(), Ok(Vec::new()));
/// assert!(!child.is_over());
/// assert_eq!(child.wait(), Err(ProcessError::TimedOut));
/// ```
pub struct Child(Box<dyn Run>);

impl Child {
    /// A script that runs in this way.
    pub fn new(run: impl Run + 'static) -> Self {
        Self(Box::new(run))
    }

    /// Waits for output, and returns some. Empty: there is no more.
    ///
    /// # Errors
    ///
    /// See [`ProcessError`].
    pub fn read(&mut self) -> Result<Vec<u8>, ProcessError> {
        self.0.read()
    }

    /// Whether the script has ended by itself, and all of its output has been
    /// read: nothing has to be waited for then, and the output that is still to
    /// be sent can go with its end.
    pub fn is_over(&mut self) -> bool {
        self.0.is_over()
    }

    /// How many bytes of [`Input::Content`] it hasn't read yet.
    #[must_use]
    pub fn content_left(&self) -> u64 {
        self.0.content_left()
    }

    /// Waits for the end, once there is no more output.
    ///
    /// # Errors
    ///
    /// See [`ProcessError`].
    pub fn wait(&mut self) -> Result<Exit, ProcessError> {
        self.0.wait()
    }
}

impl fmt::Debug for Child {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Child").finish_non_exhaustive()
    }
}
