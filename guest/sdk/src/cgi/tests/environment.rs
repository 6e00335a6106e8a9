//! What a script learns of its request.

use super::{HELLO, Scripts, ask, converse};
use crate::testing::{FakeScript, ScriptRun};

fn run(request: &str) -> ScriptRun {
    ask(request, FakeScript::printing(HELLO)).runs.remove(0)
}

#[test]
fn meta_variables_are_those_of_the_standard() {
    let run = converse("PUT /cgi-bin/./s/a%20b?q=%20&r HTTP/1.1\nHost: h\nContent-Type: a/b\nContent-Length: 2\n\nhi")
        .setting("document-root", "/srv/www/")
        .script("cgi-bin/s", FakeScript::printing(HELLO))
        .run::<Scripts>()
        .runs
        .remove(0);
    for (name, value) in [
        ("CONTENT_LENGTH", "2"),
        ("CONTENT_TYPE", "a/b"),
        ("DOCUMENT_ROOT", "/srv/www/"),
        ("GATEWAY_INTERFACE", "CGI/1.1"),
        ("HTTP_HOST", "h"),
        ("PATH_INFO", "/a b"),
        ("PATH_TRANSLATED", "/srv/www/a b"),
        ("QUERY_STRING", "q=%20&r"),
        ("REMOTE_ADDR", "127.0.0.1"),
        ("REMOTE_HOST", "127.0.0.1"),
        ("REMOTE_PORT", "54321"),
        ("REQUEST_METHOD", "PUT"),
        ("REQUEST_URI", "/cgi-bin/./s/a%20b?q=%20&r"),
        ("SCRIPT_FILENAME", "/srv/www/cgi-bin/s"),
        ("SCRIPT_NAME", "/cgi-bin/s"),
        ("SERVER_NAME", "localhost"),
        ("SERVER_PORT", "8000"),
        ("SERVER_PROTOCOL", "HTTP/1.1"),
        ("SERVER_SOFTWARE", "wasm-host"),
    ] {
        assert_eq!(run.variable(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(run.environment.len(), 19);
}

#[test]
fn what_is_not_there_is_not_set() {
    let run = run("GET /cgi-bin/s HTTP/1.0\nAuthorization: Basic YTpi\n\n");
    for name in [
        "AUTH_TYPE",
        "CONTENT_LENGTH",
        "CONTENT_TYPE",
        "HTTPS",
        "HTTP_AUTHORIZATION",
        "PATH_TRANSLATED",
        "REMOTE_USER",
        "SCRIPT_FILENAME",
    ] {
        assert_eq!(run.variable(name), None, "{name}");
    }
    assert_eq!(run.variable("QUERY_STRING").as_deref(), Some(""));
    assert_eq!(run.variable("PATH_INFO").as_deref(), Some(""));
}

#[test]
fn an_announced_length_of_zero_is_a_length() {
    let run = run("POST /cgi-bin/s HTTP/1.0\nContent-Length: 0\n\n");
    assert_eq!(run.variable("CONTENT_LENGTH").as_deref(), Some("0"));
}

#[test]
fn fields_become_variables_unless_they_could_mislead() {
    let run = run(
        "GET /cgi-bin/s HTTP/1.1\nHost: h\nAccept: a/b\naccept: c/d\nCookie: a=1\nCookie: b=2\n\
         Proxy: http://evil/\nX_Real_IP: 6.6.6.6\nX-Real-IP: 1.2.3.4\nX.Real.IP: 7.7.7.7\n\
         Connection: X-Hop, keep-alive\nX-Hop: 1\nKeep-Alive: 5\nTE: trailers\nUpgrade: x\n\
         Proxy-Authorization: Basic eDp5\nX-Text: () { :; }; \u{e9}\n\n",
    );
    let mut fields: Vec<_> = run
        .environment
        .iter()
        .filter(|(name, _)| name.starts_with(b"HTTP_"))
        .map(|(name, value)| (std::str::from_utf8(name).unwrap(), value.as_slice()))
        .collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            ("HTTP_ACCEPT", &b"a/b, c/d"[..]),
            ("HTTP_COOKIE", b"a=1; b=2"),
            ("HTTP_HOST", b"h"),
            ("HTTP_X_REAL_IP", b"1.2.3.4"),
            ("HTTP_X_TEXT", "() { :; }; \u{e9}".as_bytes()),
        ]
    );
}

#[test]
fn the_owner_may_pass_authorization_on() {
    let run = converse("GET /cgi-bin/s HTTP/1.0\nAuthorization: Basic YTpi\n\n")
        .setting("cgi-authorization", "")
        .script("cgi-bin/s", FakeScript::printing(HELLO))
        .run::<Scripts>()
        .runs
        .remove(0);
    assert_eq!(
        run.variable("HTTP_AUTHORIZATION").as_deref(),
        Some("Basic YTpi")
    );
    assert_eq!(run.variable("REMOTE_USER"), None);
}
