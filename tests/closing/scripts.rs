//! Scripts, which may leave some of a request's content, and speak for themselves.

use super::{CANARY, CLOSE, KEEP, check};
use crate::support::scripts::Scripts;
use crate::support::tree::MEGABYTE;

/// What a script has left of its content is dropped, if it is little; and else the
/// response says so, if it leaves before the script has ended, too.
#[test]
fn of_scripts() {
    let scripts = Scripts::new();
    scripts.file("canary.txt", "canary\n");
    let plain = r"printf 'Content-Type: text/plain\n\n'";
    scripts.sh("over", &format!("{plain}; echo over"));
    scripts.sh("reads", &format!("cat > /dev/null; {plain}; echo read"));
    scripts.sh("early", &format!("{plain}; echo early; cat > /dev/null"));
    scripts.sh(
        "leaves",
        &format!("{plain}; echo early; head -c 1 > /dev/null"),
    );
    let server = scripts.serve();
    let post = |script: &str, length: usize| {
        let content = "x".repeat(length);
        format!(
            "POST /cgi-bin/{script} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n{content}"
        )
    };
    for script in ["over", "reads", "early", "leaves"] {
        check(
            &server,
            &format!("GET /cgi-bin/{script} HTTP/1.1\r\nHost: h\r\n\r\n"),
            200,
            KEEP,
        );
        check(&server, &post(script, 5), 200, KEEP);
        check(&server, &post(script, 100_000), 200, KEEP);
    }
    check(&server, &post("reads", MEGABYTE), 200, KEEP);
    check(&server, &post("over", 8 * MEGABYTE), 200, CLOSE);
    // It ends when its head has left, or before.
    let mut client = server.connect();
    client.send_in_background(
        [&post("leaves", MEGABYTE / 2), CANARY]
            .concat()
            .into_bytes(),
    );
    if client.response().lists("Connection", "close") {
        client.expect_closed();
    } else {
        assert_eq!(client.response().text(), "canary\n");
    }
}

/// A head that leaves while the script still has much content before it says that the
/// connection closes, as nobody knows how much of that it will read.
#[test]
fn of_scripts_that_answer_first() {
    let scripts = Scripts::new();
    scripts.file("canary.txt", "canary\n");
    let mut gate = scripts.gate("gate");
    for (name, after) in [("reads", "cat > /dev/null"), ("leaves", "true")] {
        scripts.sh(
            name,
            &format!(
                r#"printf 'Content-Type: text/plain\n\nearly'; read -r go <"$traces/gate"; {after}"#
            ),
        );
    }
    let server = scripts.serve();
    for (script, length, closes) in [
        ("reads", 3 * MEGABYTE, CLOSE),
        ("leaves", 3 * MEGABYTE, CLOSE),
        ("reads", MEGABYTE / 2, KEEP),
        ("leaves", MEGABYTE / 2, KEEP),
    ] {
        let content = "x".repeat(length);
        let post = format!(
            "POST /cgi-bin/{script} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n{content}{CANARY}"
        );
        let mut client = server.connect();
        client.send_in_background(post.into_bytes());
        let head = client.try_response_head().expect("a head");
        assert_eq!(head.lists("Connection", "close"), closes, "{script}");
        gate.open();
        assert_eq!(client.read_body(&head).expect("its content"), b"early");
        if closes {
            client.expect_closed();
        } else {
            assert_eq!(client.response().text(), "canary\n", "{script}");
        }
    }
}

/// What they say themselves of the connection is kept, and if it can't be kept, they
/// haven't said it.
#[test]
fn of_scripts_that_speak_for_themselves() {
    let scripts = Scripts::new();
    scripts.file("canary.txt", "canary\n");
    for (number, (output, status, closes)) in [
        (
            r"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none",
            200,
            KEEP,
        ),
        (r"HTTP/1.1 304 Not Modified\r\n\r\n", 304, KEEP),
        (
            r"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\none",
            200,
            CLOSE,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        scripts.sh(format!("nph-{number}"), &format!("printf '{output}'"));
        let server = scripts.serve();
        let request = format!("GET /cgi-bin/nph-{number} HTTP/1.1\r\nHost: h\r\n\r\n");
        check(&server, &request, status, closes);
    }
    // Less than it says, more, two lengths, another coding, or no end.
    for (name, head, content, received) in [
        ("less", r"Content-Length: 4\r\n", "one", "one"),
        ("more", r"Content-Length: 2\r\n", "one", "on"),
        (
            "two",
            r"Content-Length: 3\r\nContent-Length: 3\r\n",
            "one",
            "one",
        ),
        ("open", "", "one", "one"),
    ] {
        let printed = format!(r"HTTP/1.1 200 OK\r\n{head}\r\n{content}");
        scripts.sh(format!("nph-{name}"), &format!("printf '{printed}'"));
        let server = scripts.serve();
        let mut client = server.connect();
        client.send(format!(
            "GET /cgi-bin/nph-{name} HTTP/1.1\r\nHost: h\r\n\r\n{CANARY}"
        ));
        let rest = String::from_utf8(client.rest()).unwrap();
        assert!(rest.ends_with(&format!("\r\n\r\n{received}")), "{rest}");
    }
    // A client of HTTP/1.0 has to be told that it is kept.
    let server = scripts.serve();
    let mut client = server.connect();
    client.send("GET /cgi-bin/nph-0 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert!(client.rest().ends_with(b"one"));
}
