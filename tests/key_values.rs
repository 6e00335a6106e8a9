//! `--keyvalue`: what handlers keep by `wasi:keyvalue`.

use crate::support::client::Response;
use crate::support::command_line::{run, stderr};
use crate::support::guests;
use crate::support::server::{Builder, Server};
use crate::support::tree::Tree;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

fn builder(component: &Path, file: &Path, served: &Tree) -> Builder {
    let component = [OsStr::new("--component"), component.as_os_str()];
    let keyvalue = [OsStr::new("--keyvalue"), file.as_os_str()];
    let server = Server::builder().directory(served);
    server.args(component).args(keyvalue)
}

/// The handlers of each world.
fn both() -> [PathBuf; 2] {
    [guests::example("votes"), guests::wasi_http_example("votes")]
}

#[track_caller]
fn vote(server: &Server, choice: &str) -> Response {
    let content = format!("for={choice}");
    let length = content.len();
    server.exchange(format!(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{content}"
    ))
}

#[track_caller]
fn votes(server: &Server, choice: &str) -> String {
    let page = server.get("/");
    assert_eq!(page.status, 200, "{page:?}");
    let page = page.text();
    let (_, rest) = page
        .split_once(&format!(">{choice}</button> "))
        .expect("it is there");
    rest.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn what_was_kept_is_there_for_other_instances_and_after_a_kill() {
    for component in both() {
        let (served, folder) = (Tree::empty(), Tree::empty());
        let file = folder.path("kept.redb");
        let mut server = builder(&component, &file, &served).start();
        assert_eq!(votes(&server, "tea"), "0");
        for _ in 0..3 {
            assert_eq!(vote(&server, "tea").status, 303);
        }
        assert_eq!(vote(&server, "beer").status, 400);
        assert_eq!(votes(&server, "tea"), "3");
        server.signal(rustix::process::Signal::KILL);
        server.wait();
        let server = builder(&component, &file, &served).start();
        assert_eq!(votes(&server, "tea"), "3");
        assert_eq!(votes(&server, "coffee"), "0");
    }
}

#[test]
fn votes_at_once_are_all_counted() {
    let (served, folder) = (Tree::empty(), Tree::empty());
    let [component, _] = both();
    let server = builder(&component, &folder.path("kept.redb"), &served).start();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..5 {
                    assert_eq!(vote(&server, "water").status, 303);
                }
            });
        }
    });
    assert_eq!(votes(&server, "water"), "40");
}

#[test]
fn a_handler_keeps_so_much_and_no_more() {
    let (served, folder) = (Tree::empty(), Tree::empty());
    let hostile = guests::component("hostile_handler");
    let server = builder(&hostile, &folder.path("kept.redb"), &served);
    let server = server.args(["--keyvalue-size", "1"]).start();
    let said = server.get("/keep").text();
    let most = "there would be more than 1048576 bytes, which is the most";
    assert_eq!(said, format!("10: {most}"));
    // What it has already it may change.
    assert_eq!(server.get("/keep").text(), said);
    // One that hoards handles ends by that, and nobody else does.
    assert_eq!(server.get("/open-stores").status, 500);
    assert_eq!(server.get("/keep").text(), said);
    let file = fs::metadata(folder.path("kept.redb")).expect("it is there");
    assert!(file.len() < 8 << 20, "{} bytes", file.len());
}

/// Each call is the host's time, not the handler's.
#[test]
fn who_asks_for_ever_is_stopped_and_others_are_served_meanwhile() {
    let (served, folder) = (Tree::simple(), Tree::empty());
    let hostile = guests::component("hostile_handler");
    let server = builder(&hostile, &folder.path("kept.redb"), &served);
    let server = server.args(["--cpu-time=1s", "--request-timeout=1s"]);
    let server = server.args(["--threads=1"]).start();
    let mut asking = server.connect_and_send("GET /ask-store HTTP/1.1\r\nHost: a\r\n\r\n");
    for _ in 0..20 {
        assert_eq!(server.get("/ok").status, 200);
    }
    assert_eq!(asking.response().status, 504);
}

#[test]
fn without_a_grant_nothing_is_kept_and_the_log_says_why() {
    for component in both() {
        let served = Tree::empty();
        let args = [OsStr::new("--component"), component.as_os_str()];
        let server = Server::builder().directory(&served).args(args).start();
        assert_eq!(server.get("/").status, 500);
        server.wait_for_log(|line| line.contains("no store of values was granted"));
    }
}

#[test]
fn inspect_says_what_grants_it() {
    for component in both() {
        let output = run([OsStr::new("inspect"), component.as_os_str()]);
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            text.contains("--keyvalue FILE  for wasi:keyvalue/store"),
            "{text}"
        );
    }
    // Whoever doesn't use it doesn't import it.
    let hello = guests::example("hello");
    let output = run([OsStr::new("inspect"), hello.as_os_str()]);
    assert!(!String::from_utf8_lossy(&output.stdout).contains("keyvalue"));
}

#[test]
fn files_that_can_not_be_are_refused_in_one_line() {
    let (served, folder) = (Tree::empty(), Tree::empty());
    let [component, _] = both();
    let kept = folder.path("kept.redb");
    let _holder = builder(&component, &kept, &served).start();
    let text = folder.path("text");
    fs::write(&text, "no database, but some text").expect("a file");
    for (file, said) in [
        (kept, "cannot keep a handler's values in"),
        (text, "cannot keep a handler's values in"),
        (folder.path("none/kept.redb"), "No such file or directory"),
        (
            served.path("kept.redb"),
            "is in the directory that is served",
        ),
    ] {
        let output = run([
            OsStr::new("serve"),
            OsStr::new("0"),
            OsStr::new("--directory"),
            served.path("").as_os_str(),
            OsStr::new("--component"),
            component.as_os_str(),
            OsStr::new("--keyvalue"),
            file.as_os_str(),
        ]);
        let error = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains(said), "{said}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}
