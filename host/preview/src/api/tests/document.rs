//! The document and the routes are about the same.

use super::stage::Stage;
use crate::api::document::description;
use crate::api::routes::all;
use std::collections::BTreeSet;

const METHODS: [&str; 8] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE",
];

fn described() -> BTreeSet<(String, String)> {
    let document = serde_json::to_value(description()).unwrap();
    let paths = document["paths"].as_object().unwrap().clone();
    let operations = |(path, item): (String, serde_json::Value)| {
        let methods = item.as_object().unwrap().clone();
        let known = methods.into_iter().map(|(method, _)| method.to_uppercase());
        let known: Vec<String> = known
            .filter(|method| METHODS.contains(&&**method))
            .collect();
        known.into_iter().map(move |method| (method, path.clone()))
    };
    paths.into_iter().flat_map(operations).collect()
}

#[test]
fn every_route_is_described_and_the_other_way_round() {
    let routes = all()
        .listed
        .into_iter()
        .map(|(method, path)| (method.to_owned(), path.to_owned()));
    let open = ("GET".to_owned(), "/openapi.json".to_owned());
    let routes: BTreeSet<_> = routes.chain([open]).collect();
    assert_eq!(described(), routes);
}

/// What the router takes is what is described, asked of the router itself.
#[test]
fn what_is_not_described_is_not_taken() {
    let stage = Stage::new();
    let described = described();
    let paths: BTreeSet<&String> = described.iter().map(|(_, path)| path).collect();
    for path in paths {
        let asked = path
            .replace("{project}", "shop")
            .replace("{alias}", "pr-1")
            .replace("{name}", "KEY")
            .replace("{id}", "aaaaaaaaaaaaaaaaaaaaaaaaaa")
            .replace("{sha256}", &"0".repeat(64));
        for method in METHODS {
            let known = described.contains(&(method.to_owned(), path.clone()));
            // HTTP has HEAD wherever there is GET (RFC 9110 section 9.1).
            let by_get = method == "HEAD" && described.contains(&("GET".to_owned(), path.clone()));
            let answer = stage.raw(
                stage
                    .head(method, &asked, "Content-Length: 0\r\n")
                    .as_bytes(),
            );
            let taken = answer.status != 405;
            assert_eq!(taken, known || by_get, "{method} {path}: {answer:?}");
        }
    }
}

#[test]
fn it_is_served_without_a_token_and_names_what_it_needs() {
    let stage = Stage::new();
    let answer = stage.raw(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(answer.status, 200);
    let served = answer.json();
    assert_eq!(served, serde_json::to_value(description()).unwrap());
    assert!(served["openapi"].as_str().unwrap().starts_with("3."));
    for (path, item) in served["paths"].as_object().unwrap() {
        for operation in item.as_object().unwrap().values() {
            let guarded = operation["security"][0]["token"].is_array();
            assert_eq!(guarded, path != "/openapi.json", "{path}");
        }
    }
    // Each schema that is referred to is there.
    for part in answer.content.split("#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(served["components"]["schemas"][name].is_object(), "{name}");
    }
}
