//! A full disk: what is asked for fails with a clear word, what is there is served on, and
//! whatever was taken for what failed is given back.
//!
//! The disk is a small file system in memory, which only root can mount.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on may say so by panicking"
)]

#[path = "../../../tests/support/skip.rs"]
mod skip;

use bytes::Bytes;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use wasm_host_preview::digest::Digest;
use wasm_host_preview::limits::Limits;
use wasm_host_preview::manifest::{Entry, Manifest};
use wasm_host_preview::names::{AliasName, DeployId, ProjectName, SitePath};
use wasm_host_preview::store::{CommitError, Store};

/// A small disk, which is gone with this.
struct Disk(TempDir);

impl Disk {
    /// None: this process may not have one.
    fn mount(options: &str) -> Option<Self> {
        Self::mount_at(tempfile::tempdir().unwrap(), options)
    }

    fn mount_at(folder: TempDir, options: &str) -> Option<Self> {
        // Everybody may write to a new one otherwise.
        let options = format!("mode=700,{options}");
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(folder.path());
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        if !mounted {
            skip::skipped("a small disk can be mounted by root only");
        }
        mounted.then_some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Takes all of its space, until the file is removed.
    fn fill(&self) -> PathBuf {
        let path = self.path().join("local/filler");
        let mut file = File::create(&path).unwrap();
        for size in [4096, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        path
    }

    /// How many bytes are used.
    fn used(&self) -> u64 {
        let about = rustix::fs::statvfs(self.path()).unwrap();
        (about.f_blocks - about.f_bfree) * about.f_frsize
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

fn project() -> ProjectName {
    ProjectName::new("site").unwrap()
}

fn main_alias() -> AliasName {
    AliasName::new("main").unwrap()
}

fn manifest(files: &[(&str, &[u8])]) -> Manifest {
    let entry = |(path, content): &(&str, &[u8])| {
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

async fn open(disk: &Disk) -> Store {
    Store::open(disk.path(), Limits::default()).await.unwrap()
}

async fn deploy(store: &Store, files: &[(&str, &[u8])]) -> Result<DeployId, CommitError> {
    let blob =
        |(_, content): &(&str, &[u8])| (Digest::of(content), Bytes::copy_from_slice(content));
    store
        .pack(&project(), files.iter().map(blob).collect())
        .await?;
    store.commit(manifest(files)).await
}

/// A site that has to be served whatever happens.
async fn bystander(store: &Store) -> DeployId {
    let id = deploy(store, &[("index.html", b"old")]).await.unwrap();
    let moved = store.move_alias(&project(), &main_alias(), &id, None).await;
    moved.unwrap();
    id
}

async fn is_served(store: &Store, id: &DeployId) {
    let site = store.index().site("main").unwrap();
    assert_eq!(site.deploy.id, *id);
    let tree = store.tree(id).await.unwrap().unwrap();
    assert_eq!(fs::read(tree.join("index.html")).unwrap(), b"old");
}

#[track_caller]
fn is_full<T, E: std::fmt::Display>(result: Result<T, E>) {
    let error = result.err().unwrap().to_string();
    assert!(error.ends_with("as the server's disk is full"), "{error}");
}

#[tokio::test]
async fn an_upload_that_is_too_large_for_the_disk_gives_back_what_it_took() {
    let Some(disk) = Disk::mount("size=4m") else {
        return;
    };
    let store = open(&disk).await;
    let id = bystander(&store).await;
    let used = disk.used();
    let piece = Bytes::from(vec![7; 100_000]);
    let digest = Digest::of(b"whatever");
    let mut upload = store.upload(&project(), digest, 8_000_000).await.unwrap();
    let full = loop {
        if let Err(error) = upload.write(piece.clone()).await {
            break error;
        }
        is_served(&store, &id).await;
    };
    is_full::<(), _>(Err(full));
    drop(upload);
    assert_eq!(store.arrived(&project(), digest).await.unwrap(), None);
    assert!(disk.used() <= used + 50_000, "{} after {used}", disk.used());
    is_served(&store, &id).await;
    deploy(&store, &[("a", &[1; 1_000_000])]).await.unwrap();
}

#[tokio::test]
async fn many_small_ones_give_back_what_they_took() {
    let Some(disk) = Disk::mount("size=4m") else {
        return;
    };
    let store = open(&disk).await;
    let id = bystander(&store).await;
    let used = disk.used();
    let blob = |n: u32| {
        let content = Bytes::from(n.to_be_bytes().repeat(10_000));
        (Digest::of(&content), content)
    };
    is_full(store.pack(&project(), (0..200).map(blob).collect()).await);
    assert!(disk.used() <= used + 50_000, "{} after {used}", disk.used());
    is_served(&store, &id).await;
    store
        .pack(&project(), (0..20).map(blob).collect())
        .await
        .unwrap();
}

#[tokio::test]
async fn on_a_full_disk_nothing_changes_and_what_is_there_can_be_removed() {
    let Some(disk) = Disk::mount("size=4m") else {
        return;
    };
    let store = open(&disk).await;
    let id = bystander(&store).await;
    let large = deploy(&store, &[("large", &[1; 1_000_000])]).await.unwrap();
    let preview = AliasName::new("preview").unwrap();
    store
        .move_alias(&project(), &preview, &large, None)
        .await
        .unwrap();
    store
        .pack(
            &project(),
            vec![(Digest::of(b"x"), Bytes::from_static(b"x"))],
        )
        .await
        .unwrap();
    let filler = disk.fill();
    is_full(store.commit(manifest(&[("a", b"x")])).await);
    is_full(
        store
            .move_alias(&project(), &main_alias(), &large, None)
            .await,
    );
    is_full(store.remove_alias(&project(), &main_alias()).await);
    assert_eq!(store.index().deploys().len(), 2);
    is_served(&store, &id).await;
    // A server that begins now serves as well.
    drop(store);
    let store = open(&disk).await;
    is_served(&store, &id).await;
    is_full(store.commit(manifest(&[("a", b"x")])).await);
    // To remove something needs no room, although an alias is at it.
    assert!(store.remove_deploy(&large).await.unwrap());
    assert!(store.index().site("preview").is_none());
    assert_eq!(
        fs::read_dir(disk.path().join("local/new")).unwrap().count(),
        0
    );
    deploy(&store, &[("b", b"x")]).await.unwrap();
    fs::remove_file(filler).unwrap();
    drop(store);
    assert!(open(&disk).await.index().damage().is_empty());
}

#[tokio::test]
async fn a_disk_without_room_for_names_is_full_too() {
    let Some(disk) = Disk::mount("size=16m,nr_inodes=150") else {
        return;
    };
    let store = open(&disk).await;
    let id = bystander(&store).await;
    let paths: Vec<String> = (0..200).map(|n| format!("folder-{n}/file")).collect();
    let files: Vec<(&str, &[u8])> = paths
        .iter()
        .map(|path| (path.as_str(), &b"old"[..]))
        .collect();
    is_full(deploy(&store, &files).await);
    assert_eq!(
        fs::read_dir(disk.path().join("local/new")).unwrap().count(),
        0
    );
    assert_eq!(store.index().deploys().len(), 1);
    is_served(&store, &id).await;
    deploy(&store, &files[..20]).await.unwrap();
}

#[tokio::test]
async fn a_folder_in_two_file_systems_is_no_place_for_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let local = tempfile::Builder::new()
        .prefix("local")
        .rand_bytes(0)
        .tempdir_in(&folder);
    let Some(disk) = Disk::mount_at(local.unwrap(), "size=1m") else {
        return;
    };
    let error = Store::open(folder.path(), Limits::default())
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("lets no file have two names in different folders"),
        "{error}"
    );
    drop(disk);
}
