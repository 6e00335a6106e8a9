//! `python3 -m http.server`.

use super::{Launch, Peer};
use crate::bench::error::Result;
use std::path::Path;
use std::process::{Command, Stdio};

pub(super) const PYTHON: Peer = Peer {
    name: "python",
    // Debian's own first: what pyenv puts on the path is a slow script.
    programs: &["/usr/bin/python3", "python3"],
    package: Some("python3"),
    variable: None,
    version: "--version",
    configure,
    lacks: &[
        ("range", "http.server has no ranges"),
        ("latency", "nginx's load is too much for it"),
        ("idle", "HTTP/1.0 keeps no connections"),
        ("scaling", "one thread computes at a time"),
    ],
};

/// With its own HTTP/1.0, a connection a request, which is also the faster way:
/// it sends head and body apart, so that on a connection that persists each
/// response waits for the client's delayed acknowledgement. Its log can't be
/// turned off, only led nowhere.
fn configure(command: &mut Command, launch: &Launch<'_>, port: u16, _: &Path) -> Result<()> {
    command
        .args(["-m", "http.server", "--bind", "127.0.0.1", "--directory"])
        .arg(launch.root)
        .arg(port.to_string())
        .stderr(Stdio::null());
    Ok(())
}
