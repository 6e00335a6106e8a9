//! The source of a script is never served as a file, whatever the spelling of
//! its path.

use crate::support::client::Client;
use crate::support::contains;
use crate::support::scripts::Scripts;
use crate::support::server::Server;
use crate::support::spellings::spellings;

/// In the source of each script and beside it; no script prints it.
const SECRET: &str = "password-in-the-source";

/// Whoever sees this field sees what the script printed.
const BY_SCRIPT: &str = "X-By-Script";

fn scripts() -> Scripts {
    let scripts = Scripts::new();
    let body =
        format!("# {SECRET}\nprintf '{BY_SCRIPT}: yes\\nContent-Type: text/plain\\n\\nran\\n'");
    for name in ["s.sh", "sub/s.sh", "sp ace.sh", "nph-s.sh", "index.html"] {
        scripts.sh(name, &body);
    }
    scripts.sh(
        "nph-s.sh",
        &format!("# {SECRET}\nprintf 'HTTP/1.1 200 OK\\r\\n{BY_SCRIPT}: yes\\r\\n\\r\\n'"),
    );
    for name in ["htbin/s.sh", "deep/er/scripts/s.sh"] {
        scripts.program(name, scripts.sh_source(&body));
    }
    // What editors and owners leave beside scripts.
    for name in [
        "s.sh~",
        "s.sh.bak",
        ".s.sh.swp",
        "config.ini",
        "s.sh.gz",
        "s.sh.br",
    ] {
        scripts.file(format!("cgi-bin/{name}"), SECRET);
    }
    scripts
}

/// The requests that could show a file.
fn requests(target: &str) -> Vec<String> {
    let with = |method: &str, fields: &str| {
        format!("{method} {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{fields}\r\n")
    };
    vec![
        with("GET", ""),
        with("GET", "Range: bytes=0-9999\r\n"),
        with("GET", "Range: bytes=0-9,10-999\r\n"),
        with("GET", "Accept-Encoding: gzip, br, zstd\r\n"),
        with("HEAD", ""),
        with("OPTIONS", ""),
        with("POST", "Content-Length: 0\r\n"),
        format!("GET {target}\r\n"),
        format!("GET {target} HTTP/1.0\r\n\r\n"),
    ]
}

/// All that the server sends to a request.
fn answer(server: &Server, request: &str) -> Vec<u8> {
    let mut client: Client = server.connect();
    client.send(request);
    client.rest()
}

/// It isn't there, and nothing tells of a file either.
#[track_caller]
fn assert_hidden(request: &str, answer: &[u8]) {
    let request = request.escape_default();
    let text = answer.escape_ascii().to_string();
    assert!(
        !contains(answer, SECRET),
        "{request} shows the source: {text}"
    );
    assert!(
        !contains(answer, "#!/bin/sh"),
        "{request} shows the source: {text}"
    );
    let lower = text.to_ascii_lowercase();
    let by_script = text.contains(BY_SCRIPT);
    // What a file's response has and no script here prints; other files may.
    let of_file = [
        "etag:",
        "last-modified:",
        "accept-ranges:",
        "content-range:",
    ];
    let like_file = of_file.iter().any(|field| lower.contains(field));
    let other_file = text.contains("hello, world") || lower.contains("content-length: 13\\r");
    assert!(
        !like_file || by_script || other_file,
        "{request} tells of a file: {text}"
    );
}

#[track_caller]
fn assert_all_hidden(server: &Server, targets: &[String]) {
    for target in targets {
        for request in requests(target) {
            assert_hidden(&request, &answer(server, &request));
        }
    }
}

#[test]
fn no_spelling_shows_the_source() {
    let scripts = scripts();
    let server = scripts.serve();
    let mut targets = Vec::new();
    for (directory, file) in [
        ("cgi-bin", "s.sh"),
        ("htbin", "s.sh"),
        ("cgi-bin/sub", "s.sh"),
    ] {
        targets.extend(spellings(directory, file));
    }
    assert_all_hidden(&server, &targets);
    // And those that are meant to run did.
    for target in [
        "/cgi-bin/s.sh",
        "//cgi-bin/./s.sh",
        "/cgi-bin/x/../s.sh",
        "/%63gi-bin/s.sh",
    ] {
        assert_eq!(server.get(target).required(BY_SCRIPT), "yes", "{target}");
    }
    scripts.expect_nothing_left(&server);
}

#[test]
fn no_spelling_of_another_directory_shows_the_source() {
    let scripts = scripts();
    let server = scripts.serve_with(&["--cgi-directory", "/deep/er/scripts/"]);
    assert_all_hidden(&server, &spellings("deep/er/scripts", "s.sh"));
    assert_eq!(
        server.get("/deep/er/scripts/s.sh").required(BY_SCRIPT),
        "yes"
    );
    scripts.expect_nothing_left(&server);
}

#[test]
fn what_lies_beside_scripts_is_not_served_either() {
    let scripts = scripts();
    let server = scripts.serve_with(&["--precompressed", "--spa"]);
    for name in [
        "s.sh~",
        "s.sh.bak",
        ".s.sh.swp",
        "config.ini",
        "s.sh.gz",
        "s.sh.br",
    ] {
        for target in spellings("cgi-bin", name) {
            let request = format!("GET {target} HTTP/1.0\r\n\r\n");
            assert_hidden(&request, &answer(&server, &request));
        }
        assert_eq!(
            server.get(&format!("/cgi-bin/{name}")).status,
            403,
            "{name}"
        );
    }
    let targets = [
        "/cgi-bin/s.sh",
        "/cgi-bin/s",
        "/cgi-bin/nph-s.sh",
        "/cgi-bin/sp%20ace.sh",
    ];
    assert_all_hidden(&server, &targets.map(str::to_owned));
}

#[test]
fn a_directory_of_scripts_is_neither_listed_nor_has_an_index() {
    let scripts = scripts();
    let server = scripts.serve_with(&["--index", "s.sh", "--index", "index.html"]);
    for target in [
        "/cgi-bin",
        "/cgi-bin/",
        "//cgi-bin//",
        "/cgi-bin/.",
        "/cgi-bin/sub",
        "/cgi-bin/sub/",
        "/cgi-bin/sub/..",
        "/x/../cgi-bin/",
        "/%63gi-bin/",
        "/cgi-bin%2f",
        "/htbin",
        "/htbin/",
    ] {
        for request in requests(target) {
            let answer = answer(&server, &request);
            assert_hidden(&request, &answer);
            assert!(
                !contains(&answer, "s.sh"),
                "{request}: {}",
                answer.escape_ascii()
            );
            assert!(
                !answer.starts_with(b"HTTP/1.1 200") || request.starts_with("OPTIONS"),
                "{request}"
            );
        }
    }
}

#[test]
fn a_local_redirect_does_not_show_the_source_either() {
    let scripts = scripts();
    scripts.sh("go", r#"printf 'Location: %s\n\n' "$QUERY_STRING""#);
    let server = scripts.serve();
    for target in spellings("cgi-bin", "s.sh") {
        if target.contains([' ', '#', '\t']) {
            continue;
        }
        let request = format!("GET /cgi-bin/go?{target} HTTP/1.0\r\n\r\n");
        assert_hidden(&request, &answer(&server, &request));
    }
    assert_eq!(
        server.get("/cgi-bin/go?/cgi-bin/s.sh").required(BY_SCRIPT),
        "yes"
    );
}

/// A link isn't a spelling, but shows the same file.
#[test]
fn a_link_elsewhere_does_not_show_the_source() {
    let scripts = scripts();
    std::os::unix::fs::symlink("cgi-bin", scripts.path("alias")).unwrap();
    std::os::unix::fs::symlink("cgi-bin/s.sh", scripts.path("link.txt")).unwrap();
    let server = scripts.serve();
    for target in ["/alias/s.sh", "/alias/", "/link.txt"] {
        let response = server.get(target);
        assert_eq!(response.status, 404, "{target}");
        assert!(!response.text().contains(SECRET), "{target}");
    }
}
