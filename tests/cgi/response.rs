//! What a script prints, and what the client gets: RFC 3875, section 6.

use crate::support::client::Response;
use crate::support::scripts::{PLAIN, Scripts};

/// One script, `cgi-bin/s`, that prints this with printf.
fn printing(text: &str) -> Scripts {
    let scripts = Scripts::new();
    scripts.sh("s", &format!("printf '{text}'"));
    scripts
}

#[track_caller]
fn response_to(text: &str) -> Response {
    let scripts = printing(text);
    scripts.serve().get("/cgi-bin/s")
}

#[test]
fn a_document_is_200_with_its_fields() {
    for end in [r"\n", r"\r\n"] {
        let text = [
            "Content-Type: text/x-test; a=b",
            "X-Other:  kept ",
            "",
            "body",
        ]
        .join(end);
        let response = response_to(&text);
        assert_eq!((response.status, response.reason.as_str()), (200, "OK"));
        assert_eq!(response.required("Content-Type"), "text/x-test; a=b");
        assert_eq!(response.required("X-Other"), "kept");
        assert_eq!(response.text(), "body");
        for name in ["Server", "Date"] {
            response.required(name);
        }
    }
}

#[test]
fn the_status_is_the_scripts() {
    for (line, status, reason) in [
        ("Status: 404 Gone fishing", 404, "Gone fishing"),
        ("status:201", 201, "Created"),
        ("Status: 503", 503, "Service Unavailable"),
        ("Status: 299 Odd", 299, "Odd"),
    ] {
        let response = response_to(&format!(r"{line}\nContent-Type: text/plain\n\nbody"));
        let received = (response.status, response.reason.as_str());
        assert_eq!(received, (status, reason), "{line}");
        assert_eq!(response.field("Status"), None, "{line}");
        assert_eq!(response.text(), "body", "{line}");
    }
}

#[test]
fn repeated_fields_stay_apart_and_in_order() {
    let response = response_to(
        r"Set-Cookie: a=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT\nX-A: x\nSet-Cookie: b=2\nContent-Type: text/plain\nX-A: y\n\nbody",
    );
    let cookies = ["a=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT", "b=2"];
    assert_eq!(response.values("Set-Cookie"), cookies);
    assert_eq!(response.values("X-A").join(",").replace(' ', ""), "x,y");
}

#[test]
fn a_length_is_kept_and_the_connection_stays_open() {
    let scripts = printing(r"Content-Length: 4\nContent-Type: text/plain\n\nbody");
    let server = scripts.serve();
    let mut client = server.connect();
    for _ in 0..3 {
        let response = client.get("/cgi-bin/s");
        assert_eq!(response.required("Content-Length"), "4");
        assert_eq!(response.field("Transfer-Encoding"), None);
        assert_eq!(response.text(), "body");
    }
}

#[test]
fn without_a_length_it_is_chunks_in_1_1_and_the_end_in_1_0() {
    let scripts = printing(r"Content-Type: text/plain\n\nbody");
    let server = scripts.serve();
    let mut client = server.connect();
    for _ in 0..3 {
        let response = client.get("/cgi-bin/s");
        assert_eq!(response.required("Transfer-Encoding"), "chunked");
        assert_eq!(response.field("Content-Length"), None);
        assert_eq!(response.text(), "body");
    }
    for fields in ["", "Connection: keep-alive\r\n"] {
        let mut client = server.connect();
        client.send(format!("GET /cgi-bin/s HTTP/1.0\r\n{fields}\r\n"));
        let response = client.response();
        assert_eq!(response.field("Transfer-Encoding"), None);
        assert_eq!(response.text(), "body");
        client.expect_closed();
    }
}

#[test]
fn output_is_sent_as_it_comes() {
    let scripts = Scripts::new();
    scripts.sh(
        "slow.sh",
        &format!(
            r#"{PLAIN}; echo first; read -r go <"$traces/gate"; echo second; read -r go <"$traces/gate"; echo third"#
        ),
    );
    let mut gate = scripts.gate("gate");
    let server = scripts.serve();
    for version in ["1.1", "1.0"] {
        let mut client = server.connect();
        client.send(format!(
            "GET /cgi-bin/slow.sh HTTP/{version}\r\nHost: test\r\n\r\n"
        ));
        let head = client.try_response_head().unwrap();
        assert_eq!(head.status, 200);
        client.wait_for("first\n");
        gate.open();
        client.wait_for("second\n");
        gate.open();
        assert_eq!(client.read_body(&head).unwrap(), b"first\nsecond\nthird\n");
    }
    scripts.expect_nothing_left(&server);
}

#[test]
fn head_has_the_fields_and_no_body() {
    let scripts =
        printing(r"Content-Length: 4\nX-A: $REQUEST_METHOD\nContent-Type: text/plain\n\nbody");
    scripts.sh("unknown", &format!("{PLAIN}; echo $REQUEST_METHOD"));
    scripts.sh("large", &format!("{PLAIN}; head -c 10000000 /dev/zero"));
    let server = scripts.serve();
    let mut client = server.connect();
    for target in ["/cgi-bin/s", "/cgi-bin/unknown", "/cgi-bin/large"] {
        let request = format!("HEAD {target} HTTP/1.1\r\nHost: test\r\n\r\n");
        let response = client.exchange(&request);
        assert_eq!(response.status, 200, "{target}");
        assert_eq!(response.media_type(), "text/plain", "{target}");
        let known = target.ends_with("/s").then_some("4");
        assert_eq!(response.field("Content-Length"), known, "{target}");
        // A body would be taken for this response.
        assert_eq!(client.get("/hello.txt").text(), "hello, world\n");
    }
    scripts.expect_nothing_left(&server);
}

#[test]
fn responses_without_content_have_none() {
    for status in ["204 No Content", "304 Not Modified"] {
        let scripts = printing(&format!(r"Status: {status}\nX-A: b\n\n"));
        let server = scripts.serve();
        let mut client = server.connect();
        let response = client.get("/cgi-bin/s");
        assert_eq!(response.status.to_string(), status[..3]);
        assert_eq!(response.required("X-A"), "b");
        assert_eq!(response.field("Transfer-Encoding"), None);
        assert_eq!(client.get("/hello.txt").text(), "hello, world\n");
    }
}

#[test]
fn an_absolute_location_is_302_or_the_scripts_status() {
    let response = response_to(r"Location: https://example.test/a?b#c\n\n");
    assert_eq!((response.status, response.reason.as_str()), (302, "Found"));
    assert_eq!(response.required("Location"), "https://example.test/a?b#c");
    let response = response_to(
        r"Status: 303 See this\nLocation: https://example.test/\nContent-Type: text/plain\nSet-Cookie: a=1\n\nmoved",
    );
    let received = (response.status, response.reason.as_str());
    assert_eq!(received, (303, "See this"));
    assert_eq!(response.required("Location"), "https://example.test/");
    assert_eq!(response.required("Set-Cookie"), "a=1");
    assert_eq!(response.text(), "moved");
}

/// Names of files and words of forms, as scripts paste them into a URI.
#[test]
fn a_location_is_encoded_where_it_has_to_be() {
    for (location, expected) in [
        ("http://example.test/a b", "http://example.test/a%20b"),
        (
            "http://example.test/\u{e4}?q=\u{20ac}",
            "http://example.test/%C3%A4?q=%E2%82%AC",
        ),
        (
            "http://example.test/a%%20b\tc",
            "http://example.test/a%20b%09c",
        ),
        ("x y#z", "x%20y#z"),
    ] {
        let response = response_to(&format!(r"Location: {location}\n\n"));
        assert_eq!(response.status, 302, "{location}");
        assert_eq!(response.required("Location"), expected);
    }
    let scripts = printing(r"Location: /sp ace \303\244.txt\n\n");
    scripts.file("sp ace \u{e4}.txt", "found\n");
    scripts.sh("out", r"printf 'Location: /\\example.test/\n\n'");
    let server = scripts.serve();
    assert_eq!(server.get("/cgi-bin/s").text(), "found\n");
    assert_eq!(server.get("/cgi-bin/out").status, 404);
}

/// What RFC 3875 doesn't have, and lighttpd takes; here with a word in the log.
#[test]
fn heads_that_are_odd_are_taken_and_logged() {
    let scripts = Scripts::new();
    let heads = [
        (
            "line",
            r"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\n",
            404,
            Some("text/plain"),
        ),
        (
            "types",
            r"Content-Type: text/plain\nContent-Type: text/html\n\n",
            200,
            Some("text/html"),
        ),
        ("untyped", r"X-A: b\n\n", 200, None),
        ("nothing", r"\n", 200, None),
        (
            "space",
            r"Content-Type : text/plain\n\n",
            200,
            Some("text/plain"),
        ),
        (
            "folded",
            r"Content-Type: text/plain;\n charset=x\n\n",
            200,
            Some("text/plain; charset=x"),
        ),
        (
            "statuses",
            r"Status: 200\nStatus: 418\nContent-Type: text/plain\n\n",
            418,
            Some("text/plain"),
        ),
    ];
    for (name, head, ..) in heads {
        scripts.sh(name, &format!("printf '{head}body'"));
    }
    let server = scripts.serve();
    let mut client = server.connect();
    for (name, _, status, content_type) in heads {
        let response = client.get(&format!("/cgi-bin/{name}"));
        assert_eq!(response.status, status, "{name}: {response:?}");
        let types: Vec<_> = content_type.into_iter().collect();
        assert_eq!(response.values("Content-Type"), types, "{name}");
        assert_eq!(response.text(), "body", "{name}");
        let odd = |line: &str| line.contains(name) && line.contains("unusual");
        server.wait_for_log(odd);
        assert_eq!(
            server.log_lines().iter().filter(|line| odd(line)).count(),
            1
        );
    }
    assert_eq!(client.get("/cgi-bin/hello.sh").text(), "hello\n");
    assert!(
        !server
            .log_lines()
            .iter()
            .any(|line| line.contains("hello.sh': "))
    );
}

#[test]
fn an_early_hint_is_there_before_the_answer() {
    let scripts = Scripts::new();
    scripts.sh(
        "hints",
        &format!(r#"printf 'Status: 103 Early Hints\nLink: </style.css>; rel=preload\n\n'; read -r go <"$traces/gate"; {PLAIN}; echo last"#),
    );
    let mut gate = scripts.gate("gate");
    let server = scripts.serve();
    let mut client = server.connect();
    client.send("GET /cgi-bin/hints HTTP/1.1\r\nHost: test\r\n\r\n");
    let hint = client.response();
    assert_eq!(
        (hint.status, hint.required("Link")),
        (103, "</style.css>; rel=preload")
    );
    gate.open();
    assert_eq!(client.response().text(), "last\n");
    assert_eq!(client.get("/hello.txt").status, 200);
    // Whoever speaks HTTP/1.0 would take it for the answer.
    gate.open();
    let mut client = server.connect();
    client.send("GET /cgi-bin/hints HTTP/1.0\r\n\r\n");
    assert_eq!(client.response().text(), "last\n");
}

#[test]
fn a_local_location_is_answered_within_the_server() {
    let scripts = printing(r"Location: /hello.txt\n\n");
    scripts.sh(
        "to-script",
        r"printf 'Location: /cgi-bin/shows/i%%20j?a=b&c\n\n'",
    );
    let shown = "$REQUEST_METHOD $SCRIPT_NAME $PATH_INFO $QUERY_STRING $CONTENT_LENGTH";
    scripts.sh("shows", &format!("{PLAIN}; echo \"{shown}\"; cat"));
    scripts.sh("to-missing", r"printf 'Location: /missing\n\n'");
    let server = scripts.serve();
    let response = server.get("/cgi-bin/s");
    assert_eq!(
        (response.status, response.text().as_str()),
        (200, "hello, world\n")
    );
    assert_eq!(response.field("Location"), None);
    assert_eq!(server.get("/cgi-bin/to-missing").status, 404);
    // The new request is a GET without content.
    let request = "POST /cgi-bin/to-script HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nbody";
    let mut client = server.connect();
    for _ in 0..2 {
        let response = client.exchange(request);
        assert_eq!(response.text(), "GET /cgi-bin/shows /i j a=b&c \n");
    }
    let request = "HEAD /cgi-bin/s HTTP/1.1\r\nHost: test\r\n\r\n";
    assert_eq!(client.exchange(request).required("Content-Length"), "13");
    assert_eq!(client.get("/hello.txt").status, 200);
}

#[test]
fn local_locations_that_never_arrive_are_an_error() {
    let scripts = printing(r"Location: /cgi-bin/t\n\n");
    scripts.sh(
        "t",
        r#"echo >>"$traces/runs"; printf 'Location: /cgi-bin/s\n\n'"#,
    );
    let server = scripts.serve();
    let status = server.get("/cgi-bin/s").status;
    assert!((500..600).contains(&status), "{status}");
    let runs = std::fs::read(scripts.trace("runs")).unwrap().len();
    assert!(runs < 50, "{runs} runs");
}

#[test]
fn nph_scripts_speak_for_themselves() {
    let raw = r"HTTP/1.1 299 Mine\r\nX-Raw:  yes\r\n\r\nuntouched\n";
    let scripts = Scripts::new();
    scripts.sh("nph-raw", &format!("printf '{raw}'; cat"));
    scripts.sh("cooked", &format!("{PLAIN}; echo cooked"));
    let server = scripts.serve();
    let mut client = server.connect();
    client.send("POST /cgi-bin/nph-raw/i HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nbody");
    let expected = raw.replace(r"\r", "\r").replace(r"\n", "\n") + "body";
    assert_eq!(
        client.rest().escape_ascii().to_string(),
        expected.as_bytes().escape_ascii().to_string()
    );
    // It is the script's name that counts.
    let response = server.get("/cgi-bin/cooked/nph-raw");
    assert_eq!(
        (response.status, response.text().as_str()),
        (200, "cooked\n")
    );
}

#[test]
fn heads_that_are_none_are_502_and_logged() {
    let scripts = Scripts::new();
    let heads = [
        ("silent", ""),
        ("no-head", r"just text, and more\nof it\n"),
        ("no-colon", r"Content-Type: text/plain\nnonsense\n\nbody"),
        ("empty-name", r"Content-Type: text/plain\n: x\n\nbody"),
        ("space-in-name", r"Content-Type: text/plain\nX Y: z\n\nbody"),
        ("nul", r"Content-Type: text/plain\nX: a\000b\n\nbody"),
        ("return", r"Content-Type: text/plain\nX: a\rY: b\n\nbody"),
        ("unfinished", r"Content-Type: text/plain\n"),
        ("cut-off", r"Content-Type: text/pl"),
        (
            "status-word",
            r"Status: fine\nContent-Type: text/plain\n\nbody",
        ),
        (
            "status-short",
            r"Status: 20\nContent-Type: text/plain\n\nbody",
        ),
        (
            "status-long",
            r"Status: 2000\nContent-Type: text/plain\n\nbody",
        ),
        ("status-interim", r"Status: 100 Continue\n\n"),
        (
            "switches",
            r"Status: 101 Switching Protocols\nUpgrade: x\n\nbody",
        ),
        (
            "two-lengths",
            r"Content-Type: text/plain\nContent-Length: 4\nContent-Length: 3\n\nbody",
        ),
        ("folded-first", r" X: y\nContent-Type: text/plain\n\nbody"),
        (
            "status-line-word",
            r"HTTP/1.1 fine\nContent-Type: text/plain\n\nbody",
        ),
        ("to-nowhere", r"Location:\n\n"),
    ];
    for (name, head) in heads {
        scripts.sh(name, &format!("printf '{head}'"));
    }
    let server = scripts.serve();
    let mut client = server.connect();
    for (name, _) in heads {
        let response = client.get(&format!("/cgi-bin/{name}"));
        assert_eq!(response.status, 502, "{name}: {response:?}");
        assert_eq!(response.values("X").len(), 0, "{name}");
        server.wait_for_log(|line| line.contains(name) && !line.contains("GET /"));
    }
    assert_eq!(client.get("/cgi-bin/hello.sh").text(), "hello\n");
    scripts.expect_nothing_left(&server);
}
