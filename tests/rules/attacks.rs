//! What rules, clients and both together can't do: the attacks are real.

use crate::support::server::Server;
use crate::support::tree::{SECRET, Tree};
use std::os::unix::fs::{PermissionsExt, symlink};

const DIALECTS: [&str; 2] = ["netlify", "cloudflare"];

fn serve(tree: &Tree, dialect: &str, args: &[&str]) -> Server {
    let rules = ["--rules", dialect];
    Server::builder()
        .directory(tree)
        .args(rules)
        .args(args)
        .start()
}

/// A splat has what a visitor sends.
#[test]
fn a_redirect_leads_to_no_host_that_a_visitor_chose() {
    for dialect in DIALECTS {
        let tree = Tree::simple();
        tree.file("_redirects", "/go/* /:splat 302\n/to/:x /:x/y 302\n");
        let server = serve(&tree, dialect, &[]);
        for hostile in [
            "/go//evil.example",
            "/go///evil.example",
            "/go/\\evil.example",
            "/go/\\\\evil.example",
            "/go/%5Cevil.example",
            "/go/%2F%2Fevil.example",
            "/go/.//evil.example",
            "/go/x/..//evil.example",
            "/go/%09/evil.example",
            "/to/%2Fevil.example",
            "/to/\\evil.example",
            "http://localhost/go//evil.example",
        ] {
            let response = server.get(hostile);
            // What browsers do with a location: a backslash is a slash to them, and a tab
            // is nothing.
            let location = response.field("Location").unwrap_or("/");
            let location = location.replace('\\', "/").replace('\t', "");
            assert!(location.starts_with('/'), "{dialect} {hostile}: {location}");
            assert!(
                !location.starts_with("//"),
                "{dialect} {hostile}: {location}"
            );
        }
        assert_eq!(server.get("/hello.txt").status, 200);
    }
}

#[test]
fn a_capture_ends_no_field() {
    for dialect in DIALECTS {
        let tree = Tree::simple();
        tree.file("_redirects", "/go/* /to/:splat 302\n");
        tree.file("_headers", "/*\n  X-All: yes\n");
        if dialect == "cloudflare" {
            tree.file("_headers", "/go/*\n  X-Went: :splat\n");
        }
        let server = serve(&tree, dialect, &[]);
        for hostile in [
            "/go/a%0d%0aX-Evil:%20yes",
            "/go/a%0D%0A%0D%0Aevil",
            "/go/a?b%0d%0aX-Evil:%20yes",
            "/go/\u{e9}\u{8d}\u{8a}X-Evil:yes",
        ] {
            // It is parsed strictly, so that a second head would be seen.
            let response = server.get(hostile);
            assert!(
                response.fields.iter().all(|(name, _)| name != "X-Evil"),
                "{hostile}"
            );
        }
        // Nor does a bare carriage return in what is sent.
        let response = server.exchange("GET /go/a\rX-Evil:yes HTTP/1.1\r\nHost: h\r\n\r\n");
        assert!(response.fields.iter().all(|(name, _)| name != "X-Evil"));
    }
}

#[test]
fn a_rewrite_leaves_no_root() {
    for dialect in DIALECTS {
        let tree = Tree::simple();
        let outside = Tree::empty();
        outside.file("secret.txt", SECRET);
        symlink(
            outside.as_ref().join("secret.txt"),
            tree.as_ref().join("link.txt"),
        )
        .unwrap();
        let secret = outside.as_ref().join("secret.txt");
        let above = format!("/up/..%2f..%2f..%2f..{}", secret.display());
        let dots = format!("/up/../../../..{}", secret.display());
        let encoded = format!("/up/%2e%2e/%2e%2e/%2e%2e{}", secret.display());
        let backslashes = format!("/up/..%5c..%5c..{}", secret.display());
        tree.file(
            "_redirects",
            "/linked /link.txt 200\n/up/* /dir/:splat 200\n/out /../../../../etc/passwd 200\n",
        );
        let server = serve(&tree, dialect, &[]);
        for hostile in [&above, &dots, &encoded, &backslashes, "/linked", "/out"] {
            let response = server.get(hostile);
            assert!(!response.text().contains(SECRET), "{dialect} {hostile}");
            assert_eq!(response.status, 404, "{dialect} {hostile}");
        }
    }
}

/// Neither asked for, nor as what a rule leads to, nor in a listing.
#[test]
fn what_rules_are_made_of_is_not_served() {
    let sources = ["_redirects", "_headers", "wasm-host.toml"];
    for dialect in DIALECTS {
        let tree = Tree::simple();
        tree.file(
            "_redirects",
            "/show/* /:splat 200\n/x /_redirects 200\n# SECRET\n",
        );
        tree.file("_headers", "# SECRET\n/*\n  X-A: b\n");
        tree.file("wasm-host.toml", "# SECRET\n");
        tree.file("sub/_redirects", "not at the root");
        tree.file("_redirects.gz", "SECRET")
            .file("_headers.br", "SECRET");
        tree.file("_redirects.txt/file", "beneath another name");
        let server = serve(&tree, dialect, &["--precompressed"]);
        for source in sources {
            for spelling in [
                format!("/{source}"),
                format!("/{}", source.replace('_', "%5F").replace('-', "%2d")),
                format!("//{source}"),
                format!("/dir/../{source}"),
                format!("/dir/..%2f{source}"),
                format!("/show/{source}"),
                format!("/show//{source}"),
                format!("/show/%2F{source}"),
                format!("/{}", source.to_uppercase()),
            ] {
                let response = server.get(&spelling);
                assert_eq!(response.status, 404, "{dialect} {spelling}");
                assert!(!response.text().contains("SECRET"), "{dialect} {spelling}");
            }
        }
        for spelling in [
            "/x",
            "/_redirects.gz",
            "/_headers.br",
            "/%5fheaders%2ebr",
            "/show/_redirects.gz",
        ] {
            let response = server.get_with(spelling, &["Accept-Encoding: gzip, br"]);
            assert_eq!(response.status, 404, "{dialect} {spelling}");
        }
        let beneath = server.get("/_redirects.txt/file");
        assert_eq!(beneath.text(), "beneath another name");
        assert_eq!(server.get("/sub/_redirects").text(), "not at the root");
        let listing = server.get("/").text();
        assert!(listing.contains("hello.txt"), "{listing}");
        assert!(
            !listing.contains("_redirects") && !listing.contains("wasm-host.toml"),
            "{listing}"
        );
    }
    let tree = Tree::simple();
    tree.file("_redirects", "a file like others");
    let plain = Server::serving(&tree);
    assert_eq!(plain.get("/_redirects").text(), "a file like others");
}

/// A script's source may hold passwords. The host opens none of it as a file, whoever asks.
#[test]
fn no_rule_shows_the_source_of_a_script() {
    for dialect in DIALECTS {
        let tree = Tree::simple();
        let script = "#!/bin/sh\n# SECRET\nprintf 'Content-Type: text/plain\\n\\nran'\n";
        tree.file("cgi-bin/script", script);
        let path = tree.as_ref().join("cgi-bin/script");
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
        let force = if dialect == "netlify" { "!" } else { "" };
        let rules = format!(
            "/a /cgi-bin/script 200\n/b /cgi-bin/script 200{force}\n/c /x/../cgi%2Dbin/script 200\n/d/* /cgi-bin/:splat 200\n"
        );
        tree.file("_redirects", rules);
        tree.file("_headers", "/*\n  X-All: yes\n");
        let server = serve(&tree, dialect, &["--cgi"]);
        for target in [
            "/a",
            "/b",
            "/c",
            "/d/script",
            "/d//script",
            "/d/./script",
            "/d/%73cript",
        ] {
            let response = server.get(target);
            assert!(!response.text().contains("SECRET"), "{dialect} {target}");
        }
        let run = server.get("/cgi-bin/script");
        assert_eq!((run.status, run.text().as_str()), (200, "ran"));
        assert_eq!(run.field("X-All"), None, "scripts answer for themselves");
    }
}

/// One request's rules are no other's: on one connection, and after one that is refused.
#[test]
fn fields_stay_with_their_request() {
    let tree = Tree::simple();
    tree.file("_headers", "/hello.txt\n  X-Hello: yes\n");
    let server = serve(&tree, "netlify", &[]);
    let mut client = server.connect();
    for (request, expected) in [
        ("GET /hello.txt HTTP/1.1\r\nHost: h\r\n\r\n", Some("yes")),
        ("GET /dir/ HTTP/1.1\r\nHost: h\r\n\r\n", None),
        ("GET /hello.txt HTTP/1.1\r\nHost: h\r\n\r\n", Some("yes")),
        ("OPTIONS /hello.txt HTTP/1.1\r\nHost: h\r\n\r\n", None),
        ("GET /hello.txt HTTP/1.1\r\n\r\n", None),
    ] {
        client.send(request);
        let response = client.response();
        assert_eq!(response.field("X-Hello"), expected, "{request}");
    }
}

/// Nobody learns of a site's rules before they have logged in.
#[test]
fn rules_come_after_the_login() {
    let tree = Tree::simple();
    tree.file("_redirects", "/a /b 302!\n")
        .file("_headers", "/*\n  X-All: yes\n");
    // The password is "secret".
    let user = "ada:$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC";
    let server = serve(&tree, "netlify", &["--auth", user]);
    for target in ["/a", "/hello.txt", "/missing"] {
        let response = server.get(target);
        assert_eq!(response.status, 401, "{target}");
        assert_eq!(
            (response.field("X-All"), response.field("Location")),
            (None, None)
        );
    }
}
