//! The head of a request that the host has parsed, as the bytes that it could
//! have come from.

/// Fields that concern a connection (RFC 9110 section 7.6.1), or the framing
/// that the host has undone: none of the handler's business.
const OF_THE_CONNECTION: [&str; 6] = [
    "Connection",
    "Keep-Alive",
    "Proxy-Connection",
    "TE",
    "Transfer-Encoding",
    "Upgrade",
];

/// Whether a field concerns the connection, and not the message.
pub(super) fn concerns_connection(name: &str) -> bool {
    OF_THE_CONNECTION
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

/// Writes a request line and a header section. None if a part has a character
/// that would end its line or word: what the host hands over is trusted to be
/// HTTP only as far as it can't become a different request.
pub(super) fn write(
    method: &str,
    target: &str,
    authority: &str,
    fields: &[(String, Vec<u8>)],
) -> Option<Vec<u8>> {
    let word = |text: &str| !text.bytes().any(|b| b.is_ascii_control() || b == b' ');
    if method.is_empty() || target.is_empty() || ![method, target, authority].into_iter().all(word)
    {
        return None;
    }
    let mut head = format!("{method} {target} HTTP/1.1\r\n").into_bytes();
    // Hosts take Host out of the fields. It is empty where a request has no
    // authority (RFC 9112 section 3.2).
    if !fields
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("Host"))
    {
        push_field(&mut head, "Host", authority.as_bytes());
    }
    for (name, value) in fields {
        let breaks_line = |byte: &u8| matches!(byte, b'\r' | b'\n');
        if name.as_bytes().iter().chain(value).any(breaks_line) {
            return None;
        }
        if !concerns_connection(name) {
            push_field(&mut head, name, value);
        }
    }
    head.extend_from_slice(b"\r\n");
    Some(head)
}

fn push_field(head: &mut Vec<u8>, name: &str, value: &[u8]) {
    head.extend_from_slice(name.as_bytes());
    head.extend_from_slice(b": ");
    head.extend_from_slice(value);
    head.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(fields: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.as_bytes().to_vec());
        fields.iter().map(owned).collect()
    }

    #[test]
    fn is_the_request_that_the_client_sent() {
        let fields = fields(&[
            ("accept", "*/*"),
            ("transfer-encoding", "chunked"),
            ("Connection", "keep-alive"),
            ("x-latin-1", "\u{e4}"),
        ]);
        let head = write("GET", "/a?b", "host:80", &fields).unwrap();
        assert_eq!(
            head,
            "GET /a?b HTTP/1.1\r\nHost: host:80\r\naccept: */*\r\nx-latin-1: \u{e4}\r\n\r\n"
                .as_bytes()
        );
    }

    #[test]
    fn one_host_of_the_fields_or_of_the_authority() {
        let head = write("GET", "/", "b", &fields(&[("host", "a")])).unwrap();
        assert_eq!(head, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n");
        let head = write("GET", "/", "", &[]).unwrap();
        assert_eq!(head, b"GET / HTTP/1.1\r\nHost: \r\n\r\n");
    }

    #[test]
    fn nothing_becomes_a_line_of_its_own() {
        let evil = "a\r\nX: y";
        assert_eq!(write(evil, "/", "h", &[]), None);
        assert_eq!(write("GET", evil, "h", &[]), None);
        assert_eq!(write("GET", "/ HTTP/1.0", "h", &[]), None);
        assert_eq!(write("GET", "/", evil, &[]), None);
        assert_eq!(write("GET", "/", "h", &fields(&[(evil, "z")])), None);
        assert_eq!(write("GET", "/", "h", &fields(&[("n", evil)])), None);
        assert_eq!(write("", "/", "h", &[]), None);
    }
}
