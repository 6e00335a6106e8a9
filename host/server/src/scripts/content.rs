//! What goes into a script, and why nothing more comes out of it.

use super::spool::Spool;
use crate::connection::ConnectionError;
use wasm_host_process::ProcessError;

/// What a script reads.
pub(crate) enum ScriptInput {
    /// Nothing.
    None,
    /// These bytes.
    Bytes(Vec<u8>),
    /// So many bytes of the request's content.
    Content(u64),
    /// What was kept of the request's content.
    Spooled(Spool),
}

/// Why nothing comes from a script.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// The script's side.
    #[error("{0}")]
    Script(ProcessError),
    /// The client has gone.
    #[error("its client has gone")]
    ClientGone,
    /// The client sends none of the content that it announced.
    #[error("its client sends no content; it isn't started")]
    ContentMissing,
}

impl From<ConnectionError> for ReadError {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::TimedOut => Self::ContentMissing,
            _ => Self::ClientGone,
        }
    }
}

impl From<ProcessError> for ReadError {
    fn from(error: ProcessError) -> Self {
        Self::Script(error)
    }
}
