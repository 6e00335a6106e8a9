//! The one who is killed.

use crate::random::Random;
use crate::site::{ALIASES, PROJECTS, files, manifest};
use bytes::Bytes;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime};
use wasm_host_preview::digest::Digest;
use wasm_host_preview::limits::Limits;
use wasm_host_preview::names::{AliasName, DeployId, ProjectName};
use wasm_host_preview::store::{CommitError, Store, StoreError};

/// How many deploys a project has before some are removed.
const MANY: usize = 8;

/// Goes on until it is killed.
pub(crate) async fn run(folder: &Path, first: u64) {
    let store = Store::open(folder, Limits::default()).await.unwrap();
    let one = work(&store, PROJECTS[0], first);
    let two = work(&store, PROJECTS[1], first + 5_000);
    tokio::join!(one, two, collect(&store));
}

/// Deploys, moves aliases and removes deploys, one after the other.
async fn work(store: &Store, project: &str, first: u64) {
    let project = ProjectName::new(project).unwrap();
    let mut random = Random::new();
    for number in first.. {
        let id = deploy(store, &project, number).await;
        say(&format!("deployed {project} {number} {id}"));
        let alias = AliasName::new(ALIASES[random.below(ALIASES.len())]).unwrap();
        point(store, &project, &alias, id).await;
        match random.below(4) {
            0 => roll_back(store, &project, &alias, id).await,
            1 => unpoint(store, &project, &alias).await,
            _ => {}
        }
        remove_some(store, &project, &mut random).await;
    }
}

async fn deploy(store: &Store, project: &ProjectName, number: u64) -> DeployId {
    loop {
        upload(store, project, number).await;
        match store.commit(manifest(project, number)).await {
            Ok(id) => return id,
            // Collected before it was needed: there is no time of grace here.
            Err(CommitError::Missing(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// The large file in pieces, which are gone on with where an earlier child was killed,
/// the others at once.
async fn upload(store: &Store, project: &ProjectName, number: u64) {
    let (large, small): (Vec<_>, Vec<_>) = files(number)
        .into_values()
        .partition(|content| content.len() > 1_000);
    for content in large {
        let size = content.len() as u64;
        let upload = store.upload(project, Digest::of(&content), size).await;
        let mut upload = upload.unwrap();
        let mut rest = content.slice(usize::try_from(upload.offset()).unwrap()..);
        while !rest.is_empty() {
            let piece = rest.split_to(rest.len().min(100_000));
            upload.write(piece).await.unwrap();
        }
        match upload.finish().await {
            Ok(()) | Err(StoreError::Removed(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    let blob = |content: Bytes| (Digest::of(&content), content);
    let blobs = small.into_iter().map(blob).collect();
    store.pack(project, blobs).await.unwrap();
}

async fn point(store: &Store, project: &ProjectName, alias: &AliasName, to: DeployId) {
    say(&format!("moving {project} {alias} {to}"));
    store.move_alias(project, alias, &to, None).await.unwrap();
    say(&format!("moved {project} {alias} {to}"));
}

async fn unpoint(store: &Store, project: &ProjectName, alias: &AliasName) {
    say(&format!("moving {project} {alias} -"));
    store.remove_alias(project, alias).await.unwrap();
    say(&format!("moved {project} {alias} -"));
}

/// Back to the deploy that it was at before, if that is there yet.
async fn roll_back(store: &Store, project: &ProjectName, alias: &AliasName, from: DeployId) {
    let history = store.history(project, alias).await.unwrap();
    let before = history.iter().filter_map(|one| one.deploy);
    let there = |id: &DeployId| *id != from && store.index().deploy(id).is_some();
    if let Some(before) = before.clone().find(there) {
        point(store, project, alias, before).await;
    }
}

/// Removes deploys that no alias is at until there are not too many.
async fn remove_some(store: &Store, project: &ProjectName, random: &mut Random) {
    loop {
        let index = store.index();
        let known = index.project(project).unwrap();
        let named: Vec<_> = known.aliases().filter_map(|alias| alias.deploy).collect();
        let others = known.deploys().filter(|id| !named.contains(id));
        let others: Vec<DeployId> = others.copied().collect();
        if others.len() < MANY {
            return;
        }
        let id = others[random.below(others.len())];
        say(&format!("removing {project} {id}"));
        assert!(store.remove_deploy(&id).await.unwrap());
        say(&format!("removed {project} {id}"));
    }
}

/// Collects as if each blob were old.
async fn collect(store: &Store) {
    for number in 0_u64.. {
        let later = SystemTime::now() + Duration::from_hours(2);
        store.collect(later).await.unwrap();
        say(&format!("collected {number}"));
    }
}

/// One write for each line, so that none is cut.
fn say(line: &str) {
    let line = format!("{line}\n");
    std::io::stdout().write_all(line.as_bytes()).unwrap();
    std::io::stdout().flush().unwrap();
}
