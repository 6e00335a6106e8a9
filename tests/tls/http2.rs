//! HTTP/2 by TLS: who can speak it is offered it, by ALPN (RFC 7301).

use crate::support::certificates::Certificates;
use crate::support::chromium::Browser;
use crate::support::guests::wasi_http_example;
use crate::support::server::Server;
use crate::support::tools::stdout;
use crate::support::tree::Tree;
use std::ffi::OsStr;
use std::process::Command;

/// Asks for it as curl does, and returns the version and status that it got, and what
/// was sent.
#[track_caller]
fn ask(certificates: &Certificates, server: &Server, options: &[&str], path: &str) -> String {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--cacert"])
        .arg(certificates.authority())
        .args(["--write-out", " %{http_version} %{http_code}"])
        .args(options)
        .arg(format!("https://localhost:{}{path}", server.port()));
    String::from_utf8(stdout(&mut curl)).unwrap()
}

#[test]
fn who_speaks_http_2_is_served_by_it() {
    let certificates = Certificates::new();
    let pair = certificates.issue("server", &["localhost"]);
    let tree = Tree::empty();
    tree.file("a.txt", "content");
    let server = Server::builder().directory(&tree).args(pair.args()).start();
    let ask = |options: &[&str], path| ask(&certificates, &server, options, path);
    assert_eq!(ask(&["--http2"], "/a.txt"), "content 2 200");
    assert_eq!(ask(&["--http2", "--range", "1-2"], "/a.txt"), "on 2 206");
    assert_eq!(ask(&["--http1.1"], "/a.txt"), "content 1.1 200");
    assert_eq!(ask(&["--no-alpn"], "/a.txt"), "content 1.1 200");
}

#[test]
fn components_of_wasi_http_are_reached_by_it() {
    let certificates = Certificates::new();
    let pair = certificates.issue("server", &["localhost"]);
    let component = wasi_http_example("hello");
    let server = Server::builder()
        .args([OsStr::new("--component"), component.as_os_str()])
        .args(pair.args())
        .start();
    let answer = ask(&certificates, &server, &["--http2"], "/you");
    assert_eq!(answer, "Hello from /you\n 2 200");
}

#[test]
fn a_browser_speaks_http_2() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    browser.trust_any_certificate();
    let certificates = Certificates::new();
    let pair = certificates.issue("server", &["localhost"]);
    let tree = Tree::empty();
    tree.file(
        "index.html",
        "<!doctype html><title>t</title><script src=a.js></script>",
    );
    tree.file("a.js", "document.title = 'ran'");
    let server = Server::builder().directory(&tree).args(pair.args()).start();
    browser.navigate(&format!("https://localhost:{}/", server.port()));
    assert_eq!(browser.evaluate("document.title"), "ran");
    // The page's icon may have been asked for by now, or not.
    let protocols = browser.evaluate(
        "JSON.stringify(['navigation', 'resource']
            .flatMap((kind) => performance.getEntriesByType(kind))
            .filter(({ name }) => !name.endsWith('/favicon.ico'))
            .map(({ nextHopProtocol }) => nextHopProtocol))",
    );
    assert_eq!(protocols, r#"["h2","h2"]"#);
}
