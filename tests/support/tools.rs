//! Outside programs. What a test does without an absent one says [`skip`](super::skip).

use super::PATIENCE;
use super::skip::skipped;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// Whether `program` is there, and says its version; prints `skipped: …` if not.
#[track_caller]
pub(crate) fn available(program: &str) -> bool {
    let mut command = Command::new(program);
    command
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let found = command.status().is_ok_and(|status| status.success());
    if !found {
        skipped(&format!("{program} isn't installed"));
    }
    found
}

/// The same, for a program that has no `--version`.
#[track_caller]
pub(crate) fn startable(program: &str) -> bool {
    let found = Command::new(program).output().is_ok();
    if !found {
        skipped(&format!("{program} isn't installed"));
    }
    found
}

/// What `.ci/run` installs beside the system's programs; prints `skipped: …` if it
/// hasn't.
#[track_caller]
pub(crate) fn installed_by_ci(path: &str) -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
    let installed = cache.join("wasm-host-ci/tools").join(path);
    if installed.exists() {
        return Some(installed);
    }
    skipped(&format!(
        "there is no {}; .ci/run installs it",
        installed.display()
    ));
    None
}

/// Runs a program to its end.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> Output {
    let output = command.stdin(Stdio::null()).output();
    output.unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// Runs a program that has to succeed; its standard output.
#[track_caller]
pub(crate) fn stdout(command: &mut Command) -> Vec<u8> {
    let output = run(command);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?} {}: {errors}",
        output.status
    );
    output.stdout
}

/// `curl`, quiet but for errors, blind to the user's configuration and proxies.
pub(crate) fn curl() -> Command {
    let mut command = Command::new("curl");
    let patience = PATIENCE.as_secs().to_string();
    command.args([
        "-q",
        "--silent",
        "--show-error",
        "--noproxy",
        "*",
        "--max-time",
        &patience,
    ]);
    command
}

/// Python with a script and its arguments, blind to proxies.
pub(crate) fn python(script: &str) -> Command {
    let mut command = Command::new("python3");
    command.args(["-I", "-c", script]).env("no_proxy", "*");
    command
}
