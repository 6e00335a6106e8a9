//! What is collected, and what never is.

use super::scene::{Scene, alias, manifest, name};
use crate::digest::Digest;
use crate::names::DeployId;
use crate::store::{Collected, CommitError, GRACE, KEPT, RESUMABLE};
use bytes::Bytes;
use std::time::{Duration, SystemTime};

/// Collects as if it were later.
async fn collect(scene: &Scene, later: u64) -> Collected {
    let then = SystemTime::now() + Duration::from_secs(later);
    scene.store.collect(then).await.unwrap()
}

fn exists(scene: &Scene, id: &DeployId) -> bool {
    let index = scene.store.index();
    let manifest = format!("projects/site/deploys/{id}.json");
    let (known, there) = (
        index.deploy(id).is_some(),
        scene.path().join(manifest).exists(),
    );
    assert_eq!(known, there);
    there
}

#[tokio::test]
async fn a_deploy_is_kept_for_30_days_and_one_with_an_alias_for_good() {
    let scene = Scene::new().await;
    let one = scene
        .deploy("site", &[("a", "1"), ("b", "shared")])
        .await
        .unwrap();
    let two = scene
        .deploy("site", &[("a", "2"), ("b", "shared")])
        .await
        .unwrap();
    scene.point("site", "main", &two).await;
    assert_eq!(collect(&scene, KEPT - 60).await, Collected::default());
    let collected = collect(&scene, KEPT + 60).await;
    assert_eq!(
        (collected.deploys, collected.blobs, collected.bytes),
        (1, 1, 1)
    );
    assert!(!exists(&scene, &one));
    assert!(!scene.path().join("local/trees").join(one.as_str()).exists());
    assert_eq!(collect(&scene, 100 * KEPT).await, Collected::default());
    for _ in 0..2 {
        assert_eq!(scene.get("main", "a").await.as_deref(), Some("2"));
        assert_eq!(scene.get("main", "b").await.as_deref(), Some("shared"));
        // From blobs alone, too.
        std::fs::remove_dir_all(scene.path().join("local/trees")).unwrap();
    }
}

#[tokio::test]
async fn a_visit_prolongs_it_also_over_a_restart() {
    let scene = Scene::new().await;
    let mut old = manifest("site", &[("a", "1")]);
    scene.upload("site", &[("a", "1")]).await.unwrap();
    old.made = 1_000;
    let visited = scene.store.commit(old.clone()).await.unwrap();
    let forgotten = scene.store.commit(old).await.unwrap();
    scene.store.visited(&visited);
    scene.store.write_visits().await.unwrap();
    let scene = scene.again(|_| {}).await;
    let index = scene.store.index();
    assert!(index.deploy(&visited).unwrap().visited() > 1_000_000);
    assert_eq!(collect(&scene, 0).await.deploys, 1);
    assert!(exists(&scene, &visited) && !exists(&scene, &forgotten));
    assert_eq!(collect(&scene, KEPT + 60).await.deploys, 1);
    assert!(!exists(&scene, &visited));
}

#[tokio::test]
async fn visits_are_written_once_an_hour() {
    let scene = Scene::new().await;
    let id = scene.deploy("site", &[("a", "1")]).await.unwrap();
    let file = scene.path().join("projects/site/visits").join(id.as_str());
    scene.store.write_visits().await.unwrap();
    assert!(!file.exists());
    scene.store.visited(&id);
    scene.store.write_visits().await.unwrap();
    std::fs::remove_file(&file).unwrap();
    scene.store.visited(&id);
    scene.store.write_visits().await.unwrap();
    assert!(!file.exists());
    scene
        .store
        .index()
        .deploy(&id)
        .unwrap()
        .note_visit(u64::MAX / 2);
    scene.store.write_visits().await.unwrap();
    assert!(file.exists());
}

#[tokio::test]
async fn its_own_time_to_live_counts_instead() {
    let scene = Scene::new().await;
    scene.upload("site", &[("a", "1")]).await.unwrap();
    let with = |ttl| {
        let mut manifest = manifest("site", &[("a", "1")]);
        manifest.ttl = Some(ttl);
        manifest
    };
    let short = scene.store.commit(with(100)).await.unwrap();
    let long = scene.store.commit(with(10 * KEPT)).await.unwrap();
    collect(&scene, 200).await;
    assert!(!exists(&scene, &short));
    collect(&scene, 2 * KEPT).await;
    assert!(exists(&scene, &long));
    // An alias keeps one of a short time, too, and its time begins when the alias leaves.
    let short = scene.store.commit(with(100)).await.unwrap();
    scene.point("site", "main", &short).await;
    collect(&scene, 1_000).await;
    assert!(exists(&scene, &short));
    scene.point("site", "main", &long).await;
    collect(&scene, 50).await;
    assert!(exists(&scene, &short));
    collect(&scene, 200).await;
    assert!(!exists(&scene, &short));
}

#[tokio::test]
async fn blobs_that_are_waiting_for_their_deploy_have_an_hour() {
    let scene = Scene::new().await;
    scene.upload("site", &[("a", "1")]).await.unwrap();
    assert_eq!(collect(&scene, GRACE - 60).await, Collected::default());
    assert!(
        scene
            .store
            .commit(manifest("site", &[("a", "1")]))
            .await
            .is_ok()
    );
    scene.upload("other", &[("a", "1")]).await.unwrap();
    let collected = collect(&scene, GRACE + 60).await;
    // Nothing is left of the project then, either.
    assert_eq!((collected.blobs, collected.projects), (1, 1));
    assert!(scene.store.index().project(&name("other")).is_none());
    let error = scene.store.commit(manifest("other", &[("a", "1")])).await;
    assert!(matches!(error, Err(CommitError::Missing(_))));
}

#[tokio::test]
async fn an_upload_can_be_gone_on_with_for_a_day_unless_it_is_going_on() {
    let scene = Scene::new().await;
    let site = name("site");
    let begin = async |content: &'static [u8]| {
        let size = content.len() as u64;
        let upload = scene.store.upload(&site, Digest::of(content), size).await;
        let mut upload = upload.unwrap();
        upload
            .write(Bytes::from_static(&content[..1]))
            .await
            .unwrap();
        upload.flush_for_test().await;
        upload
    };
    drop(begin(b"gone").await);
    let going_on = begin(b"slow").await;
    assert_eq!(collect(&scene, RESUMABLE - 60).await.uploads, 0);
    let collected = collect(&scene, RESUMABLE + 60).await;
    assert_eq!((collected.uploads, collected.projects), (1, 0));
    let arrived = scene.store.arrived(&site, Digest::of(b"gone")).await;
    assert_eq!(arrived.unwrap(), None);
    drop(going_on);
    let arrived = scene.store.arrived(&site, Digest::of(b"slow")).await;
    assert!(arrived.unwrap().is_some());
    let collected = collect(&scene, RESUMABLE + 60).await;
    assert_eq!((collected.uploads, collected.projects), (1, 1));
}

#[tokio::test]
async fn a_collection_never_takes_what_a_deploy_needs() {
    // Blobs have no grace here: each is old enough as soon as it is there.
    const ROUNDS: usize = 40;
    let scene = Scene::new().await;
    let files = |n: usize| [("a", "the same"), ("b", ["x", "y", "z"][n % 3])];
    let deploy = async {
        let mut ids = Vec::new();
        while ids.len() < ROUNDS {
            match scene.deploy("site", &files(ids.len())).await {
                Ok(id) => ids.push(id),
                Err(CommitError::Missing(_)) => {}
                Err(error) => panic!("{error}"),
            }
            if let Some(before) = ids.len().checked_sub(2) {
                scene.store.remove_deploy(&ids[before]).await.unwrap();
            }
        }
        ids
    };
    let collect = async {
        loop {
            collect(&scene, GRACE + 60).await;
        }
    };
    let ids = tokio::select! {
        ids = deploy => ids,
        () = collect => unreachable!(),
    };
    let last = &ids[ROUNDS - 1];
    std::fs::remove_dir_all(scene.path().join("local/trees")).unwrap();
    for (path, content) in files(ROUNDS - 1) {
        assert_eq!(
            scene.get(last.as_str(), path).await.as_deref(),
            Some(content)
        );
    }
}

#[tokio::test]
async fn the_oldest_moves_of_an_alias_are_forgotten_and_no_number_is_given_twice() {
    let scene = Scene::new().await;
    let id = scene.deploy("site", &[("a", "1")]).await.unwrap();
    scene.point("site", "main", &id).await;
    let log = scene.path().join("projects/site/aliases/main");
    let first = std::fs::read(log.join("0000000001.json")).unwrap();
    for number in 2..=1_010 {
        std::fs::write(log.join(format!("{number:010}.json")), &first).unwrap();
    }
    let scene = scene.again(|_| {}).await;
    collect(&scene, 0).await;
    let log = scene.path().join("projects/site/aliases/main");
    assert_eq!(std::fs::read_dir(&log).unwrap().count(), 1_000);
    assert!(log.join("0000000011.json").exists() && !log.join("0000000010.json").exists());
    scene.point("site", "main", &id).await;
    assert!(log.join("0000001011.json").exists());
    assert_eq!(scene.get("main", "a").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_removed_alias_and_its_label_are_forgotten_after_30_days() {
    let scene = Scene::new().await;
    let id = scene.deploy("site", &[("a", "1")]).await.unwrap();
    let other = scene.deploy("other", &[("a", "2")]).await.unwrap();
    scene.point("site", "kept", &id).await;
    scene.point("site", "main", &id).await;
    let (site, main) = (name("site"), alias("main"));
    scene.store.remove_alias(&site, &main).await.unwrap();
    collect(&scene, KEPT - 60).await;
    assert_eq!(scene.point("other", "main", &other).await, "main--other");
    collect(&scene, KEPT + 60).await;
    assert!(scene.store.alias(&site, &main).is_none());
    assert_eq!(scene.store.history(&site, &main).await.unwrap(), []);
    assert_eq!(scene.point("other", "main", &other).await, "main");
    let scene = scene.again(|_| {}).await;
    assert!(scene.store.index().damage().is_empty());
    assert_eq!(scene.get("kept", "a").await.as_deref(), Some("1"));
    assert_eq!(scene.get("main", "a").await.as_deref(), Some("2"));
}
