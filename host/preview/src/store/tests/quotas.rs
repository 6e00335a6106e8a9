//! What an operator doesn't let anybody have, and a disk that is full.

use super::scene::{Scene, alias, manifest, name};
use crate::digest::Digest;
use crate::limits::Limits;
use crate::manifest::ManifestError;
use crate::store::books::PLACE;
use crate::store::{Arrived, CommitError, StoreError, TooMuch};
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
    // In units of 10,000 bytes, and each file has its place besides.
    let size = |units: u64, files: u64| units * 10_000 + files * PLACE;
    let content = |units: u64| "x".repeat(usize::try_from(units * 10_000).unwrap());
    let most = size(10, 3);
    let scene = Scene::with(limits(|l| l.project_size = most)).await;
    let site = name("site");
    let begin = async |units: u64| {
        let content = content(units);
        let digest = Digest::of(content.as_bytes());
        scene
            .store
            .upload(&site, digest, content.len() as u64)
            .await
    };
    let too_much = |has, size| TooMuch::ProjectSize { has, size, most };
    scene.upload("site", &[("", &content(6))]).await.unwrap();
    assert_eq!(much(begin(5).await), too_much(size(6, 1), size(5, 1)));
    // What is promised counts before it is there, and each project by itself.
    let mut coming = begin(3).await.unwrap();
    assert_eq!(much(begin(2).await), too_much(size(9, 2), size(2, 1)));
    let two = content(2);
    let pack = vec![(Digest::of(two.as_bytes()), Bytes::from(two))];
    let over = much(scene.store.pack(&site, pack.clone()).await);
    assert_eq!(over, too_much(size(9, 2), size(2, 1)));
    let other = name("other");
    scene.store.pack(&other, pack.clone()).await.unwrap();
    // A part that is left counts as what it is, and as the whole when it is gone on with.
    coming.write(Bytes::from(content(1))).await.unwrap();
    drop(coming);
    scene.store.pack(&site, pack).await.unwrap();
    assert_eq!(much(begin(3).await), too_much(size(8, 2), size(3, 1)));
    // What was refused isn't held, and the part is counted again.
    assert_eq!(much(begin(3).await), too_much(size(8, 2), size(3, 1)));
    assert_eq!(much(begin(5).await), too_much(size(9, 3), size(5, 1)));
}

#[tokio::test]
async fn many_small_files_are_not_for_nothing() {
    let scene = Scene::with(limits(|l| l.project_size = 10 * PLACE)).await;
    let blob = |n: u64| {
        let content = Bytes::from(n.to_string());
        (Digest::of(&content), content)
    };
    let site = name("site");
    let nine = (0..9).map(blob).collect();
    scene.store.pack(&site, nine).await.unwrap();
    let more = (9..11).map(blob).collect();
    much(scene.store.pack(&site, more).await);
    // Also those that are begun only.
    let digest = Digest::of(b"never");
    much(scene.store.upload(&site, digest, 5_000).await);
    drop(
        scene
            .store
            .upload(&name("other"), digest, 5_000)
            .await
            .unwrap(),
    );
    let scene = scene.again(|_| {}).await;
    let arrived = scene.store.arrived(&name("other"), digest).await;
    assert_eq!(arrived.unwrap(), Some(Arrived::Part(0)));
}

#[tokio::test]
async fn removed_content_makes_room() {
    let scene = Scene::with(limits(|l| l.project_size = 10 + PLACE)).await;
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
    // One that was removed makes room for another, nine times.
    for number in 0..10 {
        let name = alias(&format!("pr-{number}"));
        let before = match number {
            0 => alias("main"),
            _ => alias(&format!("pr-{}", number - 1)),
        };
        scene.store.remove_alias(&site, &before).await.unwrap();
        let moved = scene.store.move_alias(&site, &name, &one, None).await;
        assert_eq!(moved.is_ok(), number < 9, "{number}");
    }
    scene.store.remove_deploy(&one).await.unwrap();
    scene.deploy("site", &[("a", "1")]).await.unwrap();
}
