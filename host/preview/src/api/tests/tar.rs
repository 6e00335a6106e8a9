//! Tars, as programs make them, and as an attacker would.

use super::stage::{Answer, Script, Stage};
use crate::limits::Limits;
use ::tar::{Builder, EntryType, Header};
use serde_json::json;
use std::io::{Read, Write};

const PATH: &str = "/projects/shop/deploy.tar";

/// A head as any program can write it, whatever the name.
fn header(path: &[u8], kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.as_old_mut().name[..path.len()].copy_from_slice(path);
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(size);
    header.set_cksum();
    header
}

fn entry(path: &str, kind: EntryType, content: &[u8]) -> Vec<u8> {
    let mut bytes = header(path.as_bytes(), kind, content.len() as u64)
        .as_bytes()
        .to_vec();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn file(path: &str, content: &[u8]) -> Vec<u8> {
    entry(path, EntryType::Regular, content)
}

/// An attribute as POSIX has it: its own length, its name, its value.
fn attribute(name: &str, value: &str) -> Vec<u8> {
    let rest = format!(" {name}={value}\n");
    let digits = (rest.len() + 1).to_string().len();
    let length = rest.len() + digits;
    let digits = length.to_string().len();
    let text = format!("{}{rest}", rest.len() + digits);
    entry("attributes", EntryType::XHeader, text.as_bytes())
}

fn archive(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = entries.concat();
    bytes.extend([0; 1024]);
    bytes
}

fn send(stage: &Stage, entries: &[Vec<u8>]) -> Answer {
    stage.ask("PUT", PATH, "", &archive(entries))
}

/// It is refused, says of which entry, and nothing at all was kept.
#[track_caller]
fn refused(entries: &[Vec<u8>], status: u16, entry: Option<&str>) {
    let stage = Stage::new();
    let answer = send(&stage, entries);
    assert_eq!(answer.status, status, "{answer:?}");
    if let Some(entry) = entry {
        assert_eq!(answer.json()["entry"], json!(entry), "{answer:?}");
    }
    assert!(!answer.error().is_empty());
    assert_eq!((stage.deploys(), stage.kept()), (0, Vec::new()));
}

#[test]
fn what_programs_make_is_deployed() {
    let stage = Stage::new();
    let large = "x".repeat(1_000_000);
    let long = format!("{}/{}.txt", "folder".repeat(15), "name".repeat(20));
    let site = [
        ("index.html", "<p>"),
        ("a/empty", ""),
        ("large", &large),
        (&long, "long"),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in site {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    for format in ["gnu", "pax", "ustar"] {
        let mut tar = std::process::Command::new("tar");
        tar.arg(format!("--format={format}"))
            .args(["-cf", "-", "-C"])
            .arg(folder.path())
            .arg(".");
        let tar = tar.output().unwrap();
        assert!(tar.status.success(), "{tar:?}");
        let answer = stage.ask(
            "PUT",
            &format!("{PATH}?alias=pr-1&message=a%20word"),
            "",
            &tar.stdout,
        );
        assert_eq!(answer.status, 201, "{format}: {answer:?}");
        let deployed = answer.json();
        assert_eq!(deployed["alias_url"], "http://pr-1.localhost:8000/");
        let shown = stage
            .get(&format!("/deploys/{}", deployed["id"].as_str().unwrap()))
            .json();
        assert_eq!(shown["message"], "a word");
        for (path, content) in site {
            assert_eq!(
                shown["contents"][path]["size"],
                json!(content.len()),
                "{format}: {path}"
            );
        }
    }
}

#[test]
fn the_crates_own_archives_are_read() {
    let stage = Stage::new();
    let mut builder = Builder::new(Vec::new());
    let mut head = Header::new_gnu();
    head.set_size(1);
    head.set_mode(0o644);
    builder
        .append_data(&mut head, "d/".repeat(60) + "f", b"x".as_slice())
        .unwrap();
    let answer = stage.ask("PUT", PATH, "", &builder.into_inner().unwrap());
    assert_eq!(answer.status, 201, "{answer:?}");
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for bad in [
        "../a",
        "/etc/passwd",
        "a/../../b",
        "a//b",
        "..",
        "a\\b",
        "./../a",
        ".//a",
        "a/./b",
        "",
        "././a",
    ] {
        refused(&[file("ok", b"x"), file(bad, b"x")], 422, Some(bad));
    }
    refused(
        &[entry("../d/", EntryType::Directory, b"")],
        422,
        Some("../d/"),
    );
    refused(&[entry("/", EntryType::Directory, b"")], 422, Some("/"));
    let name = attribute("path", "../../etc/cron.d/x");
    refused(
        &[name, file("harmless", b"x")],
        422,
        Some("../../etc/cron.d/x"),
    );
    let name = entry("././@LongLink", EntryType::GNULongName, b"../x\0");
    refused(&[name, file("harmless", b"x")], 422, Some("../x"));
    let mut bytes = header(b"a\xffb", EntryType::Regular, 0).as_bytes().to_vec();
    bytes.extend([0; 1024]);
    let stage = Stage::new();
    assert_eq!(stage.ask("PUT", PATH, "", &bytes).status, 422);
}

#[test]
fn ten_thousand_levels_are_refused() {
    let deep = "d/".repeat(10_000);
    let name = entry(
        "././@LongLink",
        EntryType::GNULongName,
        format!("{deep}f").as_bytes(),
    );
    refused(&[name, file("x", b"x")], 422, Some(&format!("{deep}f")));
    let name = attribute("path", &deep);
    refused(
        &[name, entry("x", EntryType::Directory, b"")],
        422,
        Some(&deep),
    );
}

#[test]
fn anything_but_files_and_folders_is_refused() {
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Char,
        EntryType::Block,
        EntryType::Fifo,
        EntryType::GNUSparse,
        EntryType::new(b'V'),
    ] {
        refused(
            &[file("ok", b"x"), entry("bad", kind, b"")],
            422,
            Some("bad"),
        );
    }
    let sparse = attribute("GNU.sparse.realsize", "1000000000000");
    refused(&[sparse, file("bad", b"x")], 422, Some("bad"));
    let link = entry("././@LongLink", EntryType::GNULongLink, b"/etc/passwd\0");
    refused(
        &[link, entry("bad", EntryType::Symlink, b"")],
        422,
        Some("bad"),
    );
}

#[test]
fn files_in_each_others_place_are_refused() {
    refused(&[file("a", b"1"), file("a", b"2")], 422, Some("a"));
    refused(&[file("a", b"1"), file("./a", b"2")], 422, Some("./a"));
    refused(&[file("A", b"1"), file("a", b"2")], 422, Some("a"));
    refused(&[file("a", b"1"), file("a/b", b"2")], 422, Some("a/b"));
    refused(&[file("handler.wasm", b"")], 422, Some("handler.wasm"));
}

/// What says that it is huge isn't read, and nobody makes room for it.
#[test]
fn bombs_do_not_go_off() {
    let huge = |kind| vec![header(b"bomb", kind, 8_000_000_000).as_bytes().to_vec()];
    refused(&huge(EntryType::Regular), 413, Some("bomb"));
    for kind in [
        EntryType::GNULongName,
        EntryType::GNULongLink,
        EntryType::XHeader,
        EntryType::XGlobalHeader,
    ] {
        refused(&huge(kind), 413, None);
    }
    let lie = attribute("size", "8000000000");
    refused(&[lie, file("bomb", b"x")], 422, Some("bomb"));
}

#[test]
fn endless_archives_end() {
    let mut limits = Limits::default();
    limits.most.files = 10;
    limits.usual.files = 10;
    limits.most.total_size = 100;
    limits.usual.total_size = 100;
    let stage = Stage::with(Script {
        limits,
        ..Script::default()
    });
    for endless in [
        entry("d/", EntryType::Directory, b""),
        entry("x", EntryType::XGlobalHeader, b""),
        entry("x", EntryType::XHeader, b""),
    ] {
        let mut socket = stage.connect();
        let head = stage.head("PUT", PATH, "Transfer-Encoding: chunked\r\n");
        socket.write_all(head.as_bytes()).unwrap();
        let chunk = format!("{:x}\r\n", endless.len() * 1000);
        let chunk = [chunk.as_bytes(), &endless.repeat(1000), b"\r\n"].concat();
        let sent = (0..1000)
            .take_while(|_| socket.write_all(&chunk).is_ok())
            .count();
        assert!(sent < 100, "{sent}");
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer);
    }
    let many: Vec<_> = (0..11)
        .map(|number| file(&format!("f{number}"), b""))
        .collect();
    let answer = send(&stage, &many);
    assert_eq!(
        (answer.status, &answer.json()["entry"]),
        (413, &json!("f10"))
    );
    let large = [file("a", &[b'x'; 60]), file("b", &[b'y'; 60])];
    let answer = send(&stage, &large);
    assert_eq!((answer.status, &answer.json()["entry"]), (413, &json!("b")));
    assert_eq!((stage.deploys(), stage.kept()), (0, Vec::new()));
}

#[test]
fn what_is_no_tar_or_is_cut_is_refused() {
    refused(&[b"<!doctype html>".repeat(100)], 422, None);
    let stage = Stage::new();
    assert_eq!(
        stage.ask("PUT", PATH, "", b"\x1f\x8b\x08compressed").status,
        415
    );
    assert_eq!(stage.ask("PUT", PATH, "", b"").status, 422);
    assert_eq!(
        stage.ask("PUT", &format!("{PATH}?alais=a"), "", b"").status,
        422
    );
    assert_eq!(
        stage
            .ask("PUT", &format!("{PATH}?alias=a--b"), "", b"")
            .status,
        422
    );
    let whole = file("a", &[b'x'; 2000]);
    for end in [100, 512, 600, 2000] {
        let answer = stage.ask("PUT", PATH, "", &whole[..end]);
        assert_eq!(answer.status, 422, "{end}: {answer:?}");
    }
    assert_eq!((stage.deploys(), stage.kept()), (0, Vec::new()));
}
