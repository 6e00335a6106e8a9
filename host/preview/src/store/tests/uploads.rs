//! Uploads: cut, gone on with, wrong, and by two at once.

use super::scene::{Scene, name};
use crate::digest::Digest;
use crate::store::{Arrived, StoreError};
use bytes::Bytes;
use std::fs;

const CONTENT: &[u8] = &[b'x'; 1_000_000];

fn digest() -> Digest {
    Digest::of(CONTENT)
}

#[tokio::test]
async fn an_upload_goes_on_where_it_was_cut() {
    let scene = Scene::new().await;
    let site = name("site");
    let size = CONTENT.len() as u64;
    assert_eq!(scene.store.arrived(&site, digest()).await.unwrap(), None);
    let mut upload = scene.store.upload(&site, digest(), size).await.unwrap();
    assert_eq!(upload.offset(), 0);
    for piece in CONTENT[..700_001].chunks(10_000) {
        upload.write(Bytes::from_static(piece)).await.unwrap();
    }
    drop(upload);
    let part = scene.store.arrived(&site, digest()).await.unwrap();
    assert_eq!(part, Some(Arrived::Part(700_001)));
    // Once more by a server that was started again.
    let scene = scene.again(|_| {}).await;
    let mut upload = scene.store.upload(&site, digest(), size).await.unwrap();
    assert_eq!(upload.offset(), 700_001);
    assert!(!upload.is_complete());
    upload
        .write(Bytes::from_static(&CONTENT[700_001..]))
        .await
        .unwrap();
    assert!(upload.is_complete());
    assert_eq!(
        scene.store.lacking(&site, &[digest()]).await.unwrap(),
        [digest()]
    );
    upload.finish().await.unwrap();
    assert!(
        scene
            .store
            .lacking(&site, &[digest()])
            .await
            .unwrap()
            .is_empty()
    );
    let whole = scene.store.arrived(&site, digest()).await.unwrap();
    assert_eq!(whole, Some(Arrived::Whole(size)));
    // What is whole is taken as uploaded.
    let upload = scene.store.upload(&site, digest(), size).await.unwrap();
    assert!(upload.is_complete());
    upload.finish().await.unwrap();
}

#[tokio::test]
async fn content_that_isnt_what_was_said_is_removed() {
    let scene = Scene::new().await;
    let site = name("site");
    let mut upload = scene.store.upload(&site, digest(), 3).await.unwrap();
    upload.write(Bytes::from_static(b"abc")).await.unwrap();
    let error = upload.finish().await;
    assert!(matches!(error, Err(StoreError::Digest { is, .. }) if is == Digest::of(b"abc")));
    assert_eq!(scene.store.arrived(&site, digest()).await.unwrap(), None);
    assert_eq!(
        scene.store.lacking(&site, &[digest()]).await.unwrap(),
        [digest()]
    );
}

#[tokio::test]
async fn neither_more_nor_less_than_was_said() {
    let scene = Scene::new().await;
    let site = name("site");
    let mut upload = scene.store.upload(&site, digest(), 4).await.unwrap();
    upload.write(Bytes::from_static(b"abc")).await.unwrap();
    let more = upload.write(Bytes::from_static(b"de")).await;
    assert!(matches!(
        more,
        Err(StoreError::Size {
            size: 4,
            has: 5,
            ..
        })
    ));
    let less = upload.finish().await;
    assert!(matches!(
        less,
        Err(StoreError::Size {
            size: 4,
            has: 3,
            ..
        })
    ));
    // It can still be gone on with.
    let part = scene.store.arrived(&site, digest()).await.unwrap();
    assert_eq!(part, Some(Arrived::Part(3)));
    // A part that is longer than the content can't be a part of it.
    let upload = scene.store.upload(&site, digest(), 2).await.unwrap();
    assert_eq!(upload.offset(), 0);
}

#[tokio::test]
async fn one_writes_at_a_time_and_who_is_gone_is_replaced() {
    let scene = Scene::new().await;
    let site = name("site");
    let mut one = scene
        .store
        .upload(&site, Digest::of(b"abcd"), 4)
        .await
        .unwrap();
    one.write(Bytes::from_static(b"ab")).await.unwrap();
    let two = scene.store.upload(&site, Digest::of(b"abcd"), 4).await;
    assert!(matches!(two, Err(StoreError::Busy(_))));
    // Nobody else is kept from another blob, or another project from its own.
    assert!(scene.store.upload(&site, digest(), 4).await.is_ok());
    assert!(
        scene
            .store
            .upload(&name("other"), Digest::of(b"abcd"), 4)
            .await
            .is_ok()
    );

    one.flush_for_test().await;
    // One who is slow isn't gone, although what it sends isn't written yet.
    one.seem_gone();
    one.write(Bytes::from_static(b"c")).await.unwrap();
    let two = scene.store.upload(&site, Digest::of(b"abcd"), 4).await;
    assert!(matches!(two, Err(StoreError::Busy(_))));
    one.seem_gone();
    let mut two = scene
        .store
        .upload(&site, Digest::of(b"abcd"), 4)
        .await
        .unwrap();
    assert_eq!(two.offset(), 2);
    let taken = one.write(Bytes::from_static(b"X")).await;
    assert!(matches!(taken, Err(StoreError::Taken(_))));
    assert!(one.finish().await.is_err());
    two.write(Bytes::from_static(b"cd")).await.unwrap();
    two.finish().await.unwrap();
    let lacking = scene.store.lacking(&site, &[Digest::of(b"abcd")]).await;
    assert!(lacking.unwrap().is_empty());
}

#[tokio::test]
async fn many_small_ones_come_together_or_not_at_all() {
    let scene = Scene::new().await;
    let site = name("site");
    let blob = |text: String| (Digest::of(text.as_bytes()), Bytes::from(text));
    let mut blobs: Vec<_> = (0..300).map(|n| blob(format!("blob {n}"))).collect();
    let digests: Vec<_> = blobs.iter().map(|(digest, _)| *digest).collect();
    blobs.push((digest(), Bytes::from_static(b"another one")));
    let error = scene.store.pack(&site, blobs.clone()).await;
    assert!(matches!(error, Err(StoreError::Digest { said, .. }) if said == digest()));
    assert_eq!(
        scene.store.lacking(&site, &digests).await.unwrap().len(),
        300
    );
    blobs.pop();
    // One that comes twice, or is there already, is there.
    blobs.push(blob("blob 7".into()));
    scene.store.pack(&site, blobs.clone()).await.unwrap();
    assert!(
        scene
            .store
            .lacking(&site, &digests)
            .await
            .unwrap()
            .is_empty()
    );
    scene.store.pack(&site, blobs).await.unwrap();
    let fresh = fs::read_dir(scene.path().join("local/new")).unwrap();
    assert_eq!(fresh.count(), 0);
}
