//! Python's own server, to compare with.

use super::server::Server;
use std::path::Path;
use std::process::Command;

/// `python3 -m http.server` on the same directory.
#[track_caller]
pub(crate) fn python_server(directory: impl AsRef<Path>) -> Server {
    let mut command = Command::new("python3");
    command.args([
        "-u",
        "-m",
        "http.server",
        "--bind",
        "127.0.0.1",
        "--directory",
    ]);
    command.arg(directory.as_ref()).arg("0");
    Server::spawn(command)
}
