//! What each flag changes in the responses.

use crate::support::server::Server;
use crate::support::tree::{SECRET, Tree};

fn start(tree: &Tree, args: &[&str]) -> Server {
    Server::builder().directory(tree).args(args).start()
}

#[test]
fn extra_headers_are_on_every_response() {
    let tree = Tree::simple();
    let args = [
        "--header",
        "X-One: 1",
        "--header",
        "X-Two:two words",
        "--header",
        "X-One: again",
    ];
    let server = start(&tree, &args);
    for (target, status) in [
        ("/hello.txt", 200),
        ("/", 200),
        ("/missing", 404),
        ("/dir", 301),
    ] {
        let response = server.get(target);
        assert_eq!(response.status, status, "{target}");
        assert_eq!(response.values("X-One"), ["1", "again"], "{target}");
        assert_eq!(response.required("X-Two"), "two words", "{target}");
    }
    let etag = server.get("/hello.txt").required("ETag").to_owned();
    let unchanged = server.get_with("/hello.txt", &[&format!("If-None-Match: {etag}")]);
    assert_eq!(
        (unchanged.status, unchanged.required("X-Two")),
        (304, "two words")
    );
}

#[test]
fn index_pages_are_tried_in_order() {
    let tree = Tree::simple();
    tree.file("both/home.html", "home")
        .file("both/start.htm", "start");
    tree.file("one/start.htm", "start").directory("neither");
    let server = start(&tree, &["--index", "home.html", "--index", "start.htm"]);
    assert_eq!(server.get("/both/").text(), "home");
    assert_eq!(server.get("/one/").text(), "start");
    let listing = server.get("/neither/");
    assert_eq!(
        (listing.status, listing.media_type().as_str()),
        (200, "text/html")
    );
}

#[test]
fn no_listing_hides_names_but_not_files_or_index_pages() {
    let tree = Tree::simple();
    let server = start(&tree, &["--no-listing"]);
    for fields in [&[][..], &["Accept: application/json"]] {
        let response = server.get_with("/dir/", fields);
        assert!(matches!(response.status, 403 | 404), "{}", response.status);
        assert!(!response.text().contains("nested.txt"));
    }
    assert_eq!(server.get("/dir/nested.txt").status, 200);
    assert_eq!(server.get("/with-index/").text(), "<h1>index</h1>\n");
}

#[test]
fn cors_lets_any_origin_read() {
    let tree = Tree::simple();
    let server = start(&tree, &["--cors"]);
    for target in ["/hello.txt", "/", "/missing", "/dir"] {
        let response = server.get_with(target, &["Origin: http://elsewhere"]);
        assert_eq!(
            response.required("Access-Control-Allow-Origin"),
            "*",
            "{target}"
        );
    }
    let preflight = [
        "Origin: http://elsewhere",
        "Access-Control-Request-Method: GET",
        "Access-Control-Request-Headers: range, x-mine",
    ];
    let response = server.request("OPTIONS", "/hello.txt", &preflight);
    assert_eq!(response.status, 204);
    assert_eq!(response.required("Access-Control-Allow-Origin"), "*");
    assert!(
        response.lists("Access-Control-Allow-Methods", "GET"),
        "{:?}",
        response.fields
    );
    let headers = response
        .required("Access-Control-Allow-Headers")
        .to_ascii_lowercase();
    assert!(headers == "*" || headers.contains("range"), "{headers}");
}

/// PDF.js asks for a part by script: the browser asks first, and then shows the
/// script only what is exposed.
#[test]
fn cors_exposes_what_a_reader_of_parts_needs() {
    let tree = Tree::simple();
    tree.file("404.html", "lost");
    let args = [
        "--cors",
        "--header",
        "X-Build: 7",
        "--precompressed",
        "--not-found",
        "404.html",
    ];
    let server = start(&tree, &args);
    let origin = "Origin: http://elsewhere";
    for (target, fields, status) in [
        ("/1k.bin", &[origin][..], 200),
        ("/1k.bin", &[origin, "Range: bytes=0-9"], 206),
        ("/1k.bin", &[origin, "Range: bytes=0-1,5-6"], 206),
        ("/1k.bin", &[origin, "Range: bytes=9999-"], 416),
        ("/1k.bin", &[origin, "If-None-Match: *"], 304),
        ("/1k.bin", &[origin, "If-Match: \"x\""], 412),
        ("/", &[origin], 200),
        ("/dir", &[origin], 301),
        ("/missing", &[origin], 404),
    ] {
        let response = server.get_with(target, fields);
        assert_eq!(response.status, status, "{target} {fields:?}");
        assert_eq!(response.required("Access-Control-Allow-Origin"), "*");
        let safelisted = [
            "cache-control",
            "content-language",
            "content-type",
            "expires",
            "last-modified",
            "pragma",
            "connection",
            "access-control-allow-origin",
            "access-control-expose-headers",
        ];
        for (name, _) in &response.fields {
            let name = name.to_ascii_lowercase();
            assert!(
                safelisted.contains(&name.as_str())
                    || response.lists("Access-Control-Expose-Headers", &name),
                "{name} of {status} isn't exposed"
            );
        }
    }
    for method in ["GET", "HEAD"] {
        let asked = format!("Access-Control-Request-Method: {method}");
        for target in ["/1k.bin", "/missing", "/dir", "*"] {
            let fields = [
                origin,
                &asked,
                "Access-Control-Request-Headers: range,if-range",
            ];
            let preflight = server.request("OPTIONS", target, &fields);
            assert_eq!(preflight.status, 204, "{target}");
            assert!(preflight.lists("Access-Control-Allow-Methods", method));
            for field in ["range", "if-range"] {
                assert!(preflight.lists("Access-Control-Allow-Headers", field));
            }
            assert!(preflight.field("Access-Control-Max-Age").is_some());
        }
    }
    // What is served isn't changed by script.
    let asked = [origin, "Access-Control-Request-Method: PUT"];
    let preflight = server.request("OPTIONS", "/1k.bin", &asked);
    assert!(!preflight.lists("Access-Control-Allow-Methods", "PUT"));
}

#[test]
fn no_cors_without_the_flag() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    let asked = [
        "Origin: http://elsewhere",
        "Access-Control-Request-Method: GET",
    ];
    for response in [
        server.get_with("/hello.txt", &asked),
        server.request("OPTIONS", "/hello.txt", &asked),
    ] {
        let names = response
            .fields
            .iter()
            .map(|(name, _)| name.to_ascii_lowercase());
        assert_eq!(
            names
                .filter(|name| name.starts_with("access-control-"))
                .count(),
            0
        );
    }
}

#[test]
fn spa_answers_unknown_paths_with_the_index_page() {
    let tree = Tree::simple();
    tree.file("index.html", "<title>app</title>");
    let server = start(&tree, &["--spa"]);
    for target in ["/", "/route", "/deep/er/route?x=1", "/user/42"] {
        let response = server.get(target);
        assert_eq!(
            (response.status, response.text().as_str()),
            (200, "<title>app</title>"),
            "{target}"
        );
        assert_eq!(response.media_type(), "text/html", "{target}");
    }
    assert_eq!(server.get("/hello.txt").text(), "hello, world\n");
    assert_eq!(server.head("/route").required("Content-Length"), "18");
    assert_eq!(
        server
            .request("POST", "/route", &["Content-Length: 0"])
            .status,
        501
    );
}

/// A script that is gone after a deployment would else be HTML that a browser tries
/// to run, and a cache may keep it.
#[test]
fn spa_pages_are_for_those_who_go_to_a_page() {
    let tree = Tree::simple();
    tree.file("index.html", "<title>app</title>");
    let server = start(&tree, &["--spa"]);
    let html = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let cases: &[(&str, &[&str], u16)] = &[
        ("/users/jane.doe", &["Sec-Fetch-Dest: document", html], 200),
        ("/users/jane.doe", &[html], 200),
        ("/users/jane.doe", &["Accept: */*"], 200),
        ("/users/jane.doe", &[], 200),
        ("/route", &["Sec-Fetch-Dest: iframe"], 200),
        ("/route", &["Accept: */*"], 200),
        ("/route", &["Sec-Fetch-Dest: empty", "Accept: */*"], 404),
        ("/route", &["Sec-Fetch-Dest: script", html], 404),
        ("/route", &["Accept: application/json"], 404),
        ("/route", &["Accept: text/html;q=0, */*"], 404),
        ("/logo", &["Accept: image/avif,image/webp,*/*;q=0.8"], 404),
        (
            "/assets/gone.js",
            &["Sec-Fetch-Dest: script", "Accept: */*"],
            404,
        ),
        ("/assets/gone.js", &["Accept: */*"], 404),
        ("/assets/gone.js", &[], 404),
        ("/assets/gone.css", &["Accept: text/css,*/*;q=0.1"], 404),
        ("/assets/gone.woff2", &[], 404),
        ("/api/data.json", &["Accept: */*"], 404),
        // A person who typed it gets the application, which can say so.
        ("/assets/gone.js", &["Sec-Fetch-Dest: document", html], 200),
        ("/assets/", &[html], 200),
    ];
    for &(target, fields, status) in cases {
        for method in ["GET", "HEAD"] {
            let response = server.request(method, target, fields);
            assert_eq!(response.status, status, "{method} {target} {fields:?}");
        }
        let response = server.get_with(target, fields);
        assert_eq!(
            response.text().contains("<title>app"),
            status == 200,
            "{target}"
        );
        if status == 200 {
            assert!(response.lists("Vary", "Sec-Fetch-Dest") && response.lists("Vary", "Accept"));
        }
    }
    assert_eq!(server.get("/").field("Vary"), None);
}

#[test]
fn not_found_page_is_sent_with_404() {
    let tree = Tree::simple();
    tree.file("errors/404.html", "<title>lost</title>");
    let server = start(&tree, &["--not-found", "errors/404.html"]);
    let response = server.get("/missing");
    assert_eq!(
        (response.status, response.text().as_str()),
        (404, "<title>lost</title>")
    );
    assert_eq!(response.media_type(), "text/html");
    // The page is no file that was asked for: neither parts of it nor 304.
    let fields = ["Range: bytes=0-3", "If-None-Match: *"];
    assert_eq!(server.get_with("/missing", &fields).status, 404);
    assert_eq!(server.head("/missing").required("Content-Length"), "19");
    assert_eq!(server.get("/hello.txt").status, 200);
}

/// A cache may keep a 404.
#[test]
fn not_found_page_says_what_it_was_chosen_by() {
    let tree = Tree::simple();
    tree.file("404.html", "lost").file("404.html.gz", "gzip");
    let server = start(&tree, &["--not-found", "404.html", "--precompressed"]);
    for (accepted, body) in [("gzip", "gzip"), ("identity", "lost")] {
        let field = format!("Accept-Encoding: {accepted}");
        let response = server.get_with("/missing", &[&field]);
        assert_eq!((response.status, response.text().as_str()), (404, body));
        assert_eq!(response.required("Vary"), "Accept-Encoding");
    }
}

#[test]
fn content_type_is_for_unknown_suffixes_only() {
    let tree = Tree::simple();
    tree.file("README", "read me")
        .file("data.unknown-suffix", "data");
    let server = start(&tree, &["--content-type", "text/plain"]);
    for target in ["/README", "/data.unknown-suffix"] {
        assert_eq!(server.get(target).media_type(), "text/plain", "{target}");
    }
    assert_eq!(server.get("/page.html").media_type(), "text/html");
}

fn tree_with_dotfiles() -> Tree {
    let tree = Tree::simple();
    for name in [
        ".hidden",
        ".git/config",
        "dir/.env",
        ".well-known/security.txt",
    ] {
        tree.file(name, name);
    }
    tree
}

#[test]
fn no_hidden_makes_dotfiles_404_and_unlisted() {
    let tree = tree_with_dotfiles();
    let server = start(&tree, &["--no-hidden"]);
    let hidden = [
        "/.hidden",
        "/%2ehidden",
        "/.git/",
        "/.git",
        "/.git/config",
        "/dir/.env",
        "/dir/../.hidden",
    ];
    for target in hidden {
        let response = server.get(target);
        assert_eq!(response.status, 404, "{target}");
        assert!(!response.text().contains("config"), "{target}");
    }
    assert_eq!(
        server.get("/.well-known/security.txt").text(),
        ".well-known/security.txt"
    );
    for fields in [&[][..], &["Accept: application/json"]] {
        let listing = server.get_with("/", fields).text();
        assert!(
            listing.contains("hello.txt") && !listing.contains(".hidden"),
            "{listing}"
        );
        assert!(!listing.contains(".git"), "{listing}");
    }
}

#[test]
fn dotfiles_are_served_by_default_as_http_server_does() {
    let tree = tree_with_dotfiles();
    let server = Server::serving(&tree);
    assert_eq!(server.get("/.hidden").text(), ".hidden");
    assert!(server.get("/").text().contains(".hidden"));
}

#[test]
fn flags_do_not_open_the_root() {
    let tree = Tree::simple();
    tree.symlink("index.html", "../outside/secret.txt");
    tree.symlink("lost.html", "../outside/secret.txt");
    tree.symlink("hello.txt.gz", "../outside/secret.txt");
    for flags in [&["--spa"][..], &["--not-found", "lost.html"]] {
        let server = start(&tree, &[flags, &["--precompressed"]].concat());
        for target in ["/", "/route", "/missing.txt", "/hello.txt"] {
            let response = server.get_with(target, &["Accept-Encoding: gzip"]);
            assert!(response.status < 500, "{target}: {}", response.status);
            assert!(!response.text().contains(SECRET), "{target}");
        }
    }
}

/// It may come later, so that is no error.
#[test]
fn a_page_that_is_not_there_yet_is_said_at_the_start() {
    let tree = Tree::empty();
    for (args, said) in [
        (&["--spa"][..], "there is no index.html in "),
        (
            &["--not-found", "lost.html"],
            "there is no \"lost.html\" in ",
        ),
    ] {
        let server = start(&tree, args);
        server.wait_for_log(|line| line.contains(said));
    }
    tree.file("index.html", "app").file("lost.html", "lost");
    for args in [&["--spa"][..], &["--not-found", "lost.html"]] {
        let server = start(&tree, args);
        assert_eq!(server.get("/index.html").status, 200);
        server.wait_for_log(|line| line.contains("GET /index.html"));
        let log = server.log_lines().concat();
        assert!(!log.contains("there is no"), "{log}");
    }
}
