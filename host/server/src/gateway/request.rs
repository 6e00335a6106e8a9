//! A request of HTTP/2 as one of HTTP/1.1: how a handler of our own world is told of it
//! (RFC 9113 section 8.3.1, RFC 9112 section 3).

use http::header::{CONTENT_LENGTH, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue, TE};
use http::uri::Authority;
use http::{Method, Request, Uri, Version};

/// Why a request isn't one: the client gets 400, with this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) &'static str);

/// How a request's content is framed in HTTP/1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// There is none.
    None,
    /// It is as long as its head says.
    Length,
    /// In chunks, as nobody has said how long it is.
    Chunked,
}

/// Checks what `h2` leaves to be checked, and names the host in one way: by `Host`.
///
/// # Errors
///
/// The request is malformed (RFC 9113 section 8.1.1).
pub(super) fn check<B>(request: &mut Request<B>) -> Result<(), Malformed> {
    check_host(request)?;
    check_target(request.method(), request.uri())?;
    check_values(request.headers())?;
    join_cookies(request.headers_mut());
    Ok(())
}

/// `:authority` and `Host` name the same, and each once.
fn check_host<B>(request: &mut Request<B>) -> Result<(), Malformed> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = hosts.next();
    if hosts.next().is_some() {
        return Err(Malformed("The request has more than one Host field.\n"));
    }
    // CONNECT has nothing else, and is refused by whoever handles it.
    let Some(authority) = request.uri().authority().map(Authority::as_str) else {
        return Ok(());
    };
    let differs = |host: &HeaderValue| !host.as_bytes().eq_ignore_ascii_case(authority.as_bytes());
    if host.is_some_and(differs) {
        return Err(Malformed("The request's Host isn't its :authority.\n"));
    }
    let authority = HeaderValue::from_str(authority);
    let authority = authority.map_err(|_| Malformed("The request's :authority is no host.\n"))?;
    request.headers_mut().insert(HOST, authority);
    Ok(())
}

/// The path begins with a slash; or is an asterisk, of OPTIONS.
fn check_target(method: &Method, uri: &Uri) -> Result<(), Malformed> {
    let path = uri.path();
    let asterisk = path == "*" && method == Method::OPTIONS;
    if path.starts_with('/') || asterisk || method == Method::CONNECT {
        return Ok(());
    }
    Err(Malformed(
        "The request's :path doesn't begin with a slash.\n",
    ))
}

/// RFC 9113 section 8.2.1: no value begins or ends with a space.
fn check_values(fields: &HeaderMap) -> Result<(), Malformed> {
    let is_space = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    let spaced = |value: &HeaderValue| {
        let bytes = value.as_bytes();
        is_space(bytes.first()) || is_space(bytes.last())
    };
    if fields.values().any(spaced) {
        return Err(Malformed("A field's value begins or ends with a space.\n"));
    }
    Ok(())
}

/// Cookies that came in pieces, in one field (RFC 9113 section 8.2.3).
fn join_cookies(fields: &mut HeaderMap) {
    let mut pieces = fields.get_all(COOKIE).iter();
    if pieces.next().is_none() || pieces.next().is_none() {
        return;
    }
    let pieces: Vec<_> = fields
        .get_all(COOKIE)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    if let Ok(joined) = HeaderValue::from_bytes(&pieces.join(&b"; "[..])) {
        fields.insert(COOKIE, joined);
    }
}

/// How the content is framed: `is_empty` says that none comes.
pub(super) fn framing<B>(request: &Request<B>, is_empty: bool) -> Framing {
    if request.headers().contains_key(CONTENT_LENGTH) {
        Framing::Length
    } else if is_empty {
        Framing::None
    } else {
        Framing::Chunked
    }
}

/// A checked request's head, as HTTP/1.1 has it; `last`: no other follows on its
/// connection.
pub(super) fn write_head<B>(request: &Request<B>, framing: Framing, last: bool) -> Vec<u8> {
    let mut head = Vec::with_capacity(512);
    head.extend_from_slice(request.method().as_str().as_bytes());
    head.push(b' ');
    head.extend_from_slice(target(request.method(), request.uri()).as_bytes());
    head.extend_from_slice(if request.version() == Version::HTTP_10 {
        b" HTTP/1.0\r\n"
    } else {
        b" HTTP/1.1\r\n"
    });
    if let Some(host) = request.headers().get(HOST) {
        write_field(&mut head, "Host", host);
    }
    let mut length_is_said = false;
    for (name, value) in request.headers() {
        // The same length twice is one; what is between client and gateway stays there.
        let again = name == CONTENT_LENGTH && std::mem::replace(&mut length_is_said, true);
        if !again && name != HOST && name != TE && !is_for_one_connection(name) {
            write_field(&mut head, name.as_str(), value);
        }
    }
    match framing {
        Framing::Chunked => head.extend_from_slice(b"transfer-encoding: chunked\r\n"),
        // RFC 9110 section 8.6: a method that means something by content says so.
        Framing::None if has_content(request.method()) => {
            head.extend_from_slice(b"content-length: 0\r\n");
        }
        Framing::None | Framing::Length => {}
    }
    if last {
        head.extend_from_slice(b"connection: close\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head
}

fn target<'a>(method: &Method, uri: &'a Uri) -> &'a str {
    match uri.path_and_query() {
        Some(path) if method != Method::CONNECT => path.as_str(),
        _ => uri.authority().map_or("*", Authority::as_str),
    }
}

fn has_content(method: &Method) -> bool {
    *method == Method::POST || *method == Method::PUT || *method == Method::PATCH
}

fn write_field(head: &mut Vec<u8>, name: &str, value: &HeaderValue) {
    head.extend_from_slice(name.as_bytes());
    head.extend_from_slice(b": ");
    head.extend_from_slice(value.as_bytes());
    head.extend_from_slice(b"\r\n");
}

/// Whether a field is for one connection only (RFC 9113 section 8.2.2).
pub(super) fn is_for_one_connection(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection" | "keep-alive" | "proxy-connection" | "transfer-encoding" | "upgrade"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, uri: &str, fields: &[(&str, &str)]) -> Request<()> {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap()
    }

    fn head(mut request: Request<()>, is_empty: bool) -> Result<String, &'static str> {
        check(&mut request).map_err(|malformed| malformed.0)?;
        let framing = framing(&request, is_empty);
        Ok(String::from_utf8(write_head(&request, framing, false)).unwrap())
    }

    #[test]
    fn a_request_is_written_as_one_of_http_1() {
        let get = request(
            "GET",
            "http://a.example:80/x?y",
            &[
                ("accept", "*/*"),
                ("cookie", "a=1"),
                ("te", "trailers"),
                ("cookie", "b=2"),
            ],
        );
        let written =
            "GET /x?y HTTP/1.1\r\nHost: a.example:80\r\naccept: */*\r\ncookie: a=1; b=2\r\n\r\n";
        assert_eq!(head(get, true).unwrap(), written);
        let post = request("POST", "http://a/", &[]);
        assert!(
            head(post, true)
                .unwrap()
                .contains("\r\ncontent-length: 0\r\n")
        );
        let post = request("POST", "http://a/", &[]);
        assert!(
            head(post, false)
                .unwrap()
                .contains("\r\ntransfer-encoding: chunked\r\n")
        );
        let post = request(
            "POST",
            "http://a/",
            &[("content-length", "3"), ("content-length", "3")],
        );
        let post = head(post, false).unwrap();
        assert_eq!(post.matches("content-length: 3\r\n").count(), 1, "{post}");
        assert!(!post.contains("transfer-encoding"));
        let options = request("OPTIONS", "*", &[("host", "a")]);
        assert!(
            head(options, true)
                .unwrap()
                .starts_with("OPTIONS * HTTP/1.1\r\nHost: a\r\n")
        );
    }

    #[test]
    fn hosts_that_differ_are_malformed() {
        for (uri, hosts, good) in [
            ("http://a/", &[][..], true),
            ("http://a/", &["a"], true),
            ("http://A/", &["a"], true),
            ("/", &["a"], true),
            ("/", &[], true),
            ("http://a/", &["b"], false),
            ("http://a/", &[""], false),
            ("http://a/", &["a:80"], false),
            ("http://a/", &["a", "a"], false),
            ("/", &["a", "b"], false),
        ] {
            let fields: Vec<_> = hosts.iter().map(|host| ("host", *host)).collect();
            let written = head(request("GET", uri, &fields), true);
            assert_eq!(written.is_ok(), good, "{uri} {hosts:?}: {written:?}");
        }
    }

    #[test]
    fn targets_and_values_that_could_be_read_in_two_ways_are_malformed() {
        for value in [" a", "a ", "\ta", "a\t"] {
            let mut spaced = request("GET", "http://a/", &[]);
            spaced
                .headers_mut()
                .insert("x", HeaderValue::from_str(value).unwrap());
            assert!(head(spaced, true).is_err(), "{value:?}");
        }
        assert!(head(request("GET", "*", &[]), true).is_err());
        assert!(head(request("OPTIONS", "*", &[]), true).is_ok());
    }
}
