//! Has cargo build components.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What components are built for.
pub(crate) const TARGET: &str = "wasm32-wasip2";

/// What the component in the binary is built for.
pub(crate) const BARE_TARGET: &str = "wasm32-unknown-unknown";

/// What the cargo that runs the tests may have set for them, and what isn't
/// meant for a component.
pub(crate) const FOREIGN_VARIABLES: &[&str] = &[
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_TARGET_DIR",
    "RUSTC",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTFLAGS",
];

/// Builds packages of a workspace; the directory that the components are in.
/// Another process that does the same is waited for: cargo locks the target
/// folder.
pub(crate) fn build_for(
    platform: &str,
    workspace: &str,
    packages: &[&str],
    target: &str,
) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target_directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(target);
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(root.join(workspace))
        .args(["build", "--release", "--target", platform])
        .args(packages)
        .arg("--target-dir")
        .arg(&target_directory)
        .stdin(Stdio::null());
    for name in FOREIGN_VARIABLES {
        cargo.env_remove(name);
    }
    if platform == BARE_TARGET {
        let flags = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";
        cargo.env(flags, "-Clinker=wasm-component-ld");
    }
    let output = cargo.output().expect("the cargo that built this");
    assert!(
        output.status.success(),
        "{workspace} was not built; if {platform} is missing, run `rustup toolchain install`\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    target_directory.join(platform).join("release")
}
