//! What everyday clients of HTTP/2 get.

use super::tree;
use crate::support::client::Client;
use crate::support::server::Server;
use crate::support::tools::{available, curl, run, stdout};
use crate::support::tree::{MEGABYTE, pattern};

/// curl that knows that the server speaks HTTP/2.
fn curl_2() -> std::process::Command {
    let mut command = curl();
    command.arg("--http2-prior-knowledge");
    command
}

#[test]
fn curl_is_answered_as_over_http_1() {
    if !available("curl") {
        return;
    }
    let tree = tree();
    let server = Server::serving(&tree);
    let of = |args: &[&str], target: &str, which: &str| {
        let mut command = curl();
        command
            .args([which, "--path-as-is", "--include"])
            .args(args);
        let whole = stdout(command.arg(server.url(target)));
        let whole = String::from_utf8_lossy(&whole).replace("\r\n", "\n");
        // The version and the phrase are HTTP/1.1's, and what concerns its connection.
        let lines = whole.lines().filter(|line| {
            !line.starts_with("HTTP/") && !line.to_lowercase().starts_with("connection:")
        });
        let status = whole.split(' ').nth(1).unwrap_or_default();
        let mut lines: Vec<_> = lines.map(str::to_lowercase).collect();
        lines.insert(0, status.trim().to_owned());
        lines
    };
    for (args, target) in [
        (&[][..], "/hello.txt"),
        (&["--head"], "/hello.txt"),
        (&[], "/empty.txt"),
        (&[], "/dir"),
        (&[], "/missing"),
        (&[], "/../outside/secret.txt"),
        (&[], "/%00"),
        (&["--range", "2-4"], "/hello.txt"),
        (&["--range", "100-"], "/hello.txt"),
        (&["--header", "If-None-Match: *"], "/hello.txt"),
        (&["--request", "OPTIONS"], "/hello.txt"),
        (&["--request", "TRACE"], "/hello.txt"),
        (&["--data", "x=1"], "/hello.txt"),
        (
            &["--header", "Cookie: a=1", "--header", "Cookie: b=2"],
            "/hello.txt",
        ),
    ] {
        let old = of(args, target, "--http1.1");
        let mut new = of(args, target, "--http2-prior-knowledge");
        new.retain(|line| !line.starts_with("date:"));
        let old: Vec<_> = old
            .into_iter()
            .filter(|line| !line.starts_with("date:"))
            .collect();
        assert_eq!(new, old, "{args:?} {target}");
    }
}

#[test]
fn large_files_come_whole_and_many_at_once() {
    if !available("curl") {
        return;
    }
    let tree = tree();
    let server = Server::serving(&tree);
    let one = stdout(curl_2().arg(server.url("/10m.bin")));
    assert!(one == pattern(10 * MEGABYTE), "the file, whole");
    if available("nghttp") {
        let targets = (0..8).map(|number| server.url(&format!("/1m.bin?{number}")));
        let mut nghttp = std::process::Command::new("nghttp");
        let all = stdout(nghttp.arg("--no-dep").args(targets));
        assert_eq!(all.len(), 8 * MEGABYTE);
    }
    let lines = server.log_lines();
    assert!(lines.iter().all(|line| !line.contains("cut short")));
}

#[test]
fn an_upload_that_nobody_wants_is_answered() {
    if !available("curl") {
        return;
    }
    let tree = tree();
    let server = Server::serving(&tree);
    let code = ["--output", "/dev/null", "--write-out", "%{http_code}"];
    let upload = tree.path("10m.bin");
    let output = run(curl_2()
        .args(code)
        .arg("--upload-file")
        .arg(upload)
        .arg(server.url("/x")));
    assert_eq!(output.stdout, b"501", "{output:?}");
}

#[test]
fn nghttp_and_h2load_are_served() {
    if !(available("nghttp") && available("h2load")) {
        return;
    }
    let tree = tree();
    let server = Server::serving(&tree);
    let mut nghttp = std::process::Command::new("nghttp");
    let targets = ["/hello.txt", "/1m.bin", "/dir/"].map(|target| server.url(target));
    let output = stdout(nghttp.arg("--null-out").arg("--stat").args(targets));
    let output = String::from_utf8_lossy(&output);
    assert_eq!(output.matches(" 200 ").count(), 3, "{output}");
    let mut h2load = std::process::Command::new("h2load");
    let load = ["-n", "2000", "-c", "4", "-m", "32"];
    let output = stdout(h2load.args(load).arg(server.url("/1k.bin")));
    let output = String::from_utf8_lossy(&output);
    assert!(
        output.contains("2000 succeeded, 0 failed, 0 errored"),
        "{output}"
    );
}

#[test]
fn a_preface_in_pieces_is_one_and_other_methods_with_p_are_not() {
    let tree = tree();
    let server = Server::serving(&tree);
    let mut client = server.connect();
    for piece in ["P", "R", "I * HT", "TP/2.0\r\n\r\nSM\r\n\r", "\n"] {
        client.send(piece);
        assert!(!client.hung_up_within(std::time::Duration::from_millis(20)));
    }
    client.send([0, 0, 0, 4, 0, 0, 0, 0, 0]);
    // SETTINGS, and the acknowledgement of the client's.
    client.wait_for([0, 0, 0, 4, 1, 0, 0, 0, 0]);
    for (request, status) in [
        ("POST / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        ("PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        ("PRI * HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    ] {
        let mut client: Client = server.connect();
        for (at, byte) in request.bytes().enumerate() {
            client.send([byte]);
            if at < 4 {
                assert!(!client.hung_up_within(std::time::Duration::from_millis(5)));
            }
        }
        assert_eq!(client.response().status, status, "{request}");
    }
    let mut late = server.connect();
    assert_eq!(late.get("/hello.txt").status, 200);
    // HTTP/2 begins with a connection, and in no other place.
    late.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert_eq!(late.response().status, 505);
}
