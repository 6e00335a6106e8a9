//! Folders with what people have in them, and with what an attacker would put there.

use super::{Folder, FolderError, Why};
use crate::digest::Digest;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use tempfile::TempDir;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn read(folder: &Path) -> Result<Folder, String> {
    Folder::read(folder, |_| (), &|_| ()).map_err(|error| error.to_string())
}

fn paths(folder: &Path) -> Vec<String> {
    let files = read(folder).unwrap().files;
    files.iter().map(|file| file.path.to_string()).collect()
}

fn left_out(folder: &Path) -> Vec<(String, Why)> {
    let left_out = read(folder).unwrap().left_out;
    left_out
        .into_iter()
        .map(|one| (one.path, one.why))
        .collect()
}

#[test]
fn all_files_are_hashed() {
    let site = folder(&[
        ("index.html", "<p>"),
        ("a/b/c.txt", ""),
        (".well-known/x", "y"),
    ]);
    let files = read(site.path()).unwrap().files;
    let found: Vec<_> = files
        .iter()
        .map(|file| (file.path.as_str(), file.size, file.digest))
        .collect();
    assert_eq!(
        found,
        [
            (".well-known/x", 1, Digest::of(b"y")),
            ("a/b/c.txt", 0, Digest::of(b"")),
            ("index.html", 3, Digest::of(b"<p>")),
        ]
    );
}

#[test]
fn many_files_are_hashed_in_their_order() {
    let site = tempfile::tempdir().unwrap();
    for number in 0..500 {
        fs::write(site.path().join(format!("{number:03}")), number.to_string()).unwrap();
    }
    for (number, file) in read(site.path()).unwrap().files.iter().enumerate() {
        assert_eq!(file.path.as_str(), format!("{number:03}"));
        assert_eq!(file.digest, Digest::of(number.to_string().as_bytes()));
    }
}

#[test]
fn what_looks_secret_is_left_out_and_told() {
    let site = folder(&[
        ("index.html", ""),
        (".env", "KEY=1"),
        (".git/config", ""),
        ("a/server.pem", ""),
        (".env.example", ""),
    ]);
    assert_eq!(paths(site.path()), [".env.example", "index.html"]);
    assert_eq!(
        left_out(site.path()),
        [
            (".env".to_owned(), Why::Secret),
            (".git/".to_owned(), Why::VersionControl),
            ("a/server.pem".to_owned(), Why::Secret),
        ]
    );
}

#[test]
fn wasmhostignore_is_read_as_a_gitignore() {
    let site = folder(&[
        (
            ".wasmhostignore",
            "*.map\n/draft/\n!slides.key\n# a comment\n",
        ),
        ("index.html", ""),
        ("app.js.map", ""),
        ("draft/a.html", ""),
        ("sub/draft/b.html", ""),
        ("slides.key", ""),
        ("sub/.wasmhostignore", "!keep.map\n"),
        ("sub/keep.map", ""),
        ("sub/drop.map", ""),
    ]);
    let expected = [
        "index.html",
        "slides.key",
        "sub/draft/b.html",
        "sub/keep.map",
    ];
    assert_eq!(paths(site.path()), expected);
    let ignored = |path: &str| (path.to_owned(), Why::Ignored);
    let expected = ["app.js.map", "draft/", "sub/drop.map"].map(ignored);
    assert_eq!(left_out(site.path()), expected);
}

#[test]
fn a_wrong_wasmhostignore_is_a_fault() {
    let site = folder(&[("index.html", ""), (".wasmhostignore", "a\n[z-a]\n")]);
    let error = read(site.path()).unwrap_err();
    assert!(error.starts_with(".wasmhostignore: "), "{error}");
}

#[test]
fn links_within_the_folder_are_what_they_lead_to() {
    let site = folder(&[("real.txt", "text"), ("docs/a.html", "")]);
    symlink("real.txt", site.path().join("link.txt")).unwrap();
    symlink("docs", site.path().join("latest")).unwrap();
    let expected = ["docs/a.html", "latest/a.html", "link.txt", "real.txt"];
    assert_eq!(paths(site.path()), expected);
}

#[test]
fn a_link_out_of_the_folder_is_a_fault_that_names_it() {
    let site = folder(&[("index.html", "")]);
    let secret = folder(&[("secret", "password")]);
    symlink(secret.path().join("secret"), site.path().join("a.txt")).unwrap();
    symlink("/proc/self/environ", site.path().join("b.txt")).unwrap();
    symlink("../..", site.path().join("c")).unwrap();
    symlink("nowhere", site.path().join("d")).unwrap();
    let error = read(site.path()).unwrap_err();
    for name in [
        "a.txt: it is a symbolic link out",
        "b.txt: ",
        "c: ",
        "d: it is a symbolic link that leads nowhere",
    ] {
        assert!(error.contains(name), "{error}");
    }
    assert_eq!(error.lines().count(), 4);
}

/// Under a harmless name, what is left out would be published after all.
#[test]
fn a_link_to_what_is_left_out_is_left_out() {
    let site = folder(&[
        ("index.html", ""),
        (".env", "KEY=1"),
        (".git/config", "token"),
        ("private/x", ""),
        (".wasmhostignore", "/private/\n"),
    ]);
    symlink(".env", site.path().join("a.txt")).unwrap();
    symlink(".git/config", site.path().join("b.txt")).unwrap();
    symlink(".git", site.path().join("c")).unwrap();
    symlink("private/x", site.path().join("d.txt")).unwrap();
    assert_eq!(paths(site.path()), ["index.html"]);
    let names: Vec<String> = left_out(site.path())
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    for name in ["a.txt", "b.txt", "c/", "d.txt"] {
        assert!(names.iter().any(|left_out| left_out == name), "{names:?}");
    }
}

#[test]
fn links_in_circles_end() {
    let site = folder(&[("a/index.html", ""), ("b/index.html", "")]);
    symlink("..", site.path().join("a/up")).unwrap();
    symlink("../b", site.path().join("a/other")).unwrap();
    symlink("../a", site.path().join("b/other")).unwrap();
    let error = read(site.path()).unwrap_err();
    assert!(
        error.contains("a/up: it is a symbolic link to a folder that it is in"),
        "{error}"
    );
    assert!(error.contains("a/other/other: "), "{error}");
}

#[test]
fn a_fifo_and_a_socket_are_faults() {
    let site = folder(&[("index.html", "")]);
    let fifo = site.path().join("fifo");
    let mode = rustix::fs::Mode::RUSR;
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(site.path().join("socket")).unwrap();
    let error = read(site.path()).unwrap_err();
    assert!(error.contains("fifo: it is neither a file"), "{error}");
    assert!(error.contains("socket: it is neither a file"), "{error}");
}

#[test]
fn all_bad_names_are_told_at_once_and_harmlessly() {
    let site = folder(&[("index.html", ""), ("a\\b", ""), ("c\u{1b}[2J", "")]);
    let name = std::ffi::OsStr::from_bytes(b"d\xff");
    fs::write(site.path().join(name), "").unwrap();
    let error = read(site.path()).unwrap_err();
    assert_eq!(error.lines().count(), 3, "{error}");
    assert!(
        error.contains("a\\b: ") && error.contains("its name isn't UTF-8"),
        "{error}"
    );
    assert!(!error.contains('\u{1b}'), "{error}");
}

#[test]
fn more_folders_than_a_path_can_have_are_a_fault() {
    let site = folder(&[("index.html", "")]);
    let deep = vec!["d"; 100].join("/");
    fs::create_dir_all(site.path().join(deep)).unwrap();
    let error = read(site.path()).unwrap_err();
    assert!(error.contains("more than 64 folders deep"), "{error}");
}

#[test]
fn there_has_to_be_a_folder_with_a_file() {
    let site = folder(&[("sub/.env", "")]);
    assert!(matches!(
        Folder::read(site.path(), |_| (), &|_| ()),
        Err(FolderError::Empty(_))
    ));
    for bad in [site.path().join("nowhere"), site.path().join("sub/.env")] {
        let error = read(&bad).unwrap_err();
        assert!(error.starts_with("cannot deploy "), "{error}");
    }
}

/// The content is replaced while it is hashed: as long as before, at the same place.
#[test]
fn a_file_that_changes_meanwhile_is_a_fault() {
    let site = folder(&[("a.txt", "one"), ("b.txt", "two")]);
    let path = site.path().join("a.txt");
    let (mut opened, stamp) = super::open(&path).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut opened, &mut text).unwrap();
    assert!(stamp.check(&opened, 3).is_ok());
    assert!(stamp.check(&opened, 2).is_err());
    fs::write(&path, "longer").unwrap();
    assert!(stamp.check(&opened, 3).is_err());
}
