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
        "/%2f.hidden",
        "/.git%2fconfig",
        "/dir%2f.env",
        "/dir%2F%2Eenv",
        "/dir%2f/.env",
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
            listing.contains("hello.txt")
                && !listing.contains(">.hidden")
                && !listing.contains("\".hidden"),
            "{listing}"
        );
        assert!(!listing.contains(".git"), "{listing}");
        // What is served is listed, too.
        assert!(listing.contains(".well-known"), "{listing}");
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

/// Whether it is a 404 depends on who asks: a cache is told, of the application's page
/// as of its absence.
#[test]
fn a_404_beside_an_application_says_what_it_depends_on() {
    let tree = Tree::simple();
    tree.file("index.html", "<title>app</title>");
    let varies = |server: &Server, target: &str, fields: &[&str]| {
        let response = server.get_with(target, fields);
        let varies = ["Sec-Fetch-Dest", "Accept"].map(|field| response.lists("Vary", field));
        assert_eq!(varies[0], varies[1], "{target}: {response:?}");
        (response.status, varies[0])
    };
    let server = start(&tree, &["--spa"]);
    let script = ["Sec-Fetch-Dest: script"];
    assert_eq!(varies(&server, "/gone", &script), (404, true));
    assert_eq!(varies(&server, "/gone", &[]), (200, true));
    assert_eq!(varies(&server, "/hello.txt", &script), (200, false));
    // On one connection, what was said of one response isn't of the next.
    let mut client = server.connect();
    for (target, expected) in [("/gone", true), ("/hello.txt", false), ("/gone", true)] {
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: test\r\n{}\r\n\r\n",
            script[0]
        );
        assert_eq!(
            client.exchange(&request).lists("Vary", "Accept"),
            expected,
            "{target}"
        );
    }
    assert_eq!(varies(&start(&tree, &[]), "/gone", &script), (404, false));
}

#[test]
fn clean_urls_give_each_page_one_address() {
    let tree = Tree::simple();
    tree.file("about.html", "about")
        .file("dir/page.html", "page");
    tree.file("dir/index.html", "index")
        .file("sp ace.html", "space");
    let server = start(&tree, &["--clean-urls"]);
    for (target, text) in [
        ("/about", "about"),
        ("/dir/page?x=1", "page"),
        ("/dir/", "index"),
        ("/sp%20ace", "space"),
        ("/hello.txt", "hello, world\n"),
    ] {
        let response = server.get(target);
        assert_eq!(
            (response.status, response.text().as_str()),
            (200, text),
            "{target}"
        );
    }
    assert_eq!(server.get("/about").media_type(), "text/html");
    assert_eq!(server.head("/about").field("Content-Length"), Some("5"));
    for (target, location) in [
        ("/about.html", "/about"),
        ("/about.html?a=b&c", "/about?a=b&c"),
        ("/about/", "/about"),
        ("//about.html", "/about"),
        ("/dir/page.html", "/dir/page"),
        ("/dir/index.html", "/dir/"),
        ("/dir/index", "/dir/"),
        ("/sp%20ace.html", "/sp%20ace"),
        ("//evil.example/../about.html", "/about"),
        ("/\\evil.example/../about.html", "/about"),
    ] {
        let response = server.get(target);
        assert_eq!(response.status, 307, "{target}");
        assert_eq!(response.required("Location"), location, "{target}");
    }
    for target in [
        "/about.html/",
        "/none",
        "/none.html",
        "/about/x",
        "/.html",
        "/hello",
    ] {
        assert_eq!(server.get(target).status, 404, "{target}");
    }
    let plain = Server::serving(&tree);
    assert_eq!(plain.get("/about.html").text(), "about");
    assert_eq!(plain.get("/about").status, 404);
}

#[test]
fn clean_urls_show_nothing_that_is_hidden_or_outside() {
    let tree = Tree::simple();
    tree.file(".secret.html", SECRET)
        .file(".git/config.html", SECRET);
    std::fs::write(tree.outside("out.html"), SECRET).unwrap();
    tree.symlink("link.html", tree.outside("out.html"));
    let server = start(&tree, &["--clean-urls", "--no-hidden"]);
    for target in [
        "/.secret",
        "/.secret.html",
        "/%2esecret",
        "/.git/config",
        "/dir/..%2f.secret",
        "/link",
        "/../out",
        "/..%2fout",
        "/%2e%2e/out",
    ] {
        let response = server.get(target);
        assert_eq!(response.status, 404, "{target}");
        assert!(!response.text().contains(SECRET), "{target}");
    }
}

#[test]
fn clean_urls_know_what_is_stored_compressed() {
    let tree = Tree::empty();
    tree.file("about.html.gz", "not really gzip");
    let server = start(&tree, &["--clean-urls", "--precompressed"]);
    let response = server.get_with("/about", &["Accept-Encoding: gzip"]);
    assert_eq!(
        (response.status, response.field("Content-Encoding")),
        (200, Some("gzip"))
    );
    assert_eq!(response.media_type(), "text/html");
}

#[test]
fn the_nearest_page_stands_for_what_does_not_exist() {
    let tree = Tree::simple();
    tree.file("404.html", "the root's")
        .file("dir/404.html", "dir's");
    tree.file(".hidden/404.html", SECRET);
    let server = start(
        &tree,
        &["--not-found-nearest", "--no-hidden", "--no-listing"],
    );
    let deep = format!("/dir{}", "/x".repeat(20));
    // A client's path doesn't decide how much is looked for.
    let deepest = format!("/dir{}", "/x".repeat(20_000));
    for (target, text) in [
        ("/none", "the root's"),
        ("/dir/none", "dir's"),
        ("/dir/", "dir's"),
        ("/dir/deeper/none/", "dir's"),
        ("/empty-dir/none", "the root's"),
        ("/.hidden/none", "the root's"),
        ("/a%00b", "the root's"),
        (deep.as_str(), "dir's"),
        (deepest.as_str(), "dir's"),
        ("/dir/../none", "the root's"),
    ] {
        let response = server.get(target);
        assert_eq!(
            (response.status, response.text().as_str()),
            (404, text),
            "{target:.40}"
        );
        assert_eq!(response.media_type(), "text/html");
    }
    assert_eq!(
        server
            .get_with("/none", &["Range: bytes=0-1", "If-None-Match: *"])
            .status,
        404
    );
    let bare = start(&Tree::empty(), &["--not-found-nearest"]);
    assert_eq!(bare.get("/none").status, 404);
}
