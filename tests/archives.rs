//! `--archives`: directories as one file, as Python's own modules and `tar` read them.

use crate::support::client::Response;
use crate::support::scripts::Scripts;
use crate::support::server::Server;
use crate::support::tools::{available, python, stdout};
use crate::support::tree::{MEGABYTE, SECRET, Tree, pattern};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::net::Ipv4Addr;

/// Reads an archive, checks it, and prints each name with its content.
const READER: &str = "
import io, json, sys, tarfile, zipfile
kind, file = sys.argv[1:]
found = {}
if kind == 'zip':
    archive = zipfile.ZipFile(file)
    assert archive.testzip() is None
    for info in archive.infolist():
        found[info.filename] = archive.read(info).decode('latin-1')
else:
    with tarfile.open(file, 'r:gz', errors='surrogateescape') as archive:
        for info in archive:
            assert info.isfile() or info.isdir(), info.name
            name = info.name + ('/' if info.isdir() else '')
            content = archive.extractfile(info).read() if info.isfile() else b''
            name = name.encode('utf-8', 'surrogateescape').decode('utf-8', 'replace')
            found[name] = content.decode('latin-1')
print(json.dumps(found))
";

const KINDS: [&str; 2] = ["zip", "tar.gz"];

fn start(tree: &Tree, args: &[&str]) -> Server {
    let builder = Server::builder().directory(tree).args(["--archives"]);
    builder.args(args).start()
}

/// What is in an archive.
#[track_caller]
fn unpacked(tree: &Tree, kind: &str, response: &Response) -> BTreeMap<String, String> {
    assert_eq!(response.status, 200, "{response:?}");
    let file = tree.outside("archive");
    fs::write(&file, &response.body).unwrap();
    let said = stdout(python(READER).arg(kind).arg(&file));
    serde_json::from_slice(&said).unwrap()
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

#[test]
fn a_directory_is_one_file_with_all_that_is_beneath_it() {
    if !available("python3") {
        return;
    }
    let tree = Tree::simple();
    tree.file("dir/large.bin", pattern(3 * MEGABYTE + 7));
    tree.file("dir/text.txt", "the same again and again\n".repeat(50_000));
    tree.file(
        format!("dir/{}/{}", "d".repeat(120), "n".repeat(200)),
        "long",
    );
    tree.file("dir/caf\u{e9} \u{65e5}.txt", "unicode");
    tree.directory("dir/empty");
    let server = start(&tree, &[]);
    for kind in KINDS {
        let response = server.get(&format!("/dir/?download={kind}"));
        let disposition = response.required("Content-Disposition");
        let name = format!("attachment; filename=\"dir.{kind}\"; filename*=UTF-8''dir.{kind}");
        assert_eq!(disposition, name);
        assert!(response.body.len() < 5 * MEGABYTE, "text is compressed");
        let found = unpacked(&tree, kind, &response);
        let large = latin1(&pattern(3 * MEGABYTE + 7));
        let long = format!("dir/{}/{}", "d".repeat(120), "n".repeat(200));
        for (name, content) in [
            ("dir/nested.txt", "nested\n"),
            ("dir/deeper/", ""),
            ("dir/deeper/deepest.txt", "deepest\n"),
            ("dir/empty/", ""),
            ("dir/large.bin", &large),
            ("dir/caf\u{e9} \u{65e5}.txt", "unicode"),
            (&long, "long"),
        ] {
            assert!(
                found.get(name).is_some_and(|it| it == content),
                "{kind}: {name}"
            );
        }
        assert_eq!(found["dir/text.txt"].len(), 25 * 50_000);
        assert!(
            !found.contains_key("dir/_what-was-left-out.txt"),
            "{found:?}"
        );
        let head = server.head(&format!("/dir/?download={kind}"));
        assert_eq!(head.status, 200);
        let link = format!("<a href=\"?download={kind}\" download>");
        assert!(server.get("/dir/").text().contains(&link));
    }
    // An empty one, the root, and what isn't a directory.
    let empty = unpacked(&tree, "zip", &server.get("/empty-dir/?download=zip"));
    assert!(empty.is_empty());
    let root = unpacked(&tree, "tar.gz", &server.get("/?download=tar.gz"));
    assert_eq!(root["files/hello.txt"], "hello, world\n");
    assert_eq!(
        server.get("/hello.txt?download=zip").text(),
        "hello, world\n"
    );
    let odd = server.get("/dir/?download=rar");
    assert_eq!(odd.media_type(), "text/html");
}

#[test]
fn what_isnt_packed_is_said_in_the_archive() {
    if !available("python3") {
        return;
    }
    let tree = Tree::hostile();
    tree.file(".git/config", "hidden");
    let server = start(&tree, &["--no-hidden"]);
    for kind in KINDS {
        let response = server.get(&format!("/?download={kind}"));
        assert!(!latin1(&response.body).contains(SECRET));
        let found = unpacked(&tree, kind, &response);
        let said = &found["files/_what-was-left-out.txt"];
        for line in [
            "link-inside: it is a symbolic link",
            "link-out: it is a symbolic link",
            "link-dir: it is a symbolic link",
            "fifo: it is neither a file nor a directory",
        ] {
            assert!(said.contains(line), "{kind}: {line}: {said}");
        }
        let named = said.contains("back\\slash.txt: a zip archive can't have this name");
        assert_eq!(named, kind == "zip");
        assert!(!said.contains(".git") && !said.contains("hidden"), "{said}");
        for (name, content) in &found {
            assert!(!name.contains("../") && !name.contains(".git"), "{name}");
            assert!(!content.contains(SECRET), "{name}");
        }
        assert_eq!(found["files/dir/deeper/deepest.txt"], "deepest\n");
    }
}

#[test]
fn scripts_are_in_no_archive_and_not_even_their_names() {
    if !available("python3") {
        return;
    }
    let scripts = Scripts::new();
    scripts.program("cgi-bin/known.sh", "#!/bin/sh\n# the source\n");
    let server = scripts.serve_with(&["--archives"]);
    let response = server.get("/?download=zip");
    let body = latin1(&response.body);
    assert_eq!(response.status, 200);
    assert!(!body.contains("known.sh") && !body.contains("cgi-bin"));
}

#[test]
fn there_are_none_unless_asked_for() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    for kind in KINDS {
        let response = server.get(&format!("/dir/?download={kind}"));
        assert_eq!(response.media_type(), "text/html");
    }
    assert!(!server.get("/dir/").text().contains("?download"));
}

/// Whoever asks a thousand times has no more than half of the places, and others go on.
#[test]
fn so_many_are_made_at_once_and_others_are_served() {
    let tree = Tree::simple();
    tree.file("much/noise.bin", noise(64 * MEGABYTE));
    let server = start(&tree, &["--archives-max", "2"]);
    let request = "GET /much/?download=tar.gz HTTP/1.1\r\nHost: test\r\n\r\n";
    let mut slow = server.connect();
    slow.send(request);
    slow.read_some(1);
    for _ in 0..20 {
        assert_eq!(server.exchange(request).status, 503);
        assert_eq!(server.get("/hello.txt").status, 200);
    }
    // Another client has the other place.
    let mut other = server.connect_from(Ipv4Addr::new(127, 0, 0, 2));
    other.send(request);
    assert_eq!(other.try_response_head().unwrap().status, 200);
    drop((slow, other));
    crate::support::eventually("the places are given back", || {
        let mut next = server.connect();
        next.send(request);
        next.try_response_head().unwrap().status == 200
    });
}

/// What can't be compressed.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn an_archive_of_any_length_takes_no_memory() {
    const GROWTH_KIB: u64 = 24 * 1024;
    let tree = Tree::simple();
    tree.sparse_file("dir/sparse.bin", 300 * MEGABYTE);
    let server = start(&tree, &[]);
    assert_eq!(server.get("/with-index/?download=zip").status, 200);
    let before = server.resident_kib();
    server.forget_peak();
    for kind in KINDS {
        assert_eq!(server.get(&format!("/dir/?download={kind}")).status, 200);
    }
    let grown = server.peak_kib().saturating_sub(before);
    assert!(grown < GROWTH_KIB, "the server grew by {grown} KiB");
}

#[test]
fn a_login_comes_before_archives() {
    let tree = Tree::simple();
    let hash = "user:$2y$05$tbChas9hWpmN.5ySKLJdFu9u89bxPtgbA8.VzbkrtF2y0WfLuLlSy";
    let server = start(&tree, &["--auth", hash]);
    assert_eq!(server.get("/dir/?download=zip").status, 401);
}

/// A listing for programs isn't another for it.
#[test]
fn json_is_as_it_was() {
    let tree = Tree::simple();
    let server = start(&tree, &[]);
    let listing = server.get_with("/empty-dir/", &["Accept: application/json"]);
    let listing: Value = serde_json::from_slice(&listing.body).unwrap();
    let expected = json!({"path": "/empty-dir/", "entries": [], "truncated": false});
    assert_eq!(listing, expected);
}
