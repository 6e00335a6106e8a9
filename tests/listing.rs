//! Directory listings, for people and for programs.

use crate::support::server::Server;
use crate::support::tree::{HARD_NAMES, KILOBYTE, MODIFIED, SECRET, Tree};
use serde_json::Value;
use std::collections::HashMap;
use std::time::{Duration, SystemTime};

fn json(server: &Server, target: &str) -> Value {
    let response = server.get_with(target, &["Accept: application/json"]);
    assert_eq!(
        (response.status, response.media_type().as_str()),
        (200, "application/json")
    );
    serde_json::from_slice(&response.body).unwrap_or_else(|error| panic!("{target}: {error}"))
}

fn entries(listing: &Value) -> HashMap<&str, &Value> {
    let entries = listing["entries"].as_array().expect("an array");
    entries
        .iter()
        .map(|entry| (entry["name"].as_str().expect("a name"), entry))
        .collect()
}

/// The links of a page in order, character references resolved.
fn links(page: &str) -> Vec<String> {
    let starts = page
        .match_indices("href=\"")
        .map(|(index, start)| index + start.len());
    let values = starts.map(|start| page[start..].split('"').next().unwrap_or_default());
    values
        .map(|value| {
            let value = value
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"");
            value
                .replace("&#x27;", "'")
                .replace("&#39;", "'")
                .replace("&amp;", "&")
        })
        .collect()
}

/// A link of the page at `/`, as a target: RFC 3986 section 5 for what may occur here.
fn resolve(link: &str) -> Option<String> {
    match link.strip_prefix("./").unwrap_or(link) {
        absolute if absolute.starts_with('/') => Some(absolute.to_owned()),
        // A colon in the first segment would be read as a scheme.
        other if link == other && other.split('/').next()?.contains(':') => None,
        relative => Some(format!("/{relative}")),
    }
}

#[test]
fn every_link_of_a_listing_leads_to_its_file() {
    let tree = Tree::hostile();
    let server = Server::serving(&tree);
    let page = server.get("/").text();
    let mut client = server.connect();
    let found: Vec<Vec<u8>> = links(&page)
        .iter()
        .filter_map(|link| resolve(link))
        .map(|target| client.get(&target).body)
        .collect();
    for name in HARD_NAMES {
        let shown = name.escape_ascii();
        assert!(
            found.contains(&Tree::contents_of(name)),
            "no link leads to {shown} in {page}"
        );
    }
}

#[test]
fn every_href_of_the_json_leads_to_its_file() {
    let tree = Tree::hostile();
    let server = Server::serving(&tree);
    let listing = json(&server, "/");
    let hrefs = listing["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["href"].as_str());
    let mut client = server.connect();
    let found: Vec<Vec<u8>> = hrefs
        .filter_map(resolve)
        .map(|target| client.get(&target).body)
        .collect();
    for name in HARD_NAMES {
        assert!(
            found.contains(&Tree::contents_of(name)),
            "{}",
            name.escape_ascii()
        );
    }
}

#[test]
fn json_tells_type_size_time_and_links() {
    let tree = Tree::hostile();
    tree.dated_file("dated.txt", "1234567");
    let server = Server::serving(&tree);
    let listing = json(&server, "/");
    assert_eq!(listing["path"], "/");
    assert_eq!(listing["truncated"], false);
    let entries = entries(&listing);
    for (name, kind, symlink) in [
        ("hello.txt", "file", false),
        ("dir", "directory", false),
        ("link-inside", "file", true),
        ("link-dir", "directory", true),
        ("fifo", "other", false),
        ("socket", "other", false),
    ] {
        // The name of a directory may carry its slash.
        let with_slash = format!("{name}/");
        let entry = entries
            .get(name)
            .or_else(|| entries.get(with_slash.as_str()))
            .expect(name);
        assert_eq!(
            (&entry["type"], &entry["symlink"]),
            (&kind.into(), &symlink.into()),
            "{entry}"
        );
    }
    assert_eq!(entries["1k.bin"]["size"], KILOBYTE);
    assert_eq!(entries["dated.txt"]["size"], 7);
    let modified = &entries["dated.txt"]["modified"];
    let forms = [
        Value::from("1994-11-06T08:49:37Z"),
        Value::from(MODIFIED),
        Value::from(784_111_777),
    ];
    assert!(forms.contains(modified), "{modified}");
}

#[test]
fn json_is_chosen_by_accept() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    for (accept, media_type) in [
        ("Accept: application/json", "application/json"),
        ("Accept: application/json, */*;q=0.1", "application/json"),
        (
            "Accept: text/html;q=0.5, application/json",
            "application/json",
        ),
        ("Accept: text/html, application/json;q=0.5", "text/html"),
        ("Accept: application/json;q=0", "text/html"),
        (
            "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "text/html",
        ),
        ("Accept: */*", "text/html"),
        ("Accept:", "text/html"),
        ("X-None: 1", "text/html"),
    ] {
        let response = server.get_with("/", &[accept]);
        assert_eq!(response.media_type(), media_type, "{accept}");
        assert!(
            response.lists("Vary", "Accept"),
            "{accept}: {:?}",
            response.fields
        );
    }
}

#[test]
fn names_are_sorted_without_regard_to_case() {
    let tree = Tree::empty();
    for name in ["b", "A", "c", "D", "a0", "_", "Z", "\u{fc}", "10", "9"] {
        tree.file(name, "");
    }
    let server = Server::serving(&tree);
    let listing = json(&server, "/");
    let listed: Vec<&str> = listing["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["name"].as_str())
        .collect();
    let mut sorted = listed.clone();
    sorted.sort_by_key(|name| name.to_lowercase());
    assert_eq!(listed, sorted);
    assert_eq!(listed.len(), 10);
}

#[test]
fn names_are_escaped() {
    let tree = Tree::hostile();
    tree.file("<b>dir\"'&/x", "");
    let server = Server::serving(&tree);
    for target in ["/", "/%3Cb%3Edir%22%27%26/"] {
        let page = server.get(target).text();
        for bad in ["<img", "<script>alert", "<b>", "\x1b", "\r", "\0", "\u{85}"] {
            assert!(!page.contains(bad), "{target} has {bad:?}");
        }
    }
}

#[test]
fn the_page_is_complete_and_self_contained() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    let response = server.get("/dir/?C=N;O=D");
    assert_eq!(
        response
            .required("Content-Type")
            .to_ascii_lowercase()
            .replace(' ', ""),
        "text/html;charset=utf-8"
    );
    let page = response.text();
    assert!(
        page.to_ascii_lowercase().starts_with("<!doctype html>"),
        "{page}"
    );
    for part in [
        "<title>",
        "/dir/",
        "viewport",
        "color-scheme",
        "nested.txt",
        "deeper/",
        "</html>",
    ] {
        assert!(page.contains(part), "{part} isn't in {page}");
    }
    for part in ["src=\"http", "href=\"http", "@import", "url(http"] {
        assert!(!page.contains(part), "{part} is in {page}");
    }
}

#[test]
fn directories_are_linked_with_their_slash() {
    let tree = Tree::simple();
    let links = links(&Server::serving(&tree).get("/").text());
    assert!(
        links
            .iter()
            .any(|link| link.trim_start_matches("./") == "dir/"),
        "{links:?}"
    );
}

#[test]
fn an_empty_directory_is_listed() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    assert_eq!(server.get("/empty-dir/").status, 200);
    assert_eq!(
        json(&server, "/empty-dir/")["entries"]
            .as_array()
            .map(Vec::len),
        Some(0)
    );
}

#[test]
fn a_large_directory_is_listed_whole_or_says_that_it_is_not() {
    const FILES: usize = 5_000;
    let tree = Tree::empty();
    for index in 0..FILES {
        tree.file(format!("file-{index:05}-{}", "x".repeat(40)), "");
    }
    let server = Server::serving(&tree);
    let listing = json(&server, "/");
    let listed = listing["entries"].as_array().unwrap().len();
    assert!(
        listed == FILES || (listing["truncated"] == true && listed > 0),
        "{listed}"
    );
    assert_eq!(server.get("/").status, 200);
}

/// Memory that grows in large steps meets its limit long before it is used up,
/// and a step beyond that is the end of the instance.
#[test]
fn a_thousand_entries_need_less_than_a_megabyte() {
    let tree = Tree::empty();
    for index in 0..1000 {
        tree.file(format!("file-{index:05}"), "");
    }
    let server = Server::builder()
        .directory(&tree)
        .args(["--memory=1"])
        .start();
    let links = links(&server.get("/").text());
    let to_files = links.iter().filter(|link| link.contains("file-")).count();
    assert_eq!(to_files, 1000);
    let listing = json(&server, "/");
    assert_eq!(listing["entries"].as_array().map(Vec::len), Some(1000));
}

#[test]
fn entries_that_lead_nowhere_do_not_spoil_the_listing() {
    let tree = Tree::hostile();
    let server = Server::serving(&tree);
    let page = server.get("/").text();
    for name in [
        "link-dangling",
        "link-loop",
        "link-out",
        "fifo",
        "hello.txt",
    ] {
        assert!(page.contains(name), "{name}");
    }
    // Nothing of what lies outside is told, such as its size.
    let listing = json(&server, "/");
    if let Some(entry) = entries(&listing).get("link-out") {
        assert_ne!(entry["size"], crate::support::tree::SECRET.len(), "{entry}");
    }
}

#[test]
fn a_listing_is_sorted_as_its_query_asks() {
    let tree = Tree::empty();
    tree.file("b.bin", "333")
        .file("a.bin", "1")
        .file("c.bin", "22");
    tree.directory("d");
    let day = |day: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(day * 86_400);
    for (name, days) in [("a.bin", 3), ("b.bin", 1), ("c.bin", 2)] {
        tree.set_modified(name, day(days));
    }
    let server = Server::serving(&tree);
    let order = |target: &str| -> Vec<String> {
        let page = server.get(target).text();
        let json = json(&server, target);
        let listed = json["entries"].as_array().unwrap();
        let listed = listed.iter().map(|entry| entry["href"].as_str().unwrap());
        let listed: Vec<_> = listed.map(str::to_owned).collect();
        let shown: Vec<_> = links(&page)
            .into_iter()
            .filter(|link| listed.contains(link))
            .collect();
        assert_eq!(shown, listed, "{target}: for people as for programs");
        listed
    };
    for (target, expected) in [
        ("/", ["a.bin", "b.bin", "c.bin", "d/"]),
        (
            "/?sort=colour&order=desc",
            ["a.bin", "b.bin", "c.bin", "d/"],
        ),
        ("/?sort=name&order=desc", ["d/", "c.bin", "b.bin", "a.bin"]),
        ("/?sort=size", ["d/", "a.bin", "c.bin", "b.bin"]),
        ("/?sort=size&order=desc", ["b.bin", "c.bin", "a.bin", "d/"]),
    ] {
        assert_eq!(order(target), expected, "{target}");
    }
    let by_time = order("/?sort=time&order=desc");
    assert_eq!(by_time, ["d/", "a.bin", "c.bin", "b.bin"]);
    // Each head leads to the listing itself, by another order.
    for link in links(&server.get("/?sort=size&order=desc").text()) {
        if let Some(query) = link.strip_prefix('?') {
            assert_eq!(server.get(&format!("/?{query}")).status, 200);
        }
    }
}

#[test]
fn a_listing_shows_what_the_directory_says_of_itself() {
    let tree = Tree::hostile();
    let markup = "# It's <b>here</b>\n<script>document.title='owned'</script>\n";
    tree.file("dir/readme.MD", markup);
    tree.file("dir/README", "another");
    tree.file("many/README.txt", "x".repeat(100_000));
    tree.symlink("deep-link", "dir");
    tree.directory("out");
    tree.symlink("out/README.md", "../../outside/secret.txt");
    let server = Server::serving(&tree);
    let page = server.get("/dir/").text();
    let shown = "<h2>readme.MD</h2>\n<pre>\n# It&#x27;s &lt;b&gt;here&lt;/b&gt;\n&lt;script&gt;";
    assert!(page.contains(shown), "{page}");
    assert!(!page.contains("another"));
    assert!(!server.get("/").text().contains("<section>"));
    let cut = server.get("/many/").text();
    assert!(cut.contains("The file goes on"));
    assert!(cut.len() < 80_000, "{}", cut.len());
    let out = server.get("/out/").text();
    assert!(!out.contains(SECRET) && !out.contains("<section>"));
    // Nothing is remembered of who looks.
    let listing = server.get("/dir/?sort=size");
    assert!(listing.field("Set-Cookie").is_none());
    assert!(!listing.text().contains("localStorage"));
}
