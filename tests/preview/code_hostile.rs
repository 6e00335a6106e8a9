//! Code that means harm: what it can do to its visitors, its neighbours and the server.
//! After each attack a site beside it, with code and without, is served as ever.

use super::code::{deploy, previews};
use crate::support::eventually;
use crate::support::guests;
use crate::support::previews::{Previews, request};
use crate::support::scripts::runners_of;

/// Previews with an attacker, and two bystanders.
struct Scene {
    previews: Previews,
}

impl Scene {
    fn new(attacker: &str, args: &[&str]) -> Self {
        let previews = previews(args);
        deploy(&previews, "attacker", &guests::component(attacker));
        deploy(&previews, "neighbour", &guests::component("proxy_handler"));
        let still = previews.site("still", &[("index.html", "still")]);
        previews.deploy(&still, &["--alias", "still"]);
        let scene = Self { previews };
        scene.others_are_served();
        scene
    }

    #[track_caller]
    fn others_are_served(&self) {
        assert_eq!(self.previews.text("still", "/"), "still");
        assert_eq!(self.previews.text("neighbour", "/ok"), "ok\n");
    }
}

/// Bytes as hexadecimal digits, as the handler takes them.
fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[test]
fn an_answer_that_is_none_is_502() {
    let scene = Scene::new("raw_handler", &[]);
    let mut client = scene.previews.connect();
    for said in [
        "<html>".to_owned(),
        OK.replace("OK\r\n", "OK\r\nContent-Length: 3\r\n"),
        OK.replace("OK\r\n", "OK\r\nTransfer-Encoding: chunked\r\n"),
        OK.replace("OK\r\n", "OK\r\nX: a\0b\r\n"),
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n".to_owned(),
        "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(40) + OK,
    ] {
        let target = format!("/say-and-close/{}", hex(&said));
        let response = client.exchange(request("attacker", &target, ""));
        assert_eq!(response.status, 502, "{said:?}");
        // The client's own connection goes on, to whichever site.
        assert_eq!(client.exchange(request("still", "/", "")).text(), "still");
    }
    scene.others_are_served();
}

/// A second answer would be that to somebody else's request, and what stays in its call
/// would read that: with its cookies.
#[test]
fn nothing_of_another_request_is_its_to_answer_or_read() {
    let scene = Scene::new("raw_handler", &[]);
    let second = OK.replace("200", "203").replace("ok", "no");
    let mut client = scene.previews.connect();
    for way in ["say", "say-and-close", "say-first"] {
        let target = format!("/{way}/{}", hex(&format!("{OK}{second}")));
        let spy = request("attacker", &target, "");
        client.send(spy + &request("still", "/", "Cookie: secret\r\n"));
        assert_eq!(client.response().text(), "ok", "{way}");
        assert_eq!(client.response().text(), "still", "{way}");
        for _ in 0..3 {
            let next = client.exchange(request("attacker", "/ok", ""));
            assert_eq!(next.text(), "ok\n", "{way}");
        }
    }
    scene.others_are_served();
}

/// A proxy in front, or a browser, would do as it is told.
#[test]
fn what_others_would_obey_is_left_out() {
    let scene = Scene::new("raw_handler", &[]);
    let fields = [
        "X-Accel-Redirect: /secret",
        "X-Accel-Buffering: no",
        "X-Sendfile: /etc/passwd",
        "Alt-Svc: h2=\":1\"",
        "Clear-Site-Data: \"cookies\"",
        "X-Robots-Tag: all",
        "Cross-Origin-Resource-Policy: cross-origin",
        "Content-Security-Policy: frame-ancestors *",
        "Strict-Transport-Security: max-age=1; includeSubDomains",
        "Service-Worker-Allowed: https://localhost/",
        "Set-Cookie: a=b; Domain=localhost",
        "Set-Cookie: c=d; Path=/",
        "Wasm-Host-Deploy: another",
        "Connection: X-Hop",
        "X-Hop: 1",
        "X-Own: kept",
    ];
    let said = OK.replace("OK\r\n", &format!("OK\r\n{}\r\n", fields.join("\r\n")));
    let target = format!("/say-and-close/{}", hex(&said));
    let response = scene.previews.get("attacker", &target);
    assert_eq!(response.text(), "ok");
    for name in [
        "X-Accel-Redirect",
        "X-Accel-Buffering",
        "X-Sendfile",
        "Alt-Svc",
        "Clear-Site-Data",
        "Strict-Transport-Security",
        "Service-Worker-Allowed",
        "X-Hop",
    ] {
        assert_eq!(response.field(name), None, "{name}");
    }
    assert_eq!(response.required("X-Own"), "kept");
    assert_eq!(response.required("Set-Cookie"), "c=d; Path=/");
    assert_eq!(response.required("X-Robots-Tag"), "noindex");
    let policy = response.required("Content-Security-Policy");
    assert_eq!(policy, "frame-ancestors 'self'");
    assert_ne!(response.required("Wasm-Host-Deploy"), "another");
}

#[test]
fn whatever_its_code_does_others_are_served() {
    let args = ["--cpu-time", "300ms", "--request-timeout", "2"];
    let scene = Scene::new("hostile_handler", &args);
    for (target, status) in [
        ("/trap", 500),
        ("/exit", 500),
        ("/silent", 500),
        ("/recurse", 500),
        ("/allocate", 500),
        ("/loop", 504),
        ("/bulk", 504),
        ("/sleep", 504),
    ] {
        let response = scene.previews.get("attacker", target);
        assert_eq!(response.status, status, "{target}: {response:?}");
        scene.others_are_served();
    }
    // What is cut off in mid answer doesn't look whole, or is none, if none of it had gone.
    for target in ["/trap-midway", "/loop-midway", "/short"] {
        let mut client = scene.previews.connect();
        client.send(request("attacker", target, "Connection: close\r\n"));
        let received = String::from_utf8_lossy(&client.rest()).into_owned();
        let is_told = received.starts_with("HTTP/1.1 500 ");
        assert!(
            is_told || received.ends_with("half"),
            "{target}: {received}"
        );
        scene.others_are_served();
    }
    assert_eq!(scene.previews.text("attacker", "/ok"), "ok\n");
}

/// Many at once, each of which computes for ever.
#[test]
fn a_crowd_of_loops_holds_nobody_up() {
    let scene = Scene::new("hostile_handler", &["--cpu-time", "300ms"]);
    let mut crowd = Vec::new();
    for _ in 0..20 {
        let mut client = scene.previews.connect();
        client.send(request("attacker", "/loop", ""));
        crowd.push(client);
    }
    for _ in 0..10 {
        scene.others_are_served();
    }
    for client in &mut crowd {
        let status = client.response().status;
        assert!([503, 504].contains(&status), "{status}");
    }
    let runs = || runners_of(&scene.previews.server).len() == 2;
    eventually("each has its own process, and no more", runs);
}

/// What it says is its own log's, and is bounded.
#[test]
fn a_flood_of_its_log_is_its_own() {
    let scene = Scene::new("hostile_handler", &["--request-timeout", "2"]);
    let _ = scene.previews.get("attacker", "/flood-log");
    scene.others_are_served();
    let log = scene.previews.succeed(["previews", "logs", "attacker"]);
    assert!(log.lines().count() <= 200, "{}", log.lines().count());
    let others = scene.previews.succeed(["previews", "logs", "neighbour"]);
    assert!(
        others.lines().all(|line| line.contains("GET /ok")),
        "{others}"
    );
}
