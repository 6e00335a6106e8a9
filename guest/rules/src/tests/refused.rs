use super::parse;
use crate::Dialect::{self, Cloudflare, Netlify};
use crate::{Policy, Rules, Sources};

/// The one problem of a file of one bad line, without its beginning.
fn problem(dialect: Dialect, redirects: &str, headers: &str) -> String {
    let problems = parse(dialect, redirects, headers).expect_err(redirects);
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems[0].to_string()
}

#[test]
fn each_bad_redirect_says_what_to_write() {
    for (dialect, line, word) in [
        (Netlify, "/a", "has no target"),
        (Netlify, "a /b", "write /a"),
        (Netlify, "/a b", "has no target"),
        (
            Netlify,
            "/a /b 401",
            "write one of 200, 301, 302, 303, 307, 308, 404, 410",
        ),
        (Netlify, "/a /b 301x", "isn't a status"),
        (
            Netlify,
            "/a /b 302 Country=de",
            "for some visitors only (Country)",
        ),
        (
            Netlify,
            "/a /b 200! Role=admin",
            "for some visitors only (Role)",
        ),
        (
            Netlify,
            "/a /b Language=de",
            "for some visitors only (Language)",
        ),
        (
            Netlify,
            "/a /b 302 Cookie=x",
            "for some visitors only (Cookie)",
        ),
        (Netlify, "/a https://h.com/:splat 200", "is a proxy"),
        (Netlify, "/a /b 200 Sign=KEY", "signed proxies"),
        (Netlify, "/a /.netlify/functions/x 200", "Netlify's own"),
        (Netlify, "http://h.com/* /b", "for one host"),
        (Netlify, "/a/*/b /c", "write /a/*"),
        (Netlify, "/a* /c", "write /*"),
        (Netlify, "/a/:x.html /c/:x", "isn't a placeholder's name"),
        (Netlify, "/a /b/:splat", ":splat is nowhere"),
        (Netlify, "/a/:x /b/:y", ":y is nowhere"),
        (Netlify, "/a/:x /b/:xy", ":xy is nowhere"),
        (
            Netlify,
            "/a/:x https://:x.com/",
            "a visitor would choose it",
        ),
        (
            Netlify,
            "/a/* https://h.com:splat",
            "a visitor would choose it",
        ),
        (Netlify, "/a/:x/:x /b", "named :x"),
        (Netlify, "/a q /b", "neither a target nor a condition"),
        (Netlify, "/a q=1 q=2 /b", "write each parameter once"),
        (
            Cloudflare,
            "/a /b 301 # why",
            "a comment is a line of its own",
        ),
        (
            Cloudflare,
            "/a /b 404",
            "write one of 200, 301, 302, 303, 307, 308",
        ),
        (Cloudflare, "/a /b 302!", "isn't a status"),
        (Cloudflare, "/a http://h.com", "isn't https"),
        (Cloudflare, "/a https://h.com 200", "is a proxy"),
        (Cloudflare, "https://x.dev/a /b", "for one host"),
        (Cloudflare, "/a?x=1 /b", "has a query"),
        (Cloudflare, "/*/a/* /b", "more than one *"),
        (Cloudflare, "/:a-:b /c", "write one in each segment"),
        (Cloudflare, "/* /index.html 200", "give --spa"),
    ] {
        let problem = problem(dialect, &format!("# comment\n\n{line}\n"), "");
        assert!(problem.starts_with("_redirects:3: "), "{problem}");
        assert!(problem.contains(word), "{line}: {problem}");
    }
}

#[test]
fn each_bad_field_says_what_to_write() {
    for (dialect, lines, word) in [
        (Netlify, "X-A: b", "write a path first"),
        (Netlify, "/a\n", "has no fields"),
        (Netlify, "/a\n  ! X-A", "remove no field"),
        (Netlify, "/a\n  X-A", "write Name: value"),
        (Netlify, "/a\n  X-A:", "has no value"),
        (Netlify, "/a\n  X A: b", "isn't a field's name"),
        (Netlify, "/a\n  Connection: close", "the server's own"),
        (Netlify, "/a\n  X-Accel-Redirect: /b", "proxy in front"),
        (
            Netlify,
            "/a\n  Basic-Auth: ada:secret",
            "give the site a password",
        ),
        (Netlify, "/a\n  x-litespeed-location: /b", "proxy in front"),
        (Netlify, "/*/b/*\n  X-A: b", "more than one *"),
        (Netlify, "https://h.com/*\n  X-A: b", "for one host"),
        (Cloudflare, "/a\n  ! Date", "the server's own"),
        (Cloudflare, "/a\n  X-A: /:x", ":x is nowhere"),
        (Cloudflare, "/a\n  X-A: \u{e9}", "isn't ASCII"),
    ] {
        let problem = problem(dialect, "", lines);
        assert!(problem.starts_with("_headers:"), "{problem}");
        assert!(problem.contains(word), "{lines}: {problem}");
    }
}

#[test]
fn all_bad_lines_are_told_in_order() {
    let problems = parse(
        Netlify,
        "/a\n/b /c\n/d /e 999\n",
        "X: y\n/a\n Date: x\n Y: z\n",
    );
    let lines: Vec<_> = problems
        .unwrap_err()
        .iter()
        .map(|it| (it.file.name(), it.line))
        .collect();
    assert_eq!(
        lines,
        [
            ("_redirects", 1),
            ("_redirects", 3),
            ("_headers", 1),
            ("_headers", 3)
        ]
    );
}

#[test]
fn a_line_steers_no_terminal() {
    let sources = Sources {
        redirects: b"/\x1b[31ma /b\n",
        headers: b"/a\n  X-\xc2\x9bA: b\n",
    };
    for problem in Rules::parse(Netlify, &Policy::owner(), sources).unwrap_err() {
        assert!(!problem.to_string().contains(char::is_control));
    }
}

#[test]
fn there_are_limits() {
    let many = |count: usize, from: &str| -> String {
        (0..count).map(|n| format!("{from}{n} /b\n")).collect()
    };
    assert!(parse(Cloudflare, &many(2000, "/a"), "").is_ok());
    assert!(problem(Cloudflare, &many(2001, "/a"), "").contains("2000 at most"));
    assert!(parse(Cloudflare, &many(100, "/*/"), "").is_ok());
    assert!(problem(Cloudflare, &many(101, "/*/"), "").contains("100 at most"));
    assert!(parse(Netlify, &many(10_000, "/a"), "").is_ok());
    let long = format!("/{} /b", "a".repeat(2000));
    assert!(problem(Cloudflare, &long, "").contains("2000 bytes"));
    assert!(parse(Netlify, &long, "").is_ok());
    let fields: String = (0..101).map(|n| format!("/{n}\n X-A: b\n")).collect();
    assert!(problem(Cloudflare, "", &fields).contains("100 at most"));
    assert!(problem(Netlify, &"#".repeat((1 << 20) + 1), "").contains("1048576 bytes"));
}

#[test]
fn one_of_two_rules_for_the_same_is_refused() {
    assert!(problem(Netlify, "/a /b\n/a /c\n", "").contains("line 1 is for the same"));
    assert!(parse(Netlify, "/a q=1 /b\n/a /c\n", "").is_ok());
    assert!(problem(Cloudflare, "", "/a\n X: y\n/a\n X: z\n").contains("line 1 is for the same"));
}
