//! Log formats, and what a client can't write into a log.

use crate::support::command_line::{run, stderr};
use crate::support::eventually;
use crate::support::server::{BINARY, Server};
use crate::support::tree::Tree;
use rustix::process::Signal;
use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

const REQUEST: &str = "GET /hello.txt?log HTTP/1.1\r\nHost: test\r\nReferer: http://from/\r\n\
                       User-Agent: tester/1 \"quoted\"\r\nConnection: close\r\n\r\n";

fn log_line(args: &[&str]) -> String {
    let tree = Tree::simple();
    let server = Server::builder().directory(&tree).args(args).start();
    assert_eq!(server.exchange(REQUEST).status, 200);
    server.wait_for_log(|line| line.contains("/hello.txt?log"))
}

/// Splits `prefix[time]rest`.
#[track_caller]
fn around_time(line: &str) -> (&str, &str, &str) {
    let (before, rest) = line.split_once('[').expect("a time in brackets");
    let (time, after) = rest.split_once(']').expect("a time in brackets");
    (before, time, after)
}

/// `shape` has `9` for a digit and `a` for a letter.
fn has_shape(text: &str, shape: &str) -> bool {
    let matches = |(byte, wanted): (u8, u8)| match wanted {
        b'9' => byte.is_ascii_digit(),
        b'a' => byte.is_ascii_alphabetic(),
        b'+' => byte == b'+' || byte == b'-',
        _ => byte == wanted,
    };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(matches)
}

#[test]
fn the_default_is_http_servers_line() {
    for args in [&[][..], &["--log-format", "python"], &["-v"]] {
        let line = log_line(args);
        let (client, time, rest) = around_time(&line);
        assert_eq!(client, "127.0.0.1 - - ", "{line}");
        assert!(has_shape(time, "99/aaa/9999 99:99:99"), "{line}");
        assert_eq!(rest, " \"GET /hello.txt?log HTTP/1.1\" 200 -", "{line}");
    }
}

#[test]
fn common_has_the_zone_and_the_size() {
    let line = log_line(&["--log-format", "common"]);
    let (client, time, rest) = around_time(&line);
    assert_eq!(client, "127.0.0.1 - - ", "{line}");
    assert!(has_shape(time, "99/aaa/9999:99:99:99 +9999"), "{line}");
    assert_eq!(rest, " \"GET /hello.txt?log HTTP/1.1\" 200 13", "{line}");
}

#[test]
fn combined_adds_referer_and_agent_with_quotes_escaped() {
    let line = log_line(&["--log-format", "combined"]);
    let (_, time, rest) = around_time(&line);
    assert!(has_shape(time, "99/aaa/9999:99:99:99 +9999"), "{line}");
    let request = " \"GET /hello.txt?log HTTP/1.1\" 200 13 \"http://from/\" ";
    let agent = rest
        .strip_prefix(request)
        .unwrap_or_else(|| panic!("{line}"));
    let escaped = [
        "\"tester/1 \\\"quoted\\\"\"",
        "\"tester/1 \\x22quoted\\x22\"",
    ];
    assert!(escaped.contains(&agent), "{line}");
}

#[test]
fn json_is_one_object_a_line() {
    let line = log_line(&["--log-format", "json"]);
    let record: Value =
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
    let values: Vec<&Value> = record.as_object().expect("an object").values().collect();
    let has_text = |text: &str| {
        values
            .iter()
            .any(|value| value.as_str().is_some_and(|value| value.contains(text)))
    };
    assert!(values.iter().any(|value| **value == 200), "{line}");
    assert!(has_text("GET"), "{line}");
    assert!(has_text("/hello.txt?log"), "{line}");
    assert!(has_text("127.0.0.1"), "{line}");
}

#[test]
fn an_error_has_its_reason_and_its_request_logged() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    assert_eq!(server.get("/missing").status, 404);
    server.wait_for_log(|line| line.contains("code 404, message "));
    server.wait_for_log(|line| line.ends_with("\"GET /missing HTTP/1.1\" 404 -"));
}

#[test]
fn quiet_leaves_requests_out() {
    let tree = Tree::simple();
    for flag in ["-q", "--quiet"] {
        let mut server = Server::builder().directory(&tree).args([flag]).start();
        assert_eq!(server.get("/hello.txt").status, 200);
        server.terminate();
        let lines = server.log_lines();
        assert!(
            !lines.iter().any(|line| line.contains("/hello.txt")),
            "{lines:?}"
        );
    }
}

#[test]
fn nobody_writes_control_characters_or_lines_into_the_log() {
    let attacks: &[&[u8]] = &[
        b"GET /\x1b[31mred\x07 HTTP/1.1\r\nHost: test\r\n\r\n",
        b"GET /\rforged HTTP/1.1\r\nHost: test\r\n\r\n",
        b"GET /\xc2\x9b31m HTTP/1.1\r\nHost: test\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: test\r\n\r\n",
        b"GET /nul\0 HTTP/1.1\r\nHost: test\r\n\r\n",
        b"GET /%1b%5b31m%0aforged%0d%00 HTTP/1.1\r\nHost: test\r\n\r\n",
        b"G\x1bT / HTTP/1.1\r\nHost: test\r\n\r\n",
        b"\x1b]0;title\x07\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: test\r\nUser-Agent: \x1b[31m\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: test\r\nReferer: \xc2\x85forged\r\n\r\n",
        b"GET / HTTP/\x1b.1\r\n\r\n",
        b"SPAM\x7f / HTTP/1.1\r\nHost: test\r\n\r\n",
    ];
    let tree = Tree::simple();
    for format in ["python", "common", "combined", "json"] {
        let args = ["--log-format", format];
        let mut server = Server::builder().directory(&tree).args(args).start();
        for attack in attacks {
            let mut client = server.connect();
            client.send(attack);
            client.finish_sending();
            client.rest();
        }
        server.terminate();
        for line in server.log_lines() {
            assert!(!line.contains(char::is_control), "{format}: {line:?}");
            assert!(!line.starts_with("forged"), "{format}: {line:?}");
        }
    }
}

/// `client - user [time] "request" status size`, and nothing else.
fn is_record(line: &str) -> bool {
    let Some((client, rest)) = line.split_once(" - - [") else {
        return false;
    };
    let time = rest.split(']').next().unwrap_or_default();
    client == "127.0.0.1"
        && has_shape(time, "99/aaa/9999:99:99:99 +9999")
        && rest[time.len()..].starts_with("] \"")
}

#[test]
fn analysers_get_nothing_but_requests() {
    let tree = Tree::simple();
    for format in ["common", "combined"] {
        let args = ["-v", "--log-format", format];
        let mut server = Server::builder().directory(&tree).args(args).start();
        // A handler has something to say of this one.
        assert_eq!(server.get("/missing").status, 404);
        server.wait_for_message(|line| line.contains("code 404, message "));
        let (lines, messages) = server.end();
        assert!(
            !lines.is_empty() && lines.iter().all(|line| is_record(line)),
            "{lines:#?}"
        );
        assert!(
            !messages.iter().any(|line| is_record(line)),
            "{messages:#?}"
        );
    }
}

#[test]
fn bytes_that_are_no_ascii_are_logged_as_they_came() {
    let tree = Tree::simple();
    let server = Server::builder()
        .directory(&tree)
        .args(["--log-format", "combined"])
        .start();
    server.exchange(b"GET /caf\xc3\xa9?\xff HTTP/1.1\r\nHost: test\r\n\r\n");
    let line = server.wait_for_log(|line| line.contains("/caf"));
    let request = r#""GET /caf\xc3\xa9?\xff HTTP/1.1""#;
    assert!(line.contains(request) && line.is_ascii(), "{line}");

    let fields = b"GET /hello.txt HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\
                   Referer: \xe9\r\nUser-Agent: a\\b\r\n\r\n";
    server.exchange(fields);
    let line = server.wait_for_log(|line| line.contains("/hello.txt"));
    assert!(line.ends_with(r#" "\xe9" "a\\b""#), "{line}");
}

fn logged(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_log_file_is_opened_anew_when_it_was_moved() {
    let tree = Tree::simple();
    let folder = Tree::empty();
    let (log, moved) = (folder.path("access.log"), folder.path("access.log.1"));
    for format in ["python", "combined"] {
        let mut server = Server::builder()
            .directory(&tree)
            .args(["--log-format", format, "--log-file"])
            .args([&log])
            .start();
        let has = |file: &Path, part: &str| logged(file).iter().any(|line| line.contains(part));
        assert_eq!(server.get("/hello.txt?one").status, 200);
        eventually("the first request is logged", || has(&log, "?one"));
        fs::rename(&log, &moved).unwrap();
        server.signal(Signal::USR1);
        eventually("another file is opened", || log.exists());
        assert_eq!(server.get("/hello.txt?two").status, 200);
        eventually("the second request is logged", || has(&log, "?two"));
        assert!(has(&moved, "?one") && !has(&moved, "?two"), "{format}");
        server.terminate();
        let there = |line: &String| line.contains("/hello.txt");
        assert!(!server.log_lines().iter().any(there), "{format}");
        fs::remove_file(&log).unwrap();
    }
}

#[test]
fn a_signal_for_a_file_that_is_none_ends_nothing() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    server.signal(Signal::USR1);
    assert_eq!(server.get("/hello.txt").status, 200);
}

#[test]
fn a_log_file_that_cannot_be_written_is_an_error_at_the_start() {
    let tree = Tree::simple();
    let directory = tree.path("");
    let output = run([
        OsStr::new("serve"),
        OsStr::new("--log-file"),
        directory.as_os_str(),
        OsStr::new("0"),
    ]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.starts_with("error: cannot write the log to "),
        "{said}"
    );
    assert!(
        said.contains("with --log-file") && said.lines().count() == 1,
        "{said}"
    );
}

#[test]
fn a_start_says_why_the_next_one_compiles_again() {
    let tree = Tree::simple();
    tree.file("file", "no directory");
    let serve = || {
        let mut command = Command::new(BINARY);
        command.args(["serve", "--bind", "127.0.0.1", "-d"]);
        command.arg(tree.path("")).arg("0");
        command.env_remove("XDG_CACHE_HOME");
        command
    };
    let mut nowhere = serve();
    nowhere.env_remove("HOME");
    let mut no_directory = serve();
    no_directory.env("XDG_CACHE_HOME", tree.path("file"));
    for command in [nowhere, no_directory] {
        let server = Server::spawn(command);
        let said = |line: &str| line.contains("isn't kept for the next start");
        let line = server.wait_for_log(said);
        assert!(
            line.contains("; set XDG_CACHE_HOME to a directory"),
            "{line}"
        );
        assert_eq!(server.get("/hello.txt").status, 200);
        let log = server.log_lines();
        assert_eq!(log.iter().filter(|line| said(line)).count(), 1, "{log:?}");
    }
}
