//! Headless Chromium: the pages as people get them.

use crate::support::chromium::Browser;
use crate::support::percent_encode;
use crate::support::server::Server;
use crate::support::tree::Tree;
use serde_json::Value;

/// Without counting `/favicon.ico`, for which the browser itself asks when it
/// shows a plain file, some time later. Our pages spare it that, as
/// `the_listing_brings_its_own_icon` checks.
#[track_caller]
fn assert_no_errors(browser: &mut Browser) {
    let mut errors = browser.errors();
    errors.retain(|error| !error.to_string().contains("/favicon.ico"));
    assert!(errors.is_empty(), "the console has {errors:#?}");
}

/// Names whose text is unambiguous on a page, and that a browser shows inline.
const NAMES: &[&str] = &[
    "sp ace.txt",
    "#hash.txt",
    "question?.txt",
    "query?a=b&c=d#e.txt",
    "100%.txt",
    "%41.txt",
    "&amp;.txt",
    "<img src=x onerror=alert(1)>.txt",
    "quo\"te.txt",
    "'single'.txt",
    "back\\slash.txt",
    "a:b.txt",
    "caf\u{e9} \u{65e5}\u{672c} \u{1f980}.txt",
];

#[test]
fn the_listing_opens_and_links_to_hard_names_work() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let tree = Tree::empty();
    for name in NAMES {
        tree.file(name, format!("contents of {name}"));
    }
    let server = Server::serving(&tree);
    for name in NAMES {
        browser.navigate(&server.url("/"));
        assert_no_errors(&mut browser);
        browser.follow_link(name);
        let shown = browser.evaluate("document.body.innerText");
        assert_eq!(
            shown.as_str().map(str::trim),
            Some(format!("contents of {name}").as_str())
        );
        assert_no_errors(&mut browser);
    }
}

#[test]
fn the_listing_brings_its_own_icon() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    browser.navigate(&server.url("/"));
    let icon = browser.evaluate("document.querySelector('link[rel~=icon]')?.href");
    assert!(
        icon.as_str().is_some_and(|icon| icon.starts_with("data:")),
        "{icon}"
    );
}

#[test]
fn directories_are_entered_and_left() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let tree = Tree::empty();
    let name = "d?i#r <b>%\\";
    tree.file(format!("{name}/inner.txt"), "inner");
    let server = Server::serving(&tree);
    let root = server.url("/");
    let directory = server.url(&format!("/{}/", percent_encode(name.as_bytes())));
    // Without its slash, so that the redirect is followed too.
    browser.navigate(directory.trim_end_matches('/'));
    assert_eq!(
        browser.evaluate("location.href.toLowerCase()"),
        directory.to_lowercase()
    );
    browser.follow_link("inner.txt");
    assert_eq!(browser.evaluate("document.body.innerText"), "inner");
    browser.navigate(&root);
    browser.follow_link(&format!("{name}/"));
    assert_eq!(
        browser.evaluate("location.href.toLowerCase()"),
        directory.to_lowercase()
    );
    assert_no_errors(&mut browser);
}

#[test]
fn the_listing_fits_a_phone_and_both_colour_schemes() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let tree = Tree::simple();
    tree.file("a-very-long-name-".repeat(14), "");
    let server = Server::serving(&tree);
    browser.emulate_phone();
    let mut backgrounds = Vec::new();
    for scheme in ["light", "dark"] {
        browser.emulate_colour_scheme(scheme);
        browser.navigate(&server.url("/"));
        let fits = browser.evaluate("document.documentElement.scrollWidth <= window.innerWidth");
        assert_eq!(fits, Value::Bool(true), "it scrolls sideways");
        let colours = browser.evaluate(
            "const style = getComputedStyle(document.body); style.color + ' ' + style.backgroundColor",
        );
        backgrounds.push(colours);
    }
    assert_ne!(
        backgrounds[0], backgrounds[1],
        "light and dark look the same"
    );
    assert_no_errors(&mut browser);
}

#[test]
fn a_listing_is_filtered_as_one_types_and_sorted_by_its_heads() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let tree = Tree::empty();
    tree.file("sub/Apple.txt", "1").file("sub/pear.txt", "22");
    tree.file("sub/pineapple.txt", "333");
    let server = Server::serving(&tree);
    browser.navigate(&server.url("/sub/"));
    let type_in = |text: &str| {
        format!(
            "field = document.querySelector('#filter');
             if (!field.checkVisibility()) throw new Error('it is hidden');
             field.value = '{text}';
             field.dispatchEvent(new Event('input'));
             [...document.querySelectorAll('ul[role=list] a')]
                 .filter(link => link.checkVisibility()).map(link => link.textContent).join()"
        )
    };
    for (text, shown) in [
        ("apple", "../,Apple.txt,pineapple.txt"),
        (" PEAR ", "../,pear.txt"),
        ("nothing", "../"),
        ("", "../,Apple.txt,pear.txt,pineapple.txt"),
    ] {
        assert_eq!(browser.evaluate(&type_in(text)), shown, "{text}");
    }
    browser.follow_link("Size");
    let shown = browser.evaluate(&type_in(""));
    assert_eq!(shown, "../,pineapple.txt,pear.txt,Apple.txt");
    assert_no_errors(&mut browser);
}

#[test]
fn no_script_in_a_name_or_a_path_ever_runs() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let tree = Tree::hostile();
    tree.file("<script>document.title='owned'<!--/x", "");
    let server = Server::serving(&tree);
    for target in [
        "/",
        "/%3Cscript%3Edocument.title='owned'%3C!--/",
        "/%3Cscript%3Edocument.title='owned'%3C%2Fscript%3E",
        "/missing?<script>document.title='owned'</script>",
        "/missing#<script>document.title='owned'</script>",
    ] {
        browser.navigate(&server.url(target));
        let title = browser.evaluate("document.title");
        assert_ne!(title, "owned", "{target}");
        let scripts = browser.evaluate(
            "[...document.scripts].filter(script => /owned|alert/.test(script.text)).length
             + document.querySelectorAll('[onerror]').length",
        );
        assert_eq!(scripts, 0, "{target}");
    }
}
