//! What the store costs, printed and not asserted, since no two machines are alike:
//!
//! ```sh
//! cargo test -p wasm-host-preview --test cost -- --ignored --nocapture --test-threads=1
//! ```
//!
//! The stores are in the folder for temporary files, on whose disk the times depend.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on may say so by panicking"
)]

use bytes::Bytes;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};
use wasm_host_preview::digest::Digest;
use wasm_host_preview::limits::Limits;
use wasm_host_preview::manifest::{Entry, Manifest};
use wasm_host_preview::names::{AliasName, DeployId, ProjectName, SitePath};
use wasm_host_preview::store::Store;

/// Names the folder of a store to the child that measures its start.
const FOLDER: &str = "WASM_HOST_COST_FOLDER";

/// Files by their paths.
type Files = BTreeMap<String, Bytes>;

/// As many files as somebody says, of 2 KB each, and all different.
fn files(count: usize, salt: &str) -> Files {
    let file = |n: usize| {
        let content = format!("{salt} {n}\n").repeat(2_000 / (salt.len() + 5));
        (format!("folder-{}/file-{n}.html", n / 100), content.into())
    };
    (0..count).map(file).collect()
}

fn manifest(project: &ProjectName, files: &Files) -> Manifest {
    let entry = |(path, content): (&String, &Bytes)| {
        let (sha256, size) = (Digest::of(content), content.len() as u64);
        (
            SitePath::new(path.as_str()).unwrap(),
            Entry { sha256, size },
        )
    };
    Manifest {
        project: project.clone(),
        made: SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs(),
        message: None,
        ttl: None,
        password: None,
        files: files.iter().map(entry).collect(),
    }
}

/// Uploads what lacks, in packs of at most 4 MB, and says how long that took.
async fn upload(store: &Store, project: &ProjectName, files: &Files) -> Duration {
    let blobs: Vec<_> = files.values().map(|c| (Digest::of(c), c.clone())).collect();
    let start = Instant::now();
    let digests: Vec<_> = blobs.iter().map(|(digest, _)| *digest).collect();
    let lacking = store.lacking(project, &digests).await.unwrap();
    let lacks = |(digest, _): &(Digest, Bytes)| lacking.binary_search(digest).is_ok();
    let blobs: Vec<_> = blobs.into_iter().filter(lacks).collect();
    for pack in blobs.chunks(2_000) {
        store.pack(project, pack.to_vec()).await.unwrap();
    }
    start.elapsed()
}

async fn commit(store: &Store, manifest: Manifest) -> (DeployId, Duration) {
    let start = Instant::now();
    let id = store.commit(manifest).await.unwrap();
    (id, start.elapsed())
}

fn resident() -> u64 {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4 / 1024
}

async fn open(folder: &Path) -> Store {
    Store::open(folder, Limits::default()).await.unwrap()
}

#[tokio::test]
#[ignore = "measures"]
async fn large_deploys() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let project = ProjectName::new("site").unwrap();
    for count in [1_000, 20_000] {
        let mut files = files(count, &format!("deploy of {count}"));
        let uploaded = upload(&store, &project, &files).await;
        let (_, committed) = commit(&store, manifest(&project, &files)).await;
        println!("{count} files, first deploy: upload {uploaded:?}, commit {committed:?}");
        *files.values_mut().next().unwrap() = Bytes::from_static(b"changed");
        let uploaded = upload(&store, &project, &files).await;
        let (id, committed) = commit(&store, manifest(&project, &files)).await;
        println!("{count} files, one changed: upload {uploaded:?}, commit {committed:?}");
        let start = Instant::now();
        store.tree(&id).await.unwrap();
        println!("{count} files, a look at its tree: {:?}", start.elapsed());
    }
    let start = Instant::now();
    let collected = store.collect(SystemTime::now()).await.unwrap();
    println!("a collection: {:?}, {collected:?}", start.elapsed());
}

#[tokio::test]
#[ignore = "measures"]
async fn a_thousand_sites() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let start = Instant::now();
    for site in 0..1_000 {
        let project = ProjectName::new(format!("site-{site}")).unwrap();
        let files = files(50, project.as_str());
        upload(&store, &project, &files).await;
        let (id, _) = commit(&store, manifest(&project, &files)).await;
        let alias = AliasName::new(format!("main-{site}")).unwrap();
        store.move_alias(&project, &alias, &id, None).await.unwrap();
    }
    println!("1,000 sites of 50 files: deployed in {:?}", start.elapsed());
    drop(store);
    // In a process that hasn't done anything else.
    let mut begin = Command::new(std::env::current_exe().unwrap());
    begin.args(["--ignored", "--exact", "begin", "--nocapture"]);
    let begun = begin.env(FOLDER, folder.path()).status().unwrap();
    assert!(begun.success());
}

/// What the test above starts; nothing where nobody asks for it.
#[tokio::test]
#[ignore = "measures"]
async fn begin() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let before = resident();
    let start = Instant::now();
    let store = open(folder.as_ref()).await;
    let (taken, more) = (start.elapsed(), resident() - before);
    println!("start: {taken:?}, and {more} MB more than {before} MB");
    let start = Instant::now();
    for site in 0..1_000 {
        let named = store.index().site(&format!("main-{site}")).unwrap();
        store.tree(&named.deploy.id).await.unwrap();
    }
    println!(
        "the first look at each site's tree: {:?} each, and {} MB more",
        start.elapsed() / 1_000,
        resident() - before
    );
    let start = Instant::now();
    for site in 0..1_000 {
        let label = format!("main-{site}");
        assert!((0..100).all(|_| store.index().site(&label).is_some()));
    }
    println!("a look at the index: {:?}", start.elapsed() / 100_000);
    let start = Instant::now();
    store.collect(SystemTime::now()).await.unwrap();
    println!("a collection: {:?}", start.elapsed());
}
