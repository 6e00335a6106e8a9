//! Conditional requests, in their order of precedence (RFC 9110, section 13).

use crate::support::server::Server;
use crate::support::tree::{MODIFIED, Tree};
use std::time::{Duration, SystemTime};

/// `ETAG` in a case stands for the file's entity tag.
type Case = (&'static [&'static str], u16);

const BEFORE: &str = "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT";

const CASES: &[Case] = &[
    // If-None-Match: weak comparison.
    (&["If-None-Match: ETAG"], 304),
    (&["If-None-Match: W/ETAG"], 304),
    (&["If-None-Match: *"], 304),
    (&["If-None-Match: \"other\""], 200),
    (&["If-None-Match: \"other\", ETAG"], 304),
    (
        &["If-None-Match: \"with, comma\",W/\"other\" ,\tW/ETAG"],
        304,
    ),
    (&["If-None-Match: \"other\"", "If-None-Match: ETAG"], 304),
    (&["If-None-Match: unquoted"], 200),
    (&["If-None-Match:"], 200),
    (&["If-None-Match: \"*\""], 200),
    // If-Modified-Since: the file's date was given to it, so that it says nothing.
    (&["If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT"], 200),
    (&["If-Modified-Since: Sun, 06 Nov 1994 08:49:38 GMT"], 200),
    (&["If-Modified-Since: Thu, 01 Jan 2015 00:00:00 GMT"], 200),
    (&["If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT"], 200),
    (&["If-Modified-Since: yesterday"], 200),
    (&["If-Modified-Since: 784111777"], 200),
    (&["If-Modified-Since: Sun, 31 Feb 1999 25:61:00 GMT"], 200),
    (&["If-Modified-Since:"], 200),
    // If-None-Match outranks If-Modified-Since, both ways.
    (
        &[
            "If-None-Match: \"other\"",
            "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT",
        ],
        200,
    ),
    (
        &[
            "If-None-Match: ETAG",
            "If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT",
        ],
        304,
    ),
    // If-Match: strong comparison.
    (&["If-Match: ETAG"], 200),
    (&["If-Match: *"], 200),
    (&["If-Match: \"other\", ETAG"], 200),
    (&["If-Match: \"other\""], 412),
    (&["If-Match: W/ETAG"], 412),
    // If-Unmodified-Since.
    (&["If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT"], 200),
    (
        &["If-Unmodified-Since: Sunday, 06-Nov-94 08:49:38 GMT"],
        200,
    ),
    (&["If-Unmodified-Since: Sun Nov  6 08:49:37 1994"], 200),
    (&[BEFORE], 412),
    (
        &["If-Unmodified-Since: Sunday, 06-Nov-94 08:49:36 GMT"],
        412,
    ),
    (&["If-Unmodified-Since: Sun Nov  6 08:49:36 1994"], 412),
    (&["If-Unmodified-Since: yesterday"], 200),
    // If-Match outranks If-Unmodified-Since, both ways.
    (&["If-Match: ETAG", BEFORE], 200),
    (
        &[
            "If-Match: \"other\"",
            "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT",
        ],
        412,
    ),
    // 412 outranks 304; 304 needs both.
    (&["If-Match: \"other\"", "If-None-Match: ETAG"], 412),
    (&["If-Match: ETAG", "If-None-Match: ETAG"], 304),
    (
        &[BEFORE, "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT"],
        412,
    ),
    // All of these before Range.
    (&["Range: bytes=0-1", "If-None-Match: ETAG"], 304),
    (&["Range: bytes=0-1", "If-Match: \"other\""], 412),
    (&["Range: bytes=0-1", "If-Match: ETAG"], 206),
    // As If-Range, If-Unmodified-Since guards a range only by a date that tells.
    (
        &[
            "Range: bytes=0-1",
            "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT",
        ],
        200,
    ),
];

#[test]
fn preconditions_in_their_order() {
    let tree = Tree::empty();
    tree.dated_file("old.txt", "0123456789");
    let server = Server::serving(&tree);
    let etag = server.get("/old.txt").required("ETag").to_owned();
    assert!(
        etag.starts_with('"') && etag.ends_with('"') && etag.len() > 2,
        "{etag}"
    );
    let mut client = server.connect();
    for (fields, status) in CASES {
        let fields = fields.join("\r\n").replace("ETAG", &etag);
        for method in ["GET", "HEAD"] {
            // HEAD has no ranges (RFC 9110 section 14.2).
            if method == "HEAD" && *status == 206 {
                continue;
            }
            let request = format!("{method} /old.txt HTTP/1.1\r\nHost: test\r\n{fields}\r\n\r\n");
            let response = client.exchange(request);
            assert_eq!(response.status, *status, "{method} {fields}");
        }
    }
}

#[test]
fn a_304_carries_the_validators_and_nothing_else() {
    let tree = Tree::empty();
    tree.dated_file("old.txt", "0123456789");
    let server = Server::serving(&tree);
    let etag = server.get("/old.txt").required("ETag").to_owned();
    let mut client = server.connect();
    let request = format!("GET /old.txt HTTP/1.1\r\nHost: test\r\nIf-None-Match: {etag}\r\n\r\n");
    client.send(request.repeat(2));
    for _ in 0..2 {
        let response = client.response();
        assert_eq!(
            (response.status, response.required("ETag")),
            (304, etag.as_str())
        );
        assert!(
            response
                .field("Last-Modified")
                .is_none_or(|date| date == MODIFIED)
        );
        assert!(response.field("Date").is_some());
        // RFC 9110 section 8.6: if it is there, it is that of the 200.
        assert!(
            response
                .field("Content-Length")
                .is_none_or(|length| length == "10")
        );
    }
    assert_eq!(client.get("/old.txt").text(), "0123456789");
}

#[test]
fn preconditions_do_not_apply_where_there_is_no_file() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    for field in ["If-Match: *", "If-Match: \"x\"", "If-None-Match: *", BEFORE] {
        assert_eq!(server.get_with("/missing", &[field]).status, 404, "{field}");
        assert_eq!(server.get_with("/dir", &[field]).status, 301, "{field}");
    }
}

#[test]
fn the_etag_changes_with_the_file() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    let etag = || server.get("/hello.txt").required("ETag").to_owned();
    let first = etag();
    assert_eq!(etag(), first);
    // Same size; a time that differs, as any later write has.
    tree.dated_file("hello.txt", "HELLO, WORLD\n");
    let second = etag();
    assert_ne!(second, first);
    tree.dated_file("hello.txt", "longer than before\n");
    assert_ne!(etag(), second);
}

/// A copy or an archive may bring such a file: RFC 9110 section 8.8.2.1.
#[test]
fn no_file_was_modified_after_its_response() {
    let tree = Tree::empty();
    let tomorrow = SystemTime::now() + Duration::from_secs(24 * 60 * 60);
    tree.file("soon.txt", "content")
        .set_modified("soon.txt", tomorrow);
    let server = Server::serving(&tree);
    let response = server.get("/soon.txt");
    assert_eq!(response.status, 200);
    let date = response.required("Date");
    assert_eq!(response.required("Last-Modified"), date);
    // Nothing says that the client has what is there tomorrow; the tag does.
    let mut client = server.connect();
    for (condition, status) in [
        (format!("If-Modified-Since: {date}"), 200),
        (format!("If-None-Match: {}", response.required("ETag")), 304),
    ] {
        let request = format!("GET /soon.txt HTTP/1.1\r\nHost: test\r\n{condition}\r\n\r\n");
        assert_eq!(client.exchange(request).status, status, "{condition}");
    }
}
