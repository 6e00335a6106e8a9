//! Clients who would keep others from scripts, by doing nothing: a bystander is served
//! before, during and after.

use super::hostile::{assert_well, request, upload};
use crate::support::client::Client;
use crate::support::scripts::{PLAIN, Scripts};
use crate::support::server::Server;
use crate::support::tree::{KILOBYTE, MEGABYTE, pattern};

/// More than the scripts that may run at once.
const ATTACKERS: usize = 40;

fn scripts() -> Scripts {
    let scripts = Scripts::new();
    scripts.sh("counts", &format!("count=$(wc -c); {PLAIN}; echo $count"));
    scripts.sh("much", &format!("{PLAIN}; head -c 67108864 /dev/zero"));
    scripts.sh(
        "began",
        &format!("echo began >>\"$traces/began\"; cat >/dev/null; {PLAIN}; echo done"),
    );
    scripts
}

/// A GET and a POST, each to a script.
#[track_caller]
fn a_bystander_is_served(server: &Server) {
    assert_eq!(server.get("/cgi-bin/hello.sh").text(), "hello\n");
    let post = format!("{}hello", upload("/cgi-bin/counts", 5));
    assert_eq!(server.exchange(post).text().trim(), "5");
}

fn attackers(server: &Server, bytes: impl AsRef<[u8]>) -> Vec<Client> {
    let attack = |_| {
        let mut client = server.connect();
        client.send(&bytes);
        client
    };
    (0..ATTACKERS).map(attack).collect()
}

/// Without a place there would be 503 at once, and without content none is taken.
#[test]
fn posts_without_content_hold_no_place() {
    let scripts = scripts();
    let mut server = scripts.serve_with(&["--queue-timeout", "10ms", "--cgi-max", "4"]);
    a_bystander_is_served(&server);
    let attackers = attackers(&server, upload("/cgi-bin/began", 1000));
    for _ in 0..20 {
        a_bystander_is_served(&server);
    }
    assert!(!scripts.trace("began").exists(), "one was started");
    drop(attackers);
    a_bystander_is_served(&server);
    assert_well(&scripts, &mut server);
}

/// It is the client's fault, and it learns so.
#[test]
fn content_that_does_not_come_is_408() {
    let scripts = scripts();
    let mut server = scripts.serve_with(&["--request-timeout", "500ms"]);
    let mut client = server.connect();
    client.send(upload("/cgi-bin/began", 1000));
    let response = client.response();
    assert_eq!(response.status, 408);
    assert_eq!(response.required("Connection"), "close");
    assert!(response.text().contains("content"), "{}", response.text());
    assert!(!scripts.trace("began").exists(), "it was started");
    let log = server.log_lines().concat();
    assert!(!log.contains("script cgi-bin/began"), "{log}");
    assert_well(&scripts, &mut server);
}

/// Whoever waits longest for its own client gives way, long before its time is up.
#[test]
fn posts_that_stop_give_way() {
    for sent in [1, 100 * KILOBYTE] {
        let scripts = scripts();
        let mut server = scripts.serve_with(&["--cgi-timeout", "10m", "--queue-timeout", "20"]);
        a_bystander_is_served(&server);
        let head = upload("/cgi-bin/began", MEGABYTE);
        let attackers = attackers(&server, [head.as_bytes(), &pattern(sent)].concat());
        scripts.wait_for_trace("began");
        for _ in 0..5 {
            a_bystander_is_served(&server);
        }
        drop(attackers);
        assert_well(&scripts, &mut server);
    }
}

#[test]
fn readers_that_stop_give_way() {
    let scripts = scripts();
    let mut server = scripts.serve_with(&["--cgi-timeout", "10m", "--queue-timeout", "20"]);
    a_bystander_is_served(&server);
    let target = "GET /cgi-bin/much HTTP/1.1\r\nHost: test\r\n\r\n";
    let attackers = attackers(&server, target);
    for _ in 0..5 {
        a_bystander_is_served(&server);
    }
    drop(attackers);
    assert_well(&scripts, &mut server);
}

/// Others wait, but for a client that does its part, and for a script that works.
#[test]
fn an_upload_that_goes_on_is_not_cut_for_others() {
    let scripts = scripts();
    let works = "read -r go <\"$traces/gate\"";
    scripts.sh("works", &format!("{works}; {PLAIN}; echo worked"));
    let mut gate = scripts.gate("gate");
    let options = ["--cgi-max", "1", "--cgi-timeout", "10m"];
    let server = scripts.serve_with(&[options.as_slice(), &["--queue-timeout", "60"]].concat());
    let mut uploading = server.connect();
    uploading.send(upload("/cgi-bin/counts", 30 * MEGABYTE));
    uploading.send(pattern(MEGABYTE));
    let mut working = request(&server, "/cgi-bin/works");
    let mut waiting = request(&server, "/cgi-bin/hello.sh");
    for _ in 1..30 {
        uploading.send(pattern(MEGABYTE));
    }
    let uploaded = (30 * MEGABYTE).to_string();
    assert_eq!(uploading.response().text().trim(), uploaded);
    gate.open();
    assert_eq!(working.response().text(), "worked\n");
    assert_eq!(waiting.response().text(), "hello\n");
    scripts.expect_nothing_left(&server);
}
