//! Command lines that don't start a server.

use super::PATIENCE;
use super::server::BINARY;
use super::tools::available;
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsStr;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;

/// Runs the binary to its end, for command lines that don't start a server.
#[track_caller]
pub(crate) fn run<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Output {
    let mut command = Command::new(BINARY);
    command.args(args);
    run_to_end(command)
}

/// The binary as one that may read no more than a file's permissions allow, which
/// root has to be made first; none, and the reason printed, where that can't be done.
#[track_caller]
pub(crate) fn bound_by_permissions() -> Option<Command> {
    if !rustix::process::geteuid().is_root() {
        return Some(Command::new(BINARY));
    }
    if !available("setpriv") {
        return None;
    }
    let without = "-dac_override,-dac_read_search";
    let mut command = Command::new("setpriv");
    command
        .args(["--bounding-set", without, "--inh-caps", without])
        .arg(BINARY);
    Some(command)
}

#[track_caller]
fn run_to_end(mut command: Command) -> Output {
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
    command_fails_to_start(Command::new(BINARY), args)
}

/// [`fails_to_start`] for the binary as something else runs it.
#[track_caller]
pub(crate) fn command_fails_to_start(mut command: Command, args: &[&str]) -> String {
    command.arg("serve").args(args);
    let output = run_to_end(command);
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{args:?}: {message}");
    assert!(output.stdout.is_empty(), "{args:?} announced itself");
    assert!(message.starts_with("error: "), "{args:?}: {message}");
    assert_eq!(message.trim_end().lines().count(), 1, "{args:?}: {message}");
    message
}
