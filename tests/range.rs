//! Parts of a file (RFC 9110, section 14).

use crate::multipart::parse_content_range;
use crate::support::client::Response;
use crate::support::server::Server;
use crate::support::tree::{KILOBYTE, MEGABYTE, MODIFIED, Tree, pattern};
use std::ops::Range;

fn start() -> (Tree, Server) {
    let tree = Tree::empty();
    tree.dated_file("1k.bin", pattern(KILOBYTE))
        .file("empty.bin", "")
        .file("10m.bin", pattern(10 * MEGABYTE));
    let server = Server::serving(&tree);
    (tree, server)
}

fn get(server: &Server, ranges: &str) -> Response {
    server.get_with("/1k.bin", &[&format!("Range: {ranges}")])
}

#[test]
fn a_single_range() {
    let (_tree, server) = start();
    let file = pattern(KILOBYTE);
    for (ranges, part) in [
        ("bytes=0-0", 0..1),
        ("bytes=0-99", 0..100),
        ("bytes=1-1", 1..2),
        ("bytes=1000-", 1000..1024),
        ("bytes=1023-", 1023..1024),
        ("bytes=1023-1023", 1023..1024),
        ("bytes=0-", 0..1024),
        ("bytes=0-1023", 0..1024),
        ("bytes=0-1024", 0..1024),
        ("bytes=1000-99999999", 1000..1024),
        ("bytes=0-18446744073709551615", 0..1024),
        ("bytes=-1", 1023..1024),
        ("bytes=-100", 924..1024),
        ("bytes=-1024", 0..1024),
        ("bytes=-99999", 0..1024),
        ("bytes=-18446744073709551615", 0..1024),
        ("Bytes=0-9", 0..10),
        ("bytes= 0-9 ", 0..10),
        ("bytes=000-009", 0..10),
    ] {
        let response = get(&server, ranges);
        assert_eq!(
            (response.status, response.reason.as_str()),
            (206, "Partial Content"),
            "{ranges}"
        );
        assert_eq!(content_range(&response), part, "{ranges}");
        assert!(response.body == file[part], "{ranges}: the wrong bytes");
    }
}

/// `bytes 0-99/1024` as `0..100`.
#[track_caller]
fn content_range(response: &Response) -> Range<usize> {
    parse_content_range(response.required("Content-Range"))
}

#[test]
fn ranges_behind_the_end_are_416() {
    let (_tree, server) = start();
    for ranges in [
        "bytes=1024-",
        "bytes=1024-1024",
        "bytes=5000-6000",
        "bytes=-0",
        "bytes=1024-,5000-",
        "bytes=18446744073709551615-",
    ] {
        let response = get(&server, ranges);
        assert_eq!(response.status, 416, "{ranges}");
        assert_eq!(
            response.required("Content-Range"),
            "bytes */1024",
            "{ranges}"
        );
    }
    let response = server.get_with("/empty.bin", &["Range: bytes=0-"]);
    assert_eq!(
        (response.status, response.required("Content-Range")),
        (416, "bytes */0")
    );
}

/// RFC 9110 section 14.2 lets a server ignore these or refuse them.
#[test]
fn what_is_no_range_is_ignored_or_refused() {
    let (_tree, server) = start();
    for ranges in [
        "bytes=5-2",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=0-x",
        "bytes=+1-5",
        "bytes=1-+5",
        "bytes=0x1-5",
        "bytes=0-5-9",
        "bytes=--5",
        "bytes=0 - 5",
        "bytes=1.0-5",
        "bytes=0-5,x",
        "bytes=0-5;6-7",
        "bytes 0-5",
        "bytes",
        "=0-5",
        "bytes=\u{661}-\u{665}",
        "bytes=99999999999999999999999-",
        "bytes=-99999999999999999999999999-",
    ] {
        let response = get(&server, ranges);
        assert!(
            matches!(response.status, 200 | 400 | 416),
            "{ranges}: {}",
            response.status
        );
        assert!(
            response.status != 200 || response.body == pattern(KILOBYTE),
            "{ranges}"
        );
    }
    for ranges in ["items=0-5", "seconds=1-2"] {
        assert_eq!(get(&server, ranges).status, 200, "{ranges}");
    }
}

#[test]
fn if_range_guards_against_a_changed_file() {
    let (_tree, server) = start();
    let whole = server.get("/1k.bin");
    assert_eq!(whole.required("Accept-Ranges"), "bytes");
    let etag = whole.required("ETag").to_owned();
    for (condition, status) in [
        (etag.as_str(), 206),
        // The file was given this date, and another may have it, too.
        (MODIFIED, 200),
        ("\"other\"", 200),
        (&format!("W/{etag}"), 200),
        (&format!("{etag}, \"other\""), 200),
        ("*", 200),
        ("Sun, 06 Nov 1994 08:49:36 GMT", 200),
        ("Sun, 06 Nov 1994 08:49:38 GMT", 200),
        ("garbage", 200),
        ("", 200),
    ] {
        let fields = ["Range: bytes=0-9", &format!("If-Range: {condition}")];
        assert_eq!(
            server.get_with("/1k.bin", &fields).status,
            status,
            "{condition}"
        );
    }
    // A range that can't be satisfied doesn't matter once the file has changed.
    let fields = ["Range: bytes=5000-", "If-Range: \"other\""];
    assert_eq!(server.get_with("/1k.bin", &fields).status, 200);
}

#[test]
fn a_part_of_a_large_file_on_a_connection_that_goes_on() {
    let (_tree, server) = start();
    let file = pattern(10 * MEGABYTE);
    let mut client = server.connect();
    for (first, last) in [(0, 9), (5_000_000, 8_999_999), (10_000_000, 10_485_759)] {
        let range = format!("Range: bytes={first}-{last}");
        let response = client.exchange(format!(
            "GET /10m.bin HTTP/1.1\r\nHost: test\r\n{range}\r\n\r\n"
        ));
        assert_eq!(response.status, 206);
        assert!(response.body == file[first..=last], "{range}");
    }
    assert_eq!(client.get("/1k.bin").body.len(), KILOBYTE);
}

/// RFC 9110 section 14.2: Range is for GET; but some servers tell the same
/// head for HEAD as GET would have had.
#[test]
fn head_never_has_a_part() {
    let (_tree, server) = start();
    let mut client = server.connect();
    let response =
        client.exchange("HEAD /1k.bin HTTP/1.1\r\nHost: test\r\nRange: bytes=0-9\r\n\r\n");
    let length = response.required("Content-Length");
    assert!(
        [(200, "1024"), (206, "10")].contains(&(response.status, length)),
        "{response:?}"
    );
    assert_eq!(client.get("/1k.bin").body.len(), KILOBYTE);
}

#[test]
fn listings_and_errors_have_no_parts() {
    let (_tree, server) = start();
    for (target, status) in [("/", 200), ("/missing", 404)] {
        assert_eq!(
            server.get_with(target, &["Range: bytes=0-9"]).status,
            status,
            "{target}"
        );
    }
}
