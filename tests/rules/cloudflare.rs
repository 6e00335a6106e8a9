//! The same rules and requests, put to `wrangler dev` and to us.

use super::peers::{Handling, Table};

const REDIRECTS: &str = "\
# static ones
/old /new
/old301 /new 301
/slash/ /new 303
/own-query /new?a=1 307
/fragment /new#part 308
/abroad https://other.example/x
/abroad-query https://other.example/x?a=1#f
/port https://other.example:8443/x
/dots /a/../b
/doubled /a//b
/there.txt /new 301
/shown /there.txt 200
/shown-query /there.txt?x=1 200
/shown-nothing /nothing.txt 200
/Case /new
/enc%20oded /new
/enc%2Foded /new
/\u{e9} /new
/dot.ted /new
/plus+ /new
/paren(x /new
/colon: /new
/number:1 /new
# placeholders and splats
/blog/:year/:month /news/:month/:year
/blog/:year /year/:year
/user/:id/edit /edit/:id 302
/item-:id.html /item/:id 301
/files/* /stored/:splat
/part*  /p/:splat
/mid/*/end /m/:splat
/mid/*/:last/tail /mt/:last/:splat
/both/:a/* /n/:splat/:a
/twice/:a /t/:a/:a
/abroad/* https://other.example/:splat 302
/into/:a /found?path=:a#:a
/rewritten/* /there.txt 200
/deep/* /deeper/:splat
/order/* /first
/order/special /second
/late /static-behind-dynamic
/*/anywhere /any/:splat
";

const HEADERS: &str = "\
/*
  X-All: yes
  X-Joined: 1
/there.txt
  X-One: 1
  X-All: too
  X-List: a
  X-List: b
/dir/*
  X-Dir: :splat
  ! X-Joined
/dir/:name
  X-Name: n-:name-:other:1
/*.css
  X-Css: c
  X-All: css
/dir/sub/*/end
  X-End: :splat
/blog/:year/:month
  X-Blog: :month
# a comment
/detached
  ! x-all
  X-All: new
/Case.txt
  X-Case: c
";

const FILES: &[&str] = &[
    "there.txt",
    "dir/a.txt",
    "dir/b.css",
    "dir/sub/x/end",
    "detached",
    "case.txt",
    "sp ace.txt",
    "index.html",
];

const REQUESTS: &[&str] = &[
    "/old",
    "/old/",
    "/OLD",
    "/old?x=1",
    "/old?",
    "/old301",
    "/slash",
    "/slash/",
    "/own-query",
    "/own-query?b=2",
    "/fragment",
    "/fragment?b=2",
    "/abroad",
    "/abroad?x=1",
    "/abroad-query?x=1",
    "/port",
    "/dots",
    "/doubled",
    "/there.txt",
    "/shown",
    "/shown?x=1",
    "/shown-query",
    "/shown-nothing",
    "/Case",
    "/case",
    "/enc%20oded",
    "/enc%2Foded",
    "/enc%2foded",
    "/%C3%A9",
    "/%c3%a9",
    "/dot.ted",
    "/dotXted",
    "/plus+",
    "/paren(x",
    "/colon:",
    "/number:1",
    "/blog/2026/12",
    "/blog/2026/12/",
    "/blog/2026",
    "/blog/",
    "/blog",
    "/blog/1/2/3",
    "/blog/a%2Fb/c",
    "/blog/a%20b/c%22",
    "/user/7/edit",
    "/user/7",
    "/user//edit",
    "/item-5.html",
    "/item-.html",
    "/item-5.htm",
    "/item-5.html.html",
    "/files",
    "/files/",
    "/files/a/b",
    "/files/a/b/",
    "/files/a?x=1",
    "/files//a",
    "/filesx",
    "/part",
    "/parts",
    "/part/s/x",
    "/mid/a/end",
    "/mid/a/b/end",
    "/mid/end",
    "/mid//end",
    "/mid/a/b/c/tail",
    "/mid/a/tail",
    "/both/1/2/3",
    "/both/1/",
    "/both/1",
    "/twice/z",
    "/abroad/a/b",
    "/abroad/",
    "/abroad//evil.example",
    "/into/a",
    "/into/a%3Fb",
    "/rewritten/x",
    "/rewritten/",
    "/deep/x",
    "/order/x",
    "/order/special",
    "/late",
    "/x/anywhere",
    "/x/y/anywhere",
    "//evil.example/anywhere",
    "/%2F%2Fevil.example/anywhere",
    "/\\evil.example/anywhere",
    "/x/../old",
    "/x/%2e%2e/old",
    "/nothing",
    "/dir/a.txt",
    "/dir/b.css",
    "/dir/sub/x/end",
    "/detached",
    "/case.txt",
    "/sp%20ace.txt",
    "/into/$&",
    "/twice/:a",
    "/%6fld",
    "/_redirects",
    "/_headers",
    "/a//old",
    "//old",
];

/// Another spelling of a path means the same file, so that a rule is for it, too.
const SPELLING: &str = "another spelling goes around no rule";

#[test]
fn the_same_as_wrangler() {
    Table {
        dialect: "cloudflare",
        script: "cloudflare.mjs",
        handling: Handling::None,
        files: FILES,
        redirects: REDIRECTS,
        headers: HEADERS,
        requests: REQUESTS,
        known: &[
            (
                "/%c3%a9",
                &["302 /new", "x-all: yes", "x-joined: 1"],
                SPELLING,
            ),
            (
                "/%6fld",
                &["302 /new", "x-all: yes", "x-joined: 1"],
                SPELLING,
            ),
            (
                "//old",
                &["302 /new", "x-all: yes", "x-joined: 1"],
                SPELLING,
            ),
            (
                "/into/$&",
                &["302 /found?path=$&#$&", "x-all: yes", "x-joined: 1"],
                "JavaScript takes $& in a path for what it replaces",
            ),
        ],
        lines: &[],
    }
    .check();
}
