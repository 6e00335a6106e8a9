use crate::support::previews::Previews;
use std::os::unix::fs::symlink;

#[test]
fn who_has_no_token_gets_nowhere() {
    let previews = Previews::start();
    let site = previews.site("site", &[("index.html", "x")]);
    for fields in [
        "",
        "Authorization: Bearer x\r\n",
        "Authorization: Basic eDp4\r\n",
        "Authorization: Bearer\r\n",
    ] {
        let request = format!("GET /api/v1/deploys HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n");
        assert_eq!(previews.server.exchange(request).status, 401, "{fields}");
    }
    let token = previews.path("other-token");
    std::fs::write(&token, "A".repeat(43)).unwrap();
    let error = previews.fail([
        "deploy".as_ref(),
        site.as_os_str(),
        "--token-file".as_ref(),
        token.as_os_str(),
    ]);
    assert!(error.contains("token"), "{error}");
    assert!(
        previews
            .succeed(["previews", "list"])
            .contains("there are no deploys")
    );
}

#[test]
fn what_cannot_be_a_site_is_refused_by_name() {
    let previews = Previews::start();
    let site = previews.site("site", &[("a", "1"), ("A", "2")]);
    let deploy = |site: &std::path::Path| previews.fail(["deploy".as_ref(), site.as_os_str()]);
    assert!(deploy(&site).contains("case"));
    let site = previews.site("site", &[("a", "1")]);
    symlink("/etc/passwd", site.join("link")).unwrap();
    assert!(deploy(&site).contains("link"));
    let site = previews.site("site", &[("handler.wasm", "\0asm")]);
    assert!(deploy(&site).contains("handler.wasm"));
    std::fs::create_dir(previews.path("empty")).unwrap();
    assert!(deploy(&previews.path("empty")).contains("has no file to deploy"));
    assert!(deploy(&previews.path("nowhere")).contains("nowhere"));
    assert!(
        previews
            .succeed(["previews", "list"])
            .contains("there are no deploys")
    );
}

/// What a client of the API's own says, which isn't ours.
#[test]
fn a_manifest_that_lies_makes_no_deploy() {
    let previews = Previews::start();
    let digest = "0".repeat(64);
    for path in [
        "../x",
        "/x",
        "a//b",
        "a/../b",
        ".",
        "",
        "a\\\\b",
        "a\\u0000b",
    ] {
        let manifest = format!(r#"{{"files":{{"{path}":{{"sha256":"{digest}","size":1}}}}}}"#);
        let response = previews.api("POST", "/projects/p/deploys", &manifest);
        assert!(
            (400..500).contains(&response.status),
            "{path}: {response:?}"
        );
    }
    let manifest = format!(r#"{{"files":{{"a":{{"sha256":"{digest}","size":1}}}}}}"#);
    let response = previews.api("POST", "/projects/p/deploys", &manifest);
    assert_eq!(response.status, 409, "{response:?}");
    let response = previews.api("PUT", &format!("/projects/p/blobs/{digest}"), "x");
    assert_eq!(response.status, 422, "{response:?}");
    for project in ["..", "A", "a.b", "-a", "a--b", "%2e%2e"] {
        let response = previews.api("POST", &format!("/projects/{project}/deploys"), "{}");
        assert!(
            (400..500).contains(&response.status),
            "{project}: {response:?}"
        );
    }
}

#[test]
fn who_cannot_reach_a_server_is_told_what_to_do() {
    let mut previews = Previews::start();
    let site = previews.site("site", &[("index.html", "x")]);
    previews.server.terminate();
    let error = previews.fail(["deploy".as_ref(), site.as_os_str()]);
    assert!(
        error.contains("cannot reach") && error.contains("wasm-host preview"),
        "{error}"
    );
}
