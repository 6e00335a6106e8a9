use super::{answer, parse};
use crate::Dialect;

/// Rules, and what they answer to some targets.
type Case = (&'static str, &'static [(&'static str, &'static str)]);

fn check(dialect: Dialect, cases: &[Case]) {
    for (rules, requests) in cases {
        let parsed = parse(dialect, rules, "").unwrap_or_else(|it| panic!("{rules}: {it:?}"));
        for (target, expected) in *requests {
            assert_eq!(answer(&parsed, target), *expected, "{rules} {target}");
        }
    }
}

#[test]
fn netlify() {
    check(
        Dialect::Netlify,
        &[
            (
                "/a /b",
                &[
                    ("/a", "301 /b"),
                    ("/a/", "301 /b"),
                    ("/A", "-"),
                    ("/a?x=1", "301 /b?x=1"),
                ],
            ),
            ("/a/ /b 302!", &[("/a", "302! /b"), ("/a/", "302! /b")]),
            ("/ /b", &[("/", "301 /b"), ("/a", "-")]),
            (
                "/a/* /b/:splat # why",
                &[
                    ("/a", "301 /b/"),
                    ("/a/", "301 /b/"),
                    ("/a/x/y/", "301 /b/x/y/"),
                    ("/ax", "-"),
                ],
            ),
            (
                "/p/:y/:m /:m/:y 302",
                &[
                    ("/p/1/2", "302 /2/1"),
                    ("/p/1/2/", "302 /2/1"),
                    ("/p/1", "-"),
                ],
            ),
            (
                "/q id=:id x=1 /x/:id",
                &[
                    ("/q?id=5&x=1", "301 /x/5?id=5&x=1"),
                    ("/q?id=5", "-"),
                    ("/q?x=%31&id=a%2Fb", "301 /x/a%2Fb?x=%31&id=a%2Fb"),
                ],
            ),
            (
                "/q id=1 /x\n/q /y",
                &[("/q?id=1", "301 /x?id=1"), ("/q?id=2", "301 /y?id=2")],
            ),
            ("/a/* 200", &[("/a/b", "200 /a/b")]),
            (
                "/* /index.html 200",
                &[
                    ("/x/y", "200 /index.html"),
                    ("/index.html", "200 /index.html"),
                ],
            ),
            (
                "/* /y/:splat",
                &[("/y", "-"), ("/y/a", "-"), ("/x", "301 /y/x")],
            ),
            (
                "/a/* /a/i",
                &[("/a/i", "-"), ("/a/ij", "-"), ("/a/x", "301 /a/i")],
            ),
            ("/a/* /:splat", &[("/a/a", "301 /a")]),
            (
                "/en/* /en/404.html 404",
                &[("/en/x", "404 /en/404.html"), ("/en/404.html", "-")],
            ),
            ("/a /b 200\n/a/x /c", &[("/a", "200 /b")]),
            ("/a/* /1\n/a/b /2", &[("/a/b", "301 /1")]),
            (
                "/\u{e9} /e",
                &[("/%C3%A9", "301 /e"), ("/%c3%a9", "301 /e")],
            ),
        ],
    );
}

#[test]
fn cloudflare() {
    check(
        Dialect::Cloudflare,
        &[
            (
                "/a /b",
                &[("/a", "302! /b"), ("/a/", "-"), ("/a?x=1", "302! /b?x=1")],
            ),
            (
                "/a/* /b/:splat 301",
                &[("/a", "-"), ("/a/", "301! /b/"), ("/a/x//y", "301! /b/x/y")],
            ),
            (
                "/a* /b/:splat",
                &[("/a", "302! /b/"), ("/ab/c", "302! /b/b/c")],
            ),
            (
                "/a/*/b /c/:splat",
                &[
                    ("/a/1/2/b", "302! /c/1/2"),
                    ("/a/b", "-"),
                    ("/a//b", "302! /c/"),
                ],
            ),
            (
                "/:x/*/y-:z.html /:z/:x/:splat",
                &[("/1/2/3/y-4.html", "302! /4/1/2/3"), ("/1/2/y-.html", "-")],
            ),
            (
                "/a-:x /b/:x 307",
                &[("/a-1", "307! /b/1"), ("/a-", "-"), ("/a-1/", "-")],
            ),
            ("/a /b?y=2#f", &[("/a?x=1", "302! /b?y=2#f")]),
            ("/a/* /b 200", &[("/a/x", "200! /b")]),
            ("/a /../b", &[("/a", "302! /b")]),
            ("/\u{e9} /e", &[("/%C3%A9", "302! /e")]),
        ],
    );
}

#[test]
fn another_spelling_goes_around_no_rule() {
    for dialect in [Dialect::Netlify, Dialect::Cloudflare] {
        let rules = parse(dialect, "/secret/* /none 302\n/* /x/:splat 307", "").unwrap();
        for spelling in [
            "/secret/x",
            "/%73ecret/x",
            "/a/../secret/x",
            "/a/%2e%2e/secret/x",
            "//secret/x",
            "/secret%2Fx",
            "/a/..%2Fsecret/x",
            "/.//secret/x",
            "/secret/./x#y",
        ] {
            assert!(answer(&rules, spelling).starts_with("302"), "{spelling}");
        }
    }
}

#[test]
fn a_splat_names_no_host_and_leaves_no_root() {
    for dialect in [Dialect::Netlify, Dialect::Cloudflare] {
        let rules = parse(dialect, "/x/* /:splat 301\n/y/* /:splat 200", "").unwrap();
        for hostile in [
            "//evil.com",
            "/\\evil.com",
            "/%5Cevil.com",
            "/%2F%2Fevil.com",
            "/..//evil.com",
        ] {
            let answer = answer(&rules, &format!("/x/{hostile}"));
            let location = answer.rsplit(' ').next().unwrap();
            assert!(
                !location.starts_with("//") && !location.contains('\\'),
                "{answer}"
            );
        }
        for hostile in ["../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "a/..%5c.."] {
            let answer = answer(&rules, &format!("/y/{hostile}"));
            assert!(!answer.contains("/../"), "{answer}");
        }
    }
}
