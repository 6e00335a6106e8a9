//! What an operator doesn't let anybody have, and a disk that is full.

use super::scene::{Scene, alias, manifest, name};
use crate::digest::Digest;
use crate::limits::Limits;
use crate::manifest::ManifestError;
use crate::store::{CommitError, StoreError, TooMuch};
use bytes::Bytes;

fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

fn much<T>(result: Result<T, StoreError>) -> TooMuch {
    match result {
        Err(StoreError::TooMuch(much)) => much,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was let"),
    }
}

#[tokio::test]
async fn a_file_has_a_largest_size() {
    let scene = Scene::with(limits(|l| {
        (l.usual.file_size, l.most.file_size) = (4, 4);
    }))
    .await;
    let site = name("site");
    let over = scene.store.upload(&site, Digest::of(b"12345"), 5).await;
    assert_eq!(much(over), TooMuch::FileSize { size: 5, most: 4 });
    let pack = vec![(Digest::of(b"12345"), Bytes::from_static(b"12345"))];
    let over = scene.store.pack(&site, pack).await;
    assert_eq!(much(over), TooMuch::FileSize { size: 5, most: 4 });
    let huge = scene.store.upload(&site, Digest::of(b""), u64::MAX).await;
    assert!(matches!(much(huge), TooMuch::FileSize { .. }));
    scene.deploy("site", &[("a", "1234")]).await.unwrap();
    let over = scene
        .store
        .commit(manifest("site", &[("a", "12345")]))
        .await;
    let Err(CommitError::Manifest(ManifestError::FileSize { path, .. })) = over else {
        panic!("{over:?}");
    };
    assert_eq!(path.as_str(), "a");
}

#[tokio::test]
async fn a_project_has_a_largest_size_with_what_is_coming() {
    let scene = Scene::with(limits(|l| l.project_size = 10)).await;
    let site = name("site");
    scene.upload("site", &[("", "123456")]).await.unwrap();
    let five = Digest::of(b"abcde");
    let over = scene.store.upload(&site, five, 5).await;
    let too_much = |has, size| TooMuch::ProjectSize {
        has,
        size,
        most: 10,
    };
    assert_eq!(much(over), too_much(6, 5));
    // What is promised counts before it is there, and each project by itself.
    let mut coming = scene
        .store
        .upload(&site, Digest::of(b"xyz"), 3)
        .await
        .unwrap();
    let over = scene.store.upload(&site, Digest::of(b"zy"), 2).await;
    assert_eq!(much(over), too_much(9, 2));
    let pack = vec![(Digest::of(b"zy"), Bytes::from_static(b"zy"))];
    assert_eq!(
        much(scene.store.pack(&site, pack.clone()).await),
        too_much(9, 2)
    );
    scene
        .store
        .pack(&name("other"), pack.clone())
        .await
        .unwrap();
    // A part that is left counts as what it is, and as the whole when it is gone on with.
    coming.write(Bytes::from_static(b"x")).await.unwrap();
    drop(coming);
    scene.store.pack(&site, pack).await.unwrap();
    let over = scene.store.upload(&site, Digest::of(b"xyz"), 3).await;
    assert_eq!(much(over), too_much(8, 3));
    // What was refused isn't held, and the part is counted again.
    let over = scene.store.upload(&site, Digest::of(b"xyz"), 3).await;
    assert_eq!(much(over), too_much(8, 3));
    let over = scene.store.upload(&site, five, 5).await;
    assert_eq!(much(over), too_much(9, 5));
}

#[tokio::test]
async fn removed_content_makes_room() {
    let scene = Scene::with(limits(|l| l.project_size = 10)).await;
    let id = scene.deploy("site", &[("a", "1234567890")]).await.unwrap();
    assert!(scene.upload("site", &[("", "x")]).await.is_err());
    // The same content again takes no room.
    scene.upload("site", &[("", "1234567890")]).await.unwrap();
    scene.store.remove_deploy(&id).await.unwrap();
    scene.deploy("site", &[("a", "0987654321")]).await.unwrap();
}

#[tokio::test]
async fn projects_deploys_and_aliases_are_counted() {
    let scene = Scene::with(limits(|l| {
        (l.projects, l.deploys, l.aliases) = (1, 2, 1);
    }))
    .await;
    let site = &[("a", "1")];
    let one = scene.deploy("site", site).await.unwrap();
    scene.deploy("site", site).await.unwrap();
    let over = scene.deploy("site", site).await;
    assert!(matches!(
        over,
        Err(CommitError::TooMuch(TooMuch::Deploys(2)))
    ));
    let over = scene.deploy("other", site).await;
    assert!(matches!(
        over,
        Err(CommitError::Store(StoreError::TooMuch(TooMuch::Projects(
            1
        ))))
    ));
    let over = scene.store.commit(manifest("other", site)).await;
    assert!(matches!(
        over,
        Err(CommitError::TooMuch(TooMuch::Projects(1)))
    ));
    scene.point("site", "main", &one).await;
    scene.point("site", "main", &one).await;
    let site = name("site");
    let over = scene
        .store
        .move_alias(&site, &alias("more"), &one, None)
        .await;
    assert_eq!(much(over), TooMuch::Aliases(1));
    scene.store.remove_deploy(&one).await.unwrap();
    scene.deploy("site", &[("a", "1")]).await.unwrap();
}
