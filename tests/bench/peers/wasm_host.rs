//! Ours, with every limit on.

use super::{Isolation, Launch, Peer};
use crate::bench::error::Result;
use std::path::Path;
use std::process::Command;

pub(super) const WASM_HOST: Peer = Peer {
    name: "wasm-host",
    programs: &["wasm-host"],
    package: None,
    variable: None,
    version: "--version",
    configure,
    lacks: &[],
};

/// Idle connections are kept for as long as the others keep them.
fn configure(command: &mut Command, launch: &Launch<'_>, port: u16, _: &Path) -> Result<()> {
    command
        .args(["serve", "--quiet", "--bind", "127.0.0.1", "--directory"])
        .arg(launch.root)
        .args(["--threads", &launch.workers.to_string()])
        .args(["--idle-timeout", "600"])
        .arg(port.to_string());
    if launch.isolation == Isolation::Request {
        command.args(["--isolation", "request"]);
    }
    if let Some(connections) = launch.connections {
        let connections = connections.to_string();
        command.args([
            "--max-connections",
            &connections,
            "--max-instances",
            &connections,
        ]);
    }
    Ok(())
}
