//! Handlers for the tests: the components that `tests/handlers` builds.

use super::component_build::{BARE_TARGET, FOREIGN_VARIABLES, TARGET, build_for};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A component of `tests/handlers`, by its file's name without `.wasm`. The
/// first call in a test run builds them all.
#[track_caller]
pub(crate) fn component(name: &str) -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let built = BUILT.get_or_init(|| build("tests/handlers", &["--workspace"], "handlers"));
    let file = built.join(name).with_extension("wasm");
    assert!(file.is_file(), "tests/handlers doesn't build {file:?}");
    file
}

/// A component of `tests/handlers` that is built as the one in the binary is:
/// with a standard library that knows no WASI.
#[track_caller]
pub(crate) fn bare_component(name: &str) -> PathBuf {
    let package = format!("--package={}", name.replace('_', "-"));
    let built = build_for(BARE_TARGET, "tests/handlers", &[&package], "handlers");
    built.join(name).with_extension("wasm")
}

/// The component of `guest/examples/hello-cgi`, built as its text says.
pub(crate) fn hello_cgi() -> PathBuf {
    build(".", &["-p", "hello-cgi"], "examples").join("hello-cgi.wasm")
}

/// A conformance handler, built as `tests/handlers/Cargo.toml` says.
#[track_caller]
pub(crate) fn conformance(name: &str) -> PathBuf {
    static BUILT: OnceLock<()> = OnceLock::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    BUILT.get_or_init(|| {
        let mut script = Command::new(root.join("tests/handlers/build"));
        for name in FOREIGN_VARIABLES {
            script.env_remove(name);
        }
        // What the other handlers are built from serves these as well.
        let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join("handlers");
        script.env("CARGO_TARGET_DIR", shared);
        super::tools::stdout(&mut script);
    });
    root.join(format!("target/handlers/conformance-{name}.wasm"))
}

/// The handlers of `guest/examples`.
pub(crate) const EXAMPLES: &[&str] = &[
    "auth",
    "echo",
    "events",
    "guestbook",
    "hello",
    "markdown",
    "router",
    "votes",
    "websocket",
];

/// What turns a handler into one for `wasi:http`, as `wasi_http`'s page says.
const WASI_HTTP: [&str; 2] = ["--features", "wasm-host-sdk/wasi-http"];

/// The component of an example, built as its text says. The first call in a test
/// run builds them all.
#[track_caller]
pub(crate) fn example(name: &str) -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let built = BUILT.get_or_init(|| build_examples(&[], "examples"));
    example_in(built, name)
}

/// The same handler, built for `wasi:http`.
#[track_caller]
pub(crate) fn wasi_http_example(name: &str) -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let built = BUILT.get_or_init(|| build_examples(&WASI_HTTP, "wasi-http-examples"));
    example_in(built, name)
}

#[track_caller]
fn example_in(built: &Path, name: &str) -> PathBuf {
    assert!(EXAMPLES.contains(&name), "guest/examples has no {name}");
    built.join(name).with_extension("wasm")
}

fn build_examples(options: &[&str], target: &str) -> PathBuf {
    let package = |name: &&str| format!("--package=wasm-host-example-{name}");
    let packages: Vec<String> = EXAMPLES.iter().map(package).collect();
    let packages = packages.iter().map(String::as_str);
    let arguments: Vec<&str> = packages.chain(options.iter().copied()).collect();
    build(".", &arguments, target)
}

/// Checks that a component's instances are used again, as `inspect` has it.
#[track_caller]
pub(crate) fn uses_instances_again(component: &Path) {
    let output = super::command_line::run(["inspect".as_ref(), component.as_os_str()]);
    let text = String::from_utf8_lossy(&output.stdout);
    let again = text
        .lines()
        .any(|line| line == "instances are used again: yes");
    let error = super::command_line::stderr(&output);
    assert!(again, "{}: {text}{error}", component.display());
}

/// Builds packages of a workspace; the directory that the components are in.
fn build(workspace: &str, packages: &[&str], target: &str) -> PathBuf {
    build_for(TARGET, workspace, packages, target)
}
