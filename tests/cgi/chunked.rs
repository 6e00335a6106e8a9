//! Content whose length nobody knows before its end, and what is kept of it until
//! then.

use crate::support::client::Client;
use crate::support::eventually;
use crate::support::only::Only;
use crate::support::scripts::{PLAIN, Scripts};
use crate::support::server::{BINARY, Server};
use crate::support::tools::available;
use crate::support::tree::{KILOBYTE, MEGABYTE, pattern};
use rustix::process::Signal;
use std::path::{Path, PathBuf};
use std::process::Command;

const HEAD: &str =
    "POST /cgi-bin/echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n";

/// A script that says what it was told of its content, then repeats it.
fn scripts() -> Scripts {
    let scripts = Scripts::new();
    let told = "echo started >>\"$traces/runs\"; echo \"$CONTENT_LENGTH,$HTTP_TRANSFER_ENCODING\"";
    scripts.sh("echo", &format!("{PLAIN}; {told}; cat"));
    scripts
}

/// A directory for what is kept.
fn spool_directory(scripts: &Scripts) -> PathBuf {
    let directory = scripts.outside("spools");
    std::fs::create_dir(&directory).expect("a new directory");
    directory
}

/// Content in chunks of this size, without its end.
fn chunks(content: &[u8], size: usize) -> Vec<u8> {
    let mut chunks = Vec::new();
    for chunk in content.chunks(size) {
        chunks.extend(format!("{:x}\r\n", chunk.len()).bytes());
        chunks.extend(chunk);
        chunks.extend(b"\r\n");
    }
    chunks
}

/// A request of such content, whole.
fn request(content: &[u8], size: usize) -> Vec<u8> {
    [HEAD.as_bytes(), &chunks(content, size), b"0\r\n\r\n"].concat()
}

/// A client that has sent this much, and not the end.
fn sending(server: &Server, content: &[u8]) -> Client {
    let mut client = server.connect();
    client.send([HEAD.as_bytes(), &chunks(content, 65_536)].concat());
    client
}

/// How many a server has open that has kept something before.
#[track_caller]
fn open_files(server: &Server) -> usize {
    assert_eq!(
        server.exchange(request(&pattern(100_000), 100_000)).status,
        200
    );
    server.open_files()
}

/// How many bytes a server keeps in a directory, in files that have no name there.
fn kept(server: &Server, directory: &Path) -> u64 {
    let descriptors = std::fs::read_dir(format!("/proc/{}/fd", server.id()));
    let descriptors = descriptors
        .expect("it is running")
        .filter_map(|it| Some(it.ok()?.path()));
    let within = |path: &PathBuf| {
        let target = std::fs::read_link(path);
        target.is_ok_and(|target| target.starts_with(directory))
    };
    let lengths = descriptors
        .filter(within)
        .filter_map(|path| std::fs::metadata(path).ok());
    lengths.map(|metadata| metadata.len()).sum()
}

#[test]
fn what_is_long_arrives_whole_and_the_next_request_follows() {
    let scripts = scripts();
    let server = scripts.serve();
    let mut client = server.connect();
    for (length, size) in [
        (65_535, 65_535),
        (65_536, 1000),
        (65_537, 65_537),
        (9 * MEGABYTE, 9 * MEGABYTE),
        (10 * MEGABYTE, 16 * KILOBYTE),
    ] {
        let content = pattern(length);
        let next = b"GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n";
        let bytes = [request(&content, size), next.to_vec()].concat();
        let sent = client.send_in_background(bytes);
        let response = client.response();
        let expected = [format!("{length},\n").as_bytes(), &content].concat();
        assert_eq!(response.status, 200, "{length}");
        assert!(response.body == expected, "{length} in {size}");
        assert_eq!(client.response().text(), "hello, world\n");
        sent.join().unwrap().unwrap();
    }
    scripts.expect_nothing_left(&server);
}

#[test]
fn more_than_is_kept_is_413_and_runs_nothing() {
    let scripts = scripts();
    let server = scripts.serve_with(&["--cgi-max-chunked", "1"]);
    let response = server.exchange(request(&pattern(MEGABYTE), 10_000));
    assert_eq!(response.status, 200);
    let runs = scripts.wait_for_trace("runs");
    for (content, is_all) in [(MEGABYTE + 1, true), (8 * MEGABYTE, false)] {
        let mut client = server.connect();
        let mut bytes = request(&pattern(content), 10_000);
        if !is_all {
            bytes.truncate(bytes.len() - 5);
        }
        let sent = client.send_in_background(bytes);
        let response = client.response();
        assert_eq!(response.status, 413, "{content}");
        assert!(response.text().contains("Content-Length"), "{response:?}");
        assert!(response.lists("Connection", "close"), "{response:?}");
        client.finish_sending();
        client.rest();
        let _ = sent.join();
    }
    server.wait_for_log(|line| line.contains("--cgi-max-chunked"));
    assert_eq!(scripts.wait_for_trace("runs"), runs);
    // What has a length is nobody's to keep.
    let length = 2 * MEGABYTE;
    let head = HEAD.replace(
        "Transfer-Encoding: chunked",
        &format!("Content-Length: {length}"),
    );
    let mut client = server.connect();
    let _sent = client.send_in_background([head.as_bytes(), &pattern(length)].concat());
    assert_eq!(client.response().status, 200);
}

/// One address must not fill the disk, with however many requests.
#[test]
fn all_together_have_a_bound_and_leave_nothing() {
    let scripts = scripts();
    let directory = spool_directory(&scripts);
    let server = scripts.server().env("TMPDIR", &directory);
    let server = server.args(["--cgi-max-chunked", "1"]).start();
    let before = open_files(&server);
    let mut clients: Vec<_> = (0..4)
        .map(|_| sending(&server, &pattern(MEGABYTE)))
        .collect();
    eventually("all of it is kept", || {
        kept(&server, &directory) == 4 * MEGABYTE as u64
    });
    let small = request(&pattern(KILOBYTE), KILOBYTE);
    let large = request(&pattern(100 * KILOBYTE), KILOBYTE);
    let refused = server.exchange(&large);
    assert_eq!(refused.status, 503, "{refused:?}");
    refused.required("Retry-After");
    assert_eq!(server.exchange(&small).status, 200, "it needs no room");
    // One is answered, one goes, others vanish.
    let mut first = clients.remove(0);
    first.send("0\r\n\r\n");
    assert_eq!(first.response().body.len(), MEGABYTE + "1048576,\n".len());
    clients.remove(0).reset();
    drop(clients);
    drop(first);
    eventually("all descriptors are closed", || {
        server.open_files() <= before
    });
    assert_eq!(server.exchange(&large).status, 200);
}

#[test]
fn nothing_is_left_in_the_file_system_however_the_server_ends() {
    let scripts = scripts();
    let directory = spool_directory(&scripts);
    let mut server = scripts.server().env("TMPDIR", &directory).start();
    let entries = || std::fs::read_dir(&directory).unwrap().count();
    let _client = sending(&server, &pattern(MEGABYTE));
    eventually("content is kept there", || kept(&server, &directory) > 0);
    assert_eq!(entries(), 0);
    server.signal(Signal::KILL);
    server.wait();
    assert_eq!(entries(), 0);
}

#[test]
fn no_room_on_the_disk_is_507_and_others_are_served() {
    let scripts = scripts();
    let missing = scripts.outside("missing");
    let server = scripts.server().env("TMPDIR", &missing).start();
    let mut client = server.connect();
    let _sent = client.send_in_background(request(&pattern(MEGABYTE), 10_000));
    let response = client.response();
    assert_eq!(response.status, 507, "{response:?}");
    server.wait_for_log(|line| line.contains("missing"));
    let small = request(b"small", 5);
    assert_eq!(server.exchange(small).text(), "5,\nsmall");
    assert_eq!(server.get("/hello.txt").status, 200);
}

/// What is refused while it is kept is 507, and all that was kept of it is forgotten.
#[track_caller]
fn assert_full_is_507(server: &mut Server) {
    let small = request(&pattern(100 * KILOBYTE), 10_000);
    for _ in 0..3 {
        assert_eq!(server.exchange(&small).status, 200);
        let mut client = server.connect();
        let _sent = client.send_in_background(request(&pattern(MEGABYTE), 10_000));
        let response = client.response();
        assert_eq!(response.status, 507, "{response:?}");
        assert!(response.text().contains("no room"), "{}", response.text());
    }
    assert_eq!(server.exchange(&small).status, 200);
    assert!(server.is_running());
}

#[test]
fn a_disk_that_fills_in_mid_content_is_507() {
    if !Only::AsRoot.applies() || !available("unshare") {
        return;
    }
    let scripts = scripts();
    let directory = spool_directory(&scripts);
    // A disk of the server's own, which goes with it.
    let mount = "mount -t tmpfs -o size=300k tmpfs \"$TMPDIR\" && exec \"$@\"";
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "sh", "-c", mount, "sh", BINARY, "serve", "--cgi"])
        .args(["--bind", "127.0.0.1", "--directory"])
        .arg(scripts.path(""))
        .arg("0")
        .env("TMPDIR", &directory);
    let mut server = Server::spawn(command);
    assert_full_is_507(&mut server);
    server.wait_for_log(|line| line.contains("No space left"));
}

/// The system kills who exceeds it, unless that is prevented; and scripts, for which it
/// isn't.
#[test]
fn a_limit_of_the_servers_files_is_507_and_not_its_death() {
    let scripts = scripts();
    scripts.sh("ignored", &format!("{PLAIN}; grep ^SigIgn /proc/$$/status"));
    let directory = spool_directory(&scripts);
    let server = scripts.server().env("TMPDIR", &directory);
    // Blocks of 512 bytes, or 1024.
    let mut server = server.ulimit("-f 500").start();
    assert_full_is_507(&mut server);
    server.wait_for_log(|line| line.contains("File too large"));
    let ignored = server.get("/cgi-bin/ignored").text();
    let ignored = ignored.trim().rsplit('\t').next().unwrap();
    let ignored = u64::from_str_radix(ignored, 16).unwrap();
    assert_eq!(ignored & (1 << (Signal::XFSZ.as_raw() - 1)), 0);
}

#[test]
fn a_client_that_stops_in_mid_content_is_408() {
    let scripts = scripts();
    let server = scripts.serve_with(&["--request-timeout", "0.5"]);
    let before = open_files(&server);
    let mut client = sending(&server, &pattern(200 * KILOBYTE));
    let runs = scripts.wait_for_trace("runs");
    assert_eq!(client.response().status, 408);
    client.rest();
    drop(client);
    eventually("all descriptors are closed", || {
        server.open_files() <= before
    });
    assert_eq!(scripts.wait_for_trace("runs"), runs);
}

#[test]
fn chunks_that_are_none_run_nothing() {
    let scripts = scripts();
    let server = scripts.serve();
    let mut client = sending(&server, &pattern(200 * KILOBYTE));
    client.send("no chunk\r\n");
    assert_eq!(client.response().status, 400);
    client.expect_closed();
    assert!(!scripts.trace("runs").exists());
}
