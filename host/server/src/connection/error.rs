//! Why a connection gives its handler nothing, or takes nothing from it.

use std::io;

/// Why something can't be done with a connection: what the contract's
/// `connection.error-code` tells a handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConnectionError {
    /// The client has closed the connection, or a response was cut short.
    Closed,
    /// The client let a time limit pass.
    TimedOut,
    /// The rest of a head doesn't come soon: another instance is to read it.
    Incomplete,
    /// A head is larger than the buffer.
    BufferFull,
    /// A response's file can't be read. Nothing of that response was sent.
    FileUnreadable,
}

impl From<io::Error> for ConnectionError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::TimedOut => Self::TimedOut,
            _ => Self::Closed,
        }
    }
}
