//! Entity tags and dates: no two contents of a name have the same.

use crate::support::client::Response;
use crate::support::eventually;
use crate::support::server::Server;
use crate::support::tree::{MODIFIED, Tree};

/// An HTTP-date in its two obsolete forms (RFC 9110 section 5.6.7).
fn obsolete_forms(date: &str) -> [String; 2] {
    let parts: Vec<&str> = date
        .split([' ', ','])
        .filter(|part| !part.is_empty())
        .collect();
    let &[weekday, day, month, year, time, _] = parts.as_slice() else {
        panic!("{date} is no date");
    };
    let whole = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    let whole = whole.iter().find(|name| name.starts_with(weekday)).unwrap();
    let padded = day
        .strip_prefix('0')
        .map_or(day.to_owned(), |digit| format!(" {digit}"));
    [
        format!("{whole}, {day}-{month}-{} {time} GMT", &year[2..]),
        format!("{weekday} {month} {padded} {time} {year}"),
    ]
}

/// A file with the date of its last change, as whatever is written by a program has:
/// its date is as good as the tag.
#[test]
fn a_date_that_is_the_systems_own_is_a_condition() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    let date = server
        .get("/hello.txt")
        .required("Last-Modified")
        .to_owned();
    let [rfc_850, asctime] = obsolete_forms(&date);
    for since in [&date, &rfc_850, &asctime] {
        let field = format!("If-Modified-Since: {since}");
        assert_eq!(
            server.get_with("/hello.txt", &[&field]).status,
            304,
            "{field}"
        );
        let field = format!("If-Unmodified-Since: {since}");
        assert_eq!(
            server.get_with("/hello.txt", &[&field]).status,
            200,
            "{field}"
        );
    }
    // Exactly that one: at another time, the name may have led to another file.
    for since in [MODIFIED, "Fri, 01 Jan 2100 00:00:00 GMT"] {
        let field = format!("If-Modified-Since: {since}");
        assert_eq!(
            server.get_with("/hello.txt", &[&field]).status,
            200,
            "{field}"
        );
    }
    eventually("the second in which it was written is over", || {
        server.get("/hello.txt").required("Date") != date
    });
    for guard in ["If-Range", "If-Unmodified-Since"] {
        let field = format!("{guard}: {date}");
        let part = server.get_with("/hello.txt", &["Range: bytes=0-4", &field]);
        assert_eq!(
            (part.status, part.text().as_str()),
            (206, "hello"),
            "{guard}"
        );
    }
}

/// All that a client may know of a file: none of it makes it take `path`, now that it
/// leads to other bytes, for what it has.
#[track_caller]
fn is_another(server: &Server, path: &str, before: &Response) {
    let now = server.get(path);
    let (tag, date) = (before.required("ETag"), before.required("Last-Modified"));
    assert_ne!(now.body, before.body);
    assert_eq!(now.body.len(), before.body.len());
    assert_eq!(now.required("Last-Modified"), date);
    assert_ne!(now.required("ETag"), tag);
    for condition in [
        format!("If-None-Match: {tag}"),
        format!("If-None-Match: W/{tag}"),
        format!("If-Modified-Since: {date}"),
        format!("Range: bytes=2-\r\nIf-Range: {tag}"),
        format!("Range: bytes=2-\r\nIf-Range: {date}"),
        format!("Range: bytes=2-\r\nIf-Unmodified-Since: {date}"),
    ] {
        let response = server.get_with(path, &[&condition]);
        assert_eq!(response.status, 200, "{condition}");
        assert_eq!(response.body, now.body, "{condition}");
    }
    let failed = server.get_with(path, &[&format!("If-Match: {tag}")]);
    assert_eq!(failed.status, 412);
}

#[test]
fn another_file_with_the_same_date_and_length_is_another() {
    let tree = Tree::empty();
    tree.dated_file("page.html", "one")
        .dated_file("next.html", "two");
    tree.dated_file("page.html.gz", "gz1")
        .dated_file("next.html.gz", "gz2");
    for args in [&[][..], &["--isolation=request"], &["--precompressed"]] {
        let server = Server::builder().directory(&tree).args(args).start();
        // Written into the same file, as by `cp` and an editor.
        let before = server.get("/page.html");
        tree.dated_file("page.html", "eno");
        is_another(&server, "/page.html", &before);
        // Another in its place, as by `rsync`, `tar` and `git`.
        let before = server.get("/page.html");
        std::fs::rename(tree.path("next.html"), tree.path("page.html")).unwrap();
        is_another(&server, "/page.html", &before);
        tree.dated_file("page.html", "one")
            .dated_file("next.html", "two");
    }
}

#[test]
fn a_compressed_file_that_is_another_is_seen_too() {
    let tree = Tree::empty();
    tree.dated_file("a.js", "plain")
        .dated_file("a.js.gz", "gz1");
    let server = Server::builder()
        .directory(&tree)
        .args(["--precompressed"])
        .start();
    let gzip = "Accept-Encoding: gzip";
    let before = server.get_with("/a.js", &[gzip]);
    let tag = before.required("ETag");
    let known = format!("If-None-Match: {tag}");
    assert_eq!(server.get_with("/a.js", &[gzip, &known]).status, 304);
    tree.dated_file("a.js.gz", "gz2");
    let known = format!("If-None-Match: {tag}");
    let now = server.get_with("/a.js", &[gzip, &known]);
    assert_eq!((now.status, now.text().as_str()), (200, "gz2"));
}

/// The new release was there before the link, and may be older than the old one.
#[test]
fn a_link_that_is_switched_leads_to_another_file() {
    let tree = Tree::empty();
    tree.dated_file("2/page.html", "two")
        .dated_file("1/page.html", "one");
    tree.symlink("current", "1");
    let server = Server::serving(&tree);
    for release in ["2", "1"] {
        let before = server.get("/current/page.html");
        tree.symlink("new", release);
        std::fs::rename(tree.path("new"), tree.path("current")).unwrap();
        is_another(&server, "/current/page.html", &before);
    }
}

/// As often as the clock's ticks allow: no two contents have one tag.
#[test]
fn a_file_that_changes_all_the_time_has_a_tag_for_each() {
    let tree = Tree::empty();
    tree.dated_file("live.txt", "000");
    let server = Server::serving(&tree);
    let mut client = server.connect();
    let mut tags = std::collections::HashMap::new();
    for number in 0..300 {
        tree.dated_file("live.txt", format!("{number:03}"));
        let response = client.get("/live.txt");
        let tag = response.required("ETag").to_owned();
        let other = tags.insert(tag, response.text());
        assert!(other.is_none_or(|other| other == response.text()));
    }
}
