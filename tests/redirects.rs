//! From a directory to the same with its slash, and never to another host.

use crate::support::resolved;
use crate::support::server::Server;
use crate::support::tree::Tree;

#[test]
fn a_directory_without_its_slash_is_redirected() {
    let tree = Tree::simple();
    tree.directory("sp ace/dir.txt")
        .directory("a?b#c%d")
        .directory("a:b")
        .directory("ü");
    let server = Server::serving(&tree);
    for (target, location) in [
        ("/dir", "dir/"),
        ("/dir/deeper", "deeper/"),
        ("/dir?", "dir/?"),
        ("/dir?x=1&y=/z?", "dir/?x=1&y=/z?"),
        ("/sp%20ace", "sp%20ace/"),
        ("/sp%20ace/dir.txt?q", "dir.txt/?q"),
        ("/a%3Fb%23c%25d?q", "a%3Fb%23c%25d/?q"),
        ("/%C3%BC", "%C3%BC/"),
        ("/with-index", "with-index/"),
        ("/dir%2fdeeper", "dir/deeper/"),
        ("/dir%2f", "dir/"),
        ("/dir/deeper/..", "../"),
        ("/dir/.", "./"),
        ("/a:b", "a%3Ab/"),
        ("//dir", "dir/"),
        ("http://test/dir?x", "dir/?x"),
    ] {
        let response = server.get(target);
        assert_eq!(response.status, 301, "{target}");
        let found = response.required("Location");
        // "/dir?" may come back without its empty query.
        assert!(
            found == location || found == location.trim_end_matches('?'),
            "{target}: {found}"
        );
        if target.starts_with("http") || target.starts_with("//") {
            continue;
        }
        let led_to = resolved(target, found);
        assert!(
            led_to.split('?').next().unwrap().ends_with('/'),
            "{target}: {led_to}"
        );
        assert_eq!(server.get(&led_to).status, 200, "{target}: {led_to}");
    }
}

/// `/files/` of a proxy is this server's `/`, as `proxy_pass http://…/;` in nginx
/// makes it: what the client asked for is prefixed, and so is what it is told.
#[test]
fn a_redirect_leads_there_behind_a_prefix() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    let prefix = "/files";
    for asked in ["/files/dir", "/files/dir/deeper?x", "/files/with-index"] {
        let response = server.get(asked.strip_prefix(prefix).unwrap());
        let led_to = resolved(asked, response.required("Location"));
        let (path, query) = asked.split_once('?').unwrap_or((asked, ""));
        let mark = if query.is_empty() { "" } else { "?" };
        assert_eq!(led_to, format!("{path}/{mark}{query}"));
    }
}

/// How a browser reads a Location: `\` is `/`, tabs and line ends vanish, and
/// two slashes begin another host.
fn leaves_the_host(location: &str) -> bool {
    let seen = location.replace(['\t', '\r', '\n'], "").replace('\\', "/");
    let first = seen.split(['/', '?']).next().unwrap_or_default();
    first.contains(':') || seen.starts_with("//")
}

#[test]
fn no_redirect_leads_to_another_host() {
    let tree = Tree::simple();
    tree.directory("evil")
        .directory("evil.example/deep")
        .directory("\\evil")
        .directory("\\\\evil.example");
    tree.directory("http:").directory("\tevil");
    let server = Server::serving(&tree);
    for target in [
        "//evil",
        "///evil",
        "//evil/",
        "//evil.example/deep",
        "//evil.example/%2e%2e",
        "//evil.example/..",
        "/.//evil",
        "/dir/..//evil",
        "/dir/../..//evil",
        "/%2fevil",
        "/%2f%2fevil",
        "/\\evil",
        "/%5cevil",
        "/%5Cevil?x",
        "/\\\\evil.example",
        "/%5c%5cevil.example",
        "/\\\\evil/%2e%2e",
        "/\\evil/..",
        "/%5c%5cevil/%2e%2e",
        "/\\evil.example/%2e%2e%2f",
        "//evil.example/%2f..",
        "/%09evil",
        "/http:",
        "http://evil.example//evil",
        "http://evil.example/dir",
        "//evil@test/dir/..",
    ] {
        let response = server.get(target);
        assert!(response.status < 500, "{target}: {}", response.status);
        if let Some(location) = response.field("Location") {
            assert!(!leaves_the_host(location), "{target} leads to {location}");
        }
    }
}
