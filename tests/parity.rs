//! The same requests to `wasm-host` and to `python3 -m http.server` on the
//! same tree: the same answers wherever both are right. Where we differ on purpose
//! is in `differences.rs`.

use crate::support::client::Response;
use crate::support::reference::python_server;
use crate::support::resolved;
use crate::support::server::Server;
use crate::support::tools::available;
use crate::support::tree::Tree;

fn tree() -> Tree {
    let tree = Tree::hostile();
    let names = "a.html a.htm a.HTML a.txt a.css a.js a.mjs a.json a.csv a.png a.jpg a.jpeg a.gif \
                 a.svg a.pdf a.zip a.tar a.gz a.tar.gz a.bz2 a.xz a.wasm a.mp3 a.mp4 a.py \
                 a.bin a.no-such-suffix README .profile dated.txt";
    for name in names.split_whitespace() {
        tree.dated_file(name, name);
    }
    tree.file("sp ace/x?y/file", "deep");
    tree
}

/// Both servers on one tree; `None` (which is printed) without Python.
pub(crate) fn both() -> Option<(Tree, Server, Server)> {
    if !available("python3") {
        return None;
    }
    let tree = tree();
    let (python, ours) = (python_server(&tree), Server::serving(&tree));
    Some((tree, python, ours))
}

/// What is compared: the rest (Date, Server, ETag, charset) may differ.
#[derive(Debug, PartialEq)]
struct Outcome {
    status: u16,
    media_type: String,
    location: Option<String>,
    last_modified: Option<String>,
    /// `None` for pages that a server words itself: errors and listings.
    content: Option<(String, Vec<u8>)>,
}

impl Outcome {
    fn of(target: &str, response: &Response) -> Self {
        let own_words =
            response.status != 200 || target.split('?').next().unwrap_or_default().ends_with('/');
        let has_index = target.starts_with("/with-");
        let content = (!own_words || has_index && response.status == 200).then(|| {
            (
                response.required("Content-Length").to_owned(),
                response.body.clone(),
            )
        });
        // Python sends errors and redirects with or without a type.
        let has_type = matches!(response.status, 200..300 | 404);
        Self {
            status: response.status,
            media_type: if has_type {
                response.media_type()
            } else {
                String::new()
            },
            location: response
                .field("Location")
                .map(|location| resolved(target, location)),
            last_modified: content
                .as_ref()
                .and(response.field("Last-Modified"))
                .map(str::to_owned),
            content,
        }
    }
}

#[test]
fn the_same_files_directories_and_errors() {
    let Some((tree, python, ours)) = both() else {
        return;
    };
    let mut targets: Vec<String> = "/ /dir/ /dir /dir?x=1&y=/ /dir/deeper /empty-dir/ /with-index/ /with-index
        /with-htm/ /with-htm/?q /hello.txt /hello.txt?query /hello.txt?a/../b /hello.txt#fragment /hello.txt/
        /hello.txt/x /empty.txt /1k.bin /100k.bin /missing /missing/ /missing/x /HELLO.txt /./hello.txt
        /dir/../hello.txt /dir/./nested.txt /dir//nested.txt //dir/nested.txt /dir/%2e%2e/hello.txt
        /missing/../hello.txt /dir%2fnested.txt /dir%2Fdeeper%2fdeepest.txt /%2fhello.txt
        /hello.txt%2f /dir%2fdeeper/../nested.txt /dir%2fmissing /%68ello.txt /hello%2etxt /hello.txt%20 /%ff%fe /%2568ello.txt /a+b.txt /a%2Bb.txt
        /sp%20ace /sp%20ace/ /sp%20ace/x%3Fy /sp%20ace/x%3Fy?q=%20 /sp%20ace/x%3Fy/file /../hello.txt
        /../../../../hello.txt /%2e%2e/hello.txt /link-inside /link-chain /link-dir /link-dir/nested.txt
        /socket /link-dangling /link-loop /link-loop/x /.hidden /%2541.txt /100%25.txt /%F0%9F%A6%80"
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let entries = std::fs::read_dir(tree.path("")).unwrap();
    let names = entries.filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    targets.extend(
        names
            .filter(|name| name.starts_with("a."))
            .map(|name| format!("/{name}")),
    );
    targets.push(format!("/{}", "n".repeat(255)));
    targets.push(format!("/{}", "n".repeat(256)));
    for target in &targets {
        for method in ["GET", "HEAD"] {
            let [expected, found] = [&python, &ours]
                .map(|server| Outcome::of(target, &server.request(method, target, &[])));
            assert_eq!(
                found, expected,
                "{method} {target}: ours is left, Python's right"
            );
        }
    }
}

#[test]
fn the_same_conditional_requests() {
    let Some((_tree, python, ours)) = both() else {
        return;
    };
    // A file that was dated by being written; for others see `differences.rs`.
    let date = python
        .get("/hello.txt")
        .required("Last-Modified")
        .to_owned();
    let own = format!("If-Modified-Since: {date}");
    for fields in [&[own.as_str()][..], &[&own, "If-None-Match: \"other\""]] {
        let [expected, found] = [&python, &ours]
            .map(|server| Outcome::of("/hello.txt", &server.get_with("/hello.txt", fields)));
        assert_eq!(found, expected, "{fields:?}: ours is left, Python's right");
    }
    for fields in [
        &["If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT"][..],
        &["If-Modified-Since: yesterday"],
        &[
            "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT",
            "If-None-Match: \"other\"",
        ],
    ] {
        let [expected, found] = [&python, &ours]
            .map(|server| Outcome::of("/dated.txt", &server.get_with("/dated.txt", fields)));
        assert_eq!(found, expected, "{fields:?}: ours is left, Python's right");
    }
}

/// Whole requests; status and reason are compared.
const SAME_STATUS: &[&str] = &[
    "GET /hello.txt HTTP/1.0\r\n\r\n",
    "GET /hello.txt HTTP/1.1\r\nHost: h\r\n\r\n",
    "POST /hello.txt HTTP/1.0\r\nContent-Length: 0\r\n\r\n",
    "PUT /hello.txt HTTP/1.0\r\nContent-Length: 0\r\n\r\n",
    "DELETE /hello.txt HTTP/1.0\r\n\r\n",
    "SPAM /hello.txt HTTP/1.0\r\n\r\n",
    "get /hello.txt HTTP/1.0\r\n\r\n",
    "POST /missing HTTP/1.0\r\nContent-Length: 0\r\n\r\n",
];

#[test]
fn the_same_reasons() {
    let Some((_tree, python, ours)) = both() else {
        return;
    };
    for request in SAME_STATUS {
        let [expected, found] = [&python, &ours].map(|server| {
            let response = server.exchange(request);
            (response.status, response.reason)
        });
        assert_eq!(found, expected, "{request}: ours is left, Python's right");
    }
    for target in ["/missing", "/hello.txt/", "/dir"] {
        let [expected, found] = [&python, &ours].map(|server| server.get(target).reason);
        assert_eq!(found, expected, "{target}: ours is left, Python's right");
    }
}

/// The status of an answer. Python omits the status line where it hasn't
/// understood the version; the page tells it then.
fn refusal(answer: &[u8]) -> String {
    let answer = String::from_utf8_lossy(answer);
    let status = ["HTTP/1.0 ", "HTTP/1.1 ", "Error code: "]
        .iter()
        .find_map(|start| answer.split_once(start));
    status.map_or_else(
        || answer.to_string(),
        |(_, rest)| rest.chars().take(3).collect(),
    )
}

#[test]
fn the_same_refusals() {
    let Some((_tree, python, ours)) = both() else {
        return;
    };
    let long_line = format!("GET /{} HTTP/1.0\r\n\r\n", "x".repeat(70_000));
    let long_field = format!("GET / HTTP/1.0\r\nX: {}\r\n\r\n", "x".repeat(70_000));
    let many_fields = format!("GET / HTTP/1.0\r\n{}\r\n", "X: y\r\n".repeat(200));
    for request in [
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1\r\n\r\n",
        "GET / HTTP/x.y\r\n\r\n",
        "GET / x HTTP/1.1\r\n\r\n",
        "GET / http/1.1\r\n\r\n",
        &long_line,
        &long_field,
        &many_fields,
    ] {
        let [expected, found] = [&python, &ours].map(|server| {
            let mut client = server.connect();
            let _ = client.try_send(request);
            refusal(&client.rest())
        });
        let shown = &request[..request.len().min(60)];
        assert_eq!(found, expected, "{shown}: ours is left, Python's right");
    }
}
