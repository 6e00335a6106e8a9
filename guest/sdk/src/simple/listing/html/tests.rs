use super::super::tests::{directory, file, listing};
use super::super::{Readme, SortOrder};
use super::*;

fn page_of(entry: Entry) -> String {
    listing("/", vec![entry]).to_html()
}

fn visible(bytes: impl AsRef<[u8]>) -> String {
    let mut out = String::new();
    push_visible(&mut out, bytes.as_ref());
    out
}

#[test]
fn rows_are_links_as_in_python() {
    let page = listing(
        "/",
        vec![
            file("a.txt"),
            directory("sub"),
            Entry {
                is_symlink: true,
                ..file("link")
            },
            Entry {
                is_symlink: true,
                ..directory("dirlink")
            },
        ],
    )
    .to_html();
    for row in [
        r#"<a href="a.txt">a.txt</a>"#,
        r#"<a href="sub/">sub/</a>"#,
        r#"<a href="link">link@</a>"#,
        r#"<a href="dirlink/">dirlink@</a>"#,
    ] {
        assert!(page.contains(row), "{row}");
    }
}

#[test]
fn hrefs_cannot_be_misread() {
    for (name, expected) in [
        (&b"a:b"[..], "a%3Ab"),
        (b"javascript:alert(1)", "javascript%3Aalert%281%29"),
        (b"?x", "%3Fx"),
        (b"#", "%23"),
        (b"%2e%2e", "%252e%252e"),
        (b"\\evil", "%5Cevil"),
        (b"a b+c&d", "a%20b%2Bc%26d"),
        (b"\"'<>", "%22%27%3C%3E"),
        (b"\xff\n\0", "%FF%0A%00"),
        ("é-_.~".as_bytes(), "%C3%A9-_.~"),
        (b"...", "..."),
    ] {
        let page = page_of(file(name));
        assert!(
            page.contains(&format!("<a href=\"{expected}\">")),
            "{name:?}"
        );
    }
}

#[test]
fn names_are_escaped_and_neutralised() {
    assert_eq!(
        visible("<img src=x onerror='1'>&\""),
        "&lt;img src=x onerror=&#x27;1&#x27;&gt;&amp;&quot;"
    );
    assert_eq!(visible("a\u{202E}gpj.exe"), "a\u{FFFD}gpj.exe");
    assert_eq!(
        visible("\u{2066}\u{61C}\u{200F}"),
        "\u{FFFD}\u{FFFD}\u{FFFD}"
    );
    assert_eq!(visible("a\r\n\t\u{1b}[2J\u{7f}\u{9b}"), {
        "a\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}[2J\u{FFFD}\u{FFFD}"
    });
    assert_eq!(visible(b"a\xffb\xc3"), "a\u{FFFD}b\u{FFFD}");
    assert_eq!(visible("naïve 日本語 👩‍💻"), "naïve 日本語 👩‍💻");
}

#[test]
fn hostile_names_add_no_markup() {
    let hostile = "</a></bdi><script>alert(1)</script>";
    let path = format!("/{hostile}\"x/</title><b>/");
    let page = listing(&path, vec![file(hostile), directory("\"><b>")]).to_html();
    assert!(!page.contains("<script>alert") && !page.contains("<b>"));
    assert_eq!(page.matches("</title>").count(), 1);
}

#[test]
fn title_and_breadcrumb() {
    let page = listing("/a&b/c d/", vec![]).to_html();
    assert!(page.contains("<title>Directory listing for /a&amp;b/c d/</title>"));
    assert!(page.contains(concat!(
        "<h1>Directory listing for <a href=\"../../\"><bdi></bdi>/</a><wbr>",
        "<a href=\"../\"><bdi>a&amp;b</bdi>/</a><wbr>",
        "<bdi aria-current=\"page\">c d</bdi>/</h1>"
    )));
    assert!(page.contains("<a href=\"../\" aria-label=\"Parent directory\">../</a>"));
    let root = listing("/", vec![]).to_html();
    assert!(root.contains("<title>Directory listing for /</title>"));
    assert!(!root.contains("../"));
}

#[test]
fn size_and_time_of_a_row() {
    let page = page_of(Entry {
        size: Some(1536),
        modified: Some(1_795_361_416),
        ..file("a")
    });
    assert!(page.contains(r#"<data value="1536" title="1536 bytes">1.5 KiB</data>"#));
    assert!(page.contains(r#"<time datetime="2026-11-22T15:30:16Z">2026-11-22 15:30</time>"#));
    let bare = page_of(Entry {
        size: None,
        modified: Some(i64::MAX),
        ..file("a")
    });
    assert!(!bare.contains("<data ") && !bare.contains("<time "));
}

#[test]
fn sizes_for_people() {
    for (bytes, expected) in [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1075, "1.0 KiB"),
        (1076, "1.1 KiB"),
        (1_048_524, "1023.9 KiB"),
        (1_048_525, "1.0 MiB"),
        (1_048_576, "1.0 MiB"),
        (5_368_709_120, "5.0 GiB"),
        (u64::MAX, "16.0 EiB"),
    ] {
        let mut out = String::new();
        push_size(&mut out, bytes);
        assert_eq!(out, expected, "{bytes}");
    }
}

#[test]
fn notes() {
    assert!(
        listing("/", vec![])
            .to_html()
            .contains("This directory is empty.")
    );
    let mut cut = listing("/", vec![file("a")]);
    assert!(!cut.to_html().contains("<p>"));
    cut.truncated = true;
    assert!(cut.to_html().contains("1 of its entries are shown"));
}

#[test]
fn the_page_is_self_contained() {
    let page = page_of(file("a"));
    for foreign in ["<script src", "http:", "https:", "@import", "url("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    for wanted in [
        "<!doctype html>\n<html lang=\"en\">",
        "<meta charset=\"utf-8\">",
        "<meta name=\"viewport\"",
        "<link rel=\"icon\" href=\"data:,\">",
    ] {
        assert!(page.contains(wanted), "{wanted}");
    }
}

#[test]
fn a_thousand_entries_fit_the_estimate() {
    let entries = (0..1000u32).map(|n| Entry {
        size: Some(u64::from(n) * 99_991),
        ..file(format!("File number {n}.txt"))
    });
    let mut listing = listing("/", entries.collect());
    listing.sort();
    let page = listing.to_html();
    assert_eq!(page.matches("<li>").count(), 1000);
    // No growth: the first allocation was enough.
    let fixed = HEAD.len() + STYLE.len() + FOOT.len() + 512;
    assert!(page.len() <= fixed + 8 + listing.capacity_for_entries());
}

#[test]
fn heads_sort_the_other_way_round_and_say_which_way_it_is() {
    let mut listing = listing("/", vec![file("a")]);
    let page = listing.to_html();
    for link in [
        "<a href=\"?sort=name&amp;order=desc\">Name <span aria-label=\"ascending\">",
        "<a href=\"?sort=size&amp;order=desc\">Size</a>",
        "<a href=\"?sort=time&amp;order=desc\">Modified</a>",
    ] {
        assert!(page.contains(link), "{link}: {page}");
    }
    listing.order = SortOrder::of_query("sort=size&order=desc");
    let page = listing.to_html();
    for link in [
        "<a href=\"?sort=name\">Name</a>",
        "<a href=\"?sort=size\">Size <span aria-label=\"descending\">",
    ] {
        assert!(page.contains(link), "{link}: {page}");
    }
}

#[test]
fn a_readme_is_text_and_never_markup() {
    let mut listing = listing("/", vec![file("a")]);
    listing.readme = Some(Readme {
        name: b"README<b>.md".to_vec(),
        text: b"# Title\r\n\t<script>alert(1)</script>\x1b[2J\n</pre>\xff".to_vec(),
        is_cut: true,
    });
    let page = listing.to_html();
    let shown = "<h2>README&lt;b&gt;.md</h2>\n<pre>\n# Title\n\t&lt;script&gt;alert(1)&lt;/script&gt;\u{FFFD}[2J\n&lt;/pre&gt;\u{FFFD}</pre>\n<p>The file goes on";
    assert!(page.contains(shown), "{page}");
}
