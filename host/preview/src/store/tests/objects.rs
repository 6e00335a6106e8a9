//! Objects in a directory, as others see them meanwhile.

use crate::store::durable::Durable;
use crate::store::objects::{Created, Objects, Read};
use object_store::path::Path as Key;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

fn objects(folder: &Path) -> Objects {
    fs::create_dir(folder.join("new")).unwrap();
    Objects::new(Durable::new(folder, &folder.join("new")).unwrap())
}

#[tokio::test]
async fn an_object_is_never_seen_in_part() {
    let folder = tempfile::tempdir().unwrap();
    let objects = objects(folder.path());
    let object = "x".repeat(4_000_000);
    let whole = object.len() as u64 + 2;
    let path = folder.path().join("a/b");
    let done = AtomicBool::new(false);
    let (done, objects, object) = (&done, &objects, &object);
    let sizes = || {
        let mut sizes = Vec::new();
        while !done.load(Ordering::Relaxed) {
            sizes.extend(fs::metadata(&path).map(|about| about.len()).ok());
            // What is seen often enough is seen in the middle.
            std::thread::park_timeout(Duration::from_micros(1));
        }
        sizes
    };
    let seen = std::thread::scope(|scope| {
        let watch = scope.spawn(sizes);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        scope.spawn(move || {
            runtime.block_on(async {
                let key = Key::from("a/b");
                for _ in 0..10 {
                    assert_eq!(objects.create(&key, object).await.unwrap(), Created::Made);
                    objects.overwrite(&key, object).await.unwrap();
                    assert!(objects.remove(&key).await.unwrap());
                }
            });
            done.store(true, Ordering::Relaxed);
        });
        watch.join().unwrap()
    });
    assert!(!seen.is_empty());
    assert!(seen.iter().all(|size| *size == whole), "some are cut");
}

#[tokio::test]
async fn the_first_one_wins_and_nothing_is_left_of_the_second() {
    let folder = tempfile::tempdir().unwrap();
    let objects = objects(folder.path());
    let key = Key::from("a/b/c");
    assert_eq!(objects.create(&key, &1).await.unwrap(), Created::Made);
    assert_eq!(objects.create(&key, &2).await.unwrap(), Created::Existed);
    assert!(matches!(
        objects.read::<u8>(&key).await.unwrap(),
        Read::Here(1)
    ));
    objects.overwrite(&key, &3).await.unwrap();
    assert!(matches!(
        objects.read::<u8>(&key).await.unwrap(),
        Read::Here(3)
    ));
    assert!(objects.remove(&key).await.unwrap());
    assert!(!objects.remove(&key).await.unwrap());
    assert!(matches!(
        objects.read::<u8>(&key).await.unwrap(),
        Read::Absent
    ));
    assert_eq!(fs::read_dir(folder.path().join("new")).unwrap().count(), 0);
    let nothing = objects.list(&Key::from("no/such")).await.unwrap();
    assert!(nothing.folders.is_empty() && nothing.objects.is_empty());
}
