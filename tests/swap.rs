//! A component takes another's place, while requests go on.

use crate::support::command_line::{run, stderr};
use crate::support::eventually;
use crate::support::guests;
use crate::support::scripts::foreman_of;
use crate::support::server::{BINARY, Server};
use crate::support::tools;
use crate::support::tree::Tree;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Longer than the server waits for a change to be over.
const PAUSE: Duration = Duration::from_millis(500);

/// A server of a component that can be replaced.
struct Site {
    tree: Tree,
    server: Server,
}

/// A component that answers `name`.
pub(crate) fn named(name: &str) -> Vec<u8> {
    let placeholder = b"the name of this component, which is 64 bytes and is overwritten";
    let mut bytes = fs::read(guests::component("swap_handler")).unwrap();
    let mut windows = bytes.windows(placeholder.len());
    let at = windows.position(|window| window == placeholder).unwrap();
    let name = format!("{name:64}");
    bytes[at..at + name.len()].copy_from_slice(name.as_bytes());
    bytes
}

/// Puts another file in a file's place, as compilers and `mv` do.
pub(crate) fn replace(file: &Path, contents: &[u8]) {
    let new = file.with_extension("new");
    fs::write(&new, contents).unwrap();
    fs::rename(new, file).unwrap();
}

impl Site {
    /// Serves the component `one`.
    fn new(args: &[&str]) -> Self {
        let tree = Tree::simple();
        let file = tree.outside("handler.wasm");
        fs::write(&file, named("one")).unwrap();
        Self::of(tree, &file, args)
    }

    fn of(tree: Tree, file: &Path, args: &[&str]) -> Self {
        let server = Server::builder()
            .directory(&tree)
            .args(["--component".as_ref(), file.as_os_str()])
            .args(args)
            .start();
        assert_eq!(server.get("/").text(), "one");
        Self { tree, server }
    }

    fn file(&self) -> PathBuf {
        self.tree.outside("handler.wasm")
    }

    fn logged(&self, part: &str) -> usize {
        let lines = self.server.log_lines();
        lines.iter().filter(|line| line.contains(part)).count()
    }

    fn reloads(&self) -> usize {
        self.logged("component reloaded: ")
    }

    /// Does what should lead to a reload, and waits for it.
    #[track_caller]
    fn after_reload(&self, act: impl FnOnce()) {
        let before = self.reloads();
        act();
        eventually("the component is reloaded", || self.reloads() > before);
    }

    /// The next component takes over; on SIGHUP, or by itself.
    #[track_caller]
    fn swap(&self, name: &str, signal: Option<Signal>) {
        let contents = named(name);
        self.after_reload(|| {
            replace(&self.file(), &contents);
            if let Some(signal) = signal {
                self.server.signal(signal);
            }
        });
        assert_eq!(self.server.get("/").text(), name);
    }
}

/// One client after the other, each with one request; or one with many.
fn visit(server: &Server, keep_alive: bool, end: &AtomicBool) -> [usize; 2] {
    let mut answers = [0; 2];
    let mut client = server.connect();
    while !end.load(Ordering::Relaxed) {
        if !keep_alive {
            client = server.connect();
        }
        let response = client.get("/");
        assert_eq!(response.status, 200);
        match response.text().as_str() {
            "one" => answers[0] += 1,
            "two" => answers[1] += 1,
            other => panic!("{other:?}"),
        }
    }
    answers
}

#[test]
fn no_request_fails_across_a_hundred_swaps() {
    let site = Site::new(&["--watch"]);
    let end = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let visitors = [true, false, true, false].map(|keep_alive| {
            let (site, end) = (&site, &end);
            scope.spawn(move || visit(&site.server, keep_alive, end))
        });
        for number in 0..100 {
            site.swap(["two", "one"][number % 2], None);
        }
        end.store(true, Ordering::Relaxed);
        for visitor in visitors {
            let answers = visitor.join().unwrap();
            assert!(answers.iter().all(|&count| count > 0), "{answers:?}");
        }
    });
    assert_eq!(site.reloads(), 100);
    assert_eq!(site.logged("not reloaded"), 0);
}

#[test]
fn sighup_reloads_without_watching() {
    let site = Site::new(&[]);
    let mut client = site.server.connect();
    for name in ["two", "one", "two"] {
        // The instance lingers; a connection isn't held to it.
        assert_eq!(client.get("/").status, 200);
        site.swap(name, Some(Signal::HUP));
        assert_eq!(client.get("/").text(), name);
    }
    // The same file once more is a reload, too.
    site.after_reload(|| site.server.signal(Signal::HUP));
    assert_eq!(client.get("/").text(), "two");
    let line = site.server.wait_for_log(|line| line.contains("reloaded: "));
    let file = site.file().display().to_string();
    assert!(
        line.contains(&format!("component reloaded: {file} (in ")),
        "{line}"
    );
}

#[test]
fn memory_does_not_grow_over_a_hundred_swaps() {
    let site = Site::new(&[]);
    let swap = |count: usize| {
        for number in 0..count {
            site.swap(["two", "one"][number % 2], Some(Signal::HUP));
        }
    };
    swap(10);
    let (files, memory) = (site.server.open_files(), site.server.resident_kib());
    swap(100);
    eventually("all files are closed", || site.server.open_files() <= files);
    let grown = site.server.resident_kib().saturating_sub(memory);
    assert!(grown < 64 * 1024, "{grown} KiB more after 100 swaps");
}

/// A component that was served before is in the cache: no process is needed for it, as
/// nobody is there to start one.
#[test]
fn what_was_compiled_once_is_loaded_without_a_compiler() {
    let site = Site::new(&[]);
    let change = |name: &str| {
        replace(&site.tree.outside("handler.wasm"), &named(name));
        site.after_reload(|| site.server.signal(Signal::HUP));
        assert_eq!(site.server.get("/").text(), name);
    };
    for name in ["two", "one", "two"] {
        change(name);
    }
    let foreman = Pid::from_raw(foreman_of(&site.server).unwrap().cast_signed());
    kill_process(foreman.unwrap(), Signal::KILL).unwrap();
    change("one");
}

#[test]
fn a_running_response_finishes_on_the_old_component() {
    let site = Site::new(&["--watch"]);
    let mut client = site.server.connect();
    client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\n\r\n");
    client.wait_for("one");
    site.swap("two", None);
    client.send("x");
    assert_eq!(client.response().text(), "oneone");
    assert_eq!(client.get("/").text(), "two");
}

#[test]
fn a_broken_file_leaves_the_old_component_serving() {
    let site = Site::new(&["--watch"]);
    let whole = named("two");
    let other_world = fs::read(guests::component("command")).unwrap();
    let ungranted = fs::read(guests::component("socket_handler")).unwrap();
    let cases: [(&[u8], &str); 5] = [
        (&whole[..whole.len() / 2], "is not a component"),
        (b"#!/bin/sh\n", "isn't a WebAssembly binary"),
        (b"\0asm\x01\0\0\0", "core module"),
        (&other_world, "wasi:cli/run"),
        (&ungranted, "wasi:sockets"),
    ];
    for (number, (contents, reason)) in cases.into_iter().enumerate() {
        replace(&site.file(), contents);
        eventually(reason, || {
            site.logged("component not reloaded") == number + 1
        });
        let is_it = |line: &str| line.contains("not reloaded") && line.contains(reason);
        site.server.wait_for_log(is_it);
        assert_eq!(site.server.get("/").text(), "one", "{reason}");
    }
    assert_eq!(site.reloads(), 0);
    site.swap("two", None);
    assert_eq!(site.logged("component not reloaded"), cases.len());
}

#[test]
fn a_file_is_taken_when_its_writer_has_finished() {
    let site = Site::new(&["--watch"]);
    let contents = named("two");
    let (first, second) = contents.split_at(contents.len() / 2);
    let mut writer = File::create(site.file()).unwrap();
    for part in [b"".as_slice(), first] {
        writer.write_all(part).unwrap();
        std::thread::sleep(PAUSE);
        assert_eq!(site.server.get("/").text(), "one");
    }
    writer.write_all(second).unwrap();
    site.after_reload(|| drop(writer));
    assert_eq!(site.server.get("/").text(), "two");
    assert_eq!(site.logged("not reloaded"), 0);
}

#[test]
fn a_file_may_be_removed_and_made_again() {
    let site = Site::new(&["--watch"]);
    fs::remove_file(site.file()).unwrap();
    site.server.wait_for_log(|line| line.contains(" is gone"));
    assert_eq!(site.server.get("/").text(), "one");
    site.after_reload(|| fs::write(site.file(), named("two")).unwrap());
    assert_eq!(site.server.get("/").text(), "two");
}

/// As `cargo clean` and `cargo build` do; cargo makes a hard link, too.
#[test]
fn the_directory_may_be_removed_and_made_again() {
    let tree = Tree::simple();
    let folder = tree.outside("target");
    let file = folder.join("handler.wasm");
    fs::create_dir(&folder).unwrap();
    fs::write(&file, named("one")).unwrap();
    let site = Site::of(tree, &file, &["--watch"]);
    let built = site.tree.outside("built.wasm");
    for name in ["two", "one"] {
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(site.server.get("/").status, 200);
        fs::write(&built, named(name)).unwrap();
        site.after_reload(|| {
            fs::create_dir(&folder).unwrap();
            fs::hard_link(&built, &file).unwrap();
        });
        assert_eq!(site.server.get("/").text(), name);
        fs::remove_file(&built).unwrap();
    }
}

/// Directories `one` and `two` beside the site, each with a component of its name.
fn releases(file: &str) -> Tree {
    let tree = Tree::simple();
    for name in ["one", "two"] {
        fs::create_dir(tree.outside(name)).unwrap();
        fs::write(tree.outside(name).join(file), named(name)).unwrap();
    }
    tree
}

/// Has a link lead elsewhere at once.
fn turn(link: &Path, target: &str) {
    let new = link.with_extension("new");
    symlink(target, &new).unwrap();
    fs::rename(new, link).unwrap();
}

#[test]
fn a_link_may_lead_elsewhere_and_what_it_leads_to_may_change() {
    let tree = releases("real.wasm");
    let link = tree.outside("link.wasm");
    symlink("one/real.wasm", &link).unwrap();
    let site = Site::of(tree, &link, &["--watch"]);
    site.after_reload(|| turn(&link, "two/real.wasm"));
    assert_eq!(site.server.get("/").text(), "two");
    let real = site.tree.outside("two").join("real.wasm");
    site.after_reload(|| replace(&real, &named("three")));
    assert_eq!(site.server.get("/").text(), "three");
}

/// As deployments do: `current` leads from one release to the next.
#[test]
fn a_directory_on_the_way_may_be_a_link() {
    let tree = releases("handler.wasm");
    let link = tree.outside("current");
    symlink("one", &link).unwrap();
    let site = Site::of(tree, &link.join("handler.wasm"), &["--watch"]);
    site.after_reload(|| turn(&link, "two"));
    assert_eq!(site.server.get("/").text(), "two");
    let file = site.tree.outside("two").join("handler.wasm");
    site.after_reload(|| replace(&file, &named("three")));
    assert_eq!(site.server.get("/").text(), "three");

    // It may lead to what isn't there yet.
    turn(&link, "later");
    site.server.wait_for_log(|line| line.contains(" is gone"));
    let later = site.tree.outside("later");
    site.after_reload(|| {
        fs::create_dir(&later).unwrap();
        fs::write(later.join("handler.wasm"), named("four")).unwrap();
    });
    assert_eq!(site.server.get("/").text(), "four");
}

/// The file is read by others, touched by none.
#[test]
fn nothing_is_reloaded_when_nothing_has_changed() {
    let site = Site::new(&["--watch"]);
    fs::read(site.file()).unwrap();
    fs::write(site.tree.outside("other.wasm"), "other").unwrap();
    std::thread::sleep(PAUSE);
    site.swap("two", None);
    assert_eq!(site.reloads(), 1);
}

/// Of a directory with a log file in it, say.
#[test]
fn a_busy_neighbour_does_not_put_off_a_swap() {
    let site = Site::new(&["--watch"]);
    let mut neighbour = File::create(site.tree.outside("log.txt")).unwrap();
    let end = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !end.load(Ordering::Relaxed) {
                neighbour.write_all(b"a line\n").unwrap();
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        let swapped = std::panic::catch_unwind(|| site.swap("two", None));
        end.store(true, Ordering::Relaxed);
        swapped.unwrap();
    });
}

#[test]
fn of_the_embedded_component_there_is_nothing_to_reload() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    server.signal(Signal::HUP);
    server.wait_for_log(|line| line.contains("nothing to reload"));
    assert_eq!(server.get("/hello.txt").status, 200);

    let output = run(["serve", "--watch", "0"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("--component"),
        "{}",
        stderr(&output)
    );
}

/// A server that outlived its terminal would hold its port unseen.
#[test]
fn a_terminal_that_closes_ends_the_server() {
    const SCRIPT: &str = "
import os, pty, signal, sys
pid, terminal = pty.fork()
if pid == 0:
    # Whoever runs the tests may have been started by nohup.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])
signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGKILL))
signal.alarm(60)
line = b''
while b'...' not in line:
    line += os.read(terminal, 4096)
os.close(terminal)
print(os.waitpid(pid, 0)[1])
";
    if !tools::available("python3") {
        return;
    }
    let tree = Tree::simple();
    let mut python = Command::new("python3");
    python
        .args([
            "-c",
            SCRIPT,
            BINARY,
            "serve",
            "--bind=127.0.0.1",
            "--directory",
        ])
        .args([tree.as_ref().as_os_str(), "0".as_ref()]);
    assert_eq!(tools::stdout(&mut python), b"0\n");
}
