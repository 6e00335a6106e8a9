//! Other certificates take over, while connections go on.

use crate::support::certificates::{Certificates, Pair};
use crate::support::https::Https;
use crate::support::only::Only;
use crate::support::server::Server;
use crate::support::tree::Tree;
use rustix::process::Signal;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

/// Puts other files in a pair's place, each by a rename.
fn replace(old: &Pair, new: &Pair) {
    for (old, new) in [(&old.key, &new.key), (&old.certificate, &new.certificate)] {
        let beside = old.with_extension("new");
        fs::copy(new, &beside).unwrap();
        fs::rename(beside, old).unwrap();
    }
}

/// The number of the certificate that a new connection is shown.
#[track_caller]
fn shown(site: &Https) -> String {
    site.python("print(connect('localhost').getpeercert()['serialNumber'])")
}

#[track_caller]
fn reload(server: &Server) {
    let before = reloads(server);
    server.signal(Signal::HUP);
    crate::support::eventually("it is reloaded", || reloads(server) > before);
}

fn reloads(server: &Server) -> usize {
    let lines = server.log_lines();
    let about = |line: &&String| {
        line.contains("certificate reloaded") || line.contains("certificate not reloaded")
    };
    lines.iter().filter(about).count()
}

#[test]
fn sighup_takes_the_new_and_keeps_who_is_there() {
    let site = Https::start(&[]);
    let next = site.certificates.issue("next", &["localhost", "127.0.0.1"]);
    let pid = site.server.id();
    let [old, new] = [&site.pair, &next]
        .map(|pair| [&pair.certificate, &pair.key].map(|path| path.to_str().unwrap().to_owned()));
    let script = format!(
        r#"
import os, shutil, signal, time
there = connect()
number = there.getpeercert()["serialNumber"]
request(there, close=False)
for new, old in zip({new:?}, {old:?}):
    shutil.copy(new, old)
os.kill({pid}, signal.SIGHUP)
while connect().getpeercert()["serialNumber"] == number:
    pass
assert request(there, close=False).endswith(b"hello, world\n")
resumed = connect(session=there.session)
assert request(resumed).endswith(b"hello, world\n")
print(resumed.session_reused)
"#
    );
    assert_eq!(site.python(&script), "True\n");
    let line = site
        .server
        .wait_for_log(|line| line.contains("certificate reloaded: "));
    assert!(line.contains("site.pem (in "), "{line}");
}

#[test]
fn what_is_wrong_changes_nothing_and_is_in_the_log() {
    let site = Https::start(&[]);
    let before = shown(&site);
    let other = site.certificates.issue("other", &["localhost"]);
    let old = site.certificates.issue_valid("old", &["localhost"], -9, -2);
    let right = Pair {
        certificate: site
            .certificates
            .file("kept.pem", fs::read(&site.pair.certificate).unwrap()),
        key: site
            .certificates
            .file("kept.key", fs::read(&site.pair.key).unwrap()),
    };
    let mixed = Pair {
        certificate: right.certificate.clone(),
        key: other.key.clone(),
    };
    let swapped = Pair {
        certificate: right.key.clone(),
        key: right.certificate.clone(),
    };
    for (wrong, reason) in [
        (&mixed, "doesn't belong to"),
        (&swapped, "have the two files been swapped?"),
        (&old, "has expired"),
    ] {
        replace(&site.pair, wrong);
        reload(&site.server);
        let line = site.server.wait_for_log(|line| line.contains(reason));
        assert!(
            line.contains("certificate not reloaded, the one before goes on: "),
            "{line}"
        );
        assert_eq!(shown(&site), before, "{reason}");
    }
    replace(&site.pair, &right);
    fs::remove_file(&site.pair.key).unwrap();
    reload(&site.server);
    site.server
        .wait_for_log(|line| line.contains("No such file"));
    assert_eq!(shown(&site), before);
    replace(&site.pair, &other);
    reload(&site.server);
    assert_ne!(shown(&site), before);
}

/// As `certbot` has it: links to links, of which each renewal leads to other files.
#[test]
fn watching_follows_the_links_of_a_renewal_within_the_lock_down() {
    let certificates = Certificates::new();
    let [archive, live] = ["archive/site", "live/site"].map(|name| certificates.path(name));
    fs::create_dir_all(&archive).unwrap();
    fs::create_dir_all(&live).unwrap();
    let renew = |certificates: &Certificates, number: u32| {
        let new = certificates.issue("new", &["localhost"]);
        for (name, file) in [("privkey", &new.key), ("fullchain", &new.certificate)] {
            fs::copy(file, archive.join(format!("{name}{number}.pem"))).unwrap();
            let link = live.join(format!("{name}.pem"));
            let beside = live.join("new");
            symlink(format!("../../archive/site/{name}{number}.pem"), &beside).unwrap();
            fs::rename(beside, link).unwrap();
        }
    };
    renew(&certificates, 1);
    let pair = Pair {
        certificate: live.join("fullchain.pem"),
        key: live.join("privkey.pem"),
    };
    let site = Https::with(certificates, pair, |server| server.args(["--watch"]));
    let before = shown(&site);
    for number in 2..4 {
        renew(&site.certificates, number);
        site.server
            .wait_for_log(|line| line.contains("certificate reloaded: "));
        crate::support::eventually("the renewed one is served", || {
            reloads_right(&site) + 1 == number
        });
    }
    assert_ne!(shown(&site), before);
    assert!(
        !site
            .server
            .log_lines()
            .iter()
            .any(|line| line.contains("not reloaded"))
    );
}

fn reloads_right(site: &Https) -> u32 {
    let lines = site.server.log_lines();
    let right = lines
        .iter()
        .filter(|line| line.contains("certificate reloaded"));
    u32::try_from(right.count()).unwrap()
}

#[test]
fn a_reload_under_load_loses_no_request() {
    let site = Https::start(&["-q"]);
    let other = site
        .certificates
        .issue("other", &["localhost", "127.0.0.1"]);
    let files =
        |pair: &Pair| [&pair.certificate, &pair.key].map(|it| it.to_str().unwrap().to_owned());
    let kept = Pair {
        certificate: site
            .certificates
            .file("kept.pem", fs::read(&site.pair.certificate).unwrap()),
        key: site
            .certificates
            .file("kept.key", fs::read(&site.pair.key).unwrap()),
    };
    // Both files are of one pair whenever they are read: the server waits to be told.
    let script = format!(
        r#"
import os, shutil, signal, threading
numbers, failures, stop = set(), [], threading.Event()

def load():
    while not stop.is_set():
        try:
            stream = connect()
            numbers.add(stream.getpeercert()["serialNumber"])
            for _ in range(3):
                assert request(stream, close=False).endswith(b"hello, world\n")
            assert request(stream).endswith(b"hello, world\n")
        except Exception as error:
            failures.append(repr(error))

threads = [threading.Thread(target=load, daemon=True) for _ in range(4)]
for thread in threads:
    thread.start()
seen = connect().getpeercert()["serialNumber"]
for turn in range(10):
    for new, old in zip(({other:?}, {kept:?})[turn % 2], {place:?}):
        shutil.copy(new, old)
    os.kill({pid}, signal.SIGHUP)
    while connect().getpeercert()["serialNumber"] == seen:
        pass
    seen = connect().getpeercert()["serialNumber"]
stop.set()
for thread in threads:
    thread.join()
print(len(numbers), failures)
"#,
        other = files(&other),
        kept = files(&kept),
        place = files(&site.pair),
        pid = site.server.id(),
    );
    assert_eq!(site.python(&script), "2 []\n");
    assert!(
        site.server.log_lines().is_empty(),
        "{:?}",
        site.server.log_lines()
    );
}

#[test]
fn a_key_of_roots_alone_is_read_at_the_start_only() {
    if !Only::AsRoot.applies() {
        return;
    }
    let tree = Tree::simple();
    let directory = tree.path("");
    // Whoever it becomes has to find the site.
    fs::set_permissions(directory.parent().unwrap(), Permissions::from_mode(0o755)).unwrap();
    let site = Https::of(tree, &directory, |certificates, server| {
        let folder = certificates.path("");
        fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
        let key = certificates.path("site.key");
        fs::set_permissions(key, Permissions::from_mode(0o600)).unwrap();
        server.args(["--user=nobody"])
    });
    site.is_served();
    let said = |part: &str| site.server.wait_for_log(|line| line.contains(part));
    let line = said("can't read");
    assert!(
        line.contains("the user nobody") && line.contains("site.key"),
        "{line}"
    );
    reload(&site.server);
    let line = said("not reloaded");
    assert!(line.contains("Permission denied"), "{line}");
    assert!(line.contains("start the server anew"), "{line}");
    site.is_served();
    let readable = Permissions::from_mode(0o644);
    fs::set_permissions(&site.pair.key, readable).unwrap();
    reload(&site.server);
    said("certificate reloaded");
    site.is_served();
}

#[test]
fn watching_needs_something_to_watch() {
    let output = crate::support::command_line::run(["serve", "--watch", "0"]);
    let said = crate::support::command_line::stderr(&output);
    assert!(said.contains("--tls-cert <FILE>"), "{said}");
}
