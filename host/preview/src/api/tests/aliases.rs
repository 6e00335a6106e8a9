//! Aliases move, and tell where they were.

use super::stage::{Stage, manifest};
use serde_json::json;

const ONE: &[(&str, &str)] = &[("index.html", "one")];
const TWO: &[(&str, &str)] = &[("index.html", "two")];

#[test]
fn an_alias_moves_with_a_deploy_or_by_itself() {
    let stage = Stage::new();
    let one = stage.deployed("shop", ONE, &json!({ "alias": "pr-1", "message": "first" }));
    let two = stage.deployed("shop", TWO, &json!({ "alias": "pr-1" }));
    let path = "/projects/shop/aliases/pr-1";
    let alias = stage.get(path).json();
    assert_eq!(alias["url"], "http://pr-1.localhost:8000/");
    assert_eq!(alias["deploy"], json!(two));
    let history: Vec<_> = alias["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["deploy"].clone())
        .collect();
    assert_eq!(history, [json!(two), json!(one)]);

    let back = json!({ "deploy": one, "message": "back" });
    let moved = stage.ask("PUT", path, "", back.to_string().as_bytes());
    assert_eq!((moved.status, &moved.json()["deploy"]), (200, &json!(one)));
    assert_eq!(
        stage.get(&format!("/deploys/{one}")).json()["aliases"],
        json!(["pr-1"])
    );

    assert_eq!(stage.ask("DELETE", path, "", b"").status, 200);
    assert_eq!(stage.ask("DELETE", path, "", b"").status, 404);
    assert_eq!(stage.get(path).status, 404);
    assert_eq!(stage.get(&format!("/deploys/{one}")).status, 200);
}

#[test]
fn a_name_that_another_project_has_is_longer_and_told_so() {
    let stage = Stage::new();
    stage.deployed("shop", ONE, &json!({ "alias": "main" }));
    stage.send("blog", &["one"]);
    let answer = stage
        .deploy("blog", ONE, &json!({ "alias": "main" }))
        .json();
    assert_eq!(answer["alias_url"], "http://main--blog.localhost:8000/");
    assert!(
        answer["label_note"]
            .as_str()
            .unwrap()
            .contains("another project has the alias main")
    );
    let all = stage.get("/aliases").json();
    let labels: Vec<_> = all["aliases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|alias| alias["label"].clone())
        .collect();
    assert_eq!(labels, [json!("main"), json!("main--blog")]);
}

#[test]
fn an_alias_leads_only_to_a_deploy_of_its_project() {
    let stage = Stage::new();
    let id = stage.deployed("shop", ONE, &json!({}));
    let put = |project: &str, body: String| {
        let path = format!("/projects/{project}/aliases/a");
        stage.ask("PUT", &path, "", body.as_bytes()).status
    };
    let to = json!({ "deploy": id }).to_string();
    assert_eq!(put("other", to.clone()), 422);
    assert_eq!(
        put(
            "shop",
            json!({ "deploy": "aaaaaaaaaaaaaaaaaaaaaaaaaa" }).to_string()
        ),
        404
    );
    assert_eq!(put("shop", json!({ "deploy": "../x" }).to_string()), 422);
    assert_eq!(
        put(
            "shop",
            json!({ "deploy": id, "message": "\u{7}" }).to_string()
        ),
        422
    );
    assert_eq!(put("shop", "{".to_owned()), 400);
    assert_eq!(put("shop", to), 200);
    assert_eq!(stage.get("/projects/nobodys/aliases").status, 404);
}

#[test]
fn a_project_is_removed_with_all_it_has_and_nobody_elses() {
    let stage = Stage::new();
    let one = stage.deployed("shop", ONE, &json!({ "alias": "main" }));
    let other = stage.deployed("blog", ONE, &json!({}));
    assert_eq!(stage.ask("DELETE", "/projects/shop", "", b"").status, 200);
    assert_eq!(stage.ask("DELETE", "/projects/shop", "", b"").status, 404);
    assert_eq!(stage.get(&format!("/deploys/{one}")).status, 404);
    assert_eq!(stage.get(&format!("/deploys/{other}")).status, 200);
    let collected = stage.ask("POST", "/gc", "", b"");
    assert_eq!(
        (collected.status, &collected.json()["deploys"]),
        (200, &json!(0))
    );
    assert_eq!(
        stage
            .post("/projects/blog/deploys", &json!({ "files": manifest(ONE) }))
            .status,
        201
    );
}
