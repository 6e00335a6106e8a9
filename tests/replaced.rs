//! A served directory in whose place another is put, while it is served.

use crate::support::eventually;
use crate::support::only::Only;
use crate::support::server::Server;
use crate::support::tree::Tree;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The user `nobody`.
const NOBODY: u32 = 65534;

/// A folder with one file that says which one it is.
fn make_site(path: &Path, content: &str) {
    fs::create_dir(path).unwrap();
    fs::write(path.join("which.txt"), content).unwrap();
}

fn start(directory: &Path, args: &[&str]) -> Server {
    Server::builder().directory(directory).args(args).start()
}

fn which(server: &Server) -> String {
    server.get("/which.txt").text()
}

/// A folder `site` outside of the tree that is the tests' own.
fn site(tree: &Tree) -> PathBuf {
    let site = tree.outside("site");
    make_site(&site, "old");
    site
}

#[track_caller]
fn becomes(server: &Server, content: &str) {
    eventually("another directory is served", || which(server) == content);
}

#[test]
fn what_is_built_anew_is_served() {
    let tree = Tree::empty();
    let site = site(&tree);
    for isolation in ["--isolation=connection", "--isolation=request"] {
        let server = start(&site, &[isolation]);
        let before = which(&server);
        fs::remove_dir_all(&site).unwrap();
        eventually("the log says that it is gone", || {
            assert_eq!(server.get("/which.txt").status, 404);
            let lines = server.log_lines();
            lines.iter().any(|line| line.contains("cannot serve"))
        });
        make_site(&site, isolation);
        assert_ne!(before, isolation);
        becomes(&server, isolation);
        server.wait_for_log(|line| line.contains("serving another directory"));
    }
}

/// As a deployment does it; on a connection that stays open, though not busy, as an
/// instance keeps what it began with.
#[test]
fn where_a_link_leads_is_served() {
    let tree = Tree::empty();
    let link = tree.outside("current");
    for (number, content) in ["one", "two"].into_iter().enumerate() {
        make_site(&tree.outside(number.to_string()), content);
    }
    symlink("0", &link).unwrap();
    let server = start(&link, &[]);
    let mut client = server.connect();
    assert_eq!(client.get("/which.txt").text(), "one");
    let new = tree.outside("new");
    symlink("1", &new).unwrap();
    fs::rename(&new, &link).unwrap();
    eventually("where the link leads is served", || {
        std::thread::sleep(Duration::from_millis(400));
        client.get("/which.txt").text() == "two"
    });
}

/// The directory in which the server was started.
#[test]
fn the_working_directory_is_found_by_its_path() {
    let tree = Tree::empty();
    let site = site(&tree);
    let server = Server::builder().working_directory(&site).start();
    assert_eq!(which(&server), "old");
    fs::remove_dir_all(&site).unwrap();
    make_site(&site, "new");
    becomes(&server, "new");
}

/// Else a handler could put a link to anything in its place.
#[test]
fn what_a_handler_may_put_there_is_not_served() {
    let tree = Tree::empty();
    let site = site(&tree);
    let writable = format!("--dir={}::/data:rw", site.parent().unwrap().display());
    for args in [&[writable.as_str()][..], &["--cgi"]] {
        let server = start(&site, args);
        assert_eq!(which(&server), "old", "{args:?}");
        let moved = tree.outside("moved");
        fs::rename(&site, &moved).unwrap();
        make_site(&site, "new");
        // Several times as long as it takes where it is.
        let until = Instant::now() + Duration::from_secs(1);
        while Instant::now() < until {
            assert_eq!(which(&server), "old", "{args:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
        fs::remove_dir_all(&site).unwrap();
        fs::rename(&moved, &site).unwrap();
    }
}

/// Whoever owns the directory that the served one is in could put a link to anything
/// in its place.
#[test]
fn what_its_owner_could_not_read_is_not_served() {
    if !Only::AsRoot.applies() {
        return;
    }
    let tree = Tree::empty();
    let theirs = tree.outside("theirs");
    let site = theirs.join("site");
    fs::create_dir(&theirs).unwrap();
    make_site(&site, "old");
    let private = tree.outside("private");
    make_site(&private, "root's");
    fs::set_permissions(&private, fs::Permissions::from_mode(0o700)).unwrap();
    // The lock-down doesn't let it be opened, and there is more than that.
    let walls = [&[][..], &["--no-lockdown"]];
    for (owner, args) in [
        (Some(NOBODY), walls[0]),
        (Some(NOBODY), walls[1]),
        (None, walls[1]),
    ] {
        chown(&theirs, Some(NOBODY), None).unwrap();
        chown(&site, owner, None).unwrap();
        let server = start(&site, args);
        assert_eq!(which(&server), "old");
        let moved = theirs.join("moved");
        fs::rename(&site, &moved).unwrap();
        symlink(&private, &site).unwrap();
        lchown(&site, Some(NOBODY), None).unwrap();
        let said = if args.is_empty() {
            "cannot serve"
        } else {
            "put there by uid 65534"
        };
        eventually("the log says that it isn't served", || {
            assert_eq!(which(&server), "old");
            server.log_lines().iter().any(|line| line.contains(said))
        });
        // What is theirs is served, if it was theirs before.
        fs::remove_file(&site).unwrap();
        make_site(&site, "theirs");
        chown(&site, Some(NOBODY), None).unwrap();
        if owner.is_some() {
            becomes(&server, "theirs");
        } else {
            assert_eq!(which(&server), "old");
        }
        fs::remove_dir_all(&site).unwrap();
        fs::rename(&moved, &site).unwrap();
    }
}
