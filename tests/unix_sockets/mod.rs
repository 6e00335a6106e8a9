//! `--bind unix:PATH`: the socket's file, and what is served there.

mod file; // who may connect, what it replaces, and its end
mod limits; // what each client may have, who has no address

use crate::support::certificates::Certificates;
use crate::support::client::Client;
use crate::support::guests::wasi_http_example;
use crate::support::only::Only;
use crate::support::scripts::{PLAIN, Scripts};
use crate::support::server::{BINARY, Builder, Server};
use crate::support::tools::{available, stdout};
use crate::support::transport::again_over_unix;
use crate::support::tree::{MEGABYTE, Tree, pattern};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

fn at(tree: &Tree) -> PathBuf {
    tree.outside("http.sock")
}

fn serving(tree: &Tree) -> Builder {
    Server::builder().directory(tree).unix(at(tree))
}

#[test]
fn files_of_all_sizes_are_served() {
    let tree = Tree::simple();
    let large = pattern(5 * MEGABYTE + 17);
    tree.file("large.bin", &large).file("empty", "");
    for args in [&[][..], &["--threads", "4"], &["--isolation", "request"]] {
        let server = serving(&tree).args(args).start();
        let mut client = server.connect();
        assert_eq!(client.get("/hello.txt").text(), "hello, world\n");
        assert!(client.get("/large.bin").body == large);
        assert_eq!(client.get("/empty").body, b"");
        let range = "GET /large.bin HTTP/1.1\r\nHost: h\r\nRange: bytes=4000000-4999999\r\n\r\n";
        assert!(client.exchange(range).body == large[4_000_000..5_000_000]);
        assert_eq!(client.get("/missing").status, 404);
        let pipelined = "GET /hello.txt HTTP/1.1\r\nHost: h\r\n\r\n".repeat(20);
        client.send(pipelined);
        for _ in 0..20 {
            assert_eq!(client.response().text(), "hello, world\n");
        }
    }
}

#[test]
fn the_start_line_says_how_to_reach_it() {
    let tree = Tree::simple();
    let server = serving(&tree).start();
    let path = at(&tree);
    let command = format!("curl --unix-socket {} http://localhost/", path.display());
    let line = format!("Serving HTTP on unix:{} ({command}) ...\n", path.display());
    assert_eq!(server.start_up_line, line);
    if !available("curl") {
        return;
    }
    let told = format!("{command}hello.txt --silent --show-error --fail");
    let mut shell = Command::new("sh");
    let text = stdout(shell.args(["-c", &told]));
    assert_eq!(text, b"hello, world\n");
    // A name that a shell would take apart.
    let odd = tree.outside("it's a $socket");
    let server = Server::builder().directory(&tree).unix(&odd).start();
    let (_, rest) = server.start_up_line.split_once(" (").unwrap();
    let command = rest.strip_suffix(") ...\n").unwrap();
    let told = format!("{command}hello.txt --silent --show-error --fail");
    let mut shell = Command::new("sh");
    assert_eq!(stdout(shell.args(["-c", &told])), b"hello, world\n");
}

#[test]
fn tcp_and_unix_sockets_are_listened_on_at_once() {
    let tree = Tree::simple();
    let path = at(&tree);
    let place = format!("unix:{}", path.display());
    let server = Server::builder()
        .directory(&tree)
        .args(["--bind", &place, "--bind", "127.0.0.2"])
        .start();
    let lines = server.wait_for_message(|line| line.contains("127.0.0.2"));
    assert!(
        lines.starts_with("Serving HTTP on 127.0.0.2 port "),
        "{lines}"
    );
    assert_eq!(server.messages().len(), 3);
    let port = lines.split(' ').nth(5).unwrap();
    let second = format!("127.0.0.2:{port}").parse().unwrap();
    let clients = [
        server.connect(),
        Client::connect_unix(&path),
        Client::connect(second),
    ];
    for mut client in clients {
        assert_eq!(client.get("/hello.txt").text(), "hello, world\n");
    }
}

#[test]
fn a_client_without_an_address_is_nobody_in_particular() {
    let scripts = Scripts::new();
    let variables =
        "printf '%s|%s|%s|%s' \"$REMOTE_ADDR\" \"$REMOTE_PORT\" \"$SERVER_PORT\" \"$HTTPS\"";
    scripts.sh("who", &format!("{PLAIN}; {variables}"));
    let path = scripts.outside("s");
    for (format, begins) in [("python", "0.0.0.0 - - ["), ("combined", "0.0.0.0 - - [")] {
        let server = scripts.server().unix(&path).args(["--log-format", format]);
        let server = server.start();
        assert_eq!(server.get("/cgi-bin/who").text(), "0.0.0.0|0|80|");
        server.wait_for_log(|line| line.starts_with(begins) && line.contains("/cgi-bin/who"));
    }
}

#[test]
fn a_component_of_wasi_http_is_served() {
    let tree = Tree::simple();
    let component = wasi_http_example("hello");
    let server = serving(&tree)
        .args(["--component".as_ref(), component.as_os_str()])
        .start();
    assert_eq!(server.get("/you").text(), "Hello from /you\n");
    // HTTP/1.0 needs no Host, and the component's request has an authority.
    let response = server.exchange("GET /old HTTP/1.0\r\n\r\n");
    assert_eq!(response.text(), "Hello from /old\n");
}

/// What is served doesn't depend on what carries it.
#[test]
fn suites_of_files_pass_there_as_well() {
    again_over_unix(&[
        "simple::",
        "range::",
        "conditional::",
        "multipart::",
        "methods::",
    ]);
}

#[test]
fn tls_is_spoken_there_as_well() {
    let tree = Tree::simple();
    let certificates = Certificates::new();
    let pair = certificates.issue("localhost", &["localhost"]);
    let server = serving(&tree).args(pair.args()).start();
    let (_, command) = server.start_up_line.split_once("(curl ").unwrap();
    assert!(command.contains(" https://localhost/"), "{command}");
    if !available("curl") {
        return;
    }
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--fail", "--insecure"]);
    curl.arg("--unix-socket").arg(at(&tree));
    let text = stdout(curl.arg("https://localhost/hello.txt"));
    assert_eq!(text, b"hello, world\n");
}

/// The page's command, elsewhere.
#[test]
fn the_command_of_the_page_serves_a_site() {
    let group = fs::read_to_string("/etc/group").unwrap_or_default();
    if !Only::AsRoot.applies() || !group.lines().any(|line| line.starts_with("www-data:")) {
        return;
    }
    let page = include_str!("../../host/LISTEN.md");
    let (_, rest) = page
        .split_once("## A Unix socket\n\n```sh\nwasm-host ")
        .unwrap();
    let (command, _) = rest.split_once('\n').unwrap();
    let tree = Tree::simple();
    let place = format!("unix:{}", at(&tree).display());
    let directory: &Path = tree.as_ref();
    let mut server = Command::new(BINARY);
    server.args(command.split(' ').map(|word| match word {
        "unix:/run/site/http.sock" => place.as_ref(),
        "site" => directory.as_os_str(),
        word => word.as_ref(),
    }));
    let server = Server::spawn(server);
    assert_eq!(server.get("/hello.txt").text(), "hello, world\n");
    let file = fs::metadata(at(&tree)).unwrap();
    assert_eq!((file.uid(), file.mode() & 0o777), (0, 0o660));
    let line = format!("www-data:x:{}:", file.gid());
    assert!(
        group.lines().any(|entry| entry.starts_with(&line)),
        "{line}"
    );
}
