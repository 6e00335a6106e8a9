use super::*;
use tempfile::TempDir;
use wasm_host_sdk::testing::Conversation;

fn tree() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("page.md", "# Hi\n\n<b>&amp; *you*\n"),
        ("plain.txt", "# Hi\n"),
        (".hidden.md", "# Hidden\n"),
    ] {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    std::fs::create_dir(directory.path().join("dir.md")).unwrap();
    directory
}

fn answer_with(tree: &TempDir, setting: &str, method: &str, target: &str, field: &str) -> String {
    let request = format!("{method} {target} HTTP/1.1\r\nHost: h\r\n{field}\r\n");
    let conversation = Conversation::new(request.as_bytes()).directory(tree.path());
    let outcome = conversation.setting(setting, "").run::<Markdown>();
    String::from_utf8(outcome.sent).unwrap()
}

fn answer(tree: &TempDir, method: &str, target: &str, field: &str) -> String {
    answer_with(tree, "none", method, target, field)
}

#[track_caller]
fn value<'a>(response: &'a str, name: &str) -> &'a str {
    let (_, rest) = response.split_once(&format!("\r\n{name}: ")).unwrap();
    rest.split("\r\n").next().unwrap()
}

#[test]
fn markdown_is_a_page() {
    let tree = tree();
    let response = answer(&tree, "GET", "/page.md?x", "");
    let (head, page) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "));
    assert_eq!(value(head, "Content-Type"), "text/html; charset=utf-8");
    assert_eq!(value(head, "Content-Length"), page.len().to_string());
    assert!(page.contains("<h1>Hi</h1>\n<p>&lt;b&gt;&amp; <em>you</em></p>"));
    let without = answer(&tree, "HEAD", "/page.md", "");
    assert!(without.ends_with("\r\n\r\n"));
    assert_eq!(value(&without, "Content-Length"), page.len().to_string());
}

#[test]
fn other_files_are_the_static_handlers() {
    let tree = tree();
    for target in ["/plain.txt", "/page.md?raw"] {
        assert!(answer(&tree, "GET", target, "").contains("\r\n\r\n# Hi\n"));
    }
    let listing = answer(&tree, "GET", "/dir.md/", "");
    assert!(listing.starts_with("HTTP/1.1 200 "));
    for (target, status) in [("/dir.md", 301), ("/page.md/", 404), ("/none.md", 404)] {
        let response = answer(&tree, "GET", target, "");
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")));
    }
}

#[test]
fn what_is_hidden_stays_hidden() {
    let tree = tree();
    let get = |setting| answer_with(&tree, setting, "GET", "/.hidden.md", "");
    assert!(get("none").starts_with("HTTP/1.1 200 "));
    assert!(get("no-hidden").starts_with("HTTP/1.1 404 "));
}

#[test]
fn a_page_that_is_known_is_not_sent_again() {
    let tree = tree();
    let response = answer(&tree, "GET", "/page.md", "");
    let (tag, date) = (value(&response, "ETag"), value(&response, "Last-Modified"));
    for field in [
        format!("If-None-Match: {tag}\r\n"),
        format!("If-Modified-Since: {date}\r\n"),
    ] {
        let again = answer(&tree, "GET", "/page.md", &field);
        assert!(again.starts_with("HTTP/1.1 304 "), "{again}");
        assert!(again.ends_with("\r\n\r\n"));
    }
    let raw = answer(&tree, "GET", "/page.md?raw", "");
    assert_ne!(value(&raw, "ETag"), tag);
    let failed = answer(&tree, "GET", "/page.md", "If-Match: \"other\"\r\n");
    assert!(failed.starts_with("HTTP/1.1 412 "));
}
