//! What a folder has to be to have a store in it.

use super::scene::Scene;
use crate::limits::Limits;
use crate::store::{OpenError, Store};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

async fn open(folder: &Path) -> Result<Store, OpenError> {
    Store::open(folder, Limits::default()).await
}

/// What `find` would say, without what is locked.
fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let name = |entry: std::io::Result<fs::DirEntry>| {
        let name = entry.unwrap().file_name();
        name.to_string_lossy().into_owned()
    };
    let mut names: Vec<_> = names.map(name).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn it_is_made_where_nothing_is_for_its_user_alone() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("data/previews");
    open(&place).await.unwrap();
    assert_eq!(
        fs::metadata(&place).unwrap().permissions().mode() & 0o777,
        0o700
    );
    let format = fs::read_to_string(place.join("format")).unwrap();
    assert_eq!(format, r#"{"version":1}"#);
    assert!(fs::read_dir(place.join("probe")).unwrap().next().is_none());
}

#[tokio::test]
async fn a_second_server_is_told_so_and_the_first_one_goes_on() {
    let scene = Scene::new().await;
    let error = open(scene.path()).await.unwrap_err();
    assert!(matches!(error, OpenError::Locked { .. }));
    let text = error.to_string();
    assert!(
        text.starts_with("another server uses the store in "),
        "{text}"
    );
    let id = scene.deploy("site", &[("a", "1")]).await.unwrap();
    let scene = scene.again(|_| {}).await;
    assert_eq!(scene.get(id.as_str(), "a").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn somebody_elses_folder_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("letter.txt"), "mine").unwrap();
    let error = open(folder.path()).await.unwrap_err();
    assert!(matches!(error, OpenError::Foreign { .. }));
    assert!(
        error.to_string().contains("\"letter.txt\" is in it"),
        "{error}"
    );
    assert_eq!(names(folder.path()), ["letter.txt"]);
    let file = folder.path().join("letter.txt");
    assert!(matches!(open(&file).await, Err(OpenError::Io { .. })));
}

#[tokio::test]
async fn a_newer_stores_folder_stays_as_it_is() {
    let scene = Scene::new().await;
    scene.deploy("site", &[("a", "1")]).await.unwrap();
    let Scene { store, folder } = scene;
    drop(store);
    let path = folder.path();
    fs::write(path.join("format"), r#"{"version":2,"more":[]}"#).unwrap();
    fs::write(path.join("local/new/theirs"), "x").unwrap();
    let before = names(path);
    let error = open(path).await.unwrap_err();
    assert!(matches!(
        error,
        OpenError::Newer {
            version: 2,
            known: 1,
            ..
        }
    ));
    assert!(error.to_string().contains("has format 2"), "{error}");
    assert_eq!(names(path), before);
    assert!(path.join("local/new/theirs").exists());

    for damaged in ["", "{", "1", r#"{"version":-1}"#, r#"{"version":0}"#] {
        fs::write(path.join("format"), damaged).unwrap();
        assert!(
            matches!(open(path).await, Err(OpenError::Format { .. })),
            "{damaged}"
        );
    }
    // Without the file, what is there is nobody's.
    fs::remove_file(path.join("format")).unwrap();
    assert!(matches!(open(path).await, Err(OpenError::Foreign { .. })));
    fs::write(path.join("format"), r#"{"version":1}"#).unwrap();
    assert_eq!(open(path).await.unwrap().index().deploys().len(), 1);
}

#[tokio::test]
async fn what_a_killed_server_left_is_no_obstacle() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    drop(open(path).await.unwrap());
    fs::remove_file(path.join("format")).unwrap();
    fs::remove_dir_all(path.join("labels")).unwrap_or_default();
    fs::write(path.join("probe/once"), "1").unwrap();
    fs::create_dir_all(path.join("local/new/.tmpX/a/b")).unwrap();
    fs::write(path.join("local/new/.tmpX/a/b/c"), "x").unwrap();
    drop(open(path).await.unwrap());
    assert_eq!(names(&path.join("local/new")), [""; 0]);
}

#[tokio::test]
async fn limits_that_contradict_themselves_are_refused_first() {
    let folder = tempfile::tempdir().unwrap();
    let mut limits = Limits::default();
    limits.most.files = 1;
    let error = Store::open(&folder.path().join("new"), limits).await;
    assert!(matches!(error, Err(OpenError::Limits(_))));
    assert_eq!(names(folder.path()), [""; 0]);
}

#[tokio::test]
async fn a_folder_that_others_write_to_is_refused() {
    let Scene { store, folder } = Scene::new().await;
    drop(store);
    let mode = |mode| fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode));
    mode(0o777).unwrap();
    let error = open(folder.path()).await.unwrap_err();
    assert!(matches!(error, OpenError::Open { .. }), "{error}");
    mode(0o755).unwrap();
    drop(open(folder.path()).await.unwrap());
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(folder.path(), Some(1), None).unwrap();
        assert!(matches!(
            open(folder.path()).await,
            Err(OpenError::Open { .. })
        ));
    }
}
