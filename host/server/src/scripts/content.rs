//! What goes into a script, and why nothing more comes out of it.

use super::spool::Spool;
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
pub(crate) enum ReadError {
    /// The script's side.
    Script(ProcessError),
    /// The client has gone.
    ClientGone,
}

impl From<ProcessError> for ReadError {
    fn from(error: ProcessError) -> Self {
        Self::Script(error)
    }
}
