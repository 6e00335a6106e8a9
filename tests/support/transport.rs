//! What carries the bytes of tests that say nothing of it.

use std::process::{Command, Stdio};

/// Names another [`Transport`] than TCP.
const VARIABLE: &str = "WASM_HOST_TESTS_OVER";

/// What carries the bytes between server and client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Tcp,
    Unix,
    /// TCP, and TLS on it: clients go through a [`tunnel`](super::tunnel).
    Tls,
}

/// The one that this process was started for.
pub(crate) fn chosen() -> Transport {
    match std::env::var(VARIABLE).as_deref() {
        Err(_) | Ok("") => Transport::Tcp,
        Ok("unix") => Transport::Unix,
        Ok("tls") => Transport::Tls,
        Ok(other) => panic!("{VARIABLE} is {other:?}, and may be unix or tls"),
    }
}

/// Runs these tests of this program once more over Unix sockets.
#[track_caller]
pub(crate) fn again_over_unix(tests: &[&str]) {
    again("unix", tests, &[]);
}

/// The same over TLS, without those.
#[track_caller]
pub(crate) fn again_over_tls(tests: &[&str], without: &[&str]) {
    again("tls", tests, without);
}

/// In a process of its own.
#[track_caller]
fn again(over: &str, tests: &[&str], without: &[&str]) {
    let program = std::env::current_exe().expect("its path is known");
    let mut command = Command::new(program);
    command.args(tests).env(VARIABLE, over);
    for test in without {
        command.args(["--skip", test]);
    }
    let output = command.stdin(Stdio::null()).output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    assert!(!text.contains("running 0 tests"), "{text}");
}
