//! `wasmtime serve` with a component that only answers 1 KB
//! (`tests/handlers/kilobyte`): the standard way to serve HTTP from a sandbox.

use super::{Isolation, Launch, Peer};
use crate::bench::error::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

const NO_FILES: &str = "its component serves no files";

pub(super) const WASMTIME: Peer = Peer {
    name: "wasmtime",
    programs: &["wasmtime"],
    package: None,
    variable: Some("WASMTIME"),
    version: "--version",
    configure,
    lacks: &[
        ("medium", NO_FILES),
        ("large", NO_FILES),
        ("unmodified", NO_FILES),
        ("missing", NO_FILES),
        ("range", NO_FILES),
        ("listing", NO_FILES),
    ],
};

/// Instances are reused without end, unless each request is to have its own.
fn configure(command: &mut Command, launch: &Launch<'_>, port: u16, _: &Path) -> Result<()> {
    let reuse = match launch.isolation {
        Isolation::Usual => "1000000000",
        Isolation::Request => "1",
    };
    command
        .args(["serve", "-Scli", "-Opooling-allocator=y"])
        .args(["--max-instance-reuse-count", reuse])
        .args(["--addr", &format!("127.0.0.1:{port}")])
        .arg(component()?)
        .env("TOKIO_WORKER_THREADS", launch.workers.to_string());
    Ok(())
}

/// The component, which is built once.
fn component() -> Result<PathBuf> {
    static BUILT: OnceLock<std::result::Result<PathBuf, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| build().map_err(|error| error.to_string()));
    built.clone().map_err(Error::Unavailable)
}

fn build() -> Result<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/handlers");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kilobyte");
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(workspace)
        .args(["build", "--quiet", "--release", "--package", "kilobyte"])
        .args(["--target", "wasm32-wasip2", "--target-dir"])
        .arg(&target)
        // They are meant for this program, not for a component.
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("RUSTFLAGS")
        .stdin(Stdio::null());
    let status = cargo.status().map_err(Error::io("cargo"))?;
    if !status.success() {
        let reason = "tests/handlers/kilobyte was not built; is wasm32-wasip2 installed?";
        return Err(Error::Unavailable(reason.to_owned()));
    }
    Ok(target.join("wasm32-wasip2/release/kilobyte.wasm"))
}
