use super::*;

fn parse(head: &str) -> Result<Head, HeadError> {
    Head::parse(head.as_bytes())
}

#[test]
fn finds_the_end_of_a_head_in_pieces() {
    for (output, end) in [
        ("A: b\n\nbody\n\n", Some(6)),
        ("A: b\r\n\r\nbody", Some(8)),
        ("A: b\n\r\nbody", Some(7)),
        ("\nbody", Some(1)),
        ("A: b\n", None),
        ("A: b\n\r", None),
        ("A: b\r\rbody", None),
    ] {
        assert_eq!(head_length(output.as_bytes(), 0), end, "{output:?}");
        let found = (0..=output.len())
            .scan(0, |seen, length| {
                let found = head_length(&output.as_bytes()[..length], *seen);
                *seen = length;
                Some(found)
            })
            .find_map(|found| found);
        assert_eq!(found, end, "{output:?} byte by byte");
    }
}

#[test]
fn keeps_order_and_duplicates_and_drops_what_is_not_the_clients() {
    let head = parse(
        "Set-Cookie: a=1\r\nConnection: close\nX-CGI-Mode: x\nTransfer-Encoding: chunked\n\
         Date: now\nServer: me\ncontent-type:text/plain \nSet-Cookie: b=2\nX-Cgi: y\n\n",
    );
    let fields = head.unwrap().fields;
    let fields: Vec<_> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    assert_eq!(
        fields,
        [
            ("Set-Cookie", "a=1"),
            ("content-type", "text/plain"),
            ("Set-Cookie", "b=2"),
            ("X-Cgi", "y"),
        ]
    );
}

#[test]
fn a_status_has_three_digits() {
    for (value, code) in [
        ("200", 200),
        ("404 Not Found", 404),
        ("799  x", 799),
        ("103 Early Hints", 103),
    ] {
        let head = parse(&format!("Status: {value}\n\n")).unwrap();
        assert_eq!(head.status().code(), code, "{value}");
        assert_eq!(head.is_interim(), code < 200, "{value}");
    }
    for value in ["", "OK", "20", "2000", "+20", "101", "-200", "099"] {
        let head = parse(&format!("Status: {value}\nContent-Type: a/b\n\n"));
        assert!(matches!(head, Err(HeadError::Status(_))), "{value}");
    }
}

#[test]
fn tells_the_redirects_apart() {
    for (head, local, code) in [
        ("Location: /a?b\n\n", Some("/a?b"), 302),
        ("Location: /a\nContent-Type: text/html\n\n", Some("/a"), 302),
        ("Status: 200 OK\nLocation: /a\n\n", Some("/a"), 200),
        ("Status: 303\nLocation: /a\n\n", None, 303),
        ("Location: /a#b\n\n", None, 302),
        ("Location: /a\nSet-Cookie: a=b\n\n", None, 302),
        ("Location: http://h/a\n\n", None, 302),
        ("Location: a\n\n", None, 302),
        ("Location: /a bä\n\n", Some("/a%20b%C3%A4"), 302),
        ("Location: /\\h\n\n", Some("/%5Ch"), 302),
        ("Location: http://h/a b\n\n", None, 302),
        (
            "Status: 301\nLocation: http://h/\nContent-Type: a/b\n\n",
            None,
            301,
        ),
        ("Status: 201\nLocation: /a\n\n", None, 201),
    ] {
        let parsed = parse(head).unwrap();
        assert_eq!(parsed.local_redirect(), local, "{head:?}");
        assert_eq!(parsed.status().code(), code, "{head:?}");
    }
}

#[test]
fn refuses_what_is_not_a_head() {
    for head in [
        "Content-Type: a/b\rX: y\n\n",
        "Content-Type: a/b\nX: \0\n\n",
        "Content-Type: a/b\nX: \x1b[1m\n\n",
        "Content-Type: a/b\nno colon\n\n",
        "Content-Type: a/b\nX\u{e9}: y\n\n",
        "Content-Type: a/b\n: y\n\n",
        "Content-Type: a/b\nContent-Length: -1\n\n",
        "Content-Type: a/b\nContent-Length: 1, 1\n\n",
        "Content-Type: a/b\nContent-Length:\n\n",
        "Content-Type: a/b\nContent-Length: 1\nContent-Length: 2\n\n",
        " folded: first\n\n",
        "Content-Type: a/b\n fol\x01ded\n\n",
        "HTTP/1.1 404 Not Found\n folded\n\n",
        "HTTP/1.1\nContent-Type: a/b\n\n",
        "HTTP/1.1 fine\nContent-Type: a/b\n\n",
        "HTTP/1.1 200 a\rX: y\nContent-Type: a/b\n\n",
        "HTTP/1.1 200 \x1b[1m\nContent-Type: a/b\n\n",
        "HTTP/1.1 101 Switching Protocols\nUpgrade: x\n\n",
        "Content-Type: a/b\nHTTP/1.1 404 Not Found\n\n",
        "Content-Type\r: a/b\n\n",
        "Location:\n\n",
    ] {
        assert!(parse(head).is_err(), "{head:?}");
    }
}

#[test]
fn takes_what_is_odd_and_clear() {
    let fields = |fields: &[(&str, &str)]| -> Vec<(String, String)> {
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        fields.iter().map(owned).collect()
    };
    for (head, code, expected, oddity) in [
        (
            "HTTP/1.1 404 Not Found\r\nX: y\r\n\r\n",
            404,
            &[("X", "y")][..],
            Oddity::StatusLine,
        ),
        ("HTTP/2 418\n\n", 418, &[], Oddity::StatusLine),
        (
            "HTTP/1.0 200 OK\nStatus: 201\n\n",
            201,
            &[],
            Oddity::Repeated("Status"),
        ),
        (
            "Content-Type: a/b\nX: y\ncontent-type: c/d\n\n",
            200,
            &[("Content-Type", "c/d"), ("X", "y")],
            Oddity::Repeated("Content-Type"),
        ),
        (
            "Content-Type : a/b\nX\t : y\n\n",
            200,
            &[("Content-Type", "a/b"), ("X", "y")],
            Oddity::SpaceBeforeColon("Content-Type".to_owned()),
        ),
        (
            "Content-Type: a/b;\r\n\tc=d\r\n e\r\n\r\n",
            200,
            &[("Content-Type", "a/b; c=d e")],
            Oddity::Folded("Content-Type".to_owned()),
        ),
        ("X: y\n\n", 200, &[("X", "y")], Oddity::Untyped),
        ("\n", 200, &[], Oddity::Untyped),
    ] {
        let parsed = parse(head).unwrap_or_else(|error| panic!("{head:?}: {error}"));
        assert_eq!(parsed.status().code(), code, "{head:?}");
        assert_eq!(parsed.fields, fields(expected), "{head:?}");
        assert!(
            parsed.oddities.contains(&oddity),
            "{head:?}: {:?}",
            parsed.oddities
        );
    }
    let same = parse("Content-Type: a/b\nContent-Length: 1\nContent-Length: 1\n\n").unwrap();
    assert_eq!(same.content_length, Some(1));
    let last = parse("Location: http://a/\nLocation: http://b/\n\n").unwrap();
    assert_eq!(last.location.as_deref(), Some("http://b/"));
    let usual = parse("Status: 200 OK\nContent-Type: a/b\nX: y\n\n").unwrap();
    assert_eq!(usual.oddities, []);
}

/// However it is spelt, what frames the message is the server's to say.
#[test]
fn an_odd_spelling_smuggles_nothing() {
    let head = parse(
        "Content-Type: a/b\nTransfer-Encoding : chunked\nConnection\t: close\n\
         Transfer-Encoding:\n chunked\nX-CGI-A : b\n\n",
    );
    let head = head.unwrap();
    assert_eq!(head.fields, [("Content-Type".to_owned(), "a/b".to_owned())]);
}
