//! After a power cut, a store has what it acknowledged.
//!
//! A killed process leaves to the kernel what it wrote, so only this shows whether the
//! store waits for the disk. The disk is a file with ext4 in it. Whenever something is
//! acknowledged, the file is copied as it is, without what the kernel has not written to
//! it yet: that is what a power cut at this moment leaves. The copy is mounted, which
//! recovers its journal, and has to have all of it.
//!
//! It takes root, `mkfs.ext4` and a loop device.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on may say so by panicking"
)]

#[path = "../../../tests/support/skip.rs"]
mod skip;

use bytes::Bytes;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use wasm_host_preview::digest::Digest;
use wasm_host_preview::limits::Limits;
use wasm_host_preview::manifest::{Entry, Manifest};
use wasm_host_preview::names::{AliasName, DeployId, ProjectName, SitePath};
use wasm_host_preview::store::Store;

/// How large the disk is, in bytes.
const SIZE: u64 = 64 * 1024 * 1024;

/// What a kernel has that has loop devices.
const LOOP_DEVICES: &str = "/dev/loop-control";

/// A disk in a file, mounted.
struct Disk {
    file: PathBuf,
    mounted: PathBuf,
}

impl Disk {
    /// None: that can't be had here.
    fn make(folder: &Path) -> Option<Self> {
        let file = folder.join("disk");
        File::create(&file).unwrap().set_len(SIZE).unwrap();
        let made = Command::new("mkfs.ext4").arg("-q").arg(&file).status();
        let disk = made.is_ok_and(|status| status.success()).then(|| {
            let mounted = folder.join("mounted");
            Self { file, mounted }
        });
        let mounted = disk.filter(Self::mount);
        let reason = "a disk in a file takes root, mkfs.ext4 and a loop device";
        match &mounted {
            Some(_) => {}
            // No program that can be installed gives a kernel one.
            None if !Path::new(LOOP_DEVICES).exists() => eprintln!("left out: {reason}"),
            None => skip::skipped(reason),
        }
        mounted
    }

    /// What a power cut leaves of it at this moment.
    fn cut(&self, folder: &Path) -> Self {
        fs::create_dir(folder).unwrap();
        let (file, mounted) = (folder.join("disk"), folder.join("mounted"));
        fs::copy(&self.file, &file).unwrap();
        let cut = Self { file, mounted };
        assert!(cut.mount(), "it can't be mounted again");
        cut
    }

    /// The kernel is told to leave all in memory that nobody waits for.
    fn mount(&self) -> bool {
        fs::create_dir(&self.mounted).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "ext4", "-o", "loop,commit=900"]);
        mount.arg(&self.file).arg(&self.mounted);
        mount.output().is_ok_and(|output| output.status.success())
    }

    fn store(&self) -> PathBuf {
        self.mounted.join("store")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.mounted).status();
    }
}

/// What was acknowledged.
#[derive(Default)]
struct Witness {
    uploaded: Vec<Digest>,
    deployed: BTreeMap<DeployId, Files>,
    aliases: BTreeMap<AliasName, Option<DeployId>>,
}

type Files = BTreeMap<&'static str, Bytes>;

impl Witness {
    /// Cuts the power, and looks what is left.
    async fn cut(&self, disk: &Disk, when: &str) {
        let folder = tempfile::tempdir().unwrap();
        let cut = disk.cut(&folder.path().join("cut"));
        let store = Store::open(&cut.store(), Limits::default()).await;
        let store = store.unwrap_or_else(|error| panic!("{when}: {error}"));
        let index = store.index();
        assert!(index.damage().is_empty(), "{when}: {:?}", index.damage());
        let lacking = store.lacking(&project(), &self.uploaded).await.unwrap();
        assert_eq!(lacking, [], "{when}: uploads are lost");
        for (id, files) in &self.deployed {
            // From the blobs, as a tree may well be lost.
            let tree = store.tree(id).await;
            let tree = tree.unwrap_or_else(|error| panic!("{when}: {error}"));
            let tree = tree.unwrap_or_else(|| panic!("{when}: {id} is lost"));
            for (path, content) in files {
                let is = fs::read(tree.join(path)).unwrap();
                assert!(is == *content, "{when}: {path} has {} bytes", is.len());
            }
        }
        for (alias, at) in &self.aliases {
            let is = store
                .alias(&project(), alias)
                .and_then(|alias| alias.deploy);
            assert_eq!(is, *at, "{when}: {alias}");
        }
        assert_eq!(
            index.deploys().len(),
            self.deployed.len(),
            "{when}: one is back"
        );
    }
}

fn project() -> ProjectName {
    ProjectName::new("site").unwrap()
}

fn files(number: usize) -> Files {
    let own = format!("deploy {number}\n");
    BTreeMap::from([
        ("large", own.repeat(50_000).into()),
        ("small", own.into()),
        ("folder/shared", Bytes::from_static(b"shared")),
    ])
}

fn manifest(files: &Files) -> Manifest {
    let entry = |(path, content): (&&str, &Bytes)| {
        let (sha256, size) = (Digest::of(content), content.len() as u64);
        (SitePath::new(*path).unwrap(), Entry { sha256, size })
    };
    Manifest {
        project: project(),
        made: 4_000_000_000,
        message: None,
        ttl: None,
        password: None,
        files: files.iter().map(entry).collect(),
    }
}

async fn upload(store: &Store, content: &Bytes) {
    let (digest, size) = (Digest::of(content), content.len() as u64);
    let mut upload = store.upload(&project(), digest, size).await.unwrap();
    upload.write(content.clone()).await.unwrap();
    upload.finish().await.unwrap();
}

async fn pack(store: &Store, contents: &[&Bytes]) {
    let blob = |content: &&Bytes| (Digest::of(content), (*content).clone());
    let blobs = contents.iter().map(blob).collect();
    store.pack(&project(), blobs).await.unwrap();
}

#[tokio::test]
async fn after_a_power_cut_it_has_what_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::make(folder.path()) else {
        return;
    };
    let store = Store::open(&disk.store(), Limits::default()).await.unwrap();
    let mut witness = Witness::default();
    witness.cut(&disk, "made").await;
    let main = AliasName::new("main").unwrap();
    let mut before = None;
    for number in 0..3 {
        let files = files(number);
        upload(&store, &files["large"]).await;
        witness.uploaded = vec![Digest::of(&files["large"])];
        witness.cut(&disk, "uploaded").await;
        let small = [&files["small"], &files["folder/shared"]];
        pack(&store, &small).await;
        witness
            .uploaded
            .extend(small.map(|content| Digest::of(content)));
        witness.cut(&disk, "packed").await;
        let id = store.commit(manifest(&files)).await.unwrap();
        witness.uploaded.clear();
        witness.deployed.insert(id, files);
        witness.cut(&disk, "deployed").await;
        store
            .move_alias(&project(), &main, &id, None)
            .await
            .unwrap();
        witness.aliases.insert(main.clone(), Some(id));
        witness.cut(&disk, "moved").await;
        if let Some(before) = before.replace(id) {
            assert!(store.remove_deploy(&before).await.unwrap());
            witness.deployed.remove(&before);
            witness.cut(&disk, "removed").await;
        }
    }
    assert!(store.remove_alias(&project(), &main).await.unwrap());
    witness.aliases.insert(main, None);
    witness.cut(&disk, "alias removed").await;
    assert!(store.remove_project(&project()).await.unwrap());
    witness.deployed.clear();
    witness.cut(&disk, "project removed").await;
    drop(store);
}
