//! The socket's file: who may connect, what it replaces, and its end.

use super::{at, serving};
use crate::support::client::Client;
use crate::support::command_line::{fails_to_start, run, stderr};
use crate::support::eventually;
use crate::support::only::Only;
use crate::support::scripts::Scripts;
use crate::support::tools::available;
use crate::support::tree::{MEGABYTE, Tree};
use rustix::process::Signal;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

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
        // Those of the test, and not the one of all tests, in which all users write.
        for directory in at(&tree).ancestors().skip(1).take(2) {
            fs::set_permissions(directory, Permissions::from_mode(0o755)).unwrap();
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
