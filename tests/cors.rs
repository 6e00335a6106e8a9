//! `--cors`: what scripts of other origins may read, and what browsers ask before.

use crate::support::scripts::Scripts;
use crate::support::server::Server;
use crate::support::tree::Tree;

fn start(tree: &Tree, args: &[&str]) -> Server {
    Server::builder().directory(tree).args(args).start()
}

#[test]
fn cors_lets_any_origin_read() {
    let tree = Tree::simple();
    let server = start(&tree, &["--cors"]);
    for target in ["/hello.txt", "/", "/missing", "/dir"] {
        let response = server.get_with(target, &["Origin: http://elsewhere"]);
        assert_eq!(
            response.required("Access-Control-Allow-Origin"),
            "*",
            "{target}"
        );
    }
    let preflight = [
        "Origin: http://elsewhere",
        "Access-Control-Request-Method: GET",
        "Access-Control-Request-Headers: range, x-mine",
    ];
    let response = server.request("OPTIONS", "/hello.txt", &preflight);
    assert_eq!(response.status, 204);
    assert_eq!(response.required("Access-Control-Allow-Origin"), "*");
    assert!(
        response.lists("Access-Control-Allow-Methods", "GET"),
        "{:?}",
        response.fields
    );
    let headers = response
        .required("Access-Control-Allow-Headers")
        .to_ascii_lowercase();
    assert!(headers == "*" || headers.contains("range"), "{headers}");
}

/// PDF.js asks for a part by script: the browser asks first, and then shows the
/// script only what is exposed.
#[test]
fn cors_exposes_what_a_reader_of_parts_needs() {
    let tree = Tree::simple();
    tree.file("404.html", "lost");
    let args = [
        "--cors",
        "--header",
        "X-Build: 7",
        "--precompressed",
        "--not-found",
        "404.html",
    ];
    let server = start(&tree, &args);
    let origin = "Origin: http://elsewhere";
    for (target, fields, status) in [
        ("/1k.bin", &[origin][..], 200),
        ("/1k.bin", &[origin, "Range: bytes=0-9"], 206),
        ("/1k.bin", &[origin, "Range: bytes=0-1,5-6"], 206),
        ("/1k.bin", &[origin, "Range: bytes=9999-"], 416),
        ("/1k.bin", &[origin, "If-None-Match: *"], 304),
        ("/1k.bin", &[origin, "If-Match: \"x\""], 412),
        ("/", &[origin], 200),
        ("/dir", &[origin], 301),
        ("/missing", &[origin], 404),
    ] {
        let response = server.get_with(target, fields);
        assert_eq!(response.status, status, "{target} {fields:?}");
        assert_eq!(response.required("Access-Control-Allow-Origin"), "*");
        let safelisted = [
            "cache-control",
            "content-language",
            "content-type",
            "expires",
            "last-modified",
            "pragma",
            "connection",
            "access-control-allow-origin",
            "access-control-expose-headers",
        ];
        for (name, _) in &response.fields {
            let name = name.to_ascii_lowercase();
            assert!(
                safelisted.contains(&name.as_str())
                    || response.lists("Access-Control-Expose-Headers", &name),
                "{name} of {status} isn't exposed"
            );
        }
    }
    for method in ["GET", "HEAD"] {
        let asked = format!("Access-Control-Request-Method: {method}");
        for target in ["/1k.bin", "/missing", "/dir", "*"] {
            let fields = [
                origin,
                &asked,
                "Access-Control-Request-Headers: range,if-range",
            ];
            let preflight = server.request("OPTIONS", target, &fields);
            assert_eq!(preflight.status, 204, "{target}");
            assert!(preflight.lists("Access-Control-Allow-Methods", method));
            for field in ["range", "if-range"] {
                assert!(preflight.lists("Access-Control-Allow-Headers", field));
            }
            assert!(preflight.field("Access-Control-Max-Age").is_some());
        }
    }
    // What is served isn't changed by script.
    let asked = [origin, "Access-Control-Request-Method: PUT"];
    let preflight = server.request("OPTIONS", "/1k.bin", &asked);
    assert!(!preflight.lists("Access-Control-Allow-Methods", "PUT"));
}

#[test]
fn no_cors_without_the_flag() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    let asked = [
        "Origin: http://elsewhere",
        "Access-Control-Request-Method: GET",
    ];
    for response in [
        server.get_with("/hello.txt", &asked),
        server.request("OPTIONS", "/hello.txt", &asked),
    ] {
        let names = response
            .fields
            .iter()
            .map(|(name, _)| name.to_ascii_lowercase());
        assert_eq!(
            names
                .filter(|name| name.starts_with("access-control-"))
                .count(),
            0
        );
    }
}

/// A browser asks before it posts JSON: a script that doesn't know that question would be
/// run for it, and its answer, whatever that is, would forbid it.
#[test]
fn cors_answers_for_scripts_which_have_any_method() {
    let scripts = Scripts::new();
    scripts.sh(
        "s",
        r#"echo "$REQUEST_METHOD" >>"$traces/methods"; printf 'Content-Type: text/plain\n\nran'"#,
    );
    let server = scripts.serve_with(&["--cors"]);
    let origin = "Origin: http://elsewhere";
    for (method, allowed) in [("POST", true), ("PURGE", true), ("no method", false)] {
        let asked = format!("Access-Control-Request-Method: {method}");
        let fields = [
            origin,
            &asked,
            "Access-Control-Request-Headers: content-type",
        ];
        let response = server.request("OPTIONS", "/cgi-bin/s/more", &fields);
        assert_eq!(response.status, 204, "{method}");
        assert_eq!(response.required("Access-Control-Allow-Origin"), "*");
        let lists = response.lists("Access-Control-Allow-Methods", method);
        assert_eq!(lists, allowed, "{method}");
        assert!(response.lists("Access-Control-Allow-Methods", "POST"));
        assert!(response.lists("Access-Control-Allow-Headers", "content-type"));
    }
    // What is no preflight is the script's.
    assert_eq!(
        server.request("OPTIONS", "/cgi-bin/s", &[origin]).text(),
        "ran"
    );
    assert_eq!(scripts.wait_for_trace("methods"), "OPTIONS\n");
    let without = scripts.serve();
    let asked = [origin, "Access-Control-Request-Method: POST"];
    assert_eq!(
        without.request("OPTIONS", "/cgi-bin/s", &asked).text(),
        "ran"
    );
}
