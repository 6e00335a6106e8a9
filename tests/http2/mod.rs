//! HTTP/2, in clear by prior knowledge: requests and answers, what is malformed, and what
//! an attacker sends. The clients are curl, nghttp, h2load, and one in Python that sends
//! whatever frames it is told to (`peer.py`).

mod attacks;
mod clients;
mod content;
mod frames;
mod handlers;
mod malformed;
mod stop;
mod times;
mod wasi;

use crate::support::server::Server;
use crate::support::skip::skipped;
use crate::support::tools::{installed_by_ci, run as run_program};
use crate::support::tree::{MEGABYTE, Tree, pattern};
use std::process::Command;

/// Python with hyperframe and hpack, and a script that uses `peer.py`.
#[track_caller]
fn peer(script: &str) -> Option<Command> {
    let python = installed_by_ci("python/bin/python3")?;
    let mut import = Command::new(&python);
    import.args(["-I", "-c", "import hpack, hyperframe"]);
    if !run_program(&mut import).status.success() {
        skipped("hyperframe isn't installed; .ci/run installs it");
        return None;
    }
    let mut command = Command::new(python);
    let whole = format!("{}\n{script}", include_str!("peer.py"));
    command.args(["-I", "-c", &whole]);
    Some(command)
}

/// Has a script of the Python client's run against a server.
#[track_caller]
fn run(server: &Server, script: &str) {
    let Some(mut peer) = peer(script) else {
        return;
    };
    let output = run_program(peer.arg(server.port().to_string()));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
}

/// A served directory with files of all sizes.
fn tree() -> Tree {
    let tree = Tree::simple();
    tree.file("1m.bin", pattern(MEGABYTE))
        .file("10m.bin", pattern(10 * MEGABYTE));
    tree
}
