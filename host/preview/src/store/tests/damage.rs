//! A damaged store: what is damaged is named, and the rest is served.

use super::scene::{Scene, alias, name};
use crate::names::DeployId;
use crate::store::StoreError;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

/// A store with two sites, of which one is damaged and the other has to be served.
async fn damaged(damage: impl FnOnce(&Path, DeployId)) -> (Scene, DeployId) {
    let scene = Scene::new().await;
    let good = scene.deploy("good", &[("a", "good")]).await.unwrap();
    scene.point("good", "fine", &good).await;
    let bad = scene.deploy("bad", &[("a", "bad")]).await.unwrap();
    scene.point("bad", "broken", &bad).await;
    let scene = scene.again(|folder| damage(folder, bad)).await;
    for label in ["fine", good.as_str()] {
        assert_eq!(scene.get(label, "a").await.as_deref(), Some("good"));
    }
    // The damaged one can be deployed again.
    let id = scene.deploy("bad", &[("a", "new")]).await.unwrap();
    assert_eq!(scene.get(id.as_str(), "a").await.as_deref(), Some("new"));
    (scene, bad)
}

#[track_caller]
fn told(scene: &Scene, lines: &[&str]) {
    let index = scene.store.index();
    let damage = index.damage();
    assert_eq!(damage.len(), lines.len(), "{damage:#?}");
    for line in lines {
        assert!(
            damage.iter().any(|told| told.contains(line)),
            "{line}: {damage:#?}"
        );
    }
}

#[tokio::test]
async fn a_manifest_that_was_cut() {
    for content in [&b""[..], b"{\"project\":\"bad\",\"ma", b"null", &[0; 300]] {
        let (scene, id) = damaged(|folder, id| {
            let manifest = folder.join(format!("projects/bad/deploys/{id}.json"));
            fs::write(manifest, content).unwrap();
        })
        .await;
        let file = format!("projects/bad/deploys/{id}.json can't be understood");
        told(
            &scene,
            &[&file, "the alias broken of the project bad is at"],
        );
        assert!(scene.store.index().site("broken").is_none());
        assert_eq!(scene.store.tree(&id).await.unwrap(), None);
        // What the lost manifest named may be needed yet.
        let far = std::time::SystemTime::now() + std::time::Duration::from_hours(2);
        assert_eq!(scene.store.collect(far).await.unwrap().blobs, 0);
    }
}

#[tokio::test]
async fn a_manifest_with_hostile_paths_never_becomes_a_tree() {
    let (scene, id) = damaged(|folder, id| {
        let manifest = folder.join(format!("projects/bad/deploys/{id}.json"));
        let text = fs::read_to_string(&manifest).unwrap();
        fs::write(manifest, text.replace("\"a\"", "\"../../../escaped\"")).unwrap();
    })
    .await;
    told(&scene, &["is no path", "the alias broken"]);
    assert_eq!(scene.store.tree(&id).await.unwrap(), None);
}

#[tokio::test]
async fn the_newest_move_of_an_alias_that_was_cut() {
    let (scene, id) = damaged(|folder, _| {
        let log = folder.join("projects/bad/aliases/broken/0000000002.json");
        fs::write(log, "{\"deplo").unwrap();
    })
    .await;
    told(
        &scene,
        &["aliases/broken/0000000002.json can't be understood"],
    );
    // Perhaps it was removed, so the one before doesn't count.
    assert!(scene.store.index().site("broken").is_none());
    assert_eq!(scene.get(id.as_str(), "a").await.as_deref(), Some("bad"));
    assert_eq!(scene.point("bad", "broken", &id).await, "broken");
    let (bad, broken) = (name("bad"), alias("broken"));
    let history = scene.store.history(&bad, &broken).await.unwrap();
    let numbers: Vec<u64> = history.iter().map(|one| one.number).collect();
    assert_eq!(numbers, [3, 1]);
}

#[tokio::test]
async fn a_label_that_was_cut_stays_taken() {
    let (scene, id) = damaged(|folder, _| {
        fs::write(folder.join("labels/broken.json"), "{").unwrap();
    })
    .await;
    told(&scene, &["labels/broken.json can't be understood"]);
    assert!(scene.store.index().site("broken").is_none());
    assert_eq!(scene.point("bad", "broken", &id).await, "broken--bad");
}

#[tokio::test]
async fn a_manifest_in_another_projects_folder() {
    let (scene, id) = damaged(|folder, id| {
        let from = folder.join(format!("projects/bad/deploys/{id}.json"));
        fs::rename(
            from,
            folder.join(format!("projects/good/deploys/{id}.json")),
        )
        .unwrap();
    })
    .await;
    let line = format!("projects/good/deploys/{id}.json belongs to the project bad");
    told(&scene, &[&line, "the alias broken"]);
}

#[tokio::test]
async fn files_that_nobody_of_us_put_there() {
    let not_utf8 = OsStr::from_bytes(b"\xff\xfe");
    let (scene, _) = damaged(|folder, _| {
        let projects = folder.join("projects");
        fs::create_dir(projects.join("Not A Project")).unwrap();
        fs::write(projects.join(not_utf8), "x").unwrap();
        fs::write(projects.join("file"), "x").unwrap();
        symlink("/", projects.join("link")).unwrap();
        symlink("loop", projects.join("loop")).unwrap();
        fs::write(projects.join("bad/deploys/notes.txt"), "x").unwrap();
        fs::create_dir(projects.join("bad/deploys/a folder")).unwrap();
        fs::create_dir(projects.join("bad/.git")).unwrap();
        fs::create_dir(folder.join("labels/sub")).unwrap();
        fs::write(folder.join("README"), "x").unwrap();
        symlink(
            "/dev/zero",
            projects.join("bad/deploys/aaaaaaaaaaaaaaaaaaaaaaaaaa.json"),
        )
        .unwrap();
        fs::write(projects.join("bad/aliases/line\nbreak"), "x").unwrap();
        fs::write(projects.join("bad/aliases/broken/1.json"), "x").unwrap();
        fs::create_dir(projects.join("bad/aliases/broken/0000000009.json")).unwrap();
        fs::write(folder.join("labels/.DS_Store"), "x").unwrap();
        fs::write(folder.join("local/trees/junk"), "x").unwrap();
        fs::write(folder.join("local/uploads/junk"), "x").unwrap();
    })
    .await;
    let lines = [
        "Not A Project",
        "\"file\" is a file",
        "link (no file)",
        "loop (no file)",
        "projects/\"",
        "notes.txt",
        "aaaaaaaaaaaaaaaaaaaaaaaaaa.json (no file)",
        "line",
        "\"1.json\" is no move",
        "\"0000000009.json\" is a folder",
        "\"a folder\" is a folder",
        "projects/bad/\".git\" isn't a store's",
        "labels/\"sub\" is a folder",
        "\"README\" isn't a store's",
        ".DS_Store",
    ];
    told(&scene, &lines);
    assert_eq!(scene.get("broken", "a").await.as_deref(), Some("bad"));
    let index = scene.store.index();
    assert!(index.damage().iter().all(|line| !line.contains('\n')));
    // None of it is in the way of what is done to the store.
    scene
        .store
        .collect(std::time::SystemTime::now())
        .await
        .unwrap();
    assert!(scene.store.remove_project(&name("bad")).await.unwrap());
    assert!(scene.path().join("projects/Not A Project").exists());
}

#[tokio::test]
async fn a_missing_blob_is_told_by_the_collection() {
    let (scene, id) = damaged(|folder, _| {
        fs::remove_dir_all(folder.join("projects/bad/blobs")).unwrap();
    })
    .await;
    // Its tree still has the content.
    assert_eq!(scene.get("broken", "a").await.as_deref(), Some("bad"));
    fs::remove_dir_all(scene.path().join("local/trees")).unwrap();
    assert!(matches!(
        scene.store.tree(&id).await,
        Err(StoreError::Damaged(_))
    ));
    let collected = scene
        .store
        .collect(std::time::SystemTime::now())
        .await
        .unwrap();
    let damage = collected.damage;
    assert_eq!(damage.len(), 1, "{damage:?}");
    assert!(
        damage[0].contains(id.as_str()) && damage[0].contains("is missing"),
        "{damage:?}"
    );
}
