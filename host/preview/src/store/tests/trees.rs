//! The folder that a deploy is served from.

use super::scene::{Scene, manifest, name};
use crate::digest::Digest;
use crate::names::DeployId;
use crate::store::StoreError;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

const SITE: &[(&str, &str)] = &[("index.html", "hello"), ("a/b/c.txt", "deep"), ("a/d", "")];

async fn is_made_again(damage: impl FnOnce(&Path)) {
    let scene = Scene::new().await;
    let id = scene.deploy("site", SITE).await.unwrap();
    let tree = scene.store.tree(&id).await.unwrap().unwrap();
    damage(&tree);
    assert_all(&scene, &id, SITE).await;
    // What isn't in the manifest is gone, too.
    let names: Vec<_> = fs::read_dir(&tree).unwrap().collect();
    assert_eq!(names.len(), 2);
    let fresh = fs::read_dir(scene.path().join("local/new")).unwrap();
    assert_eq!(fresh.count(), 0, "the damaged one was left");
}

async fn assert_all(scene: &Scene, id: &DeployId, site: &[(&str, &str)]) {
    let tree = scene.store.tree(id).await.unwrap().unwrap();
    for (path, content) in site {
        assert_eq!(
            fs::read_to_string(tree.join(path)).unwrap(),
            *content,
            "{path}"
        );
    }
}

#[tokio::test]
async fn whatever_is_damaged_it_is_made_again() {
    is_made_again(|tree| fs::remove_dir_all(tree).unwrap()).await;
    is_made_again(|tree| fs::remove_file(tree.join("a/b/c.txt")).unwrap()).await;
    is_made_again(|tree| fs::remove_dir_all(tree.join("a")).unwrap()).await;
    is_made_again(|tree| fs::write(tree.join("a/foreign"), "x").unwrap()).await;
    is_made_again(|tree| fs::create_dir(tree.join("empty")).unwrap()).await;
    is_made_again(|tree| {
        fs::remove_dir_all(tree).unwrap();
        fs::write(tree, "a file").unwrap();
    })
    .await;
    is_made_again(|tree| {
        let file = tree.join("index.html");
        fs::remove_file(&file).unwrap();
        fs::write(&file, "longer than it was").unwrap();
    })
    .await;
    // Not followed, although what it leads to has the right size.
    is_made_again(|tree| {
        fs::remove_file(tree.join("index.html")).unwrap();
        fs::write(tree.with_extension("x"), "12345").unwrap();
        symlink(tree.with_extension("x"), tree.join("index.html")).unwrap();
    })
    .await;
}

#[tokio::test]
async fn it_is_links_to_the_blobs_which_are_this_users_alone() {
    let scene = Scene::new().await;
    let id = scene
        .deploy("site", &[("a", "same"), ("b", "same")])
        .await
        .unwrap();
    let tree = scene.store.tree(&id).await.unwrap().unwrap();
    let (a, b) = (fs::metadata(tree.join("a")), fs::metadata(tree.join("b")));
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_eq!((a.ino(), a.nlink()), (b.ino(), 3));
    assert_eq!(a.mode() & 0o077, 0);
}

#[tokio::test]
async fn two_who_ask_at_once_get_the_same_one() {
    let scene = Scene::new().await;
    let id = scene.deploy("site", SITE).await.unwrap();
    let tree = scene.store.tree(&id).await.unwrap().unwrap();
    fs::remove_dir_all(&tree).unwrap();
    let all = futures_util::future::join_all((0..16).map(|_| scene.store.tree(&id))).await;
    assert!(all.into_iter().all(|one| one.unwrap().unwrap() == tree));
    assert_all(&scene, &id, SITE).await;
}

#[tokio::test]
async fn a_file_that_has_too_many_names_gets_a_copy() {
    // ext4 has room for 65,000; where there is no such bound, this is a large deploy.
    let scene = Scene::new().await;
    scene.upload("site", &[("", "same")]).await.unwrap();
    let names: Vec<String> = (0..66_000).map(|n| format!("{}/{n}", n % 100)).collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), "same")).collect();
    let id = scene.store.commit(manifest("site", &files)).await.unwrap();
    let tree = scene.store.tree(&id).await.unwrap().unwrap();
    for name in [&names[0], &names[65_999]] {
        assert_eq!(fs::read_to_string(tree.join(name)).unwrap(), "same");
    }
    assert!(scene.store.remove_deploy(&id).await.unwrap());
}

#[tokio::test]
async fn a_missing_blob_is_named_and_comes_back_with_the_next_upload() {
    let scene = Scene::new().await;
    let id = scene.deploy("site", SITE).await.unwrap();
    let digest = Digest::of(b"deep").to_string();
    let blob = format!("projects/site/blobs/{}/{digest}", &digest[..2]);
    let whole = scene.deploy("site", &SITE[..1]).await.unwrap();
    let scene = scene
        .again(|folder| {
            fs::remove_file(folder.join(&blob)).unwrap();
            fs::remove_dir_all(folder.join("local/trees")).unwrap();
        })
        .await;
    let error = scene.store.tree(&id).await;
    let Err(StoreError::Damaged(what)) = error else {
        panic!("{error:?}");
    };
    assert!(
        what.contains(&digest) && what.contains("a/b/c.txt"),
        "{what}"
    );
    assert_all(&scene, &whole, &SITE[..1]).await;
    let lacking = scene
        .store
        .lacking(&name("site"), &[Digest::of(b"deep")])
        .await;
    assert_eq!(lacking.unwrap().len(), 1);
    scene.upload("site", SITE).await.unwrap();
    assert_all(&scene, &id, SITE).await;
}

#[tokio::test]
async fn a_blob_of_another_size_is_found_by_the_next_deploy_of_it() {
    let scene = Scene::new().await;
    scene.deploy("site", SITE).await.unwrap();
    let digest = Digest::of(b"deep").to_string();
    let blob = scene
        .path()
        .join(format!("projects/site/blobs/{}/{digest}", &digest[..2]));
    fs::set_permissions(&blob, Permissions::from_mode(0o644)).unwrap();
    fs::write(&blob, "cut").unwrap();
    let error = scene.store.commit(manifest("site", SITE)).await;
    let error = error.unwrap_err().to_string();
    assert_eq!(error, "1 of the files have not been uploaded");
    let id = scene.deploy("site", SITE).await.unwrap();
    assert_all(&scene, &id, SITE).await;
}
