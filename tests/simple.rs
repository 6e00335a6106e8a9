//! Files and directories: bodies, types, and what a path means.

use crate::support::command_line::bound_by_permissions;
use crate::support::server::Server;
use crate::support::tree::{KILOBYTE, MEGABYTE, MODIFIED, Tree, pattern};

#[test]
fn files_of_every_size_come_whole() {
    let tree = Tree::empty();
    let sizes = [
        0,
        1,
        1000,
        KILOBYTE,
        4095,
        4096,
        65_535,
        65_536,
        65_537,
        100 * KILOBYTE,
        10 * MEGABYTE,
    ];
    for size in sizes {
        tree.file(format!("{size}.bin"), pattern(size));
    }
    let server = Server::serving(&tree);
    let mut client = server.connect();
    for size in sizes {
        let response = client.get(&format!("/{size}.bin"));
        assert_eq!(response.status, 200);
        assert!(
            response.body == pattern(size),
            "the body of {size} bytes differs"
        );
    }
}

#[test]
fn content_types() {
    let tree = Tree::empty();
    let cases = [
        ("a.html", "text/html"),
        ("a.htm", "text/html"),
        ("a.HTML", "text/html"),
        ("a.txt", "text/plain"),
        ("a.css", "text/css"),
        ("a.js", "text/javascript"),
        ("a.mjs", "text/javascript"),
        ("a.csv", "text/csv"),
        ("a.md", "text/markdown"),
        ("a.json", "application/json"),
        ("a.wasm", "application/wasm"),
        ("a.pdf", "application/pdf"),
        ("a.zip", "application/zip"),
        ("a.png", "image/png"),
        ("a.jpg", "image/jpeg"),
        ("a.gif", "image/gif"),
        ("a.svg", "image/svg+xml"),
        ("a.webp", "image/webp"),
        ("a.mp4", "video/mp4"),
        ("a.woff2", "font/woff2"),
        ("a.tar.gz", "application/gzip"),
        ("a.gz", "application/gzip"),
        ("a.bin", "application/octet-stream"),
        ("a.no-such-suffix", "application/octet-stream"),
        ("README", "application/octet-stream"),
        (".profile", "application/octet-stream"),
        ("a.", "application/octet-stream"),
        ("dir.html/file", "application/octet-stream"),
    ];
    for (name, _) in cases {
        tree.file(name, "x");
    }
    let server = Server::serving(&tree);
    for (name, media_type) in cases {
        let response = server.get(&format!("/{name}"));
        assert_eq!(response.media_type(), media_type, "{name}");
        let value = response.required("Content-Type").to_ascii_lowercase();
        let has_charset = value.replace(' ', "").ends_with(";charset=utf-8");
        // What declares its charset itself, or has its page's, isn't given one.
        let declares = ["text/html", "text/css", "text/javascript"].contains(&media_type);
        let is_plain = media_type.starts_with("text/") && !declares;
        assert_eq!(has_charset, is_plain, "{name}: {value}");
    }
}

#[test]
fn last_modified_is_the_files_time() {
    let tree = Tree::empty();
    tree.dated_file("old.txt", "old");
    let response = Server::serving(&tree).get("/old.txt");
    assert_eq!(response.required("Last-Modified"), MODIFIED);
}

#[test]
fn index_pages_stand_for_their_directory() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    for (target, body) in [
        ("/with-index/", "<h1>index</h1>\n"),
        ("/with-htm/?x", "<h1>htm</h1>\n"),
    ] {
        let response = server.get(target);
        assert_eq!(
            (response.status, response.text().as_str()),
            (200, body),
            "{target}"
        );
        assert_eq!(response.media_type(), "text/html");
    }
}

/// A page that can't be sent doesn't have its directory listed in its place.
#[test]
fn an_index_page_that_is_refused_is_no_listing() {
    let tree = Tree::simple();
    tree.symlink("dir/index.html", "../../outside/secret.txt");
    tree.symlink("empty-dir/index.html", "nowhere");
    let server = Server::serving(&tree);
    assert_eq!(server.get("/dir/index.html").status, 404);
    assert_eq!(server.get("/dir/").status, 404);
    server.wait_for_log(|line| line.contains("/dir/index.html is answered as not found: it leads"));
    // What leads nowhere is as good as no page.
    assert_eq!(server.get("/empty-dir/").status, 200);
}

#[test]
fn paths() {
    let tree = Tree::simple();
    tree.file("A.txt", "A")
        .file("%41.txt", "percent")
        .file("100%.txt", "hundred")
        .file("@scope/name", "package")
        .file("a+b", "plus");
    let server = Server::serving(&tree);
    let cases: &[(&str, u16, Option<&str>)] = &[
        ("/hello.txt?query", 200, Some("hello, world\n")),
        ("/hello.txt?../../x", 200, Some("hello, world\n")),
        ("/hello.txt#fragment", 200, Some("hello, world\n")),
        ("/%68%65llo%2Etxt", 200, Some("hello, world\n")),
        ("/./hello.txt", 200, Some("hello, world\n")),
        ("/dir/../hello.txt", 200, Some("hello, world\n")),
        ("/dir//nested.txt", 200, Some("nested\n")),
        ("//dir///nested.txt", 200, Some("nested\n")),
        ("/dir/%2e%2e/hello.txt", 200, Some("hello, world\n")),
        // Decoded once, not twice.
        ("/%41.txt", 200, Some("A")),
        ("/%2541.txt", 200, Some("percent")),
        ("/100%25.txt", 200, Some("hundred")),
        ("/a+b", 200, Some("plus")),
        ("/a%2Bb", 200, Some("plus")),
        ("/a%20b", 404, None),
        // An encoded slash separates names, but makes no dot segment.
        ("/dir%2fnested.txt", 200, Some("nested\n")),
        ("/dir%2Fdeeper%2Fdeepest.txt", 200, Some("deepest\n")),
        ("/%2fhello.txt", 200, Some("hello, world\n")),
        ("/hello.txt%2f", 200, Some("hello, world\n")),
        ("/dir%2fdeeper/../nested.txt", 200, Some("nested\n")),
        ("/@scope%2fname", 200, Some("package")),
        ("/dir%252fnested.txt", 404, None),
        ("/dir%5cnested.txt", 404, None),
        ("/dir/%2e%2e%2fhello.txt", 404, None),
        ("/dir/..%2fhello.txt", 404, None),
        ("/dir%2f..%2fhello.txt", 404, None),
        ("/.%2fhello.txt", 404, None),
        ("/dir%2f%00", 404, None),
        // No such file.
        ("/missing", 404, None),
        ("/missing/", 404, None),
        ("/HELLO.TXT", 404, None),
        ("/hello.txt%20", 404, None),
        ("/hello.txt/", 404, None),
        ("/hello.txt//", 404, None),
        ("/hello.txt/?x", 404, None),
        ("/hello.txt/more", 404, None),
        ("/dir/nested.txt/x/y/z", 404, None),
        ("/%ff%fe", 404, None),
    ];
    for &(target, status, body) in cases {
        let response = server.get(target);
        assert_eq!(response.status, status, "{target}");
        if let Some(body) = body {
            assert_eq!(response.text(), body, "{target}");
        }
    }
}

#[test]
fn names_that_are_too_long_are_404() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    for target in [
        format!("/{}", "n".repeat(256)),
        format!("/{}", "n".repeat(5_000)),
        format!("/{}", "d/".repeat(5_000)),
        format!("/{}", "%C3%BC".repeat(200)),
    ] {
        assert_eq!(server.get(&target).status, 404, "{} bytes", target.len());
    }
}

#[test]
fn what_may_not_be_read_is_404_and_the_log_says_why() {
    let Some(mut command) = bound_by_permissions() else {
        return;
    };
    let tree = Tree::simple();
    tree.make_unreadable("hello.txt");
    tree.make_unreadable("dir");
    command.args(["serve", "--bind", "127.0.0.1", "--directory"]);
    command.arg(tree.path("")).arg("0");
    let server = Server::spawn(command);
    for path in ["hello.txt", "dir", "dir/", "dir/nested.txt"] {
        let refused = server.get(&format!("/{path}"));
        let absent = server.get("/missing");
        assert_eq!((refused.status, refused.body), (404, absent.body), "{path}");
        let said = format!(
            "/{} is answered as not found: permission denied",
            path.trim_end_matches('/')
        );
        server.wait_for_log(|line| line.contains(&said));
    }
    assert_eq!(server.get("/empty.txt").status, 200);
}

#[test]
fn changes_on_disk_are_seen_at_once() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    let mut client = server.connect();
    assert_eq!(client.get("/hello.txt").text(), "hello, world\n");
    tree.file("hello.txt", "changed, and longer than before");
    assert_eq!(
        client.get("/hello.txt").text(),
        "changed, and longer than before"
    );
    std::fs::remove_file(tree.path("hello.txt")).unwrap();
    assert_eq!(client.get("/hello.txt").status, 404);
    tree.directory("hello.txt");
    assert_eq!(client.get("/hello.txt").status, 301);
}
