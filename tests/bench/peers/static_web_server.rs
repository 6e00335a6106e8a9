//! static-web-server.

use super::{Launch, Peer};
use crate::bench::error::Result;
use std::path::Path;
use std::process::Command;

pub(super) const STATIC_WEB_SERVER: Peer = Peer {
    name: "static-web-server",
    programs: &["static-web-server"],
    package: None,
    variable: None,
    version: "--version",
    configure,
    lacks: &[("close", "it closes without saying so, for wrk an error")],
};

fn configure(command: &mut Command, launch: &Launch<'_>, port: u16, _: &Path) -> Result<()> {
    command
        .args(["--host", "127.0.0.1", "--port", &port.to_string()])
        .arg("--root")
        .arg(launch.root)
        .args(["--threads-multiplier", "1", "--log-level", "error"])
        .args(["--directory-listing", "true", "--compression", "false"])
        .env("TOKIO_WORKER_THREADS", launch.workers.to_string());
    Ok(())
}
