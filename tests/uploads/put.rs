//! Files that are left by PUT, as `curl -T` does.

use super::{put, start};
use crate::support::command_line::bound_by_permissions;
use crate::support::server::Server;
use crate::support::tools::{available, curl, run, stdout};
use crate::support::tree::{MEGABYTE, Tree, pattern};
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn curl_leaves_a_file_by_its_own_name_or_another() {
    if !available("curl") {
        return;
    }
    let tree = Tree::simple();
    let server = start(&tree, &[]);
    let file = tree.outside("a file.bin");
    fs::write(&file, pattern(3 * MEGABYTE)).unwrap();
    for (target, path) in [("/dir/", "dir/a file.bin"), ("/dir/named", "dir/named")] {
        let mut command = curl();
        command.args(["-T", file.to_str().unwrap(), "-w", "%{http_code}"]);
        let said = stdout(command.arg(server.url(target)));
        assert_eq!(said, b"201", "{target}");
        assert_eq!(fs::read(tree.path(path)).unwrap(), pattern(3 * MEGABYTE));
        let url = server.url(&format!("/{}", path.replace(' ', "%20")));
        assert!(stdout(curl().arg(url)) == pattern(3 * MEGABYTE));
    }
    // From a pipe, whose length curl doesn't know.
    let mut shell = std::process::Command::new("sh");
    let line = "printf piped | curl -q -sS --noproxy '*' -T - \"$1\"";
    stdout(shell.args(["-c", line, "sh", &server.url("/dir/piped")]));
    assert_eq!(fs::read(tree.path("dir/piped")).unwrap(), b"piped");
    let mode = fs::metadata(tree.path("dir/piped")).unwrap().permissions();
    assert_eq!(mode.mode() & 0o111, 0, "it can't be run");
}

#[test]
fn curl_shows_why_a_file_isnt_taken() {
    if !available("curl") {
        return;
    }
    let tree = Tree::simple();
    let server = start(&tree, &[]);
    let file = tree.path("canary.txt");
    let mut command = curl();
    command.args(["-T", file.to_str().unwrap(), &server.url("/hello.txt")]);
    let output = run(&mut command);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said, "not uploaded: a file of this name is there already\n");
    assert_eq!(server.get("/hello.txt").text(), "hello, world\n");
}

#[test]
fn a_new_file_is_201_with_its_place_and_the_connection_goes_on() {
    let tree = Tree::simple();
    let server = start(&tree, &[]);
    let mut client = server.connect();
    let created = client.exchange(put("/new/er/a%20b.txt", "", "one"));
    assert_eq!(created.status, 201, "{created:?}");
    assert_eq!(created.required("Location"), "/new/er/a%20b.txt");
    assert_eq!(client.get("/new/er/a%20b.txt").text(), "one");
    assert_eq!(client.exchange(put("/empty", "", "")).status, 201);
    assert_eq!(client.get("/empty").text(), "");
    // Two at once, and a download behind them.
    let both = [put("/a", "", "a"), put("/b", "", "b")].concat();
    client.send(both);
    assert_eq!(
        (client.response().status, client.response().status),
        (201, 201)
    );
    assert_eq!(client.get("/b").text(), "b");
    let allowed = client.exchange("OPTIONS / HTTP/1.1\r\nHost: test\r\n\r\n");
    assert_eq!(allowed.required("Allow"), "GET, HEAD, OPTIONS, POST, PUT");
}

#[test]
fn a_file_that_is_there_stays_unless_it_may_be_replaced() {
    let tree = Tree::simple();
    let server = start(&tree, &[]);
    let refused = server.exchange(put("/hello.txt", "", "changed"));
    assert_eq!(refused.status, 409, "{refused:?}");
    assert_eq!(server.get("/hello.txt").text(), "hello, world\n");

    let server = start(&tree, &["--overwrite"]);
    let etag = server.get("/hello.txt").required("ETag").to_owned();
    for (fields, status) in [
        ("If-None-Match: *\r\n".to_owned(), 412),
        ("If-Match: \"other\"\r\n".to_owned(), 412),
        (format!("If-None-Match: {etag}\r\n"), 412),
        (format!("If-Match: {etag}\r\n"), 204),
        (String::new(), 204),
    ] {
        let content = format!("changed: {fields}");
        let response = server.exchange(put("/hello.txt", &fields, &content));
        assert_eq!(response.status, status, "{fields}");
        let is_changed = server.get("/hello.txt").text() == content;
        assert_eq!(is_changed, status == 204, "{fields}");
    }
    let fresh = server.exchange(put("/fresh", "If-None-Match: *\r\n", "new"));
    assert_eq!(fresh.status, 201);
    assert_eq!(
        server
            .exchange(put("/absent", "If-Match: *\r\n", "x"))
            .status,
        412
    );
    let names: Vec<_> = fs::read_dir(&tree).unwrap().collect();
    let left = |name: &str| name.starts_with(".wasm-host");
    assert!(
        names
            .iter()
            .all(|it| !left(it.as_ref().unwrap().file_name().to_str().unwrap()))
    );
}

/// A client that waits to be told to go on learns first whether it is worth it.
#[test]
fn a_file_that_isnt_taken_neednt_be_sent() {
    let tree = Tree::simple();
    let server = start(&tree, &[]);
    let head = |target: &str| {
        format!(
            "PUT {target} HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
        )
    };
    let mut client = server.connect();
    client.send(head("/hello.txt"));
    assert_eq!(client.response().status, 409);
    let mut client = server.connect();
    client.send(head("/waited"));
    assert_eq!(client.response().status, 100);
    client.send("abc");
    assert_eq!(client.response().status, 201);
    assert_eq!(client.get("/waited").text(), "abc");
}

#[test]
fn without_the_option_nothing_is_taken() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    assert_eq!(server.exchange(put("/new", "", "x")).status, 501);
    assert!(!tree.path("new").exists());
    assert!(!server.get("/").text().contains("<form"));
}

#[test]
fn a_directory_that_the_server_may_not_write_is_said_to_be_one() {
    let Some(mut command) = bound_by_permissions() else {
        return;
    };
    let tree = Tree::simple();
    fs::set_permissions(tree.path("dir"), fs::Permissions::from_mode(0o555)).unwrap();
    command.args(["serve", "--bind", "127.0.0.1", "--upload", "--directory"]);
    command.arg(tree.as_ref()).arg("0");
    let server = Server::spawn(command);
    let refused = server.exchange(put("/dir/new", "", "x"));
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("the server may not write there"));
}

#[test]
fn uploads_go_over_http2_and_by_the_gateway() {
    if !available("curl") {
        return;
    }
    let tree = Tree::simple();
    let file = tree.outside("file");
    fs::write(&file, pattern(2 * MEGABYTE)).unwrap();
    let server = start(&tree, &["--gateway"]);
    for (option, name) in [("--http2-prior-knowledge", "two"), ("--http1.1", "one")] {
        let mut command = curl();
        command.args([option, "-T", file.to_str().unwrap(), "-w", "%{http_code}"]);
        let said = stdout(command.arg(server.url(&format!("/{name}"))));
        assert_eq!(String::from_utf8_lossy(&said), "201");
        assert!(
            fs::read(tree.path(name)).unwrap() == pattern(2 * MEGABYTE),
            "{name}"
        );
    }
}
