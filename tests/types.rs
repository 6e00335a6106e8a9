//! What a file is said to be: its type, charset and encoding, and the options that
//! change it.

use crate::support::server::Server;
use crate::support::tree::Tree;

fn start(tree: &Tree, args: &[&str]) -> Server {
    Server::builder().directory(tree).args(args).start()
}

/// Texts in several charsets, with what they are said to be by default.
const TEXTS: &[(&str, &[u8], &str)] = &[
    (
        "old.html",
        b"<meta charset=windows-1252>caf\xe9",
        "text/html",
    ),
    (
        "new.html",
        "<meta charset=utf-8>caf\u{e9}".as_bytes(),
        "text/html",
    ),
    (
        "xhtml.xml",
        b"<?xml version='1.0' encoding='iso-8859-1'?><p>\xe9</p>",
        "text/xml",
    ),
    (
        "old.css",
        b"@charset 'iso-8859-1'; a::after { content: '\xe9' }",
        "text/css",
    ),
    ("old.js", b"alert('caf\xe9')", "text/javascript"),
    (
        "utf8.txt",
        "caf\u{e9} \u{65e5}\u{672c}".as_bytes(),
        "text/plain; charset=utf-8",
    ),
    ("ascii.txt", b"plain\n", "text/plain; charset=utf-8"),
    ("empty.md", b"", "text/markdown; charset=utf-8"),
    ("latin1.txt", b"caf\xe9", "text/plain"),
    ("shift-jis.csv", b"\x93\xfa\x96\x7b", "text/csv"),
    ("utf16.txt", b"\xff\xfec\0a\0f\0\xe9\0", "text/plain"),
    ("jis.txt", b"\x1b$BF|K\\\x1b(B", "text/plain"),
];

#[test]
fn a_charset_is_what_a_text_has() {
    let tree = Tree::simple();
    for (name, text, _) in TEXTS {
        tree.file(name, text);
    }
    // The first 64 KiB are looked at, and cut in the midst of a character.
    tree.file("long.txt", ["x", &"\u{e9}".repeat(100_000)].concat());
    tree.file("late.txt", [&b"x".repeat(100_000)[..], b"\xe9"].concat());
    let server = Server::serving(&tree);
    for (name, _, content_type) in TEXTS {
        let target = format!("/{name}");
        for fields in [&[][..], &["Range: bytes=0-1"]] {
            if name.starts_with("empty") && !fields.is_empty() {
                continue;
            }
            let found = server.get_with(&target, fields);
            assert_eq!(found.required("Content-Type"), *content_type, "{name}");
        }
        assert_eq!(
            server.head(&target).required("Content-Type"),
            *content_type,
            "{name}"
        );
    }
    let of = |target: &str| server.get(target).required("Content-Type").to_owned();
    assert_eq!(of("/long.txt"), "text/plain; charset=utf-8");
    assert_eq!(of("/late.txt"), "text/plain");
}

/// It is the text that counts, not what it was compressed to.
#[test]
fn a_charset_is_that_of_the_text_that_was_compressed() {
    let tree = Tree::empty();
    tree.file("a.txt", "caf\u{e9}")
        .file("a.txt.gz", b"\x1f\x8b\xff");
    tree.file("b.txt", b"caf\xe9").file("b.txt.gz", b"gzip");
    let server = start(&tree, &["--precompressed"]);
    for (target, content_type) in [
        ("/a.txt", "text/plain; charset=utf-8"),
        ("/b.txt", "text/plain"),
    ] {
        let response = server.get_with(target, &["Accept-Encoding: gzip"]);
        assert_eq!(response.required("Content-Encoding"), "gzip");
        assert_eq!(response.required("Content-Type"), content_type);
    }
}

#[test]
fn a_charset_for_all_texts() {
    let tree = Tree::simple();
    for (name, text, _) in TEXTS {
        tree.file(name, text);
    }
    let server = start(&tree, &["--charset", "utf-8", "--not-found", "new.html"]);
    for (name, _, content_type) in TEXTS {
        let essence = content_type.split(';').next().unwrap();
        let found = server.get(&format!("/{name}"));
        assert_eq!(
            found.required("Content-Type"),
            format!("{essence}; charset=utf-8"),
            "{name}"
        );
    }
    let missing = server.get("/missing");
    assert_eq!(
        (missing.status, missing.required("Content-Type")),
        (404, "text/html; charset=utf-8")
    );
    assert_eq!(
        server.get("/1k.bin").required("Content-Type"),
        "application/octet-stream"
    );
}

/// What a registry of container images is to its clients: `skopeo`, `podman`, `crane`.
#[test]
fn a_type_by_path() {
    let tree = Tree::simple();
    let index = "application/vnd.oci.image.index.v1+json";
    for name in [
        "v2/alpine/manifests/3.20",
        "v2/library/alpine/manifests/latest",
        "v2/alpine/manifests/page.html",
        "v2/alpine/blobs/x",
        "a b=c/d",
        "site/index.html",
    ] {
        tree.file(name, "{}");
    }
    let given = format!("v2/*/manifests/*={index}");
    let server = start(
        &tree,
        &[
            "--content-type",
            &given,
            "--content-type",
            "/a b=c/*=text/x-own; charset=x",
            "--content-type",
            "site/*=application/xhtml+xml",
            "--content-type",
            "text/x-default",
            "--content-type",
            "v2/*=text/x-later",
        ],
    );
    for (target, content_type) in [
        ("/v2/alpine/manifests/3.20", index),
        ("/v2/library/alpine/manifests/latest", index),
        ("/v2/library%2falpine/manifests/latest", index),
        ("/v2/x/../alpine//manifests/3.20", index),
        ("/v2/alpine/manifests/page.html", index),
        ("/v2/alpine/blobs/x", "text/x-later"),
        ("/a%20b=c/d", "text/x-own; charset=x"),
        ("/site/", "application/xhtml+xml"),
        ("/page.html", "text/html"),
    ] {
        for method in ["GET", "HEAD"] {
            let response = server.request(method, target, &[]);
            assert_eq!(
                response.required("Content-Type"),
                content_type,
                "{method} {target}"
            );
        }
    }
    tree.file("unknown", "x");
    assert_eq!(
        server.get("/unknown").required("Content-Type"),
        "text/x-default"
    );
    assert_eq!(server.get("/missing").status, 404);
}

#[test]
fn the_default_stays_where_only_patterns_are_given() {
    let tree = Tree::simple();
    tree.file("unknown", "x");
    let server = start(&tree, &["--content-type", "*.foo=text/plain"]);
    assert_eq!(
        server.get("/unknown").required("Content-Type"),
        "application/octet-stream"
    );
}

/// As the loader of a game or a crawler asks for them, whatever it says it accepts.
#[test]
fn compressed_names_have_the_encoding_and_type_of_what_they_hold() {
    let tree = Tree::simple();
    let gzip = b"\x1f\x8b\x08rest";
    for name in [
        "x.js.gz",
        "x.wasm.gz",
        "x.data.gz",
        "sitemap.xml.gz",
        "X.JS.GZ",
        "x.framework.js.unityweb",
    ] {
        tree.file(format!("Build/{name}"), gzip);
    }
    for name in [
        "x.wasm.br",
        "x.symbols.json.br",
        "y.wasm.unityweb",
        "x.css.zst",
    ] {
        tree.file(format!("Build/{name}"), b"\x0bother");
    }
    for name in ["a.tar.gz", "A.TAR.ZST", ".gz", "plain.txt"] {
        tree.file(format!("Build/{name}"), gzip);
    }
    let server = start(&tree, &["--compressed-names"]);
    for (name, content_type, encoding) in [
        ("x.js.gz", "text/javascript", Some("gzip")),
        ("X.JS.GZ", "text/javascript", Some("gzip")),
        ("x.wasm.gz", "application/wasm", Some("gzip")),
        ("x.data.gz", "application/octet-stream", Some("gzip")),
        ("sitemap.xml.gz", "text/xml", Some("gzip")),
        ("x.framework.js.unityweb", "text/javascript", Some("gzip")),
        ("y.wasm.unityweb", "application/wasm", Some("br")),
        ("x.wasm.br", "application/wasm", Some("br")),
        ("x.symbols.json.br", "application/json", Some("br")),
        ("x.css.zst", "text/css", Some("zstd")),
        ("a.tar.gz", "application/gzip", None),
        (".gz", "application/octet-stream", None),
        ("plain.txt", "text/plain", None),
    ] {
        let target = format!("/Build/{name}");
        for fields in [
            &[][..],
            &["Accept-Encoding: identity"],
            &["Accept-Encoding: gzip, br"],
        ] {
            let response = server.get_with(&target, fields);
            assert_eq!(response.status, 200, "{name}");
            assert_eq!(
                response.field("Content-Encoding"),
                encoding,
                "{name} {fields:?}"
            );
            assert_eq!(response.required("Content-Type"), content_type, "{name}");
            assert_eq!(
                response.body,
                std::fs::read(tree.path(&target[1..])).unwrap()
            );
        }
        let part = server.get_with(&target, &["Range: bytes=1-2"]);
        assert_eq!(
            (part.status, part.field("Content-Encoding")),
            (206, encoding),
            "{name}"
        );
        let head = server.head(&target);
        assert_eq!(head.field("Content-Encoding"), encoding, "{name}");
    }
    assert_eq!(
        server.get("/Build/A.TAR.ZST").field("Content-Encoding"),
        None
    );
}

#[test]
fn a_compressed_drawing_is_always_one() {
    let tree = Tree::simple();
    tree.file("a.svgz", b"\x1f\x8b\x08")
        .file("B.SVGZ", b"\x1f\x8b\x08")
        .file("x.js.gz", "x");
    for args in [&[][..], &["--compressed-names"], &["--precompressed"]] {
        let server = start(&tree, args);
        for target in ["/a.svgz", "/B.SVGZ"] {
            let response = server.get(target);
            assert_eq!(response.required("Content-Encoding"), "gzip", "{args:?}");
            assert_eq!(response.required("Content-Type"), "image/svg+xml");
        }
    }
    let plain = Server::serving(&tree).get("/x.js.gz");
    assert_eq!(plain.field("Content-Encoding"), None);
    assert_eq!(plain.required("Content-Type"), "application/gzip");
}
