//! The server's own host, which the program answers itself.

use crate::client::{Client, ask};
use crate::house::House;

#[test]
fn it_is_answered_by_the_program() {
    let house = House::new();
    let answer = ask(&house, "GET /api?x HTTP/1.1", "localhost");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.ends_with("own host: GET /api\n"), "{answer}");
}

/// A proxy in front sends requests of all its clients over one connection.
#[test]
fn it_comes_between_sites_on_a_connection() {
    let house = House::new();
    let hosts = ["a.localhost", "localhost", "b.localhost", "localhost"];
    let answers = [
        "of a",
        "own host: GET /index.html\n",
        "of b",
        "own host: GET /index.html\n",
    ];
    let request = |host: &str| format!("GET /index.html HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let mut client = Client::connect(&house);
    for _ in 0..2 {
        for (host, answer) in hosts.into_iter().zip(answers) {
            client.send(request(host));
            let said = client.response();
            assert!(said.ends_with(answer), "{host}: {said}");
        }
    }
    // All at once.
    let mut client = Client::connect(&house);
    client.send(hosts.map(request).concat());
    for answer in answers {
        let said = client.response();
        assert!(said.ends_with(answer), "{answer}: {said}");
    }
}

#[test]
fn content_reaches_it_whole() {
    let house = House::new();
    for length in [0, 1, 1_000, 100_000, 5_000_000] {
        let content = "x".repeat(length);
        let mut client = Client::connect(&house);
        let head =
            format!("PUT /blob HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n");
        client.send(head + &content);
        let answer = client.response();
        assert!(
            answer.ends_with(&format!("own host: PUT /blob\n{content}")),
            "{length}"
        );
    }
    // Its head in pieces, its content in chunks, and a client that waits to be told.
    let mut client = Client::connect(&house);
    for piece in [
        "POST / HTT",
        "P/1.1\r\nHost: local",
        "host\r\nTransfer-Encoding: chu",
        "nked\r\n\r",
        "\n3\r\nabc",
        "\r\n0\r\n\r\n",
    ] {
        client.send(piece);
    }
    assert!(client.response().ends_with("own host: POST /\nabc"));
    let mut client = Client::connect(&house);
    client.send(
        "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\n",
    );
    client.send("abc");
    let answers = client.rest();
    assert!(answers.ends_with("own host: POST /\nabc"), "{answers}");
}

#[test]
fn what_is_wrong_with_a_request_is_said_before_anybody_sees_it() {
    let house = House::new();
    for head in [
        "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: local host\r\n\r\n",
    ] {
        let mut client = Client::connect(&house);
        client.send(head);
        let answer = client.rest();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{head}: {answer}");
        assert!(!answer.contains("own host"), "{answer}");
    }
}
