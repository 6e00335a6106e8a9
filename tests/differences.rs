//! Where we differ from `python3 -m http.server` on purpose: a table, checked
//! both ways, so that it can't grow old. `parity.rs` has what is the same.

use crate::parity::both;
use crate::support::server::Server;

/// A request, Python's status, ours, and why ours is another.
type Difference = (&'static str, u16, u16, &'static str);

/// Where we differ on purpose.
const DIFFERENCES: &[Difference] = &[
    (
        "GET /1k.bin HTTP/1.1\r\nHost: h\r\nRange: bytes=0-9\r\n\r\n",
        200,
        206,
        "ranges are served",
    ),
    (
        "GET /1k.bin HTTP/1.1\r\nHost: h\r\nRange: bytes=9999-\r\n\r\n",
        200,
        416,
        "ranges are served",
    ),
    (
        "GET /hello.txt HTTP/1.1\r\nHost: h\r\nIf-None-Match: *\r\n\r\n",
        200,
        304,
        "entity tags are compared",
    ),
    (
        "GET /hello.txt HTTP/1.1\r\nHost: h\r\nIf-Match: \"x\"\r\n\r\n",
        200,
        412,
        "entity tags are compared",
    ),
    (
        "GET /dated.txt HTTP/1.1\r\nHost: h\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n",
        304,
        200,
        "a date that was given to a file doesn't tell it from others",
    ),
    (
        "GET /hello.txt HTTP/1.1\r\nHost: h\r\nIf-Modified-Since: Fri, 31 Dec 2060 00:00:00 GMT\r\n\r\n",
        304,
        200,
        "a later date than the file's may be another file's",
    ),
    (
        "OPTIONS / HTTP/1.1\r\nHost: h\r\n\r\n",
        501,
        204,
        "OPTIONS is answered with Allow",
    ),
    (
        "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
        501,
        204,
        "OPTIONS is answered with Allow",
    ),
    (
        "GET http://h/hello.txt HTTP/1.1\r\nHost: h\r\n\r\n",
        404,
        200,
        "RFC 9112 3.2.2: absolute form",
    ),
    (
        "GET /link-out HTTP/1.1\r\nHost: h\r\n\r\n",
        200,
        404,
        "links don't leave the root",
    ),
    (
        "GET /link-out-dir/ HTTP/1.1\r\nHost: h\r\n\r\n",
        200,
        404,
        "links don't leave the root",
    ),
    (
        "GET /link-root/etc/passwd HTTP/1.1\r\nHost: h\r\n\r\n",
        200,
        404,
        "links don't leave the root",
    ),
    (
        "GET /dir/%2e%2e%2fhello.txt HTTP/1.1\r\nHost: h\r\n\r\n",
        200,
        404,
        "no dot segment beside an encoded slash",
    ),
    (
        "GET /hello.txt HTTP/1.1\r\n\r\n",
        200,
        400,
        "RFC 9112 3.2: Host is required",
    ),
    (
        "GET /hello.txt HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        200,
        400,
        "RFC 9112 3.2: Host once",
    ),
    (
        "GET /hello.txt HTTP/1.1\r\nHost: h:x\r\n\r\n",
        200,
        400,
        "RFC 9110 7.2: Host names a host",
    ),
    (
        "GET /hello.txt HTTP/1.1\r\nHost: %68\r\n\r\n",
        200,
        400,
        "RFC 9110 7.2: Host names a host",
    ),
    (
        "GET /hello.txt HTTP/1.1\r\nHost: [::1\r\n\r\n",
        200,
        400,
        "RFC 9110 7.2: Host names a host",
    ),
    (
        "GET http://u@h/hello.txt HTTP/1.1\r\nHost: h\r\n\r\n",
        404,
        400,
        "RFC 9110 4.2.4: no user in a target",
    ),
    (
        "GET /hello.txt HTTP/1.10\r\nHost: h\r\n\r\n",
        200,
        400,
        "RFC 9112 2.3: a version is a digit, a dot, a digit",
    ),
    (
        "GET /hello.txt HTTP/01.1\r\nHost: h\r\n\r\n",
        200,
        400,
        "RFC 9112 2.3: a version is a digit, a dot, a digit",
    ),
    (
        "GET /hello.txt HTTP/1.1\r\nHost: h\r\nX: y\r\n z\r\n\r\n",
        200,
        400,
        "RFC 9112 5.2: no line folding",
    ),
    (
        "GET /hello.txt HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        200,
        400,
        "RFC 9112 6.3: lengths",
    ),
    (
        "GET /hello.txt HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        200,
        400,
        "RFC 9112 6.3: lengths",
    ),
    (
        "GET /hello.txt HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        200,
        400,
        "RFC 9112 6.1: one framing",
    ),
    (
        "GET /hello.txt HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n",
        200,
        501,
        "RFC 9112 6.1: an unknown coding",
    ),
    (
        "GET /hello.txt HTTP/1.1\r\nHost: h\r\nExpect: tea\r\n\r\n",
        200,
        417,
        "RFC 9110 10.1.1",
    ),
];

#[test]
fn differences_are_those_in_the_table() {
    let Some((_tree, python, ours)) = both() else {
        return;
    };
    for &(request, pythons, our_own, why) in DIFFERENCES {
        assert_eq!(
            python.exchange(request).status,
            pythons,
            "Python, {why}: {request}"
        );
        assert_eq!(
            ours.exchange(request).status,
            our_own,
            "wasm-host, {why}: {request}"
        );
    }
}

/// Python speaks HTTP/1.0 unless told otherwise; we persist.
#[test]
fn the_version_of_a_response_differs() {
    let Some((_tree, python, ours)) = both() else {
        return;
    };
    assert_eq!(python.get("/hello.txt").version, "HTTP/1.0");
    assert_eq!(ours.get("/hello.txt").version, "HTTP/1.1");
}

/// Python's is absolute, and leads elsewhere behind a proxy's prefix.
#[test]
fn a_redirect_to_a_directory_is_relative() {
    let Some((_tree, python, ours)) = both() else {
        return;
    };
    assert_eq!(
        python.get("/dir/deeper").required("Location"),
        "/dir/deeper/"
    );
    assert_eq!(ours.get("/dir/deeper").required("Location"), "deeper/");
}

/// A redirect that browsers take for `//evil/..`, Python's to this day, isn't ours.
#[test]
fn backslashes_in_a_redirect_differ() {
    let Some((_tree, python, ours)) = both() else {
        return;
    };
    let target = "/\\\\evil/%2e%2e";
    assert_eq!(python.get(target).status, 301);
    let response = ours.get(target);
    let location = response.field("Location").unwrap_or("./");
    assert!(
        !location.starts_with(['/', '\\']) && !location.contains(':'),
        "{location}"
    );
}

/// What Python answers with a bare file, and what it doesn't answer at all.
#[test]
fn what_comes_before_a_request_and_old_versions_differ() {
    let Some((_tree, python, ours)) = both() else {
        return;
    };
    let all = |server: &Server, request: &str| {
        let mut client = server.connect();
        client.send(request);
        client.finish_sending();
        String::from_utf8_lossy(&client.rest()).into_owned()
    };
    let written_out = "GET /hello.txt HTTP/0.9\r\nHost: h\r\n\r\n";
    assert!(!all(&python, written_out).starts_with("HTTP/"));
    assert!(all(&ours, written_out).starts_with("HTTP/1.1 505 "));
    let behind_an_empty_line = "\r\nGET /hello.txt HTTP/1.1\r\nHost: h\r\n\r\n";
    assert_eq!(all(&python, behind_an_empty_line), "");
    assert!(all(&ours, behind_an_empty_line).starts_with("HTTP/1.1 200 "));
}
