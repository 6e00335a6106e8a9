use super::*;

/// Decodes a response that is written in pieces of this many bytes: its head,
/// its content, and whether it may end there.
fn decode_in(
    pieces: usize,
    method: &str,
    response: &[u8],
) -> Result<(Option<Head>, Vec<u8>, bool), BadResponse> {
    let mut decoder = Decoder::new(method);
    let (mut head, mut content) = (None, Vec::new());
    for piece in response.chunks(pieces) {
        let decoded = decoder.decode(piece)?;
        assert!(head.is_none() || decoded.head.is_none(), "a second head");
        head = head.or(decoded.head);
        content.extend(decoded.content.concat());
    }
    Ok((head, content, decoder.may_end()))
}

/// The same, however it is cut.
#[track_caller]
fn decode(method: &str, response: &str) -> Result<(Option<Head>, Vec<u8>, bool), BadResponse> {
    let whole = decode_in(response.len(), method, response.as_bytes());
    for pieces in 1..8 {
        assert_eq!(decode_in(pieces, method, response.as_bytes()), whole);
    }
    whole
}

#[track_caller]
fn content(method: &str, response: &str) -> String {
    let (head, content, may_end) = decode(method, response).unwrap();
    assert!(head.is_some() && may_end, "{response:?}");
    String::from_utf8(content).unwrap()
}

#[test]
fn a_head_without_what_concerns_the_connection() {
    let (head, content, may_end) = decode(
        "GET",
        "HTTP/1.0 404 Gone away\r\nServer: s\r\nConnection: close\r\nKeep-Alive: x\r\n\
         Content-Length: 2\r\nx-a: 1\r\nx-a: 2\r\n\r\nab",
    )
    .unwrap();
    let fields = [
        ("Server", "s"),
        ("Content-Length", "2"),
        ("x-a", "1"),
        ("x-a", "2"),
    ];
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.as_bytes().to_vec());
    assert_eq!(
        head,
        Some(Head {
            status: 404,
            fields: fields.map(owned).to_vec(),
            has_content: true,
        })
    );
    assert_eq!((content.as_slice(), may_end), (&b"ab"[..], true));
}

#[test]
fn interim_responses_are_not_the_response() {
    let response = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n\
                    HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n";
    assert_eq!(content("GET", response), "HTTP/1.1 100 Continue\r\n\r\n");
}

#[test]
fn some_responses_have_no_content() {
    let response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab";
    assert_eq!(content("HEAD", response), "");
    assert_eq!(content("POST", response), "ab");
    let (head, _, _) = decode("HEAD", response).unwrap();
    assert!(head.unwrap().announces_content());
    let empty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let (head, _, _) = decode("HEAD", empty).unwrap();
    assert!(!head.unwrap().announces_content());
    for status in [204, 304] {
        let response = format!("HTTP/1.1 {status} x\r\n\r\nab");
        assert_eq!(content("GET", &response), "");
    }
}

#[test]
fn chunks_are_undone() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n";
    let whole = format!("{head}5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nX: y\r\n\r\n");
    assert_eq!(content("GET", &whole), "hello world");
    let (parsed, _, _) = decode("GET", &whole).unwrap();
    assert_eq!(parsed.unwrap().fields, []);
    // Cut anywhere, it hasn't ended.
    for end in head.len()..whole.len() {
        let (_, _, may_end) = decode("GET", &whole[..end]).unwrap();
        assert!(!may_end, "{:?}", &whole[..end]);
    }
    for broken in ["x\r\n", "5\r\nhelloX\r\n", "5\nhello", "0\r\n\r\nmore"] {
        let response = format!("{head}{broken}");
        assert_eq!(decode("GET", &response), Err(BadResponse::Chunk));
    }
}

#[test]
fn what_is_no_response_is_said_to_be_none() {
    for response in [
        "hello",
        "HTTP/1.1 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    ] {
        assert_eq!(decode("GET", response), Err(BadResponse::Head));
    }
    let switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n";
    assert_eq!(decode("GET", switching), Err(BadResponse::Upgrade));
}

#[test]
fn what_can_pass_by_is_content_as_it_is() {
    let passes_on = |method, response: &[u8]| {
        let mut decoder = Decoder::new(method);
        decoder.decode(response).unwrap();
        assert_eq!(decoder.takes_content(), method != "HEAD");
        decoder.passes_on()
    };
    assert!(passes_on("GET", b"HTTP/1.1 200 OK\r\n\r\n"));
    assert!(!passes_on("HEAD", b"HTTP/1.1 200 OK\r\n\r\n"));
    assert!(!passes_on("GET", b"HTTP/1.1 200 OK\r\n"));
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n";
    assert!(!passes_on("GET", chunked));
}

#[test]
fn nothing_is_not_a_response() {
    assert!(!Decoder::new("GET").may_end());
    let (head, _, may_end) = decode("GET", "HTTP/1.1 200 OK\r\nServer: s\r\n").unwrap();
    assert!(head.is_none() && !may_end);
}
