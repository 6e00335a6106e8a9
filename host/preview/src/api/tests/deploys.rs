//! Deploys: what makes one, what is refused, and that a refused one leaves nothing.

use super::stage::{Script, Stage, manifest};
use crate::api::{Candidate, Checker};
use crate::digest::Digest;
use crate::limits::{Asked, Limits};
use crate::wire::Problem;
use serde_json::{Value, json};
use std::sync::Arc;

const SITE: &[(&str, &str)] = &[("index.html", "<p>"), ("a/b.txt", "b"), ("c.txt", "b")];

#[test]
fn a_deploy_is_made_told_of_and_removed() {
    let stage = Stage::new();
    stage.send("shop", &["<p>", "b"]);
    let answer = stage.deploy("shop", SITE, &json!({ "message": "first", "ttl": 60 }));
    assert_eq!(answer.status, 201, "{answer:?}");
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let expected =
        json!({ "id": id, "url": format!("http://{id}.localhost:8000/"), "files": 3, "bytes": 5 });
    assert_eq!(answer.json(), expected);

    let list = stage.get("/deploys?project=shop").json();
    assert_eq!(list["deploys"][0]["message"], "first");
    assert_eq!(list["deploys"][0]["ttl"], 60);
    assert_eq!(
        stage.get("/deploys?project=other").json(),
        json!({ "deploys": [] })
    );
    assert_eq!(stage.get("/deploys?what=else").status, 422);
    let shown = stage.get(&format!("/deploys/{id}")).json();
    assert_eq!(
        shown["contents"]["a/b.txt"]["sha256"],
        json!(Digest::of(b"b"))
    );
    assert_eq!(
        stage.get("/projects").json()["projects"][0],
        json!({ "project": "shop", "deploys": 1, "aliases": 0 })
    );

    let path = format!("/deploys/{id}");
    assert_eq!(
        stage.ask("DELETE", &path, "", b"").json(),
        json!({ "removed": id })
    );
    for method in ["GET", "DELETE"] {
        assert_eq!(stage.ask(method, &path, "", b"").status, 404);
    }
    assert_eq!(stage.get("/deploys/not-an-id").status, 422);
}

#[test]
fn what_is_missing_is_named() {
    let stage = Stage::new();
    stage.send("shop", &["<p>"]);
    let answer = stage.deploy("shop", SITE, &json!({}));
    assert_eq!(answer.status, 409);
    assert_eq!(answer.json()["missing"], json!([Digest::of(b"b")]));
    // That another project has it doesn't count.
    stage.send("other", &["<p>", "b"]);
    assert_eq!(stage.deploy("shop", SITE, &json!({})).status, 409);
    assert_eq!(stage.deploys(), 0);
}

/// A file as JSON has it, under any name.
fn with_path(path: &str) -> Value {
    let file = json!({ "sha256": Digest::of(b"b"), "size": 1 });
    json!({ "files": { path: file } })
}

#[test]
fn paths_that_lead_elsewhere_are_refused_by_name() {
    let stage = Stage::new();
    stage.send("shop", &["b"]);
    let deep = vec!["d"; 10_000].join("/");
    let long = "a".repeat(1025);
    for path in [
        "..",
        "../a",
        "a/../b",
        "a/..",
        "/etc/passwd",
        "//a",
        "a//b",
        "./a",
        "a/.",
        "",
        "a\0b",
        "a\\..\\b",
        "C:\\a",
        "a/",
        "a\nb",
        &deep,
        &long,
    ] {
        let answer = stage.post("/projects/shop/deploys", &with_path(path));
        assert_eq!(answer.status, 422, "{path}: {answer:?}");
        let shown: String = format!("{path:?}").chars().take(20).collect();
        let error = answer.error();
        let named = error.contains(shown.trim_end_matches('"'));
        assert!(named, "{shown}: {error}");
    }
    assert_eq!(stage.deploys(), 0);
}

#[test]
fn files_in_each_others_place_are_refused_by_name() {
    let stage = Stage::new();
    stage.send("shop", &["b"]);
    for (files, entry) in [
        ([("A.html", "b"), ("a.html", "b")], "a.html"),
        ([("a", "b"), ("a/b", "b")], "a/b"),
    ] {
        let answer = stage.deploy("shop", &files, &json!({}));
        assert_eq!(
            (answer.status, &answer.json()["entry"]),
            (422, &json!(entry)),
            "{answer:?}"
        );
    }
    // One path twice: JSON lets it be, and the two ends of a wire read it differently.
    let file = json!({ "sha256": Digest::of(b"b"), "size": 1 });
    let twice = format!("{{\"files\":{{\"a.html\":{file},\"a.html\":{file}}}}}");
    let answer = stage.ask("POST", "/projects/shop/deploys", "", twice.as_bytes());
    assert_eq!(answer.status, 422);
    assert!(
        answer.error().contains("\"a.html\" occurs twice"),
        "{answer:?}"
    );
    let mut wrong = json!({ "files": manifest(&[("a.html", "b")]) });
    wrong["files"]["a.html"]["size"] = json!(2);
    let answer = stage.post("/projects/shop/deploys", &wrong);
    assert_eq!(
        (answer.status, &answer.json()["entry"]),
        (422, &json!("a.html"))
    );
    assert_eq!(stage.deploys(), 0);
}

#[test]
fn json_that_is_none_or_says_more_is_refused() {
    let stage = Stage::new();
    for (text, status) in [
        ("", 400),
        ("{", 400),
        ("[]", 422),
        ("{\"files\":{}}", 422),
        ("{\"files\":{},\"alais\":\"a\"}", 422),
        ("{\"files\":{},\"files\":{}}", 422),
        ("{\"files\":{\"a\":{\"sha256\":\"x\",\"size\":1}}}", 422),
        ("{\"files\":{},\"alias\":\"a--b\"}", 422),
        ("{\"files\":{},\"ttl\":-1}", 422),
        ("\u{feff}{}", 400),
    ] {
        let answer = stage.ask("POST", "/projects/shop/deploys", "", text.as_bytes());
        assert_eq!(answer.status, status, "{text}: {answer:?}");
    }
    let nested = "{\"files\":".repeat(100_000);
    let answer = stage.ask("POST", "/projects/shop/deploys", "", nested.as_bytes());
    assert!(matches!(answer.status, 400 | 422), "{answer:?}");
}

#[test]
fn what_is_said_about_it_is_checked() {
    let stage = Stage::new();
    stage.send("shop", &["<p>", "b"]);
    let hash = "$2y$10$KBCwKxOzLha2MUDgW0PjXe5iC0KgerkTIWLGUoONajjj98vdFiyt2";
    for bad in [
        json!({ "message": "\u{1b}[2J" }),
        json!({ "message": "a".repeat(2000) }),
        json!({ "password": "secret" }),
        json!({ "password": hash.replace("$10$", "$31$") }),
        json!({ "ttl": 0 }),
        json!({ "ttl": u64::MAX }),
        json!({ "alias": "www" }),
        json!({ "alias": "aaaaaaaaaaaaaaaaaaaaaaaaaa" }),
    ] {
        assert_eq!(stage.deploy("shop", SITE, &bad).status, 422, "{bad}");
    }
    assert_eq!(stage.deploys(), 0);
    let answer = stage.deploy("shop", SITE, &json!({ "password": hash }));
    assert_eq!(answer.status, 201, "{answer:?}");
    let list = stage.get("/deploys");
    assert_eq!(list.json()["deploys"][0]["password"], true);
    assert!(!list.content.contains(hash), "the hash is told");
}

#[test]
fn code_is_refused_with_a_clear_word() {
    let stage = Stage::new();
    stage.send("shop", &["b"]);
    let answer = stage.deploy("shop", &[("handler.wasm", "b")], &json!({}));
    assert_eq!(
        (answer.status, &answer.json()["entry"]),
        (422, &json!("handler.wasm"))
    );
    assert_eq!(answer.json()["problems"][0]["file"], "handler.wasm");
    assert_eq!(stage.deploys(), 0);
    // Elsewhere it is a file like any other.
    let below = stage.deploy("shop", &[("a/handler.wasm", "b")], &json!({}));
    assert_eq!(below.status, 201);
}

/// Refuses the rules that say so, and asks for what the settings say.
struct Strict;

impl Checker for Strict {
    fn check(&self, candidate: &Candidate<'_>) -> Result<Asked, Vec<Problem>> {
        if let Some(rules) = candidate.settings.get("_redirects")
            && rules.starts_with(b"bad")
        {
            let what = "write it well".to_owned();
            return Err(vec![Problem {
                file: "_redirects".to_owned(),
                line: Some(1),
                column: Some(1),
                what,
            }]);
        }
        let settings = candidate.settings.get("wasm-host.toml");
        let files = settings.map(|text| String::from_utf8_lossy(text).parse().unwrap());
        Ok(Asked {
            files,
            ..Asked::default()
        })
    }
}

fn strict() -> Stage {
    Stage::with(Script {
        checker: Arc::new(Strict),
        ..Script::default()
    })
}

#[test]
fn settings_are_checked_before_anything_is_deployed() {
    let stage = strict();
    stage.send("shop", &["bad", "good", "2", "0", "999999999"]);
    let alias = json!({ "alias": "pr-1" });
    let deploy = |files: &[(&str, &str)]| stage.deploy("shop", files, &alias);
    let answer = deploy(&[("_redirects", "bad")]);
    assert_eq!(answer.status, 422);
    let problem = json!({ "file": "_redirects", "line": 1, "column": 1, "what": "write it well" });
    assert_eq!(answer.json()["problems"], json!([problem]));
    // A site may have more or less than is usual, within the operator's maxima.
    for (files, status) in [("0", 422), ("999999999", 422), ("2", 413)] {
        let site = [
            ("wasm-host.toml", files),
            ("a", "good"),
            ("_redirects", "good"),
        ];
        assert_eq!(deploy(&site).status, status, "{files}");
    }
    assert_eq!(stage.deploys(), 0);
    assert!(
        stage.get("/aliases").json()["aliases"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        deploy(&[("_redirects", "good"), ("a/_redirects", "bad")]).status,
        201
    );
    // Settings that nobody has sent yet can't be checked.
    let answer = deploy(&[("_redirects", "unsent"), ("a", "unsent, too")]);
    assert_eq!(
        (
            answer.status,
            answer.json()["missing"].as_array().unwrap().len()
        ),
        (409, 2)
    );
}

#[test]
fn a_dry_run_says_what_would_be_and_makes_nothing() {
    let stage = strict();
    stage.send("shop", &["bad"]);
    let dry = json!({ "dry_run": true });
    assert_eq!(
        stage.deploy("shop", &[("_redirects", "bad")], &dry).status,
        422
    );
    let answer = stage.deploy("shop", &[("_redirects", "unsent")], &dry);
    let expected = json!({ "missing": [Digest::of(b"unsent")], "files": 1, "bytes": 6 });
    assert_eq!((answer.status, answer.json()), (200, expected));
    assert_eq!(stage.deploys(), 0);
}

#[test]
fn nothing_of_a_deploy_is_there_whose_alias_cannot_move() {
    let limits = Limits {
        aliases: 1,
        ..Limits::default()
    };
    let stage = Stage::with(Script {
        limits,
        ..Script::default()
    });
    let first = stage.deployed("shop", SITE, &json!({ "alias": "one" }));
    let answer = stage.deploy("shop", SITE, &json!({ "alias": "two" }));
    assert_eq!(answer.status, 409, "{answer:?}");
    assert_eq!(stage.deploys(), 1);
    assert_eq!(stage.get(&format!("/deploys/{first}")).status, 200);
}
