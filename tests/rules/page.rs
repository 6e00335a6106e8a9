//! `host/RULES.md`: its examples are obeyed, and what it says is refused is.

use std::path::Path;
use wasm_host_rules::{Dialect, Policy, Problem, Rules, Sources};

fn page() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("RULES.md");
    std::fs::read_to_string(page).unwrap()
}

fn parse(dialect: &str, file: &str, text: &str) -> Result<Rules, Vec<Problem>> {
    let dialect = match dialect {
        "netlify" => Dialect::Netlify,
        "cloudflare" => Dialect::Cloudflare,
        other => panic!("{other} is no dialect"),
    };
    let mut sources = Sources::default();
    match file {
        "_redirects" => sources.redirects = text.as_bytes(),
        "_headers" => sources.headers = text.as_bytes(),
        other => panic!("{other} is no file of rules"),
    }
    Rules::parse(dialect, &Policy::owner(), sources)
}

#[test]
fn its_examples_are_obeyed() {
    let page = page();
    let blocks = page.split("\n```text ").skip(1);
    let mut count = 0;
    for block in blocks {
        let (words, rest) = block.split_once('\n').unwrap();
        let (dialect, file) = words.split_once(' ').unwrap();
        let (text, _) = rest.split_once("\n```").unwrap();
        let rules = parse(dialect, file, text).unwrap_or_else(|it| panic!("{words}: {it:?}"));
        assert!(!rules.is_empty());
        count += 1;
    }
    assert_eq!(count, 4);
}

#[test]
fn what_it_says_is_refused_is() {
    let page = page();
    let (_, section) = page.split_once("## What is refused").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let mut count = 0;
    for row in rows {
        let mut code = row.split('`').skip(1).step_by(2);
        let (dialect, line) = (code.next().unwrap(), code.next().unwrap());
        assert!(parse(dialect, "_redirects", line).is_err(), "{line}");
        count += 1;
    }
    assert_eq!(count, 12);
}
