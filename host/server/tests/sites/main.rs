//! Several sites on one server, as a program that embeds this library has them: real
//! sockets, the embedded component, and sites that are folders.

mod client;
mod hostile;
mod house;
mod own_host;

use client::{Client, ask};
use house::House;
use std::os::unix::fs::MetadataExt;

#[test]
fn each_has_its_files_and_its_settings() {
    let house = House::new();
    for (host, content, field) in [
        ("a.localhost", "of a", "x-site: a"),
        ("b.localhost", "of b", "x-site: b"),
        ("A.LOCALHOST:80", "of a", "x-site: a"),
        ("b.localhost.", "of b", "x-site: b"),
    ] {
        let answer = ask(&house, "GET / HTTP/1.1", host);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{host}: {answer}");
        assert!(answer.to_lowercase().contains(field), "{host}: {answer}");
        assert!(answer.ends_with(content), "{host}: {answer}");
    }
    // What is one site's isn't another's.
    assert!(ask(&house, "GET /only-a.txt HTTP/1.1", "a.localhost").contains(" 200 "));
    assert!(ask(&house, "GET /only-a.txt HTTP/1.1", "b.localhost").contains(" 404 "));
    // A listing is a setting.
    assert!(ask(&house, "GET /folder/ HTTP/1.1", "a.localhost").contains(" 200 "));
    assert!(ask(&house, "GET /folder/ HTTP/1.1", "b.localhost").contains(" 404 "));
}

#[test]
fn requests_of_several_sites_share_a_connection() {
    let house = House::new();
    let mut client = Client::connect(&house);
    for _ in 0..3 {
        for (host, content) in [
            ("a.localhost", "of a"),
            ("b.localhost", "of b"),
            ("later.localhost", "of a"),
            ("a.localhost", "of a"),
            ("a.localhost", "of a"),
        ] {
            client.send(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));
            assert!(client.response().ends_with(content), "{host}");
        }
        client.send("GET / HTTP/1.1\r\nHost: nobody.localhost\r\n\r\n");
        assert!(client.response().starts_with("HTTP/1.1 404 "));
    }
    // All at once, as by a proxy.
    let pipelined = ["a", "b", "a", "nobody", "b"]
        .map(|site| format!("GET / HTTP/1.1\r\nHost: {site}.localhost\r\n\r\n"));
    client.send(pipelined.concat());
    for content in ["of a", "of b", "of a", "", "of b"] {
        let response = client.response();
        match content {
            "" => assert!(response.starts_with("HTTP/1.1 404 ")),
            content => assert!(response.ends_with(content), "{response}"),
        }
    }
}

#[test]
fn why_there_is_none_is_said() {
    let house = House::new();
    for (host, status) in [
        ("nobody.localhost", 404),
        ("busy.localhost", 429),
        ("failed.localhost", 503),
        ("", 404),
    ] {
        let answer = ask(&house, "GET / HTTP/1.1", host);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{host}: {answer}"
        );
        for name in ["a.localhost", "b.localhost", "x-site"] {
            assert!(!answer.contains(name), "{host}: {answer}");
        }
    }
    // An old client names no host.
    let mut client = Client::connect(&house);
    client.send("GET / HTTP/1.0\r\n\r\n");
    assert!(client.rest().starts_with("HTTP/1.1 404 "));
}

#[test]
fn a_tag_outlives_other_names_of_the_file() {
    let house = House::new();
    let tag = |answer: String| {
        let tag = answer.lines().find(|line| line.starts_with("ETag: "));
        tag.expect("a tag").to_owned()
    };
    let before = tag(ask(&house, "GET /index.html HTTP/1.1", "a.localhost"));
    let file = house.folder("a").join("index.html");
    let other = house.folder("a").join("another-name");
    std::fs::hard_link(&file, &other).expect("a link");
    assert_eq!(file.metadata().expect("a file").nlink(), 2);
    assert_eq!(
        tag(ask(&house, "GET /index.html HTTP/1.1", "a.localhost")),
        before
    );
    assert_ne!(
        tag(ask(&house, "GET /index.html HTTP/1.1", "b.localhost")),
        before
    );
    assert!(!before.contains("W/"), "{before}");
}

#[test]
fn what_happens_is_noted_by_site() {
    let house = House::new();
    ask(&house, "GET / HTTP/1.1", "a.localhost");
    ask(&house, "GET /missing HTTP/1.1", "b.localhost");
    ask(&house, "GET / HTTP/1.1", "nobody.localhost");
    assert_eq!(
        house.noted(),
        ["a: GET / HTTP/1.1 200", "b: GET /missing HTTP/1.1 404"]
    );
}

/// A page that was loaded before the site changed asks for its own parts.
#[test]
fn what_a_site_had_before_is_found_but_for_pages() {
    let house = House::new();
    let mut client = Client::connect(&house);
    let mut get = |path: &str, host: &str, fields: &str| {
        client.send(format!(
            "GET {path} HTTP/1.1\r\nHost: {host}.localhost\r\n{fields}\r\n"
        ));
        client.response()
    };
    let script = "Sec-Fetch-Dest: script\r\n";
    let page = "Sec-Fetch-Dest: document\r\n";
    for (path, host, fields, answer) in [
        ("/only-a-1.txt", "a", script, "x-site: a-1"),
        ("/only-a-2.txt", "a", script, "x-site: a-2"),
        ("/only-a.txt", "a", script, "x-site: a"),
        ("/only-a-2.txt", "a", page, "404"),
        ("/only-a-2.txt", "a", "Accept: text/html\r\n", "404"),
        ("/only-a-3.txt", "a", script, "404"),
        ("/index.html", "a", script, "x-site: a"),
        ("/only-a-1.txt", "b", script, "404"),
        ("/only-a-1.txt", "later", script, "x-site: a-1"),
        ("/folder", "a", script, "301"),
        ("/", "a", page, "x-site: a"),
    ] {
        let found = get(path, host, fields).to_lowercase();
        let expected = match answer {
            status if status.len() == 3 => format!("http/1.1 {status} "),
            field => format!("\r\n{field}\r\n"),
        };
        assert!(found.contains(&expected), "{path} {host}: {found}");
        assert_eq!(found.matches("http/1.1").count(), 1);
    }
    let mut client = Client::connect(&house);
    client.send(format!(
        "POST /only-a-1.txt HTTP/1.1\r\nHost: a.localhost\r\n{script}Connection: close\r\n\r\n"
    ));
    assert!(client.rest().starts_with("HTTP/1.1 501 "));
}
