//! Aliases: where they are, what they are called, and who is first.

use super::scene::{Scene, alias, name};
use crate::names::DeployId;
use crate::store::StoreError;
use crate::store::durable::Durable;
use crate::store::inner::now;
use crate::store::labels;
use crate::store::log::{Entry, Log};
use crate::store::objects::Objects;
use std::collections::BTreeSet;
use std::path::Path;

#[tokio::test]
async fn an_alias_moves_back_and_forth_and_tells_its_history() {
    let scene = Scene::new().await;
    let one = scene.deploy("site", &[("a", "1")]).await.unwrap();
    let two = scene.deploy("site", &[("a", "2")]).await.unwrap();
    let (site, main) = (name("site"), alias("main"));
    let store = &scene.store;
    let moved = store.move_alias(&site, &main, &one, None).await.unwrap();
    assert_eq!((moved.number, moved.before), (1, None));
    assert!(!moved.is_longer());
    let said = Some("second".to_owned());
    let moved = store
        .move_alias(&site, &main, &two, said.clone())
        .await
        .unwrap();
    assert_eq!((moved.number, moved.before), (2, Some(one)));
    assert_eq!(scene.get("main", "a").await.as_deref(), Some("2"));
    let back = store.move_alias(&site, &main, &one, None).await.unwrap();
    assert_eq!((back.number, back.before), (3, Some(two)));
    assert_eq!(scene.get("main", "a").await.as_deref(), Some("1"));

    let scene = scene.again(|_| {}).await;
    assert_eq!(scene.get("main", "a").await.as_deref(), Some("1"));
    let history = scene.store.history(&site, &main).await.unwrap();
    let told: Vec<_> = history.iter().map(|m| (m.number, m.deploy)).collect();
    assert_eq!(told, [(3, Some(one)), (2, Some(two)), (1, Some(one))]);
    assert_eq!(history[1].message, said);
    let earlier = &scene.store.alias(&site, &main).unwrap().earlier;
    let earlier: Vec<_> = earlier.iter().map(|earlier| earlier.deploy).collect();
    assert_eq!(earlier, [two, one]);
}

#[tokio::test]
async fn a_removed_alias_leads_nowhere_and_can_come_back() {
    let scene = Scene::new().await;
    let id = scene.deploy("site", &[("a", "1")]).await.unwrap();
    scene.point("site", "main", &id).await;
    let (site, main) = (name("site"), alias("main"));
    assert!(scene.store.remove_alias(&site, &main).await.unwrap());
    assert!(!scene.store.remove_alias(&site, &main).await.unwrap());
    assert!(
        !scene
            .store
            .remove_alias(&site, &alias("other"))
            .await
            .unwrap()
    );
    assert!(scene.store.index().site("main").is_none());
    let scene = scene.again(|_| {}).await;
    assert!(scene.store.index().site("main").is_none());
    assert_eq!(
        scene
            .store
            .index()
            .project(&site)
            .unwrap()
            .aliases()
            .count(),
        0
    );
    // Nobody else gets the address that people know.
    let other = scene.deploy("other", &[("a", "2")]).await.unwrap();
    assert_eq!(scene.point("other", "main", &other).await, "main--other");
    assert_eq!(scene.point("site", "main", &id).await, "main");
    assert_eq!(scene.store.history(&site, &main).await.unwrap().len(), 3);
}

#[tokio::test]
async fn an_alias_that_another_project_has_gets_a_longer_label() {
    let scene = Scene::new().await;
    let one = scene.deploy("one", &[("a", "1")]).await.unwrap();
    let two = scene.deploy("two", &[("a", "2")]).await.unwrap();
    assert_eq!(scene.point("one", "main", &one).await, "main");
    let (project, main) = (name("two"), alias("main"));
    let moved = scene.store.move_alias(&project, &main, &two, None).await;
    let moved = moved.unwrap();
    assert_eq!(moved.label.as_str(), "main--two");
    assert!(moved.is_longer());
    let scene = scene.again(|_| {}).await;
    assert_eq!(scene.get("main", "a").await.as_deref(), Some("1"));
    assert_eq!(scene.get("main--two", "a").await.as_deref(), Some("2"));
    assert_eq!(scene.point("two", "main", &two).await, "main--two");
    // When the first project is gone, the second one has both addresses.
    assert!(scene.store.remove_project(&name("one")).await.unwrap());
    assert!(scene.store.index().site("main").is_none());
    assert_eq!(scene.point("two", "main", &two).await, "main");
    let scene = scene.again(|_| {}).await;
    for label in ["main", "main--two"] {
        assert_eq!(scene.get(label, "a").await.as_deref(), Some("2"));
    }
}

#[tokio::test]
async fn what_is_said_about_a_move_is_short() {
    let scene = Scene::new().await;
    let id = scene.deploy("site", &[("a", "1")]).await.unwrap();
    let (site, main) = (name("site"), alias("main"));
    let say = |bytes: usize| Some("x".repeat(bytes));
    let long = scene.store.move_alias(&site, &main, &id, say(1025)).await;
    assert!(matches!(long, Err(StoreError::Message(1025))));
    scene
        .store
        .move_alias(&site, &main, &id, say(1024))
        .await
        .unwrap();
}

#[tokio::test]
async fn an_alias_only_goes_where_a_deploy_is() {
    let scene = Scene::new().await;
    let nowhere = DeployId::from_bytes([1; 16]);
    let (site, main) = (name("site"), alias("main"));
    let moved = scene.store.move_alias(&site, &main, &nowhere, None).await;
    assert!(matches!(moved, Err(StoreError::NoDeploy(id)) if id == nowhere));
    assert_eq!(scene.store.history(&site, &main).await.unwrap(), []);
    // The label isn't taken by it, either.
    let id = scene.deploy("other", &[("a", "1")]).await.unwrap();
    assert_eq!(scene.point("other", "main", &id).await, "main");
}

/// What a second server sees of the same folder.
fn objects(folder: &Path) -> Objects {
    Objects::new(Durable::new(folder, &folder.join("local/new")).unwrap())
}

fn entry(deploy: u8) -> Entry {
    Entry {
        deploy: Some(DeployId::from_bytes([deploy; 16])),
        at: now(),
        message: None,
    }
}

#[tokio::test]
async fn servers_that_want_the_same_number_get_one_each() {
    const EACH: u64 = 25;
    let scene = Scene::new().await;
    let (site, main) = (name("site"), alias("main"));
    let servers: Vec<Objects> = (0..4).map(|_| objects(scene.path())).collect();
    let append = async |objects: &Objects, server: u8| {
        let mut had = Vec::new();
        for _ in 0..EACH {
            let (project, alias) = (&site, &main);
            let log = Log {
                objects,
                project,
                alias,
            };
            had.push(log.append(&entry(server)).await.unwrap());
        }
        had
    };
    let (a, b, c, d) = tokio::join!(
        append(&servers[0], 0),
        append(&servers[1], 1),
        append(&servers[2], 2),
        append(&servers[3], 3),
    );
    let all: BTreeSet<u64> = [a, b, c, d].concat().into_iter().collect();
    assert_eq!(all.len() as u64, 4 * EACH, "a number was given twice");
    assert_eq!(all.last(), Some(&(4 * EACH)), "a number was left out");
}

#[tokio::test]
async fn of_projects_that_want_the_same_label_one_gets_it() {
    let scene = Scene::new().await;
    let main = alias("main");
    let servers: Vec<Objects> = (0..3).map(|_| objects(scene.path())).collect();
    let names = [name("one"), name("two"), name("three")];
    let (one, two, three) = tokio::join!(
        labels::claim(&servers[0], &names[0], &main),
        labels::claim(&servers[1], &names[1], &main),
        labels::claim(&servers[2], &names[2], &main),
    );
    let all = [one, two, three].map(|label| label.unwrap().to_string());
    let short = all.iter().filter(|label| *label == "main").count();
    let long = all
        .iter()
        .filter(|label| label.starts_with("main--"))
        .count();
    assert_eq!((short, long), (1, 2), "{all:?}");
}
