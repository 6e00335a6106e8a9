//! `--bind unix:PATH`: the socket's file, and what is served there.

use crate::support::certificates::Certificates;
use crate::support::client::Client;
use crate::support::command_line::{fails_to_start, run, stderr};
use crate::support::eventually;
use crate::support::guests::wasi_http_example;
use crate::support::only::Only;
use crate::support::scripts::{PLAIN, Scripts};
use crate::support::server::{BINARY, Builder, Server};
use crate::support::tools::{available, stdout};
use crate::support::transport::again_over_unix;
use crate::support::tree::{MEGABYTE, Tree, pattern};
use rustix::process::Signal;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

fn at(tree: &Tree) -> PathBuf {
    tree.outside("http.sock")
}

fn serving(tree: &Tree) -> Builder {
    Server::builder().directory(tree).unix(at(tree))
}

#[track_caller]
fn is_removed(path: &Path) {
    eventually("the socket's file is removed", || {
        path.symlink_metadata().is_err()
    });
}

/// Waits until only so many processes are there to remove this file at some time.
#[track_caller]
fn are_left(path: &Path, wanted: usize) {
    let path = path.to_str().unwrap().as_bytes();
    let is_one = |process: io::Result<fs::DirEntry>| {
        let process = process.unwrap();
        let command = fs::read(process.path().join("cmdline")).unwrap_or_default();
        let mut words = command.split(|&byte| byte == 0).skip(1);
        words.next() == Some(b"socket-keeper") && words.next() == Some(path)
    };
    eventually("those that remove the file have done so", || {
        let processes = fs::read_dir("/proc").unwrap().map(is_one);
        processes.filter(|&is_one| is_one).count() == wanted
    });
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
fn the_file_is_removed_however_the_server_ends() {
    let tree = Tree::simple();
    for lockdown in [&[][..], &["--no-lockdown"]] {
        for signal in [Signal::TERM, Signal::INT, Signal::KILL] {
            let mut server = serving(&tree).args(lockdown).start();
            assert_eq!(server.get("/hello.txt").status, 200);
            server.signal(signal);
            server.wait();
            is_removed(&at(&tree));
        }
    }
}

/// One that another server has made since, for instance.
#[test]
fn another_file_in_its_place_is_not_removed() {
    let tree = Tree::simple();
    let path = at(&tree);
    let mut server = serving(&tree).args(["--no-lockdown"]).start();
    fs::remove_file(&path).unwrap();
    let other = UnixListener::bind(&path).unwrap();
    let inode = fs::metadata(&path).unwrap().ino();
    assert!(server.terminate().success());
    are_left(&path, 0);
    assert_eq!(fs::metadata(&path).unwrap().ino(), inode);
    drop(other);
}

#[test]
fn what_is_there_is_replaced_only_if_nobody_listens() {
    let tree = Tree::simple();
    let path = at(&tree);
    let place = format!("unix:{}", path.display());
    drop(UnixListener::bind(&path).unwrap());
    let server = serving(&tree).start();
    assert_eq!(server.get("/hello.txt").status, 200);
    let message = fails_to_start(&["--bind", &place]);
    assert!(message.contains("somebody listens there"), "{message}");
    assert_eq!(server.get("/hello.txt").status, 200, "as before");
    drop(server);
    is_removed(&path);
    fs::write(&path, "precious").unwrap();
    let message = fails_to_start(&["--bind", &place]);
    assert!(message.contains("no socket"), "{message}");
    assert_eq!(fs::read(&path).unwrap(), b"precious");
}

/// The next server takes the path while the one before finishes what it has begun, and
/// keeps it when that has ended.
#[test]
fn a_server_takes_over_from_one_that_stops() {
    let tree = Tree::simple();
    tree.sparse_file("big.bin", 64 * MEGABYTE);
    let mut first = serving(&tree).start();
    let mut download = first.connect();
    download.send("GET /big.bin HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    let head = download.try_response_head().unwrap();
    first.signal(Signal::TERM);
    eventually("it listens no more", || {
        Client::try_connect_unix(at(&tree)).is_err()
    });
    let second = serving(&tree).start();
    assert_eq!(download.read_body(&head).unwrap().len(), 64 * MEGABYTE);
    assert!(first.wait().success());
    are_left(&at(&tree), 1);
    assert_eq!(second.get("/hello.txt").text(), "hello, world\n");
}

#[test]
fn a_place_that_is_none_is_said_in_a_line() {
    let tree = Tree::simple();
    let missing = format!("unix:{}", tree.outside("no/such/s").display());
    let message = fails_to_start(&["--bind", &missing]);
    assert!(message.contains("there is no directory"), "{message}");
    let long = format!("unix:/tmp/{}", "x".repeat(200));
    let place = format!("unix:{}", at(&tree).display());
    for (args, says) in [
        (&["--bind", "unix:"][..], "no path of a socket"),
        (&["--bind", "unix:@name"], "abstract socket"),
        (&["--bind", &long], "at most 107 bytes"),
        (&["--bind", &place, "--unix-mode", "rw"], "octal"),
        (
            &["--bind", &place, "--unix-owner", "no-such-user"],
            "no user",
        ),
    ] {
        let output = run([&["serve"][..], args].concat());
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(says), "{args:?}: {message}");
    }
    for (args, says) in [
        (&["--bind", &place, "8001"][..], "the port has no effect"),
        (&["--unix-mode", "600"], "--unix-mode has no effect"),
        (
            &["--bind", &place, "--tls-local", "--http-redirect=0"],
            "leave out --http-redirect",
        ),
        (&["--unix-owner", "root"], "--unix-owner has no effect"),
    ] {
        let message = fails_to_start(args);
        assert!(message.contains(says), "{message}");
    }
    assert!(!at(&tree).exists());
}

#[test]
fn who_may_connect_is_the_files_mode_and_owner() {
    let tree = Tree::simple();
    let mode = || fs::metadata(at(&tree)).unwrap().permissions().mode() & 0o777;
    let server = serving(&tree).start();
    assert_eq!(mode(), 0o660);
    drop(server);
    let server = serving(&tree).args(["--unix-mode", "606"]).start();
    assert_eq!(mode(), 0o606);
    drop(server);
    if !Only::AsRoot.applies() || !available("setpriv") {
        return;
    }
    let server = serving(&tree)
        .args(["--unix-owner", "nobody:daemon", "--unix-mode", "600"])
        .start();
    let file = fs::metadata(at(&tree)).unwrap();
    assert_eq!((file.uid(), file.gid()), (65534, 1));
    assert_eq!(server.get("/hello.txt").status, 200);
    for (user, connects) in [("65534", true), ("1", false)] {
        for directory in at(&tree).ancestors().skip(1) {
            if directory.starts_with(std::env::temp_dir()) {
                fs::set_permissions(directory, Permissions::from_mode(0o755)).unwrap();
            }
        }
        let mut curl = Command::new("setpriv");
        curl.args(["--reuid", user, "--clear-groups", "curl", "--silent"]);
        curl.arg("--unix-socket").arg(at(&tree));
        let output = curl.arg("http://localhost/hello.txt").output().unwrap();
        assert_eq!(output.stdout == b"hello, world\n", connects, "user {user}");
    }
}

/// In a directory that only root may write to, and as root no more.
#[test]
fn a_server_that_became_another_user_leaves_no_file() {
    if !Only::AsRoot.applies() {
        return;
    }
    let scripts = Scripts::new();
    let path = scripts.outside("s");
    for lockdown in [&[][..], &["--no-lockdown"]] {
        let server = scripts.server().unix(&path).args(lockdown);
        let mut server = server.args(["--user", "nobody"]).start();
        assert_eq!(server.get("/hello.txt").text(), "hello, world\n");
        assert!(server.terminate().success());
        is_removed(&path);
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

/// They can't be told apart, and would be one client if they were counted as one.
#[test]
fn limits_of_a_client_are_each_connections() {
    let tree = Tree::simple();
    let server = serving(&tree)
        .args([
            "--max-connections-per-client=1",
            "--max-requests-per-client=1",
        ])
        .start();
    let mut clients: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for client in &mut clients {
        assert_eq!(client.get("/hello.txt").status, 200);
    }
    for client in &mut clients {
        assert_eq!(client.get("/hello.txt").status, 200, "it is still there");
    }
}

/// One at a time who does nothing but connect makes room for whoever comes.
#[test]
fn silent_clients_make_room_for_others() {
    let tree = Tree::simple();
    let server = serving(&tree).args(["--max-connections=8"]).start();
    let _silent: Vec<_> = (0..8).map(|_| server.connect()).collect();
    for _ in 0..8 {
        assert_eq!(server.get("/hello.txt").status, 200);
    }
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
    let page = include_str!("../host/LISTEN.md");
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
