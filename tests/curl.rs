//! curl as a client: ranges, resumed downloads, revalidation, uploads.

use crate::support::contains;
use crate::support::server::Server;
use crate::support::tools::{available, curl, run, stdout};
use crate::support::tree::{MEGABYTE, Tree, pattern};
use std::fs;

/// A tree with a large and an old file; `None` (which is printed) without curl.
fn start(args: &[&str]) -> Option<(Tree, Server)> {
    if !available("curl") {
        return None;
    }
    let tree = Tree::simple();
    tree.file("10m.bin", pattern(10 * MEGABYTE))
        .dated_file("old.txt", "old")
        .file("sp ace#.txt", "hard");
    let server = Server::builder().directory(&tree).args(args).start();
    Some((tree, server))
}

/// The status (and more, by curl's `--write-out`) of one command line.
#[track_caller]
fn written(format: &str, args: &[&str]) -> String {
    let mut command = curl();
    command
        .args(["--output", "/dev/null", "--write-out", format])
        .args(args);
    String::from_utf8(stdout(&mut command)).unwrap()
}

#[test]
fn curl_downloads() {
    let Some((_tree, server)) = start(&[]) else {
        return;
    };
    for version in ["--http1.1", "--http1.0"] {
        let body = stdout(curl().args([version, &server.url("/10m.bin")]));
        assert!(body == pattern(10 * MEGABYTE), "{version}");
    }
    assert_eq!(
        stdout(curl().args(["--location", &server.url("/dir?x")])),
        stdout(curl().arg(server.url("/dir/?x")))
    );
    assert_eq!(stdout(curl().arg(server.url("/sp%20ace%23.txt"))), b"hard");
}

#[test]
fn curl_reads_ranges() {
    let Some((_tree, server)) = start(&[]) else {
        return;
    };
    let file = pattern(10 * MEGABYTE);
    for (range, part) in [
        ("0-99", 0..100),
        ("5000000-5000009", 5_000_000..5_000_010),
        ("-50", file.len() - 50..file.len()),
    ] {
        assert_eq!(
            stdout(curl().args(["--range", range, &server.url("/10m.bin")])),
            file[part],
            "{range}"
        );
    }
    let parts = stdout(curl().args(["--range", "0-9,100-109", &server.url("/10m.bin")]));
    assert!(contains(&parts, &file[..10]) && contains(&parts, &file[100..110]));
    let beyond = written(
        "%{http_code}",
        &["--range", "99999999-", &server.url("/10m.bin")],
    );
    assert_eq!(beyond, "416");
}

#[test]
fn curl_resumes() {
    let Some((tree, server)) = start(&[]) else {
        return;
    };
    let (file, partial) = (pattern(10 * MEGABYTE), tree.outside("partial"));
    fs::write(&partial, &file[..1_234_567]).unwrap();
    let output = ["--output", partial.to_str().unwrap(), "--continue-at", "-"];
    stdout(curl().args(output).arg(server.url("/10m.bin")));
    assert!(fs::read(&partial).unwrap() == file);
    server.wait_for_log(|line| line.contains("/10m.bin") && line.contains(" 206 "));
}

#[test]
fn curl_reads_heads() {
    let Some((_tree, server)) = start(&[]) else {
        return;
    };
    let head = String::from_utf8(stdout(curl().args(["--head", &server.url("/10m.bin")]))).unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(
        head.to_ascii_lowercase()
            .contains("content-length: 10485760\r\n"),
        "{head}"
    );
    assert!(head.ends_with("\r\n\r\n"), "{head}");
}

#[test]
fn curl_revalidates() {
    let Some((tree, server)) = start(&[]) else {
        return;
    };
    let url = server.url("/old.txt");
    let etag = tree.outside("etag");
    let etag = etag.to_str().unwrap();
    assert_eq!(written("%{http_code}", &["--etag-save", etag, &url]), "200");
    assert_eq!(
        written("%{http_code}", &["--etag-compare", etag, &url]),
        "304"
    );
    assert_eq!(
        written(
            "%{http_code}",
            &["--time-cond", "Mon, 07 Nov 1994 00:00:00 GMT", &url]
        ),
        "304",
        "curl itself compares the date with Last-Modified"
    );
    let fresh = server.url("/hello.txt");
    let date = server
        .get("/hello.txt")
        .required("Last-Modified")
        .to_owned();
    assert_eq!(
        written("%{http_code}", &["--time-cond", &date, &fresh]),
        "304"
    );
    assert_eq!(
        written(
            "%{http_code}",
            &["--time-cond", "Sat, 05 Nov 1994 00:00:00 GMT", &url]
        ),
        "200"
    );
    assert_eq!(
        written(
            "%{http_code}",
            &["--time-cond", "-Sat, 05 Nov 1994 00:00:00 GMT", &url]
        ),
        "412"
    );
}

#[test]
fn curl_reuses_its_connection() {
    let Some((_tree, server)) = start(&[]) else {
        return;
    };
    let mut command = curl();
    for target in ["/hello.txt", "/missing", "/dir", "/10m.bin", "/"] {
        command
            .args(["--output", "/dev/null"])
            .arg(server.url(target));
    }
    let codes = stdout(command.args(["--write-out", "%{http_code} %{num_connects}\n"]));
    assert_eq!(
        String::from_utf8_lossy(&codes),
        "200 1\n404 0\n301 0\n200 0\n200 0\n"
    );
}

#[test]
fn curl_uploads_are_refused_in_order() {
    let Some((tree, server)) = start(&[]) else {
        return;
    };
    let big = tree.path("10m.bin");
    let big = big.to_str().unwrap();
    let url = server.url("/upload");
    let data = format!("@{big}");
    // curl sends `Expect: 100-continue` for a body of this size.
    assert_eq!(
        written("%{http_code}", &["--upload-file", big, &url]),
        "501"
    );
    assert_eq!(
        written("%{http_code}", &["--data-binary", &data, &url]),
        "501"
    );
    let small = format!("@{}", tree.path("100k.bin").display());
    assert_eq!(
        written(
            "%{http_code}",
            &["--header", "Expect:", "--data-binary", &small, &url]
        ),
        "501"
    );
    let chunked = [
        "--header",
        "Transfer-Encoding: chunked",
        "--header",
        "Expect:",
        "--data-binary",
        &small,
        &url,
    ];
    assert_eq!(written("%{http_code}", &chunked), "501");
    // Without asking first, most of 10 MB is in flight when the answer comes:
    // that answer or a reset, never a hang.
    let mut command = curl();
    command.args([
        "--output",
        "/dev/null",
        "--write-out",
        "%{http_code}",
        "--header",
        "Expect:",
    ]);
    let output = run(command.args(["--data-binary", &data, &url]));
    assert_ne!(output.status.code(), Some(28), "timed out");
    assert!([b"501", b"000"].contains(&output.stdout.as_slice().try_into().unwrap()));
    assert_eq!(server.get("/hello.txt").status, 200);
}

#[test]
fn curl_decompresses_what_was_compressed_before() {
    let Some((tree, server)) = start(&["--precompressed"]) else {
        return;
    };
    if !available("gzip") {
        return;
    }
    tree.file("text.txt", "compress me ".repeat(1000));
    stdout(
        std::process::Command::new("gzip")
            .arg("--keep")
            .arg(tree.path("text.txt")),
    );
    let args = [
        "--compressed",
        "--header",
        "Accept-Encoding: gzip",
        &server.url("/text.txt"),
    ];
    assert_eq!(
        stdout(curl().args(args)),
        "compress me ".repeat(1000).as_bytes()
    );
}

#[test]
fn curl_does_not_climb_out() {
    let Some((_tree, server)) = start(&[]) else {
        return;
    };
    for target in [
        "/../outside/secret.txt",
        "/..%2foutside/secret.txt",
        "/dir/../../outside/secret.txt",
    ] {
        let code = written("%{http_code}", &["--path-as-is", &server.url(target)]);
        assert!(code.starts_with('4'), "{target}: {code}");
    }
}
