//! A log that is read slowly, or not at all, or can't be written: requests go on, and
//! what is lost is counted.

use crate::support::eventually;
use crate::support::server::Server;
use crate::support::tree::Tree;
use rustix::process::Signal;
use std::fs;
use std::os::unix::fs::symlink;

const FORMATS: [&str; 4] = ["python", "common", "combined", "json"];

/// The most of a line of the log, without its end.
const MAX_LINE: usize = 8 * 1024;

/// So many lines of 4 KiB and more are more than the backlog and a pipe hold.
const REQUESTS: usize = 2200;

/// Each asks for what isn't there, by a target that is longer than a line may be.
fn ask_much(server: &Server, requests: usize) {
    let target = format!("/{}", "long".repeat(2200));
    let mut client = server.connect();
    for _ in 0..requests {
        assert_eq!(client.get(&target).status, 404);
    }
}

/// The most memory that a process had so far, in KiB.
fn peak_memory(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.unwrap().parse().unwrap()
}

fn dropped(line: &str) -> Option<usize> {
    let (before, after) = line.split_once(" log line")?;
    if !after.contains(" dropped: ") {
        return None;
    }
    let number = before.rsplit([' ', '"']).next()?;
    Some(number.parse().expect("a number of lines"))
}

#[test]
fn a_log_that_nobody_reads_does_not_hold_up_the_end() {
    let tree = Tree::simple();
    for format in FORMATS {
        let (mut server, unread) = Server::builder()
            .directory(&tree)
            .args(["--log-format", format])
            .start_with_unread_log();
        // Twice what a pipe holds.
        ask_much(&server, 32);
        assert!(server.terminate().success(), "{format}");
        drop(unread);
    }
}

#[test]
fn a_log_that_is_read_late_holds_up_no_request_and_says_what_is_missing() {
    let tree = Tree::simple();
    for format in FORMATS {
        let (mut server, unread) = Server::builder()
            .directory(&tree)
            .args(["--log-format", format])
            .start_with_unread_log();
        ask_much(&server, 10);
        let before = peak_memory(&server);
        ask_much(&server, REQUESTS);
        let grown = peak_memory(&server).saturating_sub(before);
        // The backlog's 8 MiB, and what its growth leaves behind.
        assert!(grown < 16 * 1024, "{format}: {grown} KiB more");
        server.follow_log(unread);
        let said = |line: &str| dropped(line).is_some();
        let notice = if matches!(format, "common" | "combined") {
            server.wait_for_message(said)
        } else {
            server.wait_for_log(said)
        };
        assert!(notice.ends_with("faster than the log is read") || format == "json");
        // What is lost isn't the log, only some lines of it.
        assert_eq!(server.get("/hello.txt?after").status, 200);
        server.wait_for_log(|line| line.contains("/hello.txt?after"));
        let (lines, messages) = server.end();
        let requests = |line: &&String| line.contains("GET /long");
        let answered = lines.iter().filter(requests).count();
        let missing: usize = lines
            .iter()
            .chain(&messages)
            .filter_map(|line| dropped(line))
            .sum();
        assert!(answered > 0 && missing > 0, "{format}");
        if matches!(format, "common" | "combined") {
            assert_eq!(answered + missing, REQUESTS + 10, "{format}");
        }
        for line in &lines {
            assert!(line.len() <= MAX_LINE, "{format}: {} bytes", line.len());
            if format == "json" {
                let record: serde_json::Value = serde_json::from_str(line).unwrap();
                assert!(record.is_object());
            }
        }
        // The status stands after what was cut.
        let line = lines
            .iter()
            .find(|line| line.contains("GET /long"))
            .unwrap();
        assert!(line.contains("-bytes-cut]"), "{line}");
        assert!(line.contains("HTTP/1.1") && line.contains("404"), "{line}");
    }
}

#[test]
fn a_full_disk_loses_lines_and_stops_nothing() {
    let tree = Tree::simple();
    let folder = Tree::empty();
    for format in FORMATS {
        let (link, room) = (folder.path("log"), folder.path("room"));
        symlink("/dev/full", &link).unwrap();
        let mut server = Server::builder()
            .directory(&tree)
            .args(["--log-format", format, "--log-file"])
            .args([&link])
            .start();
        for _ in 0..5 {
            assert_eq!(server.get("/hello.txt?lost").status, 200);
        }
        let line = server.wait_for_log(|line| line.contains("cannot write to the log"));
        assert!(
            line.contains("No space left") && line.contains("/log"),
            "{line}"
        );

        // Somebody makes room.
        fs::remove_file(&link).unwrap();
        symlink(&room, &link).unwrap();
        server.signal(Signal::USR1);
        eventually("the file is opened anew", || room.exists());
        assert_eq!(server.get("/hello.txt?kept").status, 200);
        let logged = || fs::read_to_string(&room).unwrap();
        eventually("it is logged", || logged().contains("?kept"));
        let said = |line: &str| line.contains("dropped: the log couldn't be written: No space");
        let separate = matches!(format, "common" | "combined");
        if separate {
            server.wait_for_log(said);
        } else {
            eventually("what is lost is said", || logged().lines().any(said));
        }
        // The last was perhaps logged when there was room, or after what came later, by
        // another worker: when the server has ended, nothing is on its way.
        let (others, _) = server.end();
        let logged = logged();
        let kept = logged.matches("?lost").count();
        let lines = logged.lines().chain(others.iter().map(String::as_str));
        let missing: usize = lines.filter_map(dropped).sum();
        // Root is told of a way to be less, where that goes into the same file.
        let advice = usize::from(!separate && rustix::process::getuid().is_root());
        assert_eq!(
            (kept + missing, missing > 0),
            (5 + advice, true),
            "{format}: {logged}"
        );
        fs::remove_file(&link).unwrap();
        fs::remove_file(&room).unwrap();
    }
}

/// Whoever obeys signals doesn't wait for the reader of a pipe.
#[test]
fn a_pipe_as_log_that_nobody_reads_holds_up_no_signal() {
    let tree = Tree::simple();
    tree.fifo("log");
    let log = tree.path("log");
    // Both ways, so that opening waits for nobody.
    let unread = fs::File::options().read(true).write(true).open(&log);
    let mut server = Server::builder()
        .directory(&tree)
        .args(["--log-file"])
        .args([&log])
        .start();
    // Twice what a pipe holds.
    ask_much(&server, 32);
    server.signal(Signal::USR1);
    assert_eq!(server.get("/hello.txt").status, 200);
    assert!(server.terminate().success());
    drop(unread.unwrap());
}
