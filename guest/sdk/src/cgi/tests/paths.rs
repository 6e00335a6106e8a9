//! Which paths run a script, and which never reach a file.

use super::{HELLO, Scripts, ask, converse};
use crate::process::{EntryKind, ProcessError};
use crate::testing::FakeScript;

#[test]
fn a_script_is_the_first_name_that_is_no_directory() {
    for (path, script, path_info) in [
        ("/cgi-bin/s", "cgi-bin/s", ""),
        ("/cgi-bin/s/a/b?c/d", "cgi-bin/s", "/a/b"),
        ("/cgi-bin/sub/s2/", "cgi-bin/sub/s2", "/"),
        ("/cgi-bin/sub/../s", "cgi-bin/s", ""),
        ("/x/../cgi-bin//./%73", "cgi-bin/s", ""),
        ("/../cgi-bin/s/%2F%2e%2f%C3%a9", "cgi-bin/s", "/\u{e9}"),
    ] {
        let outcome = converse(&format!("GET {path} HTTP/1.0\n\n"))
            .script("cgi-bin/s", FakeScript::printing(HELLO))
            .script("cgi-bin/sub", FakeScript::entry(Ok(EntryKind::Directory)))
            .script("cgi-bin/sub/s2", FakeScript::printing(HELLO))
            .run::<Scripts>();
        assert_eq!(outcome.status(), 200, "{path}");
        let run = &outcome.runs[0];
        assert_eq!(run.path, script.as_bytes(), "{path}");
        assert_eq!(
            run.variable("PATH_INFO").as_deref(),
            Some(path_info),
            "{path}"
        );
        assert_eq!(
            run.variable("SCRIPT_NAME"),
            Some(format!("/{script}")),
            "{path}"
        );
    }
}

type Kind = Result<EntryKind, ProcessError>;

const REFUSALS: [(&str, Kind, u16, &str); 9] = [
    (
        "/cgi-bin/x",
        Ok(EntryKind::Script),
        404,
        "No such CGI script ('/cgi-bin/x')",
    ),
    (
        "/cgi-bin/s",
        Ok(EntryKind::NotExecutable),
        403,
        "CGI script is not executable ('/cgi-bin/s')",
    ),
    (
        "/cgi-bin/s",
        Ok(EntryKind::Directory),
        403,
        "CGI script is not a plain file ('/cgi-bin/s')",
    ),
    (
        "/cgi-bin/s/",
        Ok(EntryKind::Directory),
        403,
        "CGI script is not a plain file ('/cgi-bin/s/')",
    ),
    (
        "/cgi-bin/s",
        Err(ProcessError::NotPermitted),
        403,
        "CGI script is not a plain file ('/cgi-bin/s')",
    ),
    (
        "/cgi-bin",
        Ok(EntryKind::Script),
        403,
        "CGI script is not a plain file ('/cgi-bin/')",
    ),
    (
        "/cgi-bin/?x",
        Ok(EntryKind::Script),
        403,
        "CGI script is not a plain file ('/cgi-bin/')",
    ),
    (
        "/cgi-bin/s%00",
        Ok(EntryKind::Script),
        404,
        "No such CGI script ('/cgi-bin/s\\x00')",
    ),
    (
        "/cgi-bin%2Fs",
        Ok(EntryKind::Script),
        404,
        "No such CGI script ('/cgi-bin/s')",
    ),
];

#[test]
fn what_cannot_run_is_refused_in_pythons_words() {
    for (path, kind, status, message) in REFUSALS {
        let request = format!("GET {path} HTTP/1.1\nHost: a\n\n");
        let outcome = ask(&request, FakeScript::entry(kind));
        let line = format!("HTTP/1.1 {status} {message}");
        assert!(outcome.has_line(&line), "{path}: {}", outcome.text());
        assert!(outcome.runs.is_empty(), "{path}");
    }
}

/// Every way that we know to write a script's path, or its directory's.
const SPELLINGS: [&str; 35] = [
    "/cgi-bin/s",
    "/cgi-bin/s/",
    "/cgi-bin/s/.",
    "/cgi-bin/s/..",
    "/cgi-bin/s/x/..",
    "/cgi-bin/s.",
    "/cgi-bin/s%20",
    "/cgi-bin//s",
    "//cgi-bin/s",
    "/./cgi-bin/./s",
    "/x/../cgi-bin/s",
    "/../cgi-bin/s",
    "/cgi-bin%2fs",
    "/%2fcgi-bin/s",
    "/cgi-bin/%2fs",
    "/x%2f../cgi-bin/s",
    "/%63gi-bin/%73",
    "/cgi%2dbin/s",
    "/CGI-BIN/s",
    "/cgi-bin/s%00",
    "/cgi-bin/s%00.html",
    "/cgi-bin%00/s",
    "/cgi-bin\\s",
    "/cgi-bin%5cs",
    "/cgi-bin/s?x",
    "/cgi-bin/s#x",
    "/cgi-bin/s;x",
    "http://h/cgi-bin/s",
    "http://h//cgi-bin/s",
    "h://h/cgi-bin/s",
    "cgi-bin/s",
    "cgi-bin",
    "/cgi-bin/",
    "/cgi-bin",
    "/cgi-bin/.",
];

/// None of them gives its source.
#[test]
fn the_source_is_never_served() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("cgi-bin")).unwrap();
    std::fs::write(root.path().join("cgi-bin/s"), "SOURCE").unwrap();
    for path in SPELLINGS {
        for method in ["GET", "HEAD", "OPTIONS", "POST"] {
            for kind in [Ok(EntryKind::NotExecutable), Err(ProcessError::NotFound)] {
                let outcome = converse(&format!("{method} {path} HTTP/1.0\n\n"))
                    .directory(root.path())
                    .script("cgi-bin/s", FakeScript::entry(kind))
                    .run::<Scripts>();
                assert!(!outcome.text().contains("SOURCE"), "{method} {path}");
                let refused = outcome.status() >= 400 || outcome.status() == 204;
                assert!(refused, "{method} {path}: {}", outcome.text());
            }
        }
    }
}

#[test]
fn directories_are_the_owners_choice() {
    for (path, status) in [
        ("/a/b/s", 200),
        ("/c/s", 200),
        ("/cgi-bin/s", 404),
        ("/a/s", 404),
    ] {
        let outcome = converse(&format!("GET {path} HTTP/1.0\n\n"))
            .setting("cgi-directory", "/a/b/")
            .setting("cgi-directory", "c")
            .script("a/b/s", FakeScript::printing(HELLO))
            .script("c/s", FakeScript::printing(HELLO))
            .script("cgi-bin/s", FakeScript::printing(HELLO))
            .run::<Scripts>();
        assert_eq!(outcome.status(), status, "{path}");
    }
}

#[test]
fn a_script_gets_any_method_and_a_file_no_post() {
    for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "SPAM"] {
        let outcome = ask(
            &format!("{method} /cgi-bin/s HTTP/1.0\n\n"),
            FakeScript::printing(HELLO),
        );
        assert_eq!(outcome.status(), 200, "{method}");
        assert_eq!(
            outcome.runs[0].variable("REQUEST_METHOD").as_deref(),
            Some(method)
        );
    }
    for (method, line) in [
        ("POST", "HTTP/1.1 501 Can only POST to CGI scripts"),
        ("PUT", "HTTP/1.1 501 Unsupported method ('PUT')"),
        ("OPTIONS", "HTTP/1.1 204 No Content"),
    ] {
        let outcome = ask(&format!("{method} /s HTTP/1.0\n\n"), FakeScript::default());
        assert!(outcome.has_line(line), "{}", outcome.text());
    }
}

#[test]
fn why_a_script_does_not_start_decides_the_status() {
    for (error, status) in [
        (ProcessError::NotFound, 404),
        (ProcessError::NotPermitted, 403),
        (ProcessError::Busy, 503),
        (ProcessError::Failed, 502),
        (ProcessError::TimedOut, 504),
    ] {
        let script = FakeScript {
            start: Err(error),
            ..FakeScript::default()
        };
        let outcome = ask("GET /cgi-bin/s HTTP/1.1\nHost: a\n\n", script);
        assert_eq!(outcome.status(), status);
        assert_eq!(outcome.has_line("Retry-After: 1"), status == 503);
        assert!(outcome.kept_open, "{status}");
    }
    let script = FakeScript {
        start: Err(ProcessError::ClientClosed),
        ..FakeScript::default()
    };
    let outcome = ask("GET /cgi-bin/s HTTP/1.1\nHost: a\n\n", script);
    assert!(outcome.sent.is_empty() && !outcome.kept_open);
}

#[test]
fn hidden_names_are_hidden_here_too() {
    let hidden = |setting: &str| {
        converse("GET /cgi-bin/.s HTTP/1.0\n\n")
            .setting(setting, "")
            .script("cgi-bin/.s", FakeScript::printing(HELLO))
            .run::<Scripts>()
    };
    assert_eq!(hidden("no-hidden").status(), 404);
    assert_eq!(hidden("cgi").status(), 200);
}
