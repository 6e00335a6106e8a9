//! What is answered to requests in clear.

use super::request::{Head, Request, read};
use http::StatusCode;
use std::time::SystemTime;

/// How long a browser may remember where it was sent: for good, as it would by itself
/// (RFC 9110 section 15.4.2), is longer than anybody serves something else there.
const CACHE: &str = "Cache-Control: max-age=3600\r\n";

/// Whether a client that begins so sends a request where a handshake is expected: a
/// method is a name in capitals. A handshake begins with 22 (RFC 8446 section 5.1), and
/// that of SSL 2 with a length, and its highest bit.
pub(crate) fn is_in_clear(first: u8) -> bool {
    first.is_ascii_uppercase()
}

/// What such a client is told: where to go, if it has sent a whole head.
pub(super) fn in_clear(head: &[u8]) -> Vec<u8> {
    let place = match read(head) {
        Head::Whole(request) => request.url(None),
        Head::Part | Head::Wrong(..) => "https://".to_owned(),
    };
    let explanation =
        format!("This port speaks HTTPS, and was sent a request in clear: use {place}\n");
    let is_head = head.starts_with(b"HEAD ");
    response(StatusCode::BAD_REQUEST, "", &explanation, is_head)
}

/// Where to go instead. To a browser, and for what only reads, as it always was; a
/// request of another kind has to be sent again as it is (RFC 9110 section 15.4.9).
pub(super) fn redirect(request: &Request<'_>, port: u16) -> (StatusCode, Vec<u8>) {
    let status = if matches!(request.method, "GET" | "HEAD") {
        StatusCode::MOVED_PERMANENTLY
    } else {
        StatusCode::PERMANENT_REDIRECT
    };
    let url = request.url(Some(port));
    let fields = format!("Location: {url}\r\n{CACHE}");
    let explanation = format!("This is at {url}\n");
    let response = response(status, &fields, &explanation, request.method == "HEAD");
    (status, response)
}

/// What an authority asks for, to see that a name leads here (RFC 8555 section 8.3).
pub(super) fn show(text: &str) -> (StatusCode, Vec<u8>) {
    (StatusCode::OK, response(StatusCode::OK, "", text, false))
}

/// What is wrong with a request.
pub(super) fn refuse(status: StatusCode, reason: &str) -> Vec<u8> {
    response(status, "", &format!("{reason}\n"), false)
}

/// A whole response, after which the connection closes.
fn response(status: StatusCode, fields: &str, explanation: &str, is_head: bool) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\nDate: {}\r\n{fields}Content-Type: text/plain; charset=utf-8\r\n\
         X-Content-Type-Options: nosniff\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
        httpdate::fmt_http_date(SystemTime::now()),
        explanation.len(),
        if is_head { "" } else { explanation },
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(head: &[u8]) -> String {
        String::from_utf8(in_clear(head)).unwrap()
    }

    #[test]
    fn a_request_in_clear_is_told_where_to_go() {
        let whole = told(b"GET /a?b HTTP/1.1\r\nHost: localhost:8443\r\n\r\n");
        assert!(whole.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{whole}");
        assert!(
            whole.ends_with(": use https://localhost:8443/a?b\n"),
            "{whole}"
        );
        for part in [
            "GET",
            "GET / HTTP/1.1\r\nHos",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ] {
            let told = told(part.as_bytes());
            assert!(told.ends_with(": use https://\n"), "{told}");
        }
        let head = told(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert!(head.ends_with("\r\n\r\n"), "{head}");
    }

    #[test]
    fn what_may_be_tls_is_not_in_clear() {
        assert!(b"GPC".iter().all(|&first| is_in_clear(first)));
        assert!(
            ![0x16, 0x80, 0, b'\r', b'g']
                .iter()
                .any(|&first| is_in_clear(first))
        );
    }
}
