//! `--clean-urls` and `--not-found-nearest`, beside `wrangler dev` with the same.

use super::peers::{Handling, Table};

const FILES: &[&str] = &[
    "index.html",
    "404.html",
    "about.html",
    "both.html",
    "both/index.html",
    "sub/index.html",
    "sub/page.html",
    "sub/404.html",
    "sub/deep/page.html",
    "sub/deep/x",
    "exact",
    "exact.html",
    "dir.html/index.html",
    "odd/index",
    "odd/index.html",
    "sp ace.html",
    "plain.txt",
    "empty/deep/only.txt",
    "double.html.html",
];

const REDIRECTS: &str = "\
/go /about 302
/rewritten /about 200
/rewritten-file /about.html 200
/rewritten-sub /sub/ 200
/about/old /about
";

const REQUESTS: &[&str] = &[
    "/",
    "/index.html",
    "/index",
    "/about",
    "/about?x=1",
    "/about.html",
    "/about.html?x=1",
    "/about/",
    "/about/index",
    "/about/index.html",
    "/about.html/",
    "/both",
    "/both/",
    "/both.html",
    "/both/index",
    "/both/index.html",
    "/sub",
    "/sub/",
    "/sub.html",
    "/sub/index",
    "/sub/index.html",
    "/sub/page",
    "/sub/page.html",
    "/sub/page/",
    "/sub/page/index.html",
    "/sub/deep/page",
    "/sub/deep/page.html",
    "/sub/deep/x",
    "/exact",
    "/exact.html",
    "/exact/",
    "/dir",
    "/dir.html",
    "/dir.html/",
    "/dir.html/index.html",
    "/odd/",
    "/odd/index",
    "/odd/index.html",
    "/odd",
    "/sp%20ace",
    "/sp%20ace.html",
    "/sp%20ace.html?a=b%20c",
    "/plain.txt",
    "/plain.txt.html",
    "/nothing",
    "/nothing.html",
    "/nothing/",
    "/nothing/index.html",
    "/sub/nothing",
    "/sub/a/b/c",
    "/sub/deep/nothing",
    "/sub/deep/",
    "/empty/nothing",
    "/empty/deep/nothing.html",
    "/404",
    "/404.html",
    "/sub/404",
    "/sub/404.html",
    "/go",
    "/rewritten-file",
    "/rewritten",
    "/rewritten-sub",
    "/about/old",
    "/double.html",
    "/double.html.html",
    "/double",
    "/.html",
    "/sub/.html",
    "/index/",
    "/sub/index/",
];

/// As http.server has it, with these options or without them.
const SLASH: &str = "a directory is sent to its slash by a relative 301";

#[test]
fn the_same_as_wrangler() {
    Table {
        dialect: "cloudflare",
        script: "cloudflare.mjs",
        handling: Handling::Clean,
        files: FILES,
        redirects: REDIRECTS,
        headers: "/*\n  X-All: yes\n",
        requests: REQUESTS,
        known: &[
            ("/sub", &["301 sub/", "x-all: yes"], SLASH),
            ("/dir.html", &["301 dir.html/", "x-all: yes"], SLASH),
            ("/odd", &["301 odd/", "x-all: yes"], SLASH),
            (
                "/rewritten-file",
                &["200 about.html", "x-all: yes"],
                "nobody is sent on from an address that a rule has for a page",
            ),
        ],
        lines: &[],
    }
    .check();
}
