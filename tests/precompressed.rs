//! `--precompressed`: which of `x`, `x.br`, `x.zst` and `x.gz` is sent for `x`.

use crate::support::server::Server;
use crate::support::tree::Tree;

/// The contents only tell which file was chosen; a server doesn't look inside.
fn tree() -> Tree {
    let tree = Tree::empty();
    tree.file("app.js", "plain app")
        .file("app.js.br", "br")
        .file("app.js.zst", "zst");
    tree.file("app.js.gz", "gzip");
    tree.file("only-gzip.css", "plain css")
        .file("only-gzip.css.gz", "gzip");
    tree.file("plain.txt", "plain text");
    tree.file("with-index/index.html", "plain index")
        .file("with-index/index.html.br", "br");
    tree
}

fn start() -> (Tree, Server) {
    let tree = tree();
    let server = Server::builder()
        .directory(&tree)
        .args(["--precompressed"])
        .start();
    (tree, server)
}

#[test]
fn the_encoding_is_one_that_the_client_accepts() {
    let (_tree, server) = start();
    let cases: &[(&str, &str, Option<&str>)] = &[
        ("/app.js", "Accept-Encoding: gzip", Some("gzip")),
        ("/app.js", "Accept-Encoding: GZIP", Some("gzip")),
        ("/app.js", "Accept-Encoding: x-gzip, gzip", Some("gzip")),
        ("/app.js", "Accept-Encoding: br", Some("br")),
        ("/app.js", "Accept-Encoding: zstd", Some("zstd")),
        (
            "/app.js",
            "Accept-Encoding: gzip, deflate, br, zstd",
            Some("br"),
        ),
        ("/app.js", "Accept-Encoding: br;q=0, gzip", Some("gzip")),
        (
            "/app.js",
            "Accept-Encoding: br;q=0.1, gzip;q=0.9",
            Some("gzip"),
        ),
        ("/app.js", "Accept-Encoding: gzip;q=0", None),
        ("/app.js", "Accept-Encoding: gzip;q=0.000", None),
        ("/app.js", "Accept-Encoding: identity", None),
        ("/app.js", "Accept-Encoding: deflate", None),
        ("/app.js", "Accept-Encoding: brotli", None),
        ("/app.js", "Accept-Encoding:", None),
        ("/app.js", "X-None: 1", None),
        ("/only-gzip.css", "Accept-Encoding: br, gzip", Some("gzip")),
        ("/only-gzip.css", "Accept-Encoding: br", None),
        ("/plain.txt", "Accept-Encoding: br, gzip", None),
        ("/with-index/", "Accept-Encoding: br", Some("br")),
    ];
    for &(target, field, encoding) in cases {
        let response = server.get_with(target, &[field]);
        assert_eq!(response.status, 200, "{target} {field}");
        assert_eq!(
            response.field("Content-Encoding"),
            encoding,
            "{target} {field}"
        );
        let body = response.text();
        match encoding {
            Some("zstd") => assert_eq!(body, "zst", "{target} {field}"),
            Some(encoding) => assert_eq!(body, encoding, "{target} {field}"),
            None => assert!(body.starts_with("plain"), "{target} {field}: {body}"),
        }
        assert_eq!(response.required("Content-Length"), body.len().to_string());
    }
}

#[test]
fn type_is_that_of_the_original_and_caches_are_told() {
    let (_tree, server) = start();
    for field in ["Accept-Encoding: gzip", "Accept-Encoding: identity"] {
        let response = server.get_with("/app.js", &[field]);
        assert_eq!(response.media_type(), "text/javascript", "{field}");
        assert!(
            response.lists("Vary", "Accept-Encoding"),
            "{field}: {:?}",
            response.fields
        );
    }
}

#[test]
fn every_encoding_has_its_own_etag() {
    let (_tree, server) = start();
    let mut etags: Vec<String> = ["br", "gzip", "zstd", "identity"]
        .iter()
        .map(|encoding| server.get_with("/app.js", &[&format!("Accept-Encoding: {encoding}")]))
        .map(|response| response.required("ETag").to_owned())
        .collect();
    let unchanged = format!("If-None-Match: {}", etags[0]);
    assert_eq!(
        server
            .get_with("/app.js", &["Accept-Encoding: br", &unchanged])
            .status,
        304
    );
    assert_eq!(
        server
            .get_with("/app.js", &["Accept-Encoding: gzip", &unchanged])
            .status,
        200
    );
    etags.sort();
    etags.dedup();
    assert_eq!(etags.len(), 4, "{etags:?}");
}

#[test]
fn a_compressed_file_by_its_own_name_is_just_a_file() {
    let (_tree, server) = start();
    let response = server.get_with("/app.js.gz", &["Accept-Encoding: gzip"]);
    assert_eq!((response.status, response.text().as_str()), (200, "gzip"));
    assert_eq!(response.field("Content-Encoding"), None);
    assert_eq!(response.media_type(), "application/gzip");
}

#[test]
fn nothing_is_encoded_without_the_flag() {
    let tree = tree();
    let server = Server::serving(&tree);
    let response = server.get_with("/app.js", &["Accept-Encoding: br, gzip"]);
    assert_eq!(
        (response.field("Content-Encoding"), response.text().as_str()),
        (None, "plain app")
    );
}

/// A build that keeps only the small one of the two.
#[test]
fn what_is_only_there_compressed_is_found() {
    let tree = tree();
    tree.file("only.js.gz", "gzip")
        .file("only.js.br", "br")
        .file("site/index.html.gz", "index");
    tree.file("text.txt.gz", "text")
        .file("folder/x.gz", "x")
        .symlink("out.js.gz", "../outside/secret.txt");
    let server = Server::builder()
        .directory(&tree)
        .args(["--precompressed"])
        .start();
    for (target, accepted, status, body) in [
        ("/only.js", "gzip", 200, "gzip"),
        ("/only.js", "gzip, br", 200, "br"),
        ("/only.js", "identity, gzip;q=0.5", 200, "gzip"),
        ("/site/", "gzip", 200, "index"),
        ("/site/index.html", "gzip", 200, "index"),
        ("/text.txt", "gzip", 200, "text"),
        ("/only.js/", "gzip", 404, ""),
        ("/folder/", "identity", 200, ""),
        ("/out.js", "gzip", 404, ""),
        ("/only.j", "gzip", 404, ""),
    ] {
        let field = format!("Accept-Encoding: {accepted}");
        let response = server.get_with(target, &[&field]);
        assert_eq!(response.status, status, "{target} {accepted}");
        if !body.is_empty() {
            assert_eq!(response.text(), body, "{target} {accepted}");
            assert!(response.lists("Vary", "Accept-Encoding"));
            assert!(response.field("Content-Encoding").is_some());
            // What was compressed isn't there to be looked at.
            assert!(!response.required("Content-Type").contains("charset"));
        }
    }
    for target in ["/only.js", "/site/", "/text.txt"] {
        for field in [
            "X: y",
            "Accept-Encoding: identity",
            "Accept-Encoding: zstd",
            "Accept-Encoding: gzip;q=0, br;q=0",
        ] {
            let refused = server.get_with(target, &[field]);
            assert_eq!(refused.status, 406, "{target} {field}");
            assert!(refused.text().contains("Accept-Encoding"));
        }
    }
    let known = server.get_with("/only.js", &["Accept-Encoding: gzip"]);
    let tag = format!("If-None-Match: {}", known.required("ETag"));
    assert_eq!(
        server
            .get_with("/only.js", &["Accept-Encoding: gzip", &tag])
            .status,
        304
    );
    let part = server.get_with("/only.js", &["Accept-Encoding: gzip", "Range: bytes=1-2"]);
    assert_eq!((part.status, part.text().as_str()), (206, "zi"));
    let without = Server::serving(&tree);
    assert_eq!(
        without
            .get_with("/only.js", &["Accept-Encoding: gzip"])
            .status,
        404
    );
}

/// Builds that keep the compressed files only have their pages so, too.
#[test]
fn pages_in_place_of_what_is_missing_may_be_there_compressed_only() {
    let tree = Tree::empty();
    tree.file("index.html.br", "br").file("404.html.gz", "gzip");
    let serve = |args: &[&str]| {
        let args = [&["--precompressed"], args].concat();
        Server::builder().directory(&tree).args(args).start()
    };
    let server = serve(&["--spa"]);
    let page = server.get_with("/route", &["Accept-Encoding: br"]);
    assert_eq!((page.status, page.text().as_str()), (200, "br"));
    assert_eq!(page.required("Content-Encoding"), "br");
    assert!(page.required("Content-Type").starts_with("text/html"));
    assert!(page.lists("Vary", "Accept-Encoding") && page.lists("Vary", "Sec-Fetch-Dest"));
    let refused = server.get_with("/route", &["Accept-Encoding: identity"]);
    assert_eq!(refused.status, 406);
    let script = ["Accept-Encoding: br", "Sec-Fetch-Dest: script"];
    assert_eq!(server.get_with("/gone.js", &script).status, 404);
    // There is a page, so that nobody is warned.
    let warned = |line: &String| line.contains("has no effect");
    assert!(!server.log_lines().iter().any(warned));

    let server = serve(&["--not-found", "404.html"]);
    let page = server.get_with("/gone", &["Accept-Encoding: gzip"]);
    assert_eq!((page.status, page.text().as_str()), (404, "gzip"));
    assert_eq!(page.required("Content-Encoding"), "gzip");
    // Who doesn't take it is told that there is nothing, all the same.
    let plain = server.get_with("/gone", &["Accept-Encoding: br"]);
    assert_eq!(plain.status, 404);
    assert!(plain.text().contains("File not found"));
    assert!(!server.log_lines().iter().any(warned));
}
