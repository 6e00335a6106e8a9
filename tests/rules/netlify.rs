//! The same rules and requests, put to Netlify's packages and to us.

use super::peers::{Handling, Table};

const REDIRECTS: &str = "\
# static ones
/old /new
/old302 /new 302   # a comment
/slash/ /new 303
/own-query /new?a=1 307
/fragment /new#part 308
/abroad https://other.example/x
/abroad-query https://other.example/x?a=1
/dots /a/../b
/gone /gone.html 410
/lost /404.html 404
/there.txt /new 301
/forced.txt /new 301!
/shown /there.txt 200
/shown-forced.txt /there.txt 200!
/shown-nothing /nothing.txt 200
/Case /new
/enc%20oded /new
/enc%2Foded /new
/dot.ted /new
/plus+ /new
/paren(x /new
# conditions on the query
/q id=:id /found/:id
/q2 id=1 kind=:kind /kind/:kind 302
/q3 id= /empty
/q4 id=1 /one
/q4 id=2 /two
/q4 /none
/q5 a=:a b=:b /:b/:a
/q6 name=:name /hello?to=:name
# placeholders and splats
/blog/:year/:month /news/:month/:year
/blog/:year /year/:year
/user/:id/edit /edit/:id 302
/files/* /stored/:splat
/docs/* /manual/:splat 302!
/spliced/*  /x/:splat/y
/named/:a/* /n/:splat/:a
/twice/:a /t/:a/:a
/abroad/* https://other.example/:splat 302
/into/* /found?path=:splat
/same/* /same/all
/deep/* /deep/er/:splat
/self/* 200
/lang/* /lang/404.html 404
/order/* /first
/order/special /second
/root/* /:splat
";

const HEADERS: &str = "\
/*
  X-All: yes
/there.txt
  X-One: 1
  X-All: no
  X-List: a,b
  X-List: c
/dir/*
  X-Dir: d
  x-all: lower
/dir/:name
  X-Name: n
/*.css
  X-Css: c
/dir/sub/*/end
  X-End: e
/Case.txt
  X-Case: c
# a comment
/lang/*
  X-Lang: l
";

const FILES: &[&str] = &[
    "index.html",
    "there.txt",
    "forced.txt",
    "shown-forced.txt",
    "404.html",
    "gone.html",
    "lang/404.html",
    "lang/here.txt",
    "dir/a.txt",
    "dir/b.css",
    "dir/sub/x/end",
    "dir/sub/end",
    "docs/file.txt",
    "files/file.txt",
    "case.txt",
    "dirty.txt",
];

const REQUESTS: &[&str] = &[
    "/",
    "/old",
    "/old/",
    "/old//",
    "/OLD",
    "/old?x=1",
    "/old?",
    "/old302",
    "/slash",
    "/slash/",
    "/own-query",
    "/own-query?b=2",
    "/fragment",
    "/fragment?b=2",
    "/abroad",
    "/abroad?x=1",
    "/abroad-query?x=1",
    "/dots",
    "/gone",
    "/lost",
    "/lost?x",
    "/there.txt",
    "/there.txt?x=1",
    "/forced.txt",
    "/shown",
    "/shown?x=1",
    "/shown-forced.txt",
    "/shown-nothing",
    "/Case",
    "/case",
    "/enc%20oded",
    "/enc%2Foded",
    "/enc%2foded",
    "/enc/oded",
    "/dot.ted",
    "/dotXted",
    "/plus+",
    "/pluss",
    "/paren(x",
    "/q",
    "/q?id=5",
    "/q?id=5&more=1",
    "/q?more=1&id=5",
    "/q?ID=5",
    "/q?id",
    "/q?id=",
    "/q?id=a%2Fb",
    "/q?id=a+b",
    "/q?id=..",
    "/q?id=1&id=2",
    "/q2?id=1",
    "/q2?id=1&kind=x",
    "/q2?id=2&kind=x",
    "/q2?kind=x&id=%31",
    "/q3?id=",
    "/q3?id=1",
    "/q4",
    "/q4?id=1",
    "/q4?id=2",
    "/q4?id=3",
    "/q5?a=1&b=2",
    "/q5?b=2&a=1",
    "/q6?name=x",
    "/q6?name=a%26b",
    "/blog/2026/12",
    "/blog/2026/12/",
    "/blog/2026",
    "/blog/",
    "/blog",
    "/blog/1/2/3",
    "/blog/a%2Fb/c",
    "/blog/..%2f/c",
    "/user/7/edit",
    "/user/7",
    "/user//edit",
    "/files",
    "/files/",
    "/files/a/b",
    "/files/a/b/",
    "/files/file.txt",
    "/files/a?x=1",
    "/filesx",
    "/docs/file.txt",
    "/docs",
    "/spliced/a",
    "/spliced",
    "/named/1/2/3",
    "/named/1",
    "/named/",
    "/twice/z",
    "/abroad/a/b",
    "/abroad/",
    "/abroad//evil.example",
    "/into/a/b",
    "/same/x",
    "/same/all",
    "/same/allow",
    "/deep/x",
    "/deep/er",
    "/deep/er/x",
    "/deep/erx",
    "/self/x",
    "/lang/here.txt",
    "/lang/there",
    "/lang/404.html",
    "/lang",
    "/order/x",
    "/order/special",
    "/root/x",
    "/root/a/b/",
    "/root",
    "/root//evil.example",
    "/root/%2F%2Fevil.example",
    "/x/../old",
    "/x/%2e%2e/old",
    "/nothing",
    "/dir/a.txt",
    "/dir/b.css",
    "/dir/sub/x/end",
    "/dir/sub/end",
    "/case.txt",
    "/dirty.txt",
    "/%6fld",
    "/docs/%61",
    "/a//old",
];

/// Another spelling of a path means the same file, so that a rule is for it, too.
const SPELLING: &str = "another spelling goes around no rule";
/// What a client chose names no host.
const HOST: &str = "no visitor chooses the host";

#[test]
fn the_same_as_netlifys_packages() {
    Table {
        dialect: "netlify",
        script: "netlify.mjs",
        handling: Handling::None,
        files: FILES,
        redirects: REDIRECTS,
        headers: HEADERS,
        requests: REQUESTS,
        known: &[
            ("/old//", &["301 /new"], SPELLING),
            ("/%6fld", &["301 /new"], SPELLING),
            (
                "/q2?kind=x&id=%31",
                &["302 /kind/x?kind=x&id=%31"],
                "the query is passed on as it was sent",
            ),
            (
                "/dirty.txt",
                &["200 dirty.txt", "x-all: yes"],
                "/dir/* isn't for /dirty.txt: Netlify's regular expression has a ? too many",
            ),
            ("/root//evil.example", &["301 /evil.example"], HOST),
        ],
        lines: &[
            "/a",
            "/a b",
            "/a 301",
            "/a /b 302 x",
            "/.netlify/x /b",
            "http:// /b",
            "/a b c",
            "/a /b x",
        ],
    }
    .check();
}
