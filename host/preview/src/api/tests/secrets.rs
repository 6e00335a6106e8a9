//! Secrets are set and removed, and never told.

use super::declared::assert_declared;
use super::stage::Stage;
use serde_json::json;

const KEY: &str = "/projects/shop/secrets/KEY";

#[test]
fn what_is_set_is_listed_without_its_value() {
    let stage = Stage::new();
    let set =
        |path, secret: serde_json::Value| stage.ask("PUT", path, "", secret.to_string().as_bytes());
    let one = json!({ "value": "hidden", "for": ["a.example:443"] });
    let answer = set(KEY, one);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["for"], json!(["a.example:443"]));
    assert!(!answer.content.contains("hidden"), "{answer:?}");
    assert_eq!(
        set("/projects/shop/secrets/B", json!({ "value": "plain" })).status,
        200
    );
    let listed = stage.get("/projects/shop/secrets");
    let names: Vec<_> = listed.json()["secrets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|secret| secret["name"].clone())
        .collect();
    assert_eq!(names, [json!("B"), json!("KEY")]);
    assert!(!listed.content.contains("hidden") && !listed.content.contains("plain"));
    assert_eq!(
        stage.get("/projects/blog/secrets").json(),
        json!({ "secrets": [] })
    );
    assert_eq!(stage.ask("DELETE", KEY, "", b"").status, 200);
    assert_eq!(stage.ask("DELETE", KEY, "", b"").status, 404);
    // A project that has nothing else is there by its secrets.
    assert_eq!(stage.ask("DELETE", "/projects/shop", "", b"").status, 200);
    assert_eq!(stage.ask("DELETE", "/projects/shop", "", b"").status, 404);
}

#[test]
fn what_can_be_none_is_refused() {
    let stage = Stage::new();
    for (path, content, status) in [
        (KEY, r#"{"value": ""}"#.to_owned(), 422),
        (KEY, r#"{"value": "a\u0000b"}"#.to_owned(), 422),
        (
            KEY,
            r#"{"value": "a", "for": ["https://a.example"]}"#.to_owned(),
            422,
        ),
        (KEY, r#"{"value": "a", "four": []}"#.to_owned(), 422),
        (KEY, "{".to_owned(), 400),
        (
            "/projects/shop/secrets/A-B",
            r#"{"value": "a"}"#.to_owned(),
            422,
        ),
        (
            "/projects/Shop/secrets/A",
            r#"{"value": "a"}"#.to_owned(),
            422,
        ),
    ] {
        let answer = stage.ask("PUT", path, "", content.as_bytes());
        assert_eq!(answer.status, status, "{path} {content}: {answer:?}");
        assert_declared("PUT", path, status);
        assert!(answer.json()["error"].is_string());
    }
    // The stage has room for those of two projects.
    for (project, status) in [("a", 200), ("b", 200), ("c", 409)] {
        let path = format!("/projects/{project}/secrets/KEY");
        let answer = stage.ask("PUT", &path, "", br#"{"value": "a"}"#);
        assert_eq!(answer.status, status, "{answer:?}");
        assert_declared("PUT", &path, status);
    }
}
