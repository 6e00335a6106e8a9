//! Deploys, from the upload to the file that is served.

use super::scene::{Scene, alias, manifest, name};
use crate::digest::Digest;
use crate::store::{CommitError, StoreError};

const SITE: &[(&str, &str)] = &[
    ("index.html", "hello"),
    ("a/b/c.txt", "deep"),
    ("empty", ""),
];

#[tokio::test]
async fn a_deploy_is_served_and_is_there_after_a_restart() {
    let scene = Scene::new().await;
    let id = scene.deploy("site", SITE).await.unwrap();
    assert_eq!(scene.point("site", "main", &id).await, "main");
    let scene = scene.again(|_| {}).await;
    for label in [id.as_str(), "main"] {
        for (path, content) in SITE {
            assert_eq!(scene.get(label, path).await.as_deref(), Some(*content));
        }
    }
    assert!(scene.store.index().damage().is_empty());
    let named = scene.store.index().site("main").unwrap();
    assert_eq!(named.alias.unwrap().name, alias("main"));
    assert_eq!((named.deploy.files, named.deploy.size), (3, 9));
    assert_eq!(named.deploy.project, name("site"));
}

#[tokio::test]
async fn nothing_is_there_before_all_of_it_is() {
    let scene = Scene::new().await;
    scene.upload("site", &SITE[..1]).await.unwrap();
    let error = scene.store.commit(manifest("site", SITE)).await;
    let Err(CommitError::Missing(mut missing)) = error else {
        panic!("{error:?}");
    };
    missing.sort_unstable();
    let mut lacks = vec![Digest::of(b"deep"), Digest::of(b"")];
    lacks.sort_unstable();
    assert_eq!(missing, lacks);
    let all = [Digest::of(b"hello"), Digest::of(b"deep"), Digest::of(b"")];
    assert_eq!(
        scene.store.lacking(&name("site"), &all).await.unwrap(),
        lacks
    );
    assert_eq!(scene.store.index().deploys().len(), 0);
}

#[tokio::test]
async fn what_another_project_has_tells_nothing_and_is_of_no_use() {
    let scene = Scene::new().await;
    scene.upload("secret", SITE).await.unwrap();
    let digest = [Digest::of(b"hello")];
    let lacking = scene.store.lacking(&name("spy"), &digest).await.unwrap();
    assert_eq!(lacking, digest);
    let error = scene.store.commit(manifest("spy", SITE)).await;
    assert!(matches!(error, Err(CommitError::Missing(missing)) if missing.len() == 3));
    let deploy = scene.deploy("secret", SITE).await.unwrap();
    let (spy, main) = (name("spy"), alias("main"));
    let moved = scene.store.move_alias(&spy, &main, &deploy, None).await;
    assert!(matches!(moved, Err(StoreError::NotInProject { .. })));
}
