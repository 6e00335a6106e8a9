//! What the process gives up once all is open. That nothing is within reach then is
//! `host/server/tests/lockdown`'s to show, where code of one's own can run inside.

use crate::support::eventually;
use crate::support::guests;
use crate::support::only::Only;
use crate::support::server::Server;
use crate::support::tree::Tree;
use rustix::process::Signal;
use std::fs;
use std::path::Path;

/// What the log says where something couldn't be given up: by a thread that ran too
/// early, or for want of it in the kernel.
const LACKING: &str = "not locked down in full";

/// A line of each of a server's threads, of proc_pid_status(5).
fn of_all_threads(server: &Server, name: &str) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{}/task", server.id())).unwrap();
    let lines = tasks.map(|task| {
        let status = fs::read_to_string(task.unwrap().path().join("status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.expect("Linux has it").trim().to_owned()
    });
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    lines.dedup();
    lines
}

#[test]
fn all_threads_are_locked_down_unless_that_is_switched_off() {
    let tree = Tree::simple();
    for (args, privileges, filter) in [
        (&["-v"][..], "1", "2"),
        (&["-v", "--no-lockdown"], "0", "0"),
    ] {
        let server = Server::builder().directory(&tree).args(args).start();
        assert_eq!(server.get("/hello.txt").status, 200);
        assert_eq!(
            of_all_threads(&server, "NoNewPrivs:"),
            [privileges],
            "{args:?}"
        );
        assert_eq!(of_all_threads(&server, "Seccomp:"), [filter], "{args:?}");
        server.wait_for_log(|line| line.contains("\"GET /hello.txt"));
        let log = server.log_lines();
        let said = |text: &str| log.iter().any(|line| line.contains(text));
        assert_eq!(said("locked down: no program"), filter == "2", "{log:?}");
        assert_eq!(said("locked down: no other file"), filter == "2", "{log:?}");
        assert!(!said(LACKING), "{log:?}");
    }
}

#[test]
fn of_roots_privileges_those_for_files_are_left() {
    if !Only::AsRoot.applies() {
        return;
    }
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    for name in ["CapEff:", "CapPrm:"] {
        let [capabilities] = &of_all_threads(&server, name)[..] else {
            panic!("threads differ")
        };
        let capabilities = u64::from_str_radix(capabilities, 16).unwrap();
        // CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH and CAP_FOWNER.
        assert_eq!(capabilities & !0b1110, 0, "{name} {capabilities:x}");
    }
}

/// What is within reach is said to who asks, and is no more than it must be.
#[test]
fn what_is_within_reach_is_logged() {
    let tree = Tree::simple();
    let component = tree.outside("handler");
    fs::create_dir(&component).unwrap();
    let component = component.join("handler.wasm");
    fs::copy(guests::component("hostile_handler"), &component).unwrap();
    let data = Tree::simple();
    let args = [
        "-v",
        "--no-follow",
        "--component",
        component.to_str().unwrap(),
    ];
    let server = Server::builder()
        .directory(&tree)
        .args(args)
        .args([
            "--dir",
            &format!("{}::/data:rw", data.path("dir").display()),
        ])
        .start();
    let reach = |what: &str, path: &Path| format!("within reach: {what} {}", path.display());
    for line in [
        reach("read and list", tree.as_ref()),
        reach("read and change", &data.path("dir")),
        reach("read files of", component.parent().unwrap()),
    ] {
        server.wait_for_log(|logged| logged.ends_with(line.as_str()));
    }
    let beside = reach("read and list", &tree.outside(""));
    let log = server.log_lines();
    assert!(
        !log.iter()
            .any(|line| line.contains(beside.trim_end_matches('/'))),
        "{log:?}"
    );
    assert!(
        !log.iter().any(|line| line.contains("connections to")),
        "{log:?}"
    );
    // It is loaded anew nevertheless.
    server.signal(Signal::HUP);
    server.wait_for_log(|line| line.contains("reloaded"));
    assert_eq!(server.get("/ok").text(), "ok\n");
}

/// The served directory can be written to where clients may leave files, and nowhere else.
#[test]
fn only_uploads_have_the_served_directory_written_to() {
    let tree = Tree::simple();
    for (args, what) in [
        (&["-v"][..], "read and list"),
        (&["-v", "--upload"], "read, and add files to,"),
    ] {
        let server = Server::builder().directory(&tree).args(args).start();
        assert_eq!(server.get("/hello.txt").status, 200);
        server.wait_for_log(|line| line.contains("\"GET /hello.txt"));
        let log = server.log_lines();
        let root = tree.as_ref().display().to_string();
        let of_root = log
            .iter()
            .filter(|line| line.ends_with(&format!(" {root}")));
        let said: Vec<_> = of_root.collect();
        let reach = format!("within reach: {what} {root}");
        assert!(said.iter().all(|line| line.ends_with(&reach)), "{said:?}");
        assert_eq!(said.len(), 1, "{log:?}");
        assert!(!log.iter().any(|line| line.contains(LACKING)), "{log:?}");
    }
}

/// To make the log anew after a rotation, all that is beside it would be within reach.
#[test]
fn no_home_is_within_reach_for_the_log() {
    let tree = Tree::simple();
    for (name, moves) in [("home", false), ("logs", true)] {
        let directory = tree.outside(name);
        fs::create_dir(&directory).unwrap();
        let (log, moved) = (directory.join("log"), directory.join("moved"));
        let server = Server::builder()
            .directory(&tree)
            .env("HOME", tree.outside("home"))
            .env("XDG_CACHE_HOME", tree.outside("cache"))
            .args(["-v", "--no-follow", "--log-file", log.to_str().unwrap()])
            .start();
        let said = |file: &Path, text: &str| {
            let file = file.to_owned();
            let text = text.to_owned();
            eventually(&text.clone(), move || {
                fs::read_to_string(&file)
                    .unwrap_or_default()
                    .contains(&text)
            });
        };
        let reach = format!("write files to {}\n", directory.display());
        // What is within reach comes before the first request.
        assert_eq!(server.get("/hello.txt").status, 200);
        said(&log, "GET /hello.txt");
        let within = fs::read_to_string(&log).unwrap().contains(&reach);
        assert_eq!(within, moves, "{name}");
        fs::rename(&log, &moved).unwrap();
        server.signal(Signal::USR1);
        if moves {
            eventually("it is made anew", || log.exists());
        } else {
            said(&moved, "can't be opened anew");
        }
        assert_eq!(server.get("/hello.txt").status, 200);
        said(if moves { &log } else { &moved }, "GET /hello.txt");
    }
}
