//! `--rules`: starting, reading anew, statuses, fields, and what is left alone.

use crate::support::command_line::{fails_to_start, run, stderr};
use crate::support::server::Server;
use crate::support::tree::Tree;
use rustix::process::Signal;

fn serve(tree: &Tree, args: &[&str]) -> Server {
    Server::builder().directory(tree).args(args).start()
}

#[test]
fn bad_lines_end_the_start_each_with_what_to_write() {
    let tree = Tree::simple();
    tree.file(
        "_redirects",
        "# ours\n/a /b\n/old\n/x https://h.com/ 200\n/y /z 302 Country=de\n",
    );
    tree.file("_headers", "/*\n  X-A: b\n  Transfer-Encoding: chunked\n");
    let directory = tree.as_ref().to_str().unwrap();
    let output = run(["serve", "--directory", directory, "--rules", "netlify"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let error = stderr(&output);
    let lines: Vec<&str> = error.lines().collect();
    assert_eq!(lines.len(), 4, "{error}");
    for (line, beginning) in lines.iter().zip([
        "error: _redirects:3: the line has no target; write ",
        "error: _redirects:4: status 200 with a URL is a proxy, which isn't served here; write ",
        "error: _redirects:5: a rule for some visitors only (Country) isn't served here; remove ",
        "error: _headers:3: Transfer-Encoding is the server's own to send; remove the line",
    ]) {
        assert!(line.starts_with(beginning), "{line}");
    }
}

#[test]
fn what_cannot_be_read_is_said() {
    let tree = Tree::simple();
    tree.directory("_redirects");
    let directory = tree.as_ref().to_str().unwrap().to_owned();
    let error = fails_to_start(&["--directory", &directory, "--rules", "netlify"]);
    assert!(
        error.contains("_redirects: it is no regular file"),
        "{error}"
    );
    let tree = Tree::simple();
    // To open it would be to wait for ever.
    tree.fifo("_headers");
    let directory = tree.as_ref().to_str().unwrap().to_owned();
    let error = fails_to_start(&["--directory", &directory, "--rules", "netlify"]);
    assert!(error.contains("_headers: it is no regular file"), "{error}");
    let error = stderr(&run(["serve", "--rules", "vercel"]));
    assert!(error.contains("netlify, cloudflare"), "{error}");
}

#[test]
fn a_site_without_rules_is_served_as_ever() {
    let tree = Tree::simple();
    for dialect in ["netlify", "cloudflare"] {
        let server = serve(&tree, &["--rules", dialect]);
        assert_eq!(server.get("/hello.txt").status, 200);
        assert_eq!(server.get("/missing").status, 404);
        assert_eq!(server.get("/dir").required("Location"), "dir/");
        assert_eq!(server.get("/dir/").status, 200);
    }
}

#[test]
fn statuses_and_files() {
    let tree = Tree::simple();
    tree.file("gone.html", "gone")
        .file("404.html", "lost")
        .file("page/index.html", "page");
    tree.file("_redirects", "/was /gone.html 410\n/app/* /page 200\n/lost/* /404.html 404\n/a /hello.txt 200\n/none /none.txt 200\n/slash /page/ 200\n");
    let server = serve(&tree, &["--rules", "netlify", "--not-found", "404.html"]);
    for (target, status, text) in [
        ("/was", 410, "gone"),
        ("/app/x/y", 200, "page"),
        ("/slash", 200, "page"),
        ("/lost/x", 404, "lost"),
        ("/none", 404, "lost"),
        ("/elsewhere", 404, "lost"),
    ] {
        let response = server.get(target);
        assert_eq!(
            (response.status, response.text().as_str()),
            (status, text),
            "{target}"
        );
        assert!(response.reason.len() > 1);
        let head = server.head(target);
        assert_eq!(head.status, status, "{target}");
        assert_eq!(
            head.field("Content-Length"),
            response.field("Content-Length"),
            "{target}"
        );
    }
    let file = server.get("/hello.txt");
    let rewritten = server.get("/a");
    assert_eq!(rewritten.body, file.body);
    assert_eq!(rewritten.field("Content-Type"), file.field("Content-Type"));
    let tag = format!("If-None-Match: {}", rewritten.required("ETag"));
    assert_eq!(server.get_with("/a", &[&tag]).status, 304);
    assert_eq!(server.get_with("/a", &["Range: bytes=0-1"]).status, 206);
    // Of an error page there is neither.
    assert_eq!(
        server
            .get_with("/was", &["Range: bytes=0-1", "If-None-Match: *"])
            .status,
        410
    );
    // A form has nothing to do with them.
    assert_eq!(
        server
            .request("POST", "/app/x", &["Content-Length: 0"])
            .status,
        501
    );
}

#[test]
fn an_existing_file_wins_unless_the_rule_is_forced() {
    let tree = Tree::simple();
    tree.file("dir/index.html", "index")
        .file("other/file", "file");
    let rules = "/hello.txt /a\n/dir /b\n/dir/ /b\n/other/ /c\n";
    tree.file("_redirects", rules);
    let server = serve(&tree, &["--rules", "netlify"]);
    assert_eq!(server.get("/hello.txt").status, 200);
    assert_eq!(server.get("/dir").required("Location"), "dir/");
    assert_eq!(server.get("/dir/").text(), "index");
    // A directory without a page is no file.
    assert_eq!(server.get("/other").required("Location"), "/c");
    assert_eq!(server.get("/other/").required("Location"), "/c");
    tree.file("_redirects", rules.replace('\n', " 302!\n"));
    server.signal(Signal::HUP);
    server.wait_for_log(|line| line.contains("rules read anew"));
    for (target, location) in [("/hello.txt", "/a"), ("/dir", "/b"), ("/dir/", "/b")] {
        assert_eq!(server.get(target).required("Location"), location);
    }
}

#[test]
fn bad_rules_that_come_later_change_nothing() {
    let tree = Tree::simple();
    tree.file("_redirects", "/a /b 302\n");
    let server = serve(&tree, &["--rules", "cloudflare"]);
    let mut client = server.connect();
    assert_eq!(client.get("/a").required("Location"), "/b");
    tree.file("_redirects", "/a /c 302\n/a\n");
    server.signal(Signal::HUP);
    server.wait_for_log(|line| line.contains("rules not read anew, those before go on"));
    assert!(
        server
            .log_lines()
            .iter()
            .any(|line| line.contains("_redirects:2: the line has 1 words"))
    );
    assert_eq!(server.get("/a").required("Location"), "/b");
    tree.file("_redirects", "/a /d 302\n");
    server.signal(Signal::HUP);
    server.wait_for_log(|line| line.contains("rules read anew"));
    assert_eq!(server.get("/a").required("Location"), "/d");
}

#[test]
fn fields_take_the_place_of_others_but_not_of_the_owners() {
    let tree = Tree::simple();
    let headers = "/*\n  X-Frame-Options: SAMEORIGIN\n  Content-Security-Policy: img-src *\n  Vary: Cookie\n/hello.txt\n  Content-Type: text/x-mine\n  Cache-Control: no-store\n  Set-Cookie: a=b\n  Set-Cookie: c=d\n";
    tree.file("_headers", headers);
    for dialect in ["netlify", "cloudflare"] {
        let owners = [
            "--header",
            "X-Frame-Options: DENY",
            "--header",
            "Content-Security-Policy: frame-ancestors 'none'",
        ];
        let server = serve(&tree, &[&["--rules", dialect][..], &owners].concat());
        let response = server.get("/hello.txt");
        assert_eq!(response.required("Content-Type"), "text/x-mine");
        assert_eq!(response.required("Cache-Control"), "no-store");
        assert_eq!(response.values("X-Frame-Options"), ["DENY"]);
        assert_eq!(response.values("Set-Cookie"), ["a=b", "c=d"]);
        // Each of these holds, so that both can only say more.
        let policies = response.values("Content-Security-Policy");
        assert_eq!(policies, ["img-src *", "frame-ancestors 'none'"]);
        assert!(server.get("/dir/").lists("Vary", "Accept"));
        assert!(server.get("/dir/").lists("Vary", "Cookie"));
    }
}

#[test]
fn which_responses_have_fields() {
    let tree = Tree::simple();
    tree.file("_headers", "/*\n  X-All: yes\n")
        .file("_redirects", "/a /b 302\n");
    for (dialect, on_redirects) in [("netlify", None), ("cloudflare", Some("yes"))] {
        let server = serve(&tree, &["--rules", dialect]);
        let tag = server.get("/hello.txt").required("ETag").to_owned();
        for (response, status, expected) in [
            (server.get("/hello.txt"), 200, Some("yes")),
            (
                server.get_with("/hello.txt", &["Range: bytes=0-0"]),
                206,
                Some("yes"),
            ),
            (
                server.get_with("/hello.txt", &[&format!("If-None-Match: {tag}")]),
                304,
                Some("yes"),
            ),
            (server.get("/missing"), 404, Some("yes")),
            (server.head("/hello.txt"), 200, Some("yes")),
            (server.get("/a"), 302, on_redirects),
            (server.get("/dir"), 301, on_redirects),
        ] {
            assert_eq!(
                (response.status, response.field("X-All")),
                (status, expected),
                "{dialect}"
            );
        }
    }
}

#[test]
fn cloudflares_rules_remove_fields() {
    let tree = Tree::simple();
    tree.file("_headers", "/*\n  X-All: yes\n  X-Frame-Options: DENY\n/dir/*\n  ! X-Frame-Options\n  ! Content-Type\n");
    let server = serve(&tree, &["--rules", "cloudflare"]);
    assert_eq!(
        server.get("/hello.txt").field("X-Frame-Options"),
        Some("DENY")
    );
    let removed = server.get("/dir/");
    assert_eq!(
        (
            removed.field("X-Frame-Options"),
            removed.field("Content-Type")
        ),
        (None, None)
    );
    assert_eq!(removed.field("X-All"), Some("yes"));
}
