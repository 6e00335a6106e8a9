//! Builds the component that the library embeds, `guest/default`, as
//! `$OUT_DIR/default.wasm`.
//!
//! The component is a cargo build inside a cargo build: with a target folder of its own,
//! as the outer one is locked, and without the outer one's flags and wrappers,
//! which are meant for another target.

// So that a start needn't do it.
#[path = "src/component/renewable/mod.rs"]
mod renewable;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Not `wasm32-wasip2`, as for handlers in general: what its standard library
/// imports, this component doesn't need, and each import costs each instance.
const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "guest";

/// The linker makes a component of the module.
///
/// Every wasmtime has SIMD; the search for line ends, for one, uses it.
///
/// The stack, the data and the heap of a usual request fit two pages of memory
/// together, as all of it is cleared for each instance. The stack is the first
/// thing in it: one that overflows traps. The deepest calls, a long listing's,
/// take about 5 KiB.
const GUEST_FLAGS: &str =
    "-Clinker=wasm-component-ld -Ctarget-feature=+simd128 -Clink-arg=-zstack-size=32768";

fn main() {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("host/server/ is in the workspace's root")
        .to_owned();
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/component/renewable");
    for input in [
        "guest/default",
        "guest/rules",
        "guest/sdk",
        "wit",
        "Cargo.toml",
        "Cargo.lock",
    ] {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }
    let out = PathBuf::from(variable("OUT_DIR"));
    let component = build(&root, &out.join("guest"));
    let component = fs::read(component).expect("the component that was just built");
    let renewable = renewable::renewable(&component).unwrap_or_else(|obstacle| {
        panic!("instances of guest/default can't be used again: {obstacle}")
    });
    fs::write(out.join("default.wasm"), renewable).expect("cargo's folder can be written to");
}

/// Builds the component, and returns its path.
fn build(root: &Path, target_directory: &Path) -> PathBuf {
    let mut cargo = Command::new(variable("CARGO"));
    cargo
        .current_dir(root)
        .args(["build", "--package", "wasm-host-default"])
        .args(["--target", TARGET, "--profile", PROFILE])
        .arg("--target-dir")
        .arg(target_directory);
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", GUEST_FLAGS);
    for name in [
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTFLAGS",
        "RUSTC",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "CARGO_BUILD_TARGET",
        "CARGO_TARGET_DIR",
    ] {
        cargo.env_remove(name);
    }
    let status = cargo.status().expect("cargo, which runs this script");
    assert!(
        status.success(),
        "the component in guest/default was not built; if {TARGET} is missing, run `rustup toolchain install` in {}",
        root.display()
    );
    target_directory
        .join(TARGET)
        .join(PROFILE)
        .join("wasm_host_default.wasm")
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}
