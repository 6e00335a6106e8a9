//! Every spelling of a host and a path that might lead to another's files.

use crate::client::{Client, ask};
use crate::house::House;

#[test]
fn a_host_and_a_target_that_differ_are_refused() {
    let house = House::new();
    for (target, host, status) in [
        ("http://a.localhost/", "a.localhost", 200),
        ("http://A.localhost/", "a.LOCALHOST", 200),
        ("http://a.localhost/", "b.localhost", 400),
        ("http://a.localhost/only-a.txt", "b.localhost", 400),
        ("http://a.localhost/only-a.txt", "localhost", 400),
        ("http://localhost/", "a.localhost", 400),
        ("http://a.localhost", "nobody.localhost", 400),
        ("http://a.localhost:1/", "a.localhost", 400),
        ("http://x@a.localhost/", "a.localhost", 400),
        ("ftp://a.localhost/", "b.localhost", 400),
    ] {
        let answer = ask(&house, &format!("GET {target} HTTP/1.1"), host);
        let expected = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&expected), "{target} {host}: {answer}");
    }
}

#[test]
fn no_spelling_of_a_host_reaches_a_neighbour() {
    let house = House::new();
    for host in [
        "b.localhost/../a.localhost",
        "b.localhost#a.localhost",
        "b.localhost\\a.localhost",
        "b.localhost@a.localhost",
        "a.localhost@b.localhost",
        "b.localhost,a.localhost",
        "b.localhost:80:a.localhost",
        "b.localhost%00a.localhost",
        "b%2elocalhost",
        "..a.localhost",
        "a..localhost",
        "a.localhost..",
        "xn--a.localhost",
        "[a.localhost]",
        "a.localhost.evil.example",
        "notlocalhost",
        "a.a.localhost",
        "\u{ff41}.localhost",
    ] {
        let answer = ask(&house, "GET /only-a.txt HTTP/1.1", host);
        let refused = ["HTTP/1.1 400 ", "HTTP/1.1 404 "];
        assert!(
            refused.iter().any(|begin| answer.starts_with(begin)),
            "{host}: {answer}"
        );
        assert!(
            !answer.to_lowercase().contains("x-site"),
            "{host}: {answer}"
        );
    }
}

#[test]
fn no_spelling_of_a_path_leaves_a_site() {
    let house = House::new();
    std::os::unix::fs::symlink("../b", house.folder("a").join("link")).expect("a link");
    for path in [
        "/../b/only-b.txt",
        "/..%2fb/only-b.txt",
        "/%2e%2e/b/only-b.txt",
        "/folder/../../b/only-b.txt",
        "//b/only-b.txt",
        "/\\..\\b\\only-b.txt",
        "/link/only-b.txt",
        "/.%00./b/only-b.txt",
        "/../only-b.txt",
    ] {
        let answer = ask(&house, &format!("GET {path} HTTP/1.1"), "a.localhost");
        assert!(!answer.starts_with("HTTP/1.1 200 "), "{path}: {answer}");
    }
}

/// A request that is hidden in another's content, as a neighbour's proxy may be made to
/// send it, is content.
#[test]
fn content_is_no_request_to_another_site() {
    let house = House::new();
    let hidden = "GET /only-b.txt HTTP/1.1\r\nHost: b.localhost\r\n\r\n";
    let mut client = Client::connect(&house);
    client.send(format!(
        "GET / HTTP/1.1\r\nHost: a.localhost\r\nContent-Length: {}\r\n\r\n{hidden}",
        hidden.len()
    ));
    assert!(client.response().ends_with("of a"));
    client.send("GET /only-a.txt HTTP/1.1\r\nHost: a.localhost\r\nConnection: close\r\n\r\n");
    let rest = client.rest();
    assert!(rest.ends_with("\r\n\r\na"), "{rest}");
    assert_eq!(rest.matches("HTTP/1.1").count(), 1, "{rest}");
}
