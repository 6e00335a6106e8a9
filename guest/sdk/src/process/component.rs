//! Scripts through the host's `process` interface.

use super::spool::Kept;
use super::{Child, EntryKind, Exit, Input, Outcome, ProcessError, Run, Spool, SpoolError};
use crate::bindings::wasm_host::http::process;

pub(crate) fn look_up(path: &[u8]) -> Result<EntryKind, ProcessError> {
    Ok(match process::look_up(path)? {
        process::EntryKind::Script => EntryKind::Script,
        process::EntryKind::NotExecutable => EntryKind::NotExecutable,
        process::EntryKind::Directory => EntryKind::Directory,
    })
}

pub(crate) fn spawn(
    path: &[u8],
    environment: &[(Vec<u8>, Vec<u8>)],
    input: Input,
) -> Result<Child, ProcessError> {
    let input = match input {
        Input::Spooled(Spool(Kept::Host(spool))) => {
            let child = process::spawn_spooled(path, environment, spool)?;
            return Ok(Child::new(child));
        }
        Input::Spooled(spool) => process::Input::Bytes(spool.into_bytes()),
        Input::None => process::Input::None,
        Input::Bytes(bytes) => process::Input::Bytes(bytes),
        Input::Content(length) => process::Input::Content(length),
    };
    Ok(Child::new(process::spawn(path, environment, &input)?))
}

/// A spool of the host's.
pub(super) use crate::bindings::wasm_host::http::process::Spool as HostSpool;

pub(crate) fn spool() -> Result<Spool, SpoolError> {
    Ok(Spool(Kept::Host(HostSpool::open()?)))
}

impl From<process::SpoolError> for SpoolError {
    fn from(error: process::SpoolError) -> Self {
        match error {
            process::SpoolError::TooLong => Self::TooLong,
            process::SpoolError::Busy => Self::Busy,
            process::SpoolError::Failed => Self::Failed,
        }
    }
}

impl Run for process::Child {
    fn read(&mut self) -> Result<Vec<u8>, ProcessError> {
        Ok(Self::read(self)?)
    }

    fn is_over(&mut self) -> bool {
        Self::is_over(self)
    }

    fn content_left(&self) -> u64 {
        Self::content_left(self)
    }

    fn wait(&mut self) -> Result<Exit, ProcessError> {
        let exit = Self::wait(self)?;
        Ok(Exit {
            outcome: match exit.outcome {
                process::Outcome::Succeeded => Outcome::Succeeded,
                process::Outcome::Failed => Outcome::Failed,
                process::Outcome::Killed => Outcome::Killed,
            },
            description: exit.description,
            content_left: exit.content_left,
        })
    }
}

impl From<process::ErrorCode> for ProcessError {
    fn from(error: process::ErrorCode) -> Self {
        match error {
            process::ErrorCode::NotFound => Self::NotFound,
            process::ErrorCode::NotPermitted => Self::NotPermitted,
            process::ErrorCode::Busy => Self::Busy,
            process::ErrorCode::TooLarge => Self::TooLarge,
            process::ErrorCode::Failed => Self::Failed,
            process::ErrorCode::TimedOut => Self::TimedOut,
            process::ErrorCode::ContentMissing => Self::ContentMissing,
            process::ErrorCode::ClientClosed => Self::ClientClosed,
        }
    }
}
