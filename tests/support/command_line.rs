//! Command lines that don't start a server.

use super::PATIENCE;
use super::server::BINARY;
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsStr;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;

/// Runs the binary to its end, for command lines that don't start a server.
#[track_caller]
pub(crate) fn run<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Output {
    let mut command = Command::new(BINARY);
    command.args(args);
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let pid = Pid::from_child(&child);
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = receiver.recv_timeout(PATIENCE * 3) else {
        let _ = kill_process(pid, Signal::KILL);
        panic!("{command:?} didn't end by itself");
    };
    output.expect("its output can be read")
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A start that has to fail with one line on stderr, none on stdout, and exit code 1.
#[track_caller]
pub(crate) fn fails_to_start(args: &[&str]) -> String {
    let output = run([&["serve"], args].concat());
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{args:?}: {message}");
    assert!(output.stdout.is_empty(), "{args:?} announced itself");
    assert!(message.starts_with("error: "), "{args:?}: {message}");
    assert_eq!(message.trim_end().lines().count(), 1, "{args:?}: {message}");
    message
}
