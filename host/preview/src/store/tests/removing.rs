//! What somebody wants gone is gone.

use super::scene::{Scene, alias, manifest, name};
use crate::digest::Digest;
use crate::names::DeployId;
use crate::store::StoreError;
use bytes::Bytes;
use futures_util::FutureExt;
use std::fs;
use std::path::{Path, PathBuf};

fn blob(folder: &Path, project: &str, content: &str) -> PathBuf {
    let digest = Digest::of(content.as_bytes()).to_string();
    folder.join(format!(
        "projects/{project}/blobs/{}/{digest}",
        &digest[..2]
    ))
}

/// Whether some text is in any file below a folder.
fn occurs(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => occurs(&path, text),
            false => String::from_utf8_lossy(&fs::read(path).unwrap()).contains(text),
        }
    })
}

#[tokio::test]
async fn a_removed_deploy_leaves_nothing_that_only_it_had() {
    let scene = Scene::new().await;
    let secret = [("a", "the secret key"), ("b", "shared")];
    let leaked = scene.deploy("site", &secret).await.unwrap();
    let other = scene.deploy("site", &[("b", "shared")]).await.unwrap();
    scene.point("site", "main", &leaked).await;
    scene.store.visited(&leaked);
    scene.store.write_visits().await.unwrap();
    assert!(occurs(scene.path(), "the secret key"));
    assert!(scene.store.remove_deploy(&leaked).await.unwrap());
    assert!(!occurs(scene.path(), "the secret key"));
    assert!(!blob(scene.path(), "site", "the secret key").exists());
    assert!(blob(scene.path(), "site", "shared").exists());
    assert!(scene.store.index().site("main").is_none());
    assert!(scene.store.index().site(leaked.as_str()).is_none());
    assert!(!scene.store.remove_deploy(&leaked).await.unwrap());
    let scene = scene.again(|_| {}).await;
    assert!(scene.store.index().damage().is_empty());
    assert_eq!(
        scene.get(other.as_str(), "b").await.as_deref(),
        Some("shared")
    );
    let (site, main) = (name("site"), alias("main"));
    let history = scene.store.history(&site, &main).await.unwrap();
    assert_eq!(
        history.iter().map(|m| m.deploy).collect::<Vec<_>>(),
        [None, Some(leaked)]
    );
}

#[tokio::test]
async fn a_removed_project_leaves_nothing_and_touches_no_other() {
    let scene = Scene::new().await;
    let mut ids = Vec::new();
    for project in ["one", "two"] {
        let content = format!("content of {project}");
        let id = scene
            .deploy(project, &[("a", &content), ("b", "same")])
            .await
            .unwrap();
        scene.point(project, project, &id).await;
        scene.upload(project, &[("", "unused")]).await.unwrap();
        ids.push(id);
    }
    let one = name("one");
    let upload = scene.store.upload(&one, Digest::of(b"begun"), 5).await;
    let mut upload = upload.unwrap();
    upload.write(Bytes::from_static(b"begun")).await.unwrap();
    assert!(scene.store.remove_project(&name("one")).await.unwrap());
    assert!(!scene.store.remove_project(&name("one")).await.unwrap());
    assert!(!scene.path().join("projects/one").exists());
    assert!(!scene.path().join("local/uploads/one").exists());
    assert!(!occurs(scene.path(), "content of one"));
    assert!(matches!(upload.finish().await, Err(StoreError::Removed(_))));
    let index = scene.store.index();
    assert!(index.site("one").is_none() && index.deploy(&ids[0]).is_none());
    let scene = scene.again(|_| {}).await;
    assert!(scene.store.index().damage().is_empty());
    assert_eq!(
        scene.get("two", "a").await.as_deref(),
        Some("content of two")
    );
    // Its label is free.
    let id = scene.deploy("two", &[("b", "same")]).await.unwrap();
    assert_eq!(scene.point("two", "one", &id).await, "one");
}

#[tokio::test]
async fn a_project_whose_removal_was_cut_is_gone_and_its_label_is_collected() {
    let scene = Scene::new().await;
    let id = scene.deploy("one", &[("a", "1")]).await.unwrap();
    scene.point("one", "main", &id).await;
    let scene = scene
        .again(|folder| {
            fs::rename(folder.join("projects/one"), folder.join("local/new/gone")).unwrap();
        })
        .await;
    assert!(scene.store.index().site("main").is_none());
    assert_eq!(scene.store.index().projects().len(), 0);
    let id = scene.deploy("two", &[("a", "2")]).await.unwrap();
    assert_eq!(scene.point("two", "main", &id).await, "main--two");
    scene
        .store
        .collect(std::time::SystemTime::now())
        .await
        .unwrap();
    assert_eq!(scene.point("two", "main", &id).await, "main");
    let trees = fs::read_dir(scene.path().join("local/trees")).unwrap();
    assert_eq!(trees.count(), 1);
}

#[tokio::test]
async fn what_isnt_there_cant_be_removed() {
    let scene = Scene::new().await;
    assert!(!scene.store.remove_project(&name("none")).await.unwrap());
    let id = DeployId::from_bytes([3; 16]);
    assert!(!scene.store.remove_deploy(&id).await.unwrap());
    assert_eq!(scene.store.tree(&id).await.unwrap(), None);
    assert_eq!(scene.store.manifest(&id).await.unwrap(), None);
    scene.store.visited(&id);
}

#[tokio::test]
async fn one_who_goes_away_doesnt_leave_half_of_it() {
    // Dropping the future is what a server does when its client hangs up.
    let scene = Scene::new().await;
    scene.upload("site", &[("a", "1")]).await.unwrap();
    let commit = scene.store.commit(manifest("site", &[("a", "1")]));
    assert!(commit.now_or_never().is_none());
    while scene.store.index().deploys().len() == 0 {
        tokio::task::yield_now().await;
    }
    let index = scene.store.index();
    let id = index.deploys().next().unwrap().id;
    assert_eq!(scene.get(id.as_str(), "a").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_removed_deploy_isnt_back_by_a_tree_that_is_being_made() {
    // One asks for the tree, and has it made, while the other removes the deploy.
    let scene = Scene::new().await;
    let names: Vec<String> = (0..200).map(|n| format!("{n}/{n}")).collect();
    let files: Vec<_> = names.iter().map(|path| (path.as_str(), "secret")).collect();
    scene.upload("site", &files[..1]).await.unwrap();
    let trees = scene.path().join("local/trees");
    for _ in 0..10 {
        // What another deploy has stays, so that all of the tree could be made.
        let other = scene.deploy("site", &files[..1]).await.unwrap();
        let id = scene.store.commit(manifest("site", &files)).await.unwrap();
        fs::remove_dir_all(trees.join(id.as_str())).unwrap();
        let (tree, removed) = tokio::join!(scene.store.tree(&id), scene.store.remove_deploy(&id));
        assert!(removed.unwrap());
        drop(tree);
        assert!(!trees.join(id.as_str()).exists());
        scene.store.remove_deploy(&other).await.unwrap();
    }
}
