//! `--gateway`: a component that isn't to be trusted with its clients' connections. What
//! it writes reaches a client only as one well-formed response.

use crate::support::stage::{SHORT_CPU_TIME, SHORT_REQUEST_TIMEOUT, Stage};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Bytes as hexadecimal digits, as the handler takes them.
fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn stage() -> Stage {
    Stage::with_args("raw_handler", &["--gateway"])
}

#[test]
fn what_is_no_answer_is_502() {
    let mut stage = stage();
    for (said, why) in [
        ("<html>".to_owned(), "head"),
        ("HTTP/1.1 200 OK\r\nX: ".to_owned(), "head"),
        (OK.replace("\r\n", "\n"), "CR and LF"),
        (OK.replace("OK\r\n", "OK\r\nX: a\r\n b\r\n"), "head"),
        (OK.replace("OK\r\n", "OK\r\nX : a\r\n"), "head"),
        (OK.replace("OK\r\n", "OK\r\nX: a\0b\r\n"), "head"),
        (
            OK.replace("OK\r\n", "OK\r\nContent-Length: 3\r\n"),
            "length",
        ),
        (
            OK.replace("OK\r\n", "OK\r\nTransfer-Encoding: chunked\r\n"),
            "length",
        ),
        (
            OK.replace("OK\r\n", "OK\r\nTransfer-Encoding: gzip\r\n"),
            "Transfer-Encoding",
        ),
        (OK.replace("1.1 200", "1.1 20"), "head"),
        (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n".to_owned(),
            "switch",
        ),
        (
            "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(40) + OK,
            "interim",
        ),
    ] {
        let target = format!("/say-and-close/{}", hex(&said));
        let mut client = stage.request(&target);
        let response = client.response();
        assert_eq!(response.status, 502, "{said:?}");
        assert!(
            response.text().contains(why),
            "{said:?}: {}",
            response.text()
        );
        // The client's own connection goes on.
        assert_eq!(client.get("/ok").text(), "ok\n", "{said:?}");
    }
    stage.others_are_served();
}

/// The second response would be the answer to somebody else's request.
#[test]
fn what_follows_an_answer_reaches_nobody() {
    let mut stage = stage();
    let second = OK.replace("200", "203").replace("ok", "no");
    for way in ["say", "say-and-close", "say-first"] {
        for extra in [&second, "more", "HTTP/1.1 200 OK\r\n\r\n"] {
            let mut client = stage.request(&format!("/{way}/{}", hex(&format!("{OK}{extra}"))));
            assert_eq!(client.response().text(), "ok", "{way} {extra:?}");
            for _ in 0..3 {
                assert_eq!(client.get("/ok").text(), "ok\n", "{way} {extra:?}");
            }
        }
    }
    stage.others_are_served();
}

/// Nor does it read the request of another client of a proxy's, behind its own.
#[test]
fn a_handler_is_handed_one_request() {
    let mut stage = stage();
    let mut client = stage.server.connect();
    let spy = format!("GET /say/{} HTTP/1.1\r\nHost: test\r\n\r\n", hex(OK));
    client.send(spy.repeat(3) + "GET /ok HTTP/1.1\r\nHost: test\r\nCookie: secret\r\n\r\n");
    for _ in 0..3 {
        assert_eq!(client.response().text(), "ok");
    }
    assert_eq!(client.response().text(), "ok\n");
    stage.others_are_served();
}

#[test]
fn an_answer_that_is_cut_short_is_seen_to_be() {
    let mut stage = stage();
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for said in [
        OK.replace("2\r\n", "9\r\n"),
        format!("{chunked}2\r\nok\r\n"),
        format!("{chunked}2\r\nok\r\nx\r\n"),
        format!("{chunked}9\r\nok"),
    ] {
        let received = stage.provoke(&format!("/say-and-close/{}", hex(&said)));
        // Where nothing of it had gone, the client is told instead.
        let begun = received.starts_with("HTTP/1.1 200 OK\r\n");
        let told = received.starts_with("HTTP/1.1 500 ");
        assert!(
            told || begun && !received.ends_with("0\r\n\r\n"),
            "{received}"
        );
    }
    stage.others_are_served();
}

#[test]
fn the_rest_is_as_without_it() {
    let args = ["--gateway", SHORT_CPU_TIME, SHORT_REQUEST_TIMEOUT];
    let mut stage = Stage::with_args("hostile_handler", &args);
    for (target, status) in [
        ("/ok", "200"),
        ("/trap", "500"),
        ("/silent", "500"),
        ("/loop", "504"),
        ("/sleep", "504"),
    ] {
        let mut client = stage.request(target);
        let response = client.response();
        assert_eq!(response.status.to_string(), status, "{target}");
    }
    stage.others_are_served();
}
