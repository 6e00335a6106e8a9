use super::*;

/// All that a client would be told of these bytes, read in pieces of that size.
fn read(bytes: &[u8], size: usize, to_head: bool) -> Result<String, NoAnswer> {
    let mut told = String::new();
    let mut answer = Answer::new(to_head);
    let mut chunks: Vec<&[u8]> = bytes.chunks(size).collect();
    chunks.reverse();
    loop {
        let event = match answer.parse()? {
            Some(event) => event,
            None => match chunks.pop() {
                Some(chunk) => {
                    answer.received.extend_from_slice(chunk);
                    continue;
                }
                None => answer.end(true)?,
            },
        };
        match event {
            Event::Interim(head) => told += &format!("({})", head.response.status().as_u16()),
            Event::Head { head, is_all } => {
                told += head.response.status().as_str();
                if is_all {
                    return Ok(told);
                }
                told.push(' ');
            }
            Event::Content { bytes, is_last } => {
                told += &String::from_utf8_lossy(&bytes);
                if is_last {
                    return Ok(told);
                }
            }
            Event::End(trailers) => {
                if let Some(trailers) = trailers {
                    told += &format!(" {trailers:?}");
                }
                return Ok(told);
            }
        }
    }
}

#[track_caller]
fn check(answer: &str, expected: Result<&str, NoAnswer>) {
    for size in [1, 2, 7, answer.len().max(1)] {
        let told = read(answer.as_bytes(), size, false);
        assert_eq!(
            told.as_deref(),
            expected.as_ref().copied(),
            "{answer:?} by {size}"
        );
    }
}

#[test]
fn what_is_one_answer_is_passed_on() {
    for (answer, told) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "200 abc"),
        ("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "200"),
        ("HTTP/1.1 204 No Content\r\n\r\n", "204"),
        (
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
            "304",
        ),
        ("HTTP/1.0 200 OK\r\n\r\nuntil the end", "200 until the end"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n",
            "200 abc0123456789",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\nHost: a\r\n\r\n",
            "200 a {\"x-sum\": \"1\"}",
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
            "(100)200 a",
        ),
    ] {
        check(answer, Ok(told));
    }
}

#[test]
fn what_is_none_is_not() {
    let flood = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(17);
    for (answer, why) in [
        ("", NoAnswer::Missing),
        ("nonsense", NoAnswer::Head),
        ("\r\nHTTP/1.1 200 OK\r\n\r\n", NoAnswer::Head),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n", NoAnswer::Head),
        ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", NoAnswer::Head),
        ("HTTP/1.1 200 OK\r\nX : y\r\n\r\n", NoAnswer::Head),
        ("HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", NoAnswer::Head),
        ("HTTP/2.0 200 OK\r\n\r\n", NoAnswer::Head),
        ("HTTP/1.1 20 OK\r\n\r\n", NoAnswer::Head),
        ("HTTP/1.1 200 OK\nContent-Length: 0\n\n", NoAnswer::LineEnd),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n",
            NoAnswer::LineEnd,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na",
            NoAnswer::Length,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\na",
            NoAnswer::Length,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\na",
            NoAnswer::Length,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
            NoAnswer::Length,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na",
            NoAnswer::Length,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            NoAnswer::Coding,
        ),
        (
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            NoAnswer::Coding,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
            NoAnswer::CutShort,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
            NoAnswer::CutShort,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n",
            NoAnswer::Chunk,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n",
            NoAnswer::Chunk,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111\r\n",
            NoAnswer::Chunk,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n",
            NoAnswer::LineEnd,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nno colon\r\n\r\n",
            NoAnswer::Trailers,
        ),
        (
            "HTTP/1.1 101 Switching Protocols\r\n\r\n",
            NoAnswer::Switching,
        ),
        (&flood, NoAnswer::Interim),
    ] {
        check(answer, Err(why));
    }
}

#[test]
fn what_follows_an_answer_leaves_no_connection() {
    let one = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na";
    for (answer, leaves) in [
        (one.to_owned(), true),
        (format!("{one}{one}"), false),
        (
            one.replace("OK\r\n", "OK\r\nConnection: x, Close\r\n"),
            false,
        ),
        (one.replace("1.1", "1.0"), false),
    ] {
        let mut reader = Answer::new(false);
        reader.received.extend_from_slice(answer.as_bytes());
        assert!(matches!(reader.parse(), Ok(Some(Event::Head { .. }))));
        assert!(matches!(
            reader.parse(),
            Ok(Some(Event::Content { is_last: true, .. }))
        ));
        assert_eq!(reader.leaves_connection(), leaves, "{answer}");
    }
}

#[test]
fn an_answer_to_head_is_a_head() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    assert_eq!(read(head, head.len(), true).unwrap(), "200");
}

#[test]
fn what_is_for_one_connection_is_left_out() {
    let mut received = BytesMut::from(
        &b"HTTP/1.1 200 OK\r\nConnection: X-Mine, keep-alive\r\nKeep-Alive: 5\r\nX-Mine: 1\r\n\
        Upgrade: h2c\r\nContent-Length: 0\r\nX-Other: 2\r\n\r\n"[..],
    );
    let head = head::parse(&mut received).unwrap().unwrap();
    let names: Vec<_> = head
        .response
        .headers()
        .keys()
        .map(http::HeaderName::as_str)
        .collect();
    assert_eq!(names, ["content-length", "x-other"]);
}
