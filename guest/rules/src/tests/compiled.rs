//! What parts are made of rules, and what is made of parts that are none.

use super::{answer, parse};
use crate::{Dialect, Request, Site};
use std::cell::RefCell;

#[test]
fn order_is_kept_across_parts() {
    let rules = "/a/:x /1\n/a/b /2\n/* /3\n/a/c/* /4\n/c /5\n";
    let rules = parse(Dialect::Netlify, rules, "").unwrap();
    for (target, expected) in [
        ("/a/b", "301 /1"),
        ("/a/c", "301 /1"),
        ("/a/c/d", "301 /3"),
        ("/c", "301 /3"),
    ] {
        assert_eq!(answer(&rules, target), expected);
    }
}

#[test]
fn a_request_asks_for_few_small_parts() {
    let lines: String = (0..2000)
        .map(|n| format!("/blog/{n}/* /news/{n}/:splat\n"))
        .collect();
    let rules = parse(Dialect::Netlify, &lines, "").unwrap();
    let parts = rules.compile();
    let asked = RefCell::new(Vec::new());
    let look_up = |key: &[u8]| {
        let part = parts.get(key).cloned();
        asked.borrow_mut().push(part.as_ref().map_or(0, Vec::len));
        part
    };
    let site = Site::new(&look_up).unwrap();
    assert!(
        site.redirect(&Request::of(b"/blog/7/x"), &look_up)
            .is_some()
    );
    assert!(asked.borrow().len() <= 2, "{asked:?}");
    assert!(asked.borrow().iter().sum::<usize>() < 100, "{asked:?}");
}

#[test]
fn damaged_parts_match_nothing_and_end() {
    let rules = parse(
        Dialect::Cloudflare,
        "/a/:b/* /c/:splat/:b\n/x /y\n",
        "/a/*\n X-A: :splat\n",
    );
    let parts = rules.unwrap().compile();
    for (damaged, part) in &parts {
        for at in 0..part.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut parts = parts.clone();
                let mut part = part.clone();
                part[at] = value;
                parts.insert(damaged.clone(), part);
                let look_up = |key: &[u8]| parts.get(key).cloned();
                if let Some(site) = Site::new(&look_up) {
                    for target in ["/a/1/2", "/x", "/"] {
                        let request = Request::of(target.as_bytes());
                        let _ = site.redirect(&request, &look_up);
                        let _ = site.fields(&request, &look_up);
                    }
                }
            }
        }
    }
}
