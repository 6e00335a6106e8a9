use crate::support::previews::Previews;

const SCRIPT: &str = "Sec-Fetch-Dest: script\r\n";
const PAGE: &str = "Sec-Fetch-Dest: document\r\n";

#[test]
fn a_page_of_before_finds_its_own_parts() {
    let previews = Previews::start();
    let site = previews.site(
        "site",
        &[("index.html", "1"), ("app.1.js", "one"), ("old.html", "o")],
    );
    let first = previews.deploy(&site, &["--alias", "a"]);
    let site = previews.site("site", &[("index.html", "2"), ("app.2.js", "two")]);
    let second = previews.deploy(&site, &["--alias", "a"]);
    let site = previews.site("site", &[("index.html", "3"), ("app.3.js", "three")]);
    previews.deploy(&site, &["--alias", "a"]);

    for (target, text, deploy) in [
        ("/app.1.js", "one", &first.id),
        ("/app.2.js", "two", &second.id),
    ] {
        let response = previews.get_with("a", target, SCRIPT);
        assert_eq!(response.text(), text);
        assert_eq!(response.required("Wasm-Host-Deploy"), deploy);
    }
    assert_eq!(previews.get_with("a", "/", PAGE).text(), "3");
    assert_eq!(previews.get_with("a", "/old.html", PAGE).status, 404);
    // A deploy's own URL has what it has.
    assert_eq!(
        previews.get_with(&second.id, "/app.1.js", SCRIPT).status,
        404
    );
    // What was removed is gone for everybody.
    previews.succeed(["previews", "rm", &first.id]);
    assert_eq!(previews.get_with("a", "/app.1.js", SCRIPT).status, 404);
}

#[test]
fn it_can_be_turned_off() {
    let previews = Previews::start_with(&["--skew", "0"]);
    let site = previews.site("site", &[("index.html", "1"), ("app.1.js", "one")]);
    previews.deploy(&site, &["--alias", "a"]);
    let site = previews.site("site", &[("index.html", "2")]);
    previews.deploy(&site, &["--alias", "a"]);
    assert_eq!(previews.get_with("a", "/app.1.js", SCRIPT).status, 404);
}

/// An alias goes back to files that are older than what a client has; and two deploys may
/// be made within a second.
#[test]
fn what_a_client_has_is_not_taken_for_what_an_alias_leads_to_now() {
    let previews = Previews::start();
    let site = previews.site("site", &[("index.html", "1")]);
    previews.deploy(&site, &["--alias", "a"]);
    let first = previews.get("a", "/");
    let site = previews.site("site", &[("index.html", "2")]);
    previews.deploy(&site, &["--alias", "a"]);
    let second = previews.get("a", "/");
    let asked = |response: &crate::support::client::Response, name, field| {
        format!("{name}: {}\r\n", response.required(field))
    };
    let has_second = [
        asked(&second, "If-None-Match", "ETag"),
        asked(&second, "If-Modified-Since", "Last-Modified"),
    ];
    assert_eq!(previews.get_with("a", "/", &has_second[0]).status, 304);
    previews.succeed(["previews", "rollback", "a"]);
    for field in &has_second {
        assert_eq!(previews.get_with("a", "/", field).text(), "1", "{field}");
    }
    let has_first = asked(&first, "If-None-Match", "ETag");
    assert_eq!(previews.get_with("a", "/", &has_first).status, 304);
}
