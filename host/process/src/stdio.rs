//! The server's ends of a script's standard input and output, whatever kind of
//! script has the others.

use tokio::io::{AsyncRead, AsyncWrite};

/// What a script reads.
pub type Input = Box<dyn AsyncWrite + Send + Unpin>;

/// What a script writes.
pub type Output = Box<dyn AsyncRead + Send + Unpin>;
