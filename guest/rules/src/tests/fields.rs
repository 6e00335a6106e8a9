use super::{fields, parse};
use crate::Dialect;

#[test]
fn netlify() {
    let headers = "/*\n  X-A: 1\n  Link: </a>;rel=x ,b\n  Link: c\n/docs/*\n  x-a: 2\n  X-B: 3\n/*.js\n  X-C: 4\n/e/:x/end\n  X-D: 5\n/Exact\n  Set-Cookie: a=b\n  Set-Cookie: c=d\n";
    let rules = parse(Dialect::Netlify, "", headers).unwrap();
    let link = "Link: </a>;rel=x, b, c";
    assert_eq!(fields(&rules, "/"), ["X-A: 1", link]);
    assert_eq!(fields(&rules, "/docs"), [link, "x-a: 2", "X-B: 3"]);
    assert_eq!(fields(&rules, "/DOCS/a"), [link, "x-a: 2", "X-B: 3"]);
    assert_eq!(fields(&rules, "/docsabc"), ["X-A: 1", link]);
    assert_eq!(fields(&rules, "/a/b.js"), ["X-A: 1", link, "X-C: 4"]);
    assert_eq!(fields(&rules, "/a/b.jsx"), ["X-A: 1", link]);
    assert_eq!(fields(&rules, "/e/1/end/"), ["X-A: 1", link, "X-D: 5"]);
    assert_eq!(
        fields(&rules, "/exact"),
        ["X-A: 1", link, "Set-Cookie: a=b", "Set-Cookie: c=d"]
    );
}

#[test]
fn cloudflare() {
    let headers = "/*\n  X-A: 1\n  X-S: \":splat\"\n/docs/:page\n  X-A: 2\n  X-P: p=:page;x:y\n  ! X-S\n/docs/x\n  ! X-A\n  X-A: 3\n";
    let rules = parse(Dialect::Cloudflare, "", headers).unwrap();
    assert_eq!(fields(&rules, "/a/b"), ["X-A: 1", "X-S: \"a/b\""]);
    assert_eq!(
        fields(&rules, "/docs/y"),
        ["! X-S", "X-A: 1, 2", "X-P: p=y;x:y"]
    );
    assert_eq!(
        fields(&rules, "/docs/x"),
        ["! X-S", "! X-A", "X-P: p=x;x:y", "X-A: 3"]
    );
}

#[test]
fn another_spelling_goes_around_no_rule() {
    for dialect in [Dialect::Netlify, Dialect::Cloudflare] {
        let rules = parse(dialect, "", "/app/*\n  X-Frame-Options: DENY\n").unwrap();
        for spelling in [
            "/app/x",
            "/%61pp/x",
            "//app/x",
            "/app%2fx",
            "/b/../app/x",
            "/b/%2E./app/x",
        ] {
            assert_eq!(
                fields(&rules, spelling),
                ["X-Frame-Options: DENY"],
                "{spelling}"
            );
        }
    }
}
