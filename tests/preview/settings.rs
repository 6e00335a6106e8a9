use crate::support::previews::{Previews, request};

#[test]
fn a_site_says_how_it_is_served() {
    let previews = Previews::start();
    let files = [
        ("index.html", "home"),
        ("404.html", "not here"),
        ("folder/a.txt", "a"),
        ("about.html", "about"),
        ("_redirects", "/old /about 301\n"),
        ("_headers", "/about\n  X-About: yes\n"),
        (
            "wasm-host.toml",
            "clean-urls = true\n[fields]\nCache-Control = \"max-age=60\"\n",
        ),
    ];
    let site = previews.site("site", &files);
    previews.deploy(&site, &["--alias", "a"]);
    let response = previews.get("a", "/");
    assert_eq!(response.required("Cache-Control"), "max-age=60");
    let missing = previews.get("a", "/missing");
    assert_eq!((missing.status, missing.text().as_str()), (404, "not here"));
    assert_eq!(previews.get("a", "/folder/").status, 404);
    for own in ["/wasm-host.toml", "/_redirects", "/_headers"] {
        assert_eq!(previews.get("a", own).status, 404, "{own}");
    }
    let about = previews.get("a", "/about");
    assert_eq!(
        (about.text().as_str(), about.required("X-About")),
        ("about", "yes")
    );
    let old = previews.get("a", "/old");
    assert_eq!((old.status, old.required("Location")), (301, "/about"));

    let files = [
        ("index.html", "home"),
        ("folder/a.txt", "a"),
        ("wasm-host.toml", "spa = true\nlisting = true\n"),
    ];
    let site = previews.site("site", &files);
    previews.deploy(&site, &["--alias", "a"]);
    assert_eq!(previews.text("a", "/users/7"), "home");
    assert!(previews.text("a", "/folder/").contains("a.txt"));
}

/// Nothing is deployed, and the alias stays where it was.
#[test]
fn a_mistake_fails_the_deploy_with_its_place() {
    let previews = Previews::start();
    let site = previews.site("site", &[("index.html", "right")]);
    previews.deploy(&site, &["--alias", "a"]);
    for (text, said) in [
        ("spa = tru", "wasm-host.toml:1:7: "),
        ("\nsap = true", "wasm-host.toml:2:1: unknown field `sap`"),
        (
            "[fields]\nSet-Cookie = \"a=b; Domain=localhost\"",
            "wasm-host.toml:2:1: a cookie with Domain=",
        ),
        (
            "[fields]\nService-Worker-Allowed = \"//x/\"",
            "a service worker's scope is a path of this origin",
        ),
        (
            "[fields]\nX-Accel-Redirect = \"/etc\"",
            "X-Accel-Redirect would be obeyed by a proxy",
        ),
        (
            "[fields]\nX-Robots-Tag = \"all\"",
            "X-Robots-Tag is the operator's",
        ),
        (
            "[limits]\nrequests = 1000000000",
            "requests = 1000000000 is more than this server",
        ),
    ] {
        let site = previews.site("site", &[("index.html", "wrong"), ("wasm-host.toml", text)]);
        let error = previews.fail(["deploy".as_ref(), site.as_os_str(), "--alias=a".as_ref()]);
        assert!(error.contains(said), "{text:?}: {error}");
        assert_eq!(previews.text("a", "/"), "right");
    }
}

#[test]
fn a_site_has_so_many_requests_a_second_and_its_neighbour_its_own() {
    let previews = Previews::start();
    let site = previews.site(
        "site",
        &[
            ("index.html", "x"),
            ("wasm-host.toml", "[limits]\nrequests = 1\n"),
        ],
    );
    previews.deploy(&site, &["--alias", "slow"]);
    let site = previews.site("other", &[("index.html", "y")]);
    previews.deploy(&site, &["--alias", "other"]);
    let mut client = previews.connect();
    let mut refused = 0;
    for _ in 0..50 {
        refused += usize::from(client.exchange(request("slow", "/", "")).status == 429);
        assert_eq!(client.exchange(request("other", "/", "")).status, 200);
    }
    assert!(refused > 0);
}

#[test]
fn the_operator_bounds_what_a_site_may_have() {
    let previews = Previews::start_with(&["--site-files", "3", "--site-file-size", "1"]);
    let site = previews.site("site", &[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]);
    let error = previews.fail(["deploy".as_ref(), site.as_os_str()]);
    assert!(
        error.contains("4 files in this deploy, 3 is the most"),
        "{error}"
    );
    let large = "x".repeat(1_000_001);
    let site = previews.site("site", &[("large.bin", &large)]);
    let error = previews.fail(["deploy".as_ref(), site.as_os_str()]);
    assert!(error.contains("\"large.bin\" has 1000001 bytes"), "{error}");
}

/// Uploads are `serve`'s: what is deployed stays as it is.
#[test]
fn nothing_is_uploaded_to_a_site() {
    let previews = Previews::start();
    let files = [
        ("folder/a.txt", "a"),
        ("wasm-host.toml", "listing = true\n"),
    ];
    let site = previews.site("site", &files);
    previews.deploy(&site, &["--alias", "a"]);
    assert!(!previews.text("a", "/folder/").contains("<form"));
    let put = "PUT /folder/b.txt HTTP/1.1\r\nHost: a.localhost\r\nContent-Length: 1\r\n\r\nx";
    assert_eq!(previews.connect().exchange(put).status, 501);
    let form = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"b.txt\"\r\n\r\nx\r\n--b--";
    let post = format!(
        "POST /folder/ HTTP/1.1\r\nHost: a.localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    assert_eq!(previews.connect().exchange(post).status, 501);
    assert_eq!(previews.get("a", "/folder/b.txt").status, 404);
    let text = "[settings]\nupload = true\n";
    let site = previews.site("site", &[("index.html", "x"), ("wasm-host.toml", text)]);
    previews.fail(["deploy".as_ref(), site.as_os_str(), "--alias=a".as_ref()]);
}
