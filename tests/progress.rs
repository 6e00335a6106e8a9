//! What is shown on a terminal while a component is compiled.
//!
//! The component is a named pipe, which keeps the program busy for as long as
//! nobody writes to it.

use crate::support::command_line::{run, stderr};
use crate::support::guests;
use crate::support::server::BINARY;
use crate::support::terminal::Terminal;
use crate::support::tree::Tree;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a spinner erases its line with.
const ERASE: &str = "\x1b[2K";

fn named_pipe(tree: &Tree, name: &str) -> PathBuf {
    let path = tree.path(name);
    let made = Command::new("mkfifo").arg(&path).status();
    assert!(made.expect("coreutils are installed").success());
    path
}

/// Arguments that compile `from` to a file beside it.
fn compile(from: &Path) -> [&str; 2] {
    ["compile", from.to_str().expect("a plain name")]
}

fn feed(pipe: &Path) {
    let component = guests::component("hostile_handler");
    std::fs::copy(component, pipe).expect("it is being read");
}

#[test]
fn a_terminal_shows_progress_and_then_no_trace_of_it() {
    let tree = Tree::empty();
    guests::component("hostile_handler");
    let pipe = named_pipe(&tree, "slow.wasm");
    let Some(mut terminal) = Terminal::run(compile(&pipe)) else {
        return;
    };
    let shown = terminal.wait_for("Compiling");
    assert!(shown.contains("slow.wasm"), "{shown:?}");
    feed(&pipe);
    let (shown, status) = terminal.end();
    assert!(status.success(), "{shown:?}");
    let after = shown.rsplit("slow.wasm").next().unwrap_or_default();
    assert!(after.contains(ERASE), "{shown:?}");
    assert!(tree.path("slow.cwasm").is_file());
}

/// Both without a terminal and with `-q`, for as long as another shows something.
#[test]
fn others_see_nothing() {
    let tree = Tree::empty();
    guests::component("hostile_handler");
    let [piped, quiet, shown] =
        ["piped.wasm", "quiet.wasm", "shown.wasm"].map(|name| named_pipe(&tree, name));
    let [command, file] = compile(&quiet);
    let Some(silent) = Terminal::run([command, file, "-q"]) else {
        return;
    };
    let child = Command::new(BINARY)
        .args(compile(&piped))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut talkative = Terminal::run(compile(&shown)).expect("as before");
    talkative.wait_for("Compiling");
    for pipe in [&piped, &quiet, &shown] {
        feed(pipe);
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(stderr(&output), "");
    assert!(output.stdout.is_empty());
    let (screen, status) = silent.end();
    assert!(status.success(), "{screen:?}");
    assert!(!screen.contains("Compiling"), "{screen:?}");
}

#[test]
fn an_error_is_still_one_line() {
    let output = run(["compile", "/no/such/component.wasm"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr(&output).lines().count(), 1, "{output:?}");
}
