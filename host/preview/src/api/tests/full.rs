//! A full disk in mid-upload: a clear word, what is deployed is there, and the space is
//! given back.
//!
//! The disk is a small file system in memory, which only root can mount.

#[path = "../../../../../tests/support/skip.rs"]
mod skip;

use super::stage::{Script, Stage};
use crate::digest::Digest;
use serde_json::json;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A small disk, which is gone with this.
struct Disk(TempDir);

impl Disk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"])
            .arg(folder.path());
        if mount.output().is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        skip::skipped("a small disk can be mounted by root only");
        None
    }

    fn used(&self) -> u64 {
        let about = rustix::fs::statvfs(self.0.path()).unwrap();
        (about.f_blocks - about.f_bfree) * about.f_frsize
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

/// Takes all space that is left.
fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    for size in [4096, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

/// One file in a tar.
fn tar(content: &[u8]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    let mut head = ::tar::Header::new_gnu();
    head.set_size(content.len() as u64);
    builder.append_data(&mut head, "large", content).unwrap();
    builder.into_inner().unwrap()
}

#[test]
fn a_full_disk_is_told_and_nothing_of_what_failed_is_left() {
    let Some(disk) = Disk::mount() else { return };
    let store = disk.0.path().join("store");
    let stage = Stage::with(Script {
        store: Some(store.clone()),
        ..Script::default()
    });
    let id = stage.deployed("shop", &[("a", "old")], &json!({ "alias": "main" }));
    let before = disk.used();
    // More than there is room for, though nothing is full yet.
    let large = vec![7; 6_000_000];
    let path = format!("/projects/shop/blobs/{}", Digest::of(&large));
    for (path, content) in [
        (path.as_str(), &large),
        ("/projects/shop/deploy.tar", &tar(&large)),
    ] {
        let answer = stage.ask("PUT", path, "", content);
        assert_eq!(answer.status, 507, "{answer:?}");
        assert!(answer.error().contains("disk is full"), "{answer:?}");
        assert_eq!(disk.used(), before, "{path}");
    }
    let filler = disk.0.path().join("filler");
    fill(&filler);
    let content = b"new content".as_slice();
    let pack = [
        Digest::of(content).as_bytes().as_slice(),
        &11_u64.to_be_bytes(),
        content,
    ]
    .concat();
    assert_eq!(
        stage.ask("POST", "/projects/shop/blobs", "", &pack).status,
        507
    );
    assert_eq!(
        stage.deploy("shop", &[("b", "old")], &json!({})).status,
        507
    );
    assert_eq!(stage.get(&format!("/deploys/{id}")).status, 200);
    assert_eq!(
        fs::read(store.join(format!("local/trees/{id}/a"))).unwrap(),
        b"old"
    );
    assert_eq!(
        stage.get("/projects/shop/aliases/main").json()["deploy"],
        json!(id)
    );
    fs::remove_file(filler).unwrap();
    assert_eq!(stage.deploys(), 1);
    assert_eq!(
        stage.ask("POST", "/projects/shop/blobs", "", &pack).status,
        200
    );
    assert_eq!(
        stage.deploy("shop", &[("b", "old")], &json!({})).status,
        201
    );
}
