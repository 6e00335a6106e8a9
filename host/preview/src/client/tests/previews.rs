//! `wasm-host previews`, as its user sees it.

use super::scene::{deployed, folder, of, order, run};
use crate::api::tests::logs::Scribe;
use crate::api::tests::stage::{Script, Stage};
use crate::client::previews::{
    Found, Reference, Table, aliases, collect, history, list, logs, move_alias, remove,
    remove_project, rollback, show,
};
use crate::client::{Order, Server};
use crate::wire::Deployed;
use std::sync::Arc;
use std::time::SystemTime;

fn site(server: &Server, content: &[u8], order_of: impl FnOnce(&mut Order)) -> Deployed {
    let site = folder(&[("index.html", content)]);
    let mut order = order(site.path());
    order_of(&mut order);
    deployed(server, &order)
}

fn alias(order: &mut Order) {
    order.alias = Some("pr-1".parse().unwrap());
}

fn reference(text: &str) -> Reference {
    text.parse().unwrap()
}

#[test]
fn what_is_deployed_is_listed_and_shown() {
    let stage = Stage::new();
    let server = of(&stage);
    let one = site(&server, b"one", |order| {
        order.message = Some("first".to_owned());
    });
    let two = site(&server, b"two", alias);
    let deploys = run(list(&server, None)).unwrap();
    assert_eq!(deploys.deploys.len(), 2);
    let table = deploys.table(SystemTime::now());
    assert!(
        table.contains(one.id.as_str()) && table.contains("first") && table.contains("pr-1"),
        "{table}"
    );
    let other = "other".parse().unwrap();
    assert!(
        run(list(&server, Some(&other)))
            .unwrap()
            .table(SystemTime::now())
            .contains("there are no deploys")
    );

    let found = run(reference("http://pr-1.localhost:8000/").deploy(&server, None)).unwrap();
    assert_eq!(found, two.id);
    let table = run(show(&server, found)).unwrap().table(SystemTime::now());
    assert!(
        table.starts_with(&two.url) && table.contains("3 B   index.html"),
        "{table}"
    );
    let all = run(aliases(&server, None)).unwrap();
    assert!(
        all.table(SystemTime::now())
            .contains("http://pr-1.localhost:8000/")
    );
}

#[test]
fn an_alias_goes_back_and_forth() {
    let stage = Stage::new();
    let server = of(&stage);
    let one = site(&server, b"one", alias);
    let two = site(&server, b"two", alias);
    let find = || run(reference("pr-1").alias(&server, None)).unwrap();
    assert_eq!(find().deploy, two.id);
    assert_eq!(run(rollback(&server, &find())).unwrap().deploy, one.id);
    assert_eq!(find().deploy, one.id);
    assert_eq!(run(rollback(&server, &find())).unwrap().deploy, two.id);
    let steps = run(history(&server, &find())).unwrap();
    assert_eq!(steps.history.len(), 4);
    assert!(steps.table(SystemTime::now()).contains("rollback from"));
    // A deploy that was removed can't be gone back to.
    run(remove(&server, &Found::Deploy(one.id))).unwrap();
    let error = run(rollback(&server, &find())).unwrap_err().to_string();
    assert!(error.contains("there is no deploy"), "{error}");
    assert_eq!(find().deploy, two.id);
}

#[test]
fn an_alias_is_made_moved_and_removed_by_itself() {
    let stage = Stage::new();
    let server = of(&stage);
    let one = site(&server, b"one", |_| ());
    let (project, name) = ("shop".parse().unwrap(), "live".parse().unwrap());
    let made = run(move_alias(&server, &project, &name, one.id, None)).unwrap();
    assert_eq!(made.url, "http://live.localhost:8000/");
    let error = run(rollback(&server, &made)).unwrap_err().to_string();
    assert!(error.contains("never led elsewhere"), "{error}");
    let found = run(reference("live").find(&server, Some(&project))).unwrap();
    assert_eq!(run(remove(&server, &found)).unwrap().removed, "live");
    let error = run(reference("live").find(&server, None))
        .unwrap_err()
        .to_string();
    assert!(error.contains("there is no alias live"), "{error}");
    assert!(run(reference(one.id.as_str()).alias(&server, None)).is_err());
}

#[test]
fn what_is_removed_is_gone() {
    let stage = Stage::new();
    let server = of(&stage);
    let one = site(&server, b"one", alias);
    assert!(
        run(collect(&server))
            .unwrap()
            .table(SystemTime::now())
            .starts_with("removed 0 deploys")
    );
    run(remove(&server, &Found::Deploy(one.id))).unwrap();
    let error = run(show(&server, one.id)).unwrap_err().to_string();
    assert!(error.contains("there is no deploy"), "{error}");
    let project = "shop".parse().unwrap();
    assert_eq!(
        run(remove_project(&server, &project)).unwrap().removed,
        "shop"
    );
    assert!(run(remove_project(&server, &project)).is_err());
}

/// A line of a site could otherwise write over those before.
#[test]
fn a_log_is_followed_until_it_ends() {
    let scribe = Arc::new(Scribe::default());
    let stage = Stage::with(Script {
        logs: scribe.clone(),
        ..Script::default()
    });
    let server = of(&stage);
    let one = site(&server, b"one", |_| ());
    let mut seen = Vec::new();
    run(logs(&server, one.id, true, |line| {
        seen.push(line.to_owned());
        let more = scribe.0.lock().unwrap().take();
        if let Some(more) = more {
            more.try_send("\u{1b}[2Jthree".to_owned()).unwrap();
        }
    }))
    .unwrap();
    assert_eq!(seen, ["one", "two  forged", "\\u{1b}[2Jthree"]);
    let none = crate::names::DeployId::from_bytes([0; 16]);
    let error = run(logs(&server, none, false, |_| ()))
        .unwrap_err()
        .to_string();
    assert!(error.contains("there is no deploy"), "{error}");
}
