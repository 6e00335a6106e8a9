//! What a handler is granted by name, and nothing beyond it.

use crate::support::command_line::fails_to_start;
use crate::support::guests;
use crate::support::server::{Builder, Server};
use crate::support::tree::{SECRET, Tree};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const HANDLER: &str = "hostile_handler";

/// A server of a handler that reaches for everything, and may have the served
/// directory.
fn hostile(served: &Tree) -> Builder {
    let component = guests::component(HANDLER);
    Server::builder()
        .directory(served)
        .args(["--component".as_ref(), component.as_os_str()])
}

/// `host` as the value of `--dir`.
fn grant(host: impl AsRef<Path>, rest: &str) -> String {
    format!("{}{rest}", host.as_ref().display())
}

/// The attempts of a report that were `done`, and how many there were.
fn done(report: &str) -> (Vec<&str>, usize) {
    let done = report
        .lines()
        .filter_map(|line| line.strip_suffix(": done"));
    (done.collect(), report.lines().count())
}

/// All files beneath a directory, with what is in them; links as links.
fn contents(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.append(&mut contents(&path));
        }
        let bytes = match kind.is_file() {
            true => std::fs::read(&path).unwrap(),
            false => format!("{kind:?}").into_bytes(),
        };
        found.insert(path, bytes);
    }
    found
}

#[test]
fn variables_arguments_and_directories_are_those_granted() {
    let (served, data) = (Tree::simple(), Tree::simple());
    let server = hostile(&served)
        .args(["--env", "GREETING=good day=x", "--env", "EMPTY="])
        .args(["--env", "GREETING=hello"])
        .args(["--arg", "first", "--arg=--second", "--arg", "-3"])
        .args(["--dir", &grant(&data, "::/data:rw")])
        .args(["--dir", &grant(data.path("dir"), "::relative/")])
        .start();
    let expected = "variable EMPTY=\nvariable GREETING=hello\n\
                    argument hostile_handler.wasm\nargument first\nargument --second\n\
                    argument -3\ndirectory /\ndirectory /data\ndirectory relative\n";
    assert_eq!(server.get("/granted").text(), expected);
}

#[test]
fn a_variable_without_a_value_is_the_servers() {
    let served = Tree::empty();
    let server = hostile(&served).args(["--env", "PATH"]).start();
    let path = std::env::var("PATH").unwrap();
    let report = server.get("/granted").text();
    assert!(
        report.starts_with(&format!("variable PATH={path}\n")),
        "{report}"
    );
    assert_eq!(report.matches("variable ").count(), 1, "{report}");
}

#[test]
fn a_directory_is_its_own_path_unless_another_is_given() {
    let (served, data) = (Tree::empty(), Tree::simple());
    let server = hostile(&served).args(["--dir", &grant(&data, "")]).start();
    let name = data.as_ref().display();
    let report = server.get("/granted").text();
    assert!(
        report.ends_with(&format!("directory /\ndirectory {name}\n")),
        "{report}"
    );
}

#[test]
fn a_read_only_directory_cannot_be_changed() {
    for mode in ["", ":ro"] {
        let (served, data) = (Tree::empty(), Tree::hostile());
        let server = hostile(&served)
            .args(["--dir", &grant(&data, &format!("::/data{mode}"))])
            .start();
        let before = contents(data.as_ref());
        let report = server.get("/change/data").text();
        assert_eq!(done(&report), (vec![], 18), "{report}");
        assert_eq!(contents(data.as_ref()), before);
    }
}

#[test]
fn a_writable_directory_can_be_changed() {
    let (served, data) = (Tree::empty(), Tree::hostile());
    let server = hostile(&served)
        .args(["--dir", &grant(&data, "::/data:rw")])
        .start();
    let report = server.get("/change/data").text();
    let refused: Vec<&str> = report
        .lines()
        .filter(|line| !line.ends_with(": done"))
        .collect();
    // What the `files` interface opens, it opens for reading.
    assert_eq!(refused.len(), 1, "{report}");
    assert!(refused[0].starts_with("write by files: "), "{report}");
    assert!(data.path("new.txt").is_file() && data.path("renamed.html").is_file());
    assert!(!data.path("100k.bin").exists() && !data.path("empty-dir").exists());
    assert_eq!(std::fs::read(data.path("hello.txt")).unwrap(), b"HEL");
}

#[test]
fn a_directory_cannot_be_left() {
    for mode in ["", ":rw"] {
        let (served, data) = (Tree::empty(), Tree::hostile());
        let server = hostile(&served)
            .args(["--dir", &grant(&data, &format!("::/data{mode}"))])
            .start();
        let outside = contents(&data.outside(""));
        let report = server.get("/leave/data").text();
        let (done, attempts) = done(&report);
        assert_eq!(done, ["read hello.txt"], "{mode}: {report}");
        assert!(attempts > 100, "{report}");
        assert_eq!(contents(&data.outside("")), outside, "{mode}");
    }
}

/// A hard link would let the handler write to what it may only read (RUSTSEC-2026-0188).
#[test]
fn one_directorys_rights_do_not_reach_into_another() {
    let (served, data) = (Tree::simple(), Tree::simple());
    let server = hostile(&served)
        .args(["--dir", &grant(&data, "::/data:rw")])
        .start();
    let before = [contents(served.as_ref()), contents(data.as_ref())];
    let report = server.get("/mix/data").text();
    assert_eq!(done(&report), (vec![], 20), "{report}");
    assert_eq!([contents(served.as_ref()), contents(data.as_ref())], before);
}

/// The same directory, granted twice.
#[test]
fn a_directorys_rights_are_those_of_the_path_it_is_reached_by() {
    let served = Tree::simple();
    let inner = served.path("dir");
    let server = hostile(&served)
        .args(["--dir", &grant(&inner, "::/data:rw")])
        .start();
    let before = contents(served.as_ref());
    let report = server.get("/mix/data").text();
    assert_eq!(done(&report), (vec![], 20), "{report}");
    assert_eq!(contents(served.as_ref()), before);
}

#[test]
fn what_was_granted_is_logged() {
    let (served, data) = (Tree::empty(), Tree::empty());
    let args = [
        "--dir".to_owned(),
        grant(&data, "::/data:rw"),
        "--dir".to_owned(),
        grant(&data, "::/again"),
        "--env=TOKEN=the-secret".to_owned(),
        "--arg=a\nb".to_owned(),
        "--allow-outbound=Example.com:443".to_owned(),
    ];
    let server = hostile(&served).args(&args).start();
    let host = data.as_ref().display();
    for line in [
        &format!("granted: {host} as /data, read and write"),
        &format!("granted: {host} as /again, read-only"),
        "granted: environment variable TOKEN",
        r#"granted: argument "a\nb""#,
        "granted: requests to example.com:443",
    ] {
        server.wait_for_log(|logged| logged.ends_with(line));
    }
    let logged = server.log_lines().concat();
    assert!(!logged.contains("the-secret"), "{logged}");

    let quiet = hostile(&served).args(&args).args(["--quiet"]).start();
    assert_eq!(quiet.get("/ok").status, 200);
    assert_eq!(quiet.log_lines(), Vec::<String>::new());
}

#[test]
fn what_cannot_be_granted_is_named() {
    let tree = Tree::simple();
    let missing = tree.path("missing");
    for (host, reason) in [
        (missing.as_path(), "No such file"),
        (&tree.path("hello.txt"), "Not a directory"),
    ] {
        let message = fails_to_start(&["--dir", &grant(host, "::/data"), "0"]);
        assert!(message.contains(&host.display().to_string()), "{message}");
        assert!(message.contains(reason), "{message}");
    }
}

#[test]
fn two_directories_at_one_path_are_refused() {
    let (one, other) = (Tree::empty(), Tree::empty());
    for (first, second) in [
        ("::/data", "::/data:rw"),
        ("::/data", "::data"),
        ("::/data", "::/./data/"),
        ("::/a", "::/"),
        ("::/a", "::."),
    ] {
        let dirs = [grant(&one, first), grant(&other, second)];
        let message = fails_to_start(&["--dir", &dirs[0], "--dir", &dirs[1], "0"]);
        let host = other.as_ref().display().to_string();
        assert!(
            message.contains(&format!("cannot grant {host} as")),
            "{message}"
        );
        assert!(message.contains("another path"), "{message}");
    }
}

/// A script that a handler wrote would run outside of its sandbox, and so would
/// compiled code.
#[test]
fn what_the_server_runs_cannot_be_granted_to_write() {
    let tree = Tree::simple();
    tree.directory("cgi-bin");
    tree.symlink("link", "cgi-bin");
    let root = tree.as_ref().to_str().unwrap();
    let cgi = |dir: &str| ["--directory", root, "--cgi", "--dir", dir, "0"].map(str::to_owned);
    for dir in [
        grant(&tree, "::/data:rw"),
        grant(tree.path("link"), "::/data:rw"),
    ] {
        let args = cgi(&dir);
        let message = fails_to_start(&args.each_ref().map(String::as_str));
        assert!(message.contains("cgi-bin"), "{message}");
        assert!(message.contains("leave its sandbox"), "{message}");
    }
    let fine = Server::builder().directory(&tree).args([
        "--cgi",
        "--dir",
        &grant(&tree, "::/data"),
        "--dir",
        &grant(tree.path("dir"), "::/dir:rw"),
    ]);
    assert_eq!(fine.start().get("/hello.txt").status, 200);

    let cache = std::env::var("XDG_CACHE_HOME").or_else(|_| std::env::var("HOME"));
    let message = fails_to_start(&["--dir", &format!("{}::/data:rw", cache.unwrap()), "0"]);
    assert!(
        message.contains("cache of compiled components"),
        "{message}"
    );
}

/// What it wrote there would outlive its instance.
#[test]
fn a_handler_that_may_write_to_its_own_component_is_warned_of() {
    let served = Tree::empty();
    let component = served.outside("handler.wasm");
    std::fs::copy(guests::component(HANDLER), &component).unwrap();
    let start = |mode: &str| {
        Server::builder()
            .directory(&served)
            .args(["--component".as_ref(), component.as_os_str()])
            .args(["--dir", &grant(served.outside(""), mode)])
            .start()
    };
    let warned = "the handler may write to its own component";
    start("::/data:rw").wait_for_log(|line| line.contains(warned));
    let server = start("::/data");
    server.wait_for_log(|line| line.contains("read-only"));
    assert_eq!(server.get("/ok").status, 200);
    assert!(!server.log_lines().concat().contains(warned));
}

/// The embedded handler serves the directory and nothing of the others.
#[test]
fn the_embedded_handler_serves_no_granted_directory() {
    let (served, data) = (Tree::simple(), Tree::hostile());
    let server = Server::builder()
        .directory(&served)
        .args(["--dir", &grant(&data, "::/data:rw")])
        .start();
    assert_eq!(server.get("/hello.txt").status, 200);
    for target in ["/data/hello.txt", "/data/", "/data/../outside/secret.txt"] {
        let response = server.get(target);
        assert!(!response.text().contains(SECRET));
        assert_eq!(response.status, 404, "{target}");
    }
}
