//! Puts what the library embeds into `$OUT_DIR`: `default.wasm`, the component in
//! `guest/default`, and `default.cwasm`, its machine code.
//!
//! In the repository the component is built from its sources. In a package it is a file:
//! whoever installs the package needs no compiler for WebAssembly. Its machine code is
//! what the folder in `WASM_HOST_EMBEDDED` has, which the build before has written, and
//! else it is empty.
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

/// Names the folder that `wasm-host write-embedded` has written into.
const FOLDER: &str = "WASM_HOST_EMBEDDED";

/// The component in a package. `.ci/release` puts it there, and nothing else does.
const PACKAGED: &str = "packaged/default.wasm";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/component/renewable");
    let package = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(variable("OUT_DIR"));
    let root = package.ancestors().nth(2).unwrap_or(&package);
    let component = if root.join("guest/default/Cargo.toml").exists() {
        from_sources(root, &out)
    } else {
        read(&package.join(PACKAGED))
    };
    let write = |name: &str, contents: &[u8]| {
        fs::write(out.join(name), contents).expect("cargo's folder can be written to");
    };
    write("default.wasm", &component);
    write("default.cwasm", &machine_code(&component));
}

/// The component as the repository has it, as one whose instances can be used again.
fn from_sources(root: &Path, out: &Path) -> Vec<u8> {
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
    let component = build(root, &out.join("guest"));
    let component = fs::read(component).expect("the component that was just built");
    renewable::renewable(&component).unwrap_or_else(|obstacle| {
        panic!("instances of guest/default can't be used again: {obstacle}")
    })
}

/// The machine code of the component, if a build before has made it.
fn machine_code(component: &[u8]) -> Vec<u8> {
    println!("cargo::rerun-if-env-changed={FOLDER}");
    let Some(folder) = env::var_os(FOLDER).map(PathBuf::from) else {
        return Vec::new();
    };
    for name in ["default.wasm", "default.cwasm"] {
        println!("cargo::rerun-if-changed={}", folder.join(name).display());
    }
    assert!(
        read(&folder.join("default.wasm")) == component,
        "{} has the machine code of another component; build without {FOLDER}, and have \
         `wasm-host write-embedded {}` write it anew",
        folder.display(),
        folder.display()
    );
    read(&folder.join("default.cwasm"))
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
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
