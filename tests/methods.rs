//! Methods and what they expect: HEAD, OPTIONS, 501, `Expect` (RFC 9110).

use crate::support::client::Response;
use crate::support::server::Server;
use crate::support::tree::{MEGABYTE, Tree};

fn start() -> (Tree, Server) {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    (tree, server)
}

#[test]
fn head_is_get_without_a_body() {
    let (_tree, server) = start();
    let without_date = |response: &Response| -> Vec<(String, String)> {
        response
            .fields
            .iter()
            .filter(|(name, _)| !name.eq_ignore_ascii_case("Date"))
            .cloned()
            .collect()
    };
    let targets = [
        "/hello.txt",
        "/100k.bin",
        "/empty.txt",
        "/",
        "/dir/",
        "/dir",
        "/missing",
        "/with-index/",
    ];
    for target in targets {
        let get = server.get(target);
        let mut client = server.connect();
        client.send(format!(
            "HEAD {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
        ));
        let head = client.response_to_head();
        client.expect_closed();
        assert_eq!(
            (head.status, &head.reason),
            (get.status, &get.reason),
            "{target}"
        );
        assert_eq!(without_date(&head), without_date(&get), "{target}");
    }
}

#[test]
fn options_tells_what_is_allowed() {
    let (_tree, server) = start();
    let mut client = server.connect();
    for target in ["/hello.txt", "/", "*"] {
        let response = client.exchange(format!("OPTIONS {target} HTTP/1.1\r\nHost: test\r\n\r\n"));
        assert_eq!(response.status, 204, "{target}");
        assert_eq!(response.required("Allow"), "GET, HEAD, OPTIONS", "{target}");
        // RFC 9110 section 8.6: no Content-Length in a 204.
        assert_eq!(response.field("Content-Length"), None, "{target}");
    }
}

#[test]
fn a_star_is_only_for_options() {
    let (_tree, server) = start();
    let response = server.get("*");
    assert!(matches!(response.status, 400 | 404), "{}", response.status);
}

#[test]
fn other_methods_are_501_as_in_http_server() {
    let (_tree, server) = start();
    for method in [
        "POST",
        "PUT",
        "DELETE",
        "PATCH",
        "TRACE",
        "SPAM",
        "get",
        "Get",
        "M-SEARCH",
        "!#$%&*+.^_`|~",
    ] {
        let request =
            format!("{method} /hello.txt HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\nabc");
        let response = server.exchange(request);
        assert_eq!(response.status, 501, "{method}");
        assert_eq!(response.reason, format!("Unsupported method ('{method}')"));
    }
    let response =
        server.exchange("CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n");
    assert!(
        matches!(response.status, 400 | 405 | 501),
        "{}",
        response.status
    );
}

#[test]
fn expect_100_continue_never_loses_the_final_response() {
    let (_tree, server) = start();
    let mut client = server.connect();
    let get = "GET /hello.txt HTTP/1.1\r\nHost: test\r\nExpect: 100-Continue\r\n\r\n";
    assert_eq!(client.exchange(get).text(), "hello, world\n");
    assert_eq!(client.get("/canary.txt").text(), "canary\n");

    // The body isn't sent before the answer, which is what Expect is for.
    let mut client = server.connect();
    client.send(format!(
        "POST /hello.txt HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: {MEGABYTE}\r\n\r\n"
    ));
    assert_eq!(client.final_response(false).status, 501);
}

#[test]
fn other_expectations_are_417_and_1_0_has_none() {
    let (_tree, server) = start();
    for expectation in [
        "200-ok",
        "100-continued",
        "100-continue, x",
        "x=100-continue",
    ] {
        let response = server.get_with("/hello.txt", &[&format!("Expect: {expectation}")]);
        assert_eq!(response.status, 417, "{expectation}");
    }
    // None at all, and one said twice.
    for fields in [
        &["Expect:"][..],
        &["Expect: 100-continue", "Expect: 100-continue"],
    ] {
        let response = server.get_with("/hello.txt", fields);
        assert_eq!(response.status, 200, "{fields:?}");
    }
    let mut client = server.connect();
    client.send("GET /hello.txt HTTP/1.0\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(client.response().status, 200);
}
