//! What a command was asked to print.

use crate::failure::Failure;
use std::io::{self, ErrorKind, Write};

/// Prints it whole. That somebody closes a pipe, who has seen enough, is no failure.
pub(crate) fn print(text: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => printed.map_err(Failure::Output),
    }
}
