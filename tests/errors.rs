//! Error pages: readable, complete, and safe in what they echo.

use crate::support::server::Server;
use crate::support::tree::Tree;

#[test]
fn an_error_page_is_a_whole_html_page() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    let response = server.get("/missing");
    assert_eq!(
        (response.status, response.reason.as_str()),
        (404, "File not found")
    );
    assert_eq!(response.media_type(), "text/html");
    assert!(
        response
            .required("Content-Type")
            .to_ascii_lowercase()
            .contains("charset=utf-8")
    );
    let page = response.text();
    assert!(
        page.to_ascii_lowercase().starts_with("<!doctype html>"),
        "{page}"
    );
    for part in ["404", "viewport", "color-scheme", "</html>"] {
        assert!(page.contains(part), "{part} isn't in {page}");
    }
}

#[test]
fn error_pages_load_nothing_from_elsewhere() {
    let tree = Tree::simple();
    let page = Server::serving(&tree).get("/missing").text();
    for part in ["src=\"http", "href=\"http", "@import", "url(http"] {
        assert!(!page.contains(part), "{page}");
    }
}

#[test]
fn what_error_pages_echo_is_escaped() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    for request in [
        "GET /<script>alert(1)</script> HTTP/1.1\r\nHost: test\r\n",
        "GET /%3Cscript%3Ealert(1)%3C/script%3E HTTP/1.1\r\nHost: test\r\n",
        "GET /\"><script>alert(1)</script> HTTP/1.1\r\nHost: test\r\n",
        "<script>alert(1)</script> / HTTP/1.1\r\nHost: test\r\n",
        "GET / <script>alert(1)</script>\r\nHost: test\r\n",
        "GET / HTTP/<script>alert(1)</script>\r\nHost: test\r\n",
        "GET / x <script>alert(1)</script> HTTP/1.1\r\nHost: test\r\n",
        "GET / HTTP/1.1\r\nHost: <script>alert(1)</script>\r\n",
        "GET / HTTP/1.1\r\nHost: test\r\n<script>alert(1)</script>: x\r\n",
        "GET / HTTP/1.1\r\nHost: test\r\nExpect: <script>alert(1)</script>\r\n",
        "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: <script>alert(1)</script>\r\n",
        "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: <script>alert(1)</script>\r\n",
    ] {
        let response = server.exchange(format!("{request}\r\n"));
        assert!(response.status >= 400, "{request}: {}", response.status);
        let page = response.text().to_ascii_lowercase();
        assert!(!page.contains("<script>alert"), "{request}: {page}");
        assert!(
            !response.reason.contains('<'),
            "{request}: {}",
            response.reason
        );
    }
}

#[test]
fn errors_to_head_have_no_body() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    let mut client = server.connect();
    client.send(
        "HEAD /missing HTTP/1.1\r\nHost: test\r\n\r\nGET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n",
    );
    assert_eq!(client.response_to_head().status, 404);
    assert_eq!(client.response().text(), "hello, world\n");
}

#[test]
fn a_404_keeps_the_connection() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    let mut client = server.connect();
    for _ in 0..3 {
        assert_eq!(client.get("/missing").status, 404);
        assert_eq!(client.get("/hello.txt").status, 200);
    }
}
