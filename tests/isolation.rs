//! What a handler shares with others, and what it can reach: nothing but what
//! it was granted.

use crate::support::client::Client;
use crate::support::stage::Stage;
use crate::support::{guests, server::Server, tree::SECRET};
use std::collections::BTreeSet;
use std::time::SystemTime;

const HANDLER: &str = "hostile_handler";
const GET_STATE: &str = "GET /state HTTP/1.1\r\nHost: test\r\n\r\n";

/// What the handler has counted to, in answer to one request after another.
fn counts(client: &mut Client, requests: usize) -> Vec<String> {
    client.send(GET_STATE.repeat(requests));
    (0..requests).map(|_| client.response().text()).collect()
}

/// For a handler that somebody says that of.
const BY_CONNECTION: &str = "--isolation=connection";

#[test]
fn a_busy_connection_has_one_instance_where_that_is_wanted() {
    let stage = Stage::with_args(HANDLER, &[BY_CONNECTION]);
    let mut client = stage.server.connect();
    assert_eq!(counts(&mut client, 3), ["1", "2", "3"]);
}

/// As behind a proxy, which sends them one after the other.
#[test]
fn requests_on_a_connection_may_be_of_several_clients() {
    let stage = Stage::new(HANDLER);
    let mut proxy = stage.server.connect();
    assert_eq!(counts(&mut proxy, 6), ["1"; 6]);
    for _ in 0..6 {
        assert_eq!(proxy.get("/state").text(), "1");
    }
}

#[test]
fn two_connections_never_share_an_instance() {
    let stage = Stage::with_args(HANDLER, &[BY_CONNECTION]);
    let mut clients: Vec<Client> = (0..8).map(|_| stage.server.connect()).collect();
    for client in &mut clients {
        client.send(GET_STATE);
    }
    for client in &mut clients {
        assert_eq!(client.response().text(), "1");
    }
    // All are still there, and each may have been given a fresh instance.
    for client in &mut clients {
        assert!(["1", "2"].contains(&client.get("/state").text().as_str()));
    }
}

/// Slots of the instance pool are used again and again; nothing stays in them.
#[test]
fn memory_of_a_former_instance_is_gone() {
    let args = [BY_CONNECTION, "--max-instances=1", "--queue-timeout=20"];
    let stage = Stage::with_args(HANDLER, &args);
    for _ in 0..20 {
        let mut client = stage.server.connect();
        assert_eq!(counts(&mut client, 2), ["1", "2"]);
    }
}

#[test]
fn with_isolation_by_request_each_has_its_instance() {
    let stage = Stage::with_args(HANDLER, &["--isolation=request"]);
    let mut client = stage.server.connect();
    assert_eq!(counts(&mut client, 5), ["1"; 5]);
    for _ in 0..5 {
        assert_eq!(client.get("/state").text(), "1");
    }
}

/// The lines of a report that say `done`.
fn done(report: &str) -> Vec<&str> {
    let lines = report.lines();
    lines
        .filter_map(|line| line.strip_suffix(": done"))
        .collect()
}

#[test]
fn files_outside_of_the_directory_are_out_of_reach() {
    let stage = Stage::new(HANDLER);
    let report = stage.server.get("/escape").text();
    let inside = ["open /hello.txt", "read /hello.txt", "stat /hello.txt"];
    assert_eq!(done(&report), inside, "{report}");
    assert!(report.contains("link-out-absolute: refused"), "{report}");

    let report = stage.server.get("/escape-by-sdk").text();
    assert_eq!(done(&report), ["open hello.txt"], "{report}");
    assert!(report.contains("open dir, then ..: refused"), "{report}");
    assert!(!report.contains(SECRET), "{report}");
}

/// Every path in a directory, with what shows that it was changed.
fn contents(directory: &std::path::Path) -> BTreeSet<(String, u64, SystemTime)> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let metadata = entry.metadata().unwrap();
        if metadata.is_dir() {
            found.append(&mut contents(&entry.path()));
        }
        let path = format!("{:?}", entry.path());
        found.insert((path, metadata.len(), metadata.modified().unwrap()));
    }
    found
}

#[test]
fn the_directory_cannot_be_changed() {
    let stage = Stage::new(HANDLER);
    let before = contents(&stage.tree.path(""));
    let report = stage.server.get("/write").text();
    assert_eq!(done(&report), ["read"], "{report}");
    assert!(report.lines().count() > 10, "{report}");
    assert_eq!(contents(&stage.tree.path("")), before);
}

#[test]
fn the_hosts_environment_and_arguments_are_not_passed_on() {
    let stage = Stage::new(HANDLER);
    let report = stage.server.get("/environment").text();
    // The argument is the component's own name.
    assert_eq!(report, "0 variables, 1 arguments, in /\n");
    let all = stage.server.get("/granted").text();
    assert_eq!(all, "argument hostile_handler.wasm\ndirectory /\n");
}

#[track_caller]
fn assert_printable(line: &str) {
    assert!(!line.contains(char::is_control), "{line:?}");
}

#[test]
fn control_characters_of_a_handler_do_not_reach_the_log() {
    let mut stage = Stage::new(HANDLER);
    assert_eq!(stage.server.get("/forge-log").text(), "logged\n");
    for source in [
        "by message ",
        "by host ",
        "by stdout ",
        "by stderr ",
        "by stderr, unfinished ",
    ] {
        let line = stage.wait_for_log(&[source, "forged"]);
        assert!(line.ends_with(r"forged\x1b[2J\x07\x9b31m"), "{line:?}");
    }
    stage.others_are_served();
    for line in stage.server.log_lines() {
        assert_printable(&line);
        assert!(!line.starts_with("10.0.0.1"), "a forged line: {line}");
    }
}

#[test]
fn a_json_log_tells_whose_request_a_handlers_line_belongs_to() {
    let stage = Stage::with_args(HANDLER, &["--log-format=json"]);
    assert_eq!(stage.server.get("/forge-log").text(), "logged\n");
    for (source, level) in [
        ("by host ", "error"),
        ("by stdout ", "info"),
        ("by stderr ", "error"),
    ] {
        let line = stage.wait_for_log(&[source]);
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["client"], "127.0.0.1", "{line}");
        assert_eq!(line["level"], level, "{line}");
    }
}

/// The names in a backtrace are whatever the component's file says.
#[test]
fn names_in_a_backtrace_cannot_steer_a_terminal() {
    let stage = Stage::new(HANDLER);
    let name = b"hostile_handler.wasm";
    let steering = b"hostile\x1b[2Jevil.wasm";
    let mut bytes = std::fs::read(guests::component(HANDLER)).unwrap();
    let mut windows = bytes.windows(name.len());
    let at = windows.position(|window| window == name).unwrap();
    bytes[at..at + name.len()].copy_from_slice(steering);
    let file = stage.tree.outside("handler.wasm");
    std::fs::write(&file, bytes).unwrap();

    let option = ["--component".as_ref(), file.as_os_str()];
    let server = Server::builder()
        .directory(&stage.tree)
        .args(option)
        .start();
    assert_eq!(server.get("/trap").status, 500);
    let frame = server.wait_for_log(|line| line.contains("evil.wasm!"));
    assert_printable(&frame);
}
