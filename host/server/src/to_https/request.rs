//! The head of a request (RFC 9112), as far as it says where it goes.

use http::StatusCode;
use http::uri::{Authority, PathAndQuery, Scheme, Uri};
use httparse::{EMPTY_HEADER, Header, Status};

/// The most fields, as in `http.server`.
const MAX_FIELDS: usize = 100;

/// What there is of a head.
#[derive(Debug)]
pub(super) enum Head<'a> {
    /// Not all of it.
    Part,
    Whole(Request<'a>),
    /// It isn't valid, and why.
    Wrong(StatusCode, &'static str),
}

/// Where a request goes.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    /// As it was sent, for the log.
    pub(super) target: &'a str,
    authority: Authority,
    path: PathAndQuery,
    /// Whether content follows.
    pub(super) has_content: bool,
}

impl Request<'_> {
    /// The same place by HTTPS: on that port, or on the one that was asked for.
    pub(super) fn url(&self, port: Option<u16>) -> String {
        let host = self.authority.host();
        let path = &self.path;
        match port.or(self.authority.port_u16()) {
            Some(0 | 443) | None => format!("https://{host}{path}"),
            Some(port) => format!("https://{host}:{port}{path}"),
        }
    }
}

/// Reads a head.
pub(super) fn read(bytes: &[u8]) -> Head<'_> {
    use StatusCode as S;
    let mut fields = [EMPTY_HEADER; MAX_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    match request.parse(bytes) {
        Ok(Status::Complete(_)) => {}
        Ok(Status::Partial) => return Head::Part,
        Err(httparse::Error::TooManyHeaders) => {
            let reason = "The request has too many fields.";
            return Head::Wrong(S::REQUEST_HEADER_FIELDS_TOO_LARGE, reason);
        }
        Err(_) => return Head::Wrong(S::BAD_REQUEST, "This is no valid request."),
    }
    let (Some(method), Some(target)) = (request.method, request.path) else {
        return Head::Part;
    };
    match place(target, request.headers) {
        Ok((authority, path)) => Head::Whole(Request {
            method,
            target,
            authority,
            path,
            has_content: request.headers.iter().any(announces_content),
        }),
        Err(reason) => Head::Wrong(S::BAD_REQUEST, reason),
    }
}

/// Of a target in absolute form its own, else that of `Host` (RFC 9112 section 3.3).
/// Host has to be there once, whatever the form (section 3.2).
fn place(target: &str, fields: &[Header<'_>]) -> Result<(Authority, PathAndQuery), &'static str> {
    let is_host = |field: &&Header<'_>| field.name.eq_ignore_ascii_case("host");
    let mut hosts = fields.iter().filter(is_host);
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err("A request has exactly one Host field.");
    };
    let host = authority(host.value).ok_or("The Host field names no host.")?;
    if target.starts_with('/') {
        let path = target.try_into();
        return Ok((host, path.map_err(|_| "The request's target is wrong.")?));
    }
    let uri: Uri = target
        .parse()
        .map_err(|_| "The request's target is wrong.")?;
    let parts = uri.into_parts();
    match (parts.scheme, parts.authority, parts.path_and_query) {
        (Some(scheme), Some(there), Some(path))
            if [Scheme::HTTP, Scheme::HTTPS].contains(&scheme) =>
        {
            let there = authority(there.as_str().as_bytes());
            Ok((there.ok_or("The request's target names no host.")?, path))
        }
        _ => Err("There is nothing at this target: this port only says where to find HTTPS."),
    }
}

/// Without a user's name, which is none of the server's (RFC 9110 section 4.2.4).
fn authority(bytes: &[u8]) -> Option<Authority> {
    let authority = Authority::try_from(bytes).ok()?;
    let is_plain = !authority.host().is_empty() && !authority.as_str().contains('@');
    is_plain.then_some(authority)
}

fn announces_content(field: &Header<'_>) -> bool {
    field.name.eq_ignore_ascii_case("transfer-encoding")
        || field.name.eq_ignore_ascii_case("content-length") && field.value != b"0"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(head: &str, port: Option<u16>) -> Result<String, String> {
        match read(head.as_bytes()) {
            Head::Whole(request) => Ok(request.url(port)),
            Head::Part => Err("a part".to_owned()),
            Head::Wrong(status, reason) => Err(format!("{}: {reason}", status.as_u16())),
        }
    }

    #[test]
    fn host_path_and_query_are_kept() {
        for (target, host, expected) in [
            ("/", "a", "https://a:8443/"),
            ("/b?c=d&e", "a:80", "https://a:8443/b?c=d&e"),
            ("//evil/%2e%2e", "a.b", "https://a.b:8443//evil/%2e%2e"),
            ("/", "[::1]:8000", "https://[::1]:8443/"),
            ("http://there:1/x", "a", "https://there:8443/x"),
            ("HTTP://there", "a", "https://there:8443/"),
        ] {
            let head = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
            assert_eq!(url(&head, Some(8443)).as_deref(), Ok(expected));
        }
        let head = "GET /x HTTP/1.0\r\nhost: a:81\r\n\r\n";
        assert_eq!(url(head, Some(443)).as_deref(), Ok("https://a/x"));
        assert_eq!(url(head, None).as_deref(), Ok("https://a:81/x"));
    }

    #[test]
    fn what_is_no_valid_request_goes_nowhere() {
        for head in [
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost:\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n X: b\r\n\r\n",
            "GET http://a@b/ HTTP/1.1\r\nHost: b\r\n\r\n",
            "GET ftp://b/ HTTP/1.1\r\nHost: b\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
            "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
            "GET x HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "\u{16}\u{3}\u{1}",
        ] {
            let refused = url(head, None).unwrap_err();
            assert!(refused.starts_with("400: "), "{head:?}: {refused}");
        }
        let many = "X: y\r\n".repeat(MAX_FIELDS + 1);
        let refused = url(&format!("GET / HTTP/1.1\r\n{many}\r\n"), None).unwrap_err();
        assert!(refused.starts_with("431: "), "{refused}");
        assert_eq!(url("GET / HTT", None), Err("a part".to_owned()));
    }

    #[test]
    fn content_is_announced_by_its_fields() {
        for (fields, expected) in [
            ("", false),
            ("Content-Length: 0\r\n", false),
            ("Content-Length: 7\r\n", true),
            ("Transfer-Encoding: chunked\r\n", true),
        ] {
            let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
            let Head::Whole(request) = read(head.as_bytes()) else {
                panic!("{head:?} is valid")
            };
            assert_eq!(request.has_content, expected, "{fields:?}");
        }
    }
}
