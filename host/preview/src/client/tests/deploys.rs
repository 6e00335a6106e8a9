//! `wasm-host deploy`, as its user sees it.

use super::scene::{Seen, assert_served, deployed, folder, of, order, run, try_deploy};
use crate::api::tests::stage::{Script, Stage};
use crate::api::{Candidate, Checker};
use crate::client::Outcome;
use crate::limits::{Asked, Limits};
use crate::wire::Problem;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const SITE: &[(&str, &[u8])] = &[
    ("index.html", b"<p>"),
    ("a/b.txt", b"b"),
    ("a/same.txt", b"b"),
    ("empty", b""),
];

#[test]
fn a_folder_becomes_a_deploy_and_only_what_changed_is_sent_again() {
    let stage = Stage::new();
    let (server, site) = (of(&stage), folder(SITE));
    let mut order = order(site.path());
    order.alias = Some("pr-42".parse().unwrap());
    let seen = Arc::new(Seen::default());
    let outcome = try_deploy(&server, &order, &seen).unwrap();
    let Outcome::Deployed(first) = &outcome else {
        panic!("{outcome:?}")
    };
    assert_served(&stage, first, SITE);
    assert_eq!(seen.sent(), ["3"]);
    let id = first.id;
    let expected = format!("http://{id}.localhost:8000/\nhttp://pr-42.localhost:8000/\n");
    assert_eq!(outcome.text(), expected);

    fs::write(site.path().join("index.html"), "<p>new").unwrap();
    let seen = Arc::new(Seen::default());
    let outcome = try_deploy(&server, &order, &seen).unwrap();
    let Outcome::Deployed(second) = &outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(seen.sent(), ["1"]);
    assert_ne!(second.id, id);
    assert_served(&stage, first, SITE);
    assert_eq!(
        stage.get("/projects/shop/aliases/pr-42").json()["deploy"],
        second.id.as_str()
    );
}

#[test]
fn all_that_is_said_arrives() {
    let stage = Stage::new();
    let site = folder(SITE);
    let mut order = order(site.path());
    order.ttl = Some(Duration::from_secs(3600));
    order.message = Some("Größe".to_owned());
    order.password = Some("secret".to_owned());
    let id = deployed(&of(&stage), &order).id;
    let manifest = run(stage.store.manifest(&id)).unwrap().unwrap();
    assert_eq!(
        (manifest.ttl, manifest.message.as_deref()),
        (Some(3600), Some("Größe"))
    );
    let hash = manifest.password.as_deref().unwrap();
    assert!(
        hash.starts_with("$2y$10$") && !hash.contains("secret"),
        "{hash}"
    );
}

#[test]
fn many_packs_and_large_files_go_up_at_once() {
    let stage = Stage::new();
    let contents: Vec<(String, Vec<u8>)> = (0..60_u32)
        .map(|number| {
            // Some below and some above what a pack takes.
            let size = if number % 20 == 0 { 700_000 } else { 200_000 };
            let content = number
                .to_le_bytes()
                .into_iter()
                .cycle()
                .take(size)
                .collect();
            (format!("{number}.bin"), content)
        })
        .collect();
    let files: Vec<(&str, &[u8])> = contents
        .iter()
        .map(|(path, content)| (&**path, &**content))
        .collect();
    let site = folder(&files);
    let deployed = deployed(&of(&stage), &order(site.path()));
    assert_served(&stage, &deployed, &files);
}

/// Nothing reaches the server while something is wrong with the folder.
#[test]
fn what_is_wrong_with_the_folder_is_told_before_anything_is_sent() {
    let stage = Stage::new();
    let twins: fn(&Path) = |site| fs::write(site.join("INDEX.html"), "").unwrap();
    let out: fn(&Path) = |site| symlink("/etc/passwd", site.join("x")).unwrap();
    let name: fn(&Path) = |site| fs::write(site.join("a\\b"), "").unwrap();
    for (what, prepare) in [
        ("the same where case doesn't count", twins),
        ("a symbolic link out of the folder", out),
        ("backslash", name),
    ] {
        let site = folder(SITE);
        prepare(site.path());
        let error = try_deploy(&of(&stage), &order(site.path()), &Arc::default())
            .unwrap_err()
            .to_string();
        assert!(error.contains(what), "{error}");
        assert!(stage.kept().is_empty());
    }
}

/// The file is as long as before, and changes after it was hashed.
#[test]
fn a_file_that_changes_meanwhile_is_named_and_nothing_is_deployed() {
    let stage = Stage::new();
    for size in [10, 3_000_000] {
        let site = folder(&[("a.txt", b"a"), ("changing.bin", &vec![1; size])]);
        let path = site.path().join("changing.bin");
        let seen = Seen::when("Sending", move || fs::write(path, vec![2; size]).unwrap());
        let error = try_deploy(&of(&stage), &order(site.path()), &Arc::new(seen)).unwrap_err();
        let error = error.to_string();
        assert!(
            error.starts_with("changing.bin: it changed while"),
            "{size}: {error}"
        );
    }
    assert_eq!(stage.deploys(), 0);
}

#[test]
fn contents_that_are_gone_when_it_is_committed_are_sent_again() {
    let stage = Stage::new();
    let site = folder(SITE);
    let blobs = stage.folder.path().join("store/projects/shop/blobs");
    let seen = Arc::new(Seen::when("Committing", move || {
        fs::remove_dir_all(blobs).unwrap();
    }));
    let outcome = try_deploy(&of(&stage), &order(site.path()), &seen).unwrap();
    assert!(matches!(outcome, Outcome::Deployed(_)));
    assert_eq!(seen.sent(), ["3", "3"]);
}

#[test]
fn limits_are_told_in_one_line() {
    let mut limits = Limits::default();
    limits.usual.files = 3;
    let stage = Stage::with(Script {
        limits,
        ..Script::default()
    });
    let site = folder(SITE);
    let error = try_deploy(&of(&stage), &order(site.path()), &Arc::default())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("4 files in this deploy, 3 is the most") && error.contains("deploy less"),
        "{error}"
    );
    assert_eq!(error.lines().count(), 1);
}

struct Grumpy;

impl Checker for Grumpy {
    fn check(&self, candidate: &Candidate<'_>) -> Result<Asked, Vec<Problem>> {
        match candidate.settings.get("_redirects") {
            None => Ok(Asked::default()),
            Some(_) => Err([1, 2]
                .map(|line| Problem {
                    file: "_redirects".to_owned(),
                    line: Some(line),
                    column: Some(3),
                    what: "write\u{1b}[2J it well".to_owned(),
                })
                .to_vec()),
        }
    }
}

/// A dry run sends the settings, so that it says what the deploy would.
#[test]
fn bad_rules_fail_the_deploy_and_its_dry_run() {
    let stage = Stage::with(Script {
        checker: Arc::new(Grumpy),
        ..Script::default()
    });
    let site = folder(&[("index.html", b"x"), ("_redirects", b"/a /b")]);
    for dry_run in [true, false] {
        let mut order = order(site.path());
        order.dry_run = dry_run;
        let error = try_deploy(&of(&stage), &order, &Arc::default())
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "_redirects:1:3: write\\u{1b}[2J it well\n_redirects:2:3: write\\u{1b}[2J it well"
        );
    }
    let site = folder(SITE);
    let mut order = order(site.path());
    order.dry_run = true;
    let outcome = try_deploy(&of(&stage), &order, &Arc::default()).unwrap();
    assert_eq!(
        outcome.text(),
        "it could be deployed: 4 files (5 B), of which 3 contents would be sent\n"
    );
    assert_eq!(stage.deploys(), 0);
}
