use crate::support::previews::{Previews, request};

#[test]
fn a_host_that_nobody_has_is_404_and_names_no_other() {
    let previews = Previews::start();
    let site = previews.site("site", &[("index.html", "of a neighbour")]);
    let deployed = previews.deploy(&site, &["--alias", "known"]);
    for host in [
        "unknown.localhost",
        "a.known.localhost",
        "known.example.com",
        "known.localhost.evil.example",
        "known..localhost",
        "aaaaaaaaaaaaaaaaaaaaaaaaaa.localhost",
    ] {
        let response = previews
            .server
            .exchange(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert!(matches!(response.status, 400 | 404), "{host}: {response:?}");
        let shown = format!("{response:?}");
        for secret in ["known.localhost:", &deployed.id, "of a neighbour"] {
            assert!(!shown.contains(secret), "{host}: {shown}");
        }
    }
}

/// A proxy in front sends requests of all over one connection.
#[test]
fn sites_and_the_api_share_a_connection_and_a_port() {
    let previews = Previews::start();
    let one = previews.site("one", &[("index.html", "of one"), ("secret.txt", "s")]);
    previews.deploy(&one, &["--alias", "one"]);
    let two = previews.site("two", &[("index.html", "of two")]);
    previews.deploy(&two, &["--alias", "two"]);
    let mut client = previews.connect();
    for _ in 0..3 {
        assert_eq!(client.exchange(request("one", "/", "")).text(), "of one");
        assert_eq!(client.exchange(request("two", "/", "")).text(), "of two");
        let response = client.exchange(request("two", "/secret.txt", ""));
        assert_eq!(response.status, 404);
    }
    client.send("GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let document = client.response();
    assert_eq!(document.status, 200);
    // It goes on with whatever comes next.
    assert_eq!(client.exchange(request("one", "/", "")).text(), "of one");
    assert_eq!(
        client.exchange(request("two", "/secret.txt", "")).status,
        404
    );
    client.send("GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(client.response().status, 200);
    // A site has no API, and the API's host no sites' files.
    assert_eq!(previews.get("one", "/api/v1/openapi.json").status, 404);
    assert_eq!(previews.server.get_with("/secret.txt", &[]).status, 404);
}

#[test]
fn host_and_target_have_to_agree() {
    let previews = Previews::start();
    let one = previews.site("one", &[("index.html", "of one")]);
    previews.deploy(&one, &["--alias", "one"]);
    let two = previews.site("two", &[("index.html", "of two")]);
    previews.deploy(&two, &["--alias", "two"]);
    let get = |target: &str, host: &str| {
        previews
            .server
            .exchange(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n"))
    };
    assert_eq!(
        get("http://one.localhost/", "one.localhost").text(),
        "of one"
    );
    for (target, host) in [
        ("http://one.localhost/", "two.localhost"),
        ("http://localhost/", "two.localhost"),
        ("http://one.localhost/api/v1/openapi.json", "localhost"),
    ] {
        assert_eq!(get(target, host).status, 400, "{target} {host}");
    }
}

#[test]
fn other_domains_have_the_same_sites() {
    let previews = Previews::start_with(&["--domain", "localhost", "--domain", "Preview.TEST"]);
    let site = previews.site("site", &[("index.html", "here")]);
    previews.deploy(&site, &["--alias", "a"]);
    for host in ["a.localhost", "a.preview.test", "A.preview.test.:80"] {
        let response = previews
            .server
            .exchange(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert_eq!(response.text(), "here", "{host}");
    }
}
