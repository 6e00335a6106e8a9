//! What handlers and scripts can do to the log: not fill it, and not speak for others.

use crate::support::scripts::{PLAIN, Scripts};
use crate::support::server::Server;
use crate::support::stage::Stage;
use crate::support::tree::Tree;

const HANDLER: &str = "hostile_handler";

fn bytes_of(lines: &[String], part: &str) -> usize {
    let lines = lines.iter().filter(|line| line.contains(part));
    lines.map(|line| line.len() + 1).sum()
}

/// The number in `17 lines were dropped that the handler logged: …`.
fn dropped(line: &str) -> Option<usize> {
    let (before, _) = line.split_once(" lines were dropped that the handler logged: it may")?;
    Some(before.rsplit(' ').next()?.parse().expect("a number"))
}

/// Has the handler write what it can, while others are served.
#[track_caller]
fn flood(stage: &mut Stage) {
    let mut client = stage.request("/flood-log");
    stage.others_are_served();
    assert_eq!(client.response().text(), "logged\n");
    stage.others_are_served();
}

#[test]
fn a_handler_that_floods_the_log_is_cut_off_and_counted() {
    let mut stage = Stage::with_args(
        HANDLER,
        &["--log-rate=16", "--request-timeout=20", "--cpu-time=20"],
    );
    let before = stage.server.log_lines().len();
    flood(&mut stage);
    let lines = stage.server.end().0.split_off(before);
    // Its million bytes in one line, and 900 lines of 6,000 bytes.
    let flood = bytes_of(&lines, "flood flood");
    assert!((1..2_000_000).contains(&flood), "{flood} bytes");
    let logged = lines.iter().filter(|line| line.contains("flood flood"));
    let missing: usize = lines.iter().filter_map(|line| dropped(line)).sum();
    // Its request's own line comes last, when there is nothing left.
    let own = lines.iter().filter(|line| line.contains("GET /flood-log"));
    assert_eq!(logged.count() + missing + own.count(), 902);
    // What others asked for in the meantime is all there.
    let ok = |line: &&String| line.contains("\"GET /ok HTTP/1.1\" 200");
    assert!(lines.iter().filter(ok).count() >= 4, "{lines:#?}");
}

#[test]
fn a_busy_handler_loses_no_request() {
    let tree = Tree::simple();
    let mut server = Server::builder()
        .directory(&tree)
        .args(["--log-rate=1"])
        .start();
    let mut client = server.connect();
    for number in 0..1000 {
        assert_eq!(client.get(&format!("/missing/{number}")).status, 404);
    }
    let (lines, _) = server.end();
    let asked = |line: &&String| line.contains("\"GET /missing/");
    assert_eq!(lines.iter().filter(asked).count(), 1000);
    let said = |line: &&String| line.contains("code 404, message ");
    assert_eq!(lines.iter().filter(said).count(), 1000);
    assert!(!lines.iter().any(|line| dropped(line).is_some()));
}

#[test]
fn without_a_rate_nothing_is_dropped() {
    let mut stage = Stage::with_args(
        HANDLER,
        &[
            "--log-rate=0",
            "--request-timeout=20",
            "--cpu-time=20",
            "-q",
        ],
    );
    flood(&mut stage);
    let last = stage.wait_for_log(&["flood", "-bytes-cut]"]);
    assert!(last.len() < 8 * 1024);
    stage.others_are_served();
}

#[test]
fn a_handler_speaks_for_its_own_client_alone() {
    for format in ["common", "combined"] {
        let mut stage = Stage::with_args(HANDLER, &["--log-format", format]);
        assert_eq!(stage.server.get("/forge-entries").text(), "logged\n");
        let (entries, messages) = stage.server.end();
        // The two streams, as a journal has them in one.
        let lines: Vec<_> = entries.iter().chain(&messages).skip(1).collect();
        let forged: Vec<_> = lines
            .iter()
            .filter(|line| line.contains("forged"))
            .collect();
        for line in &forged {
            assert!(line.starts_with("127.0.0.1 - "), "{format}: {line}");
        }
        // One entry of a hundred, and three lines.
        assert_eq!(forged.len(), 4, "{format}: {lines:#?}");
        // One entry for each request, and the one that is here is the handler's.
        let own = entries.iter().find(|line| line.contains("/of-its-own"));
        let own = own.expect("its own entry");
        let (user, rest) = own.split_once(" [").expect("a time");
        assert!(!user.contains('"') && user.split(' ').count() == 3, "{own}");
        let (_, rest) = rest.split_once("] ").expect("a time's end");
        let request = r#""GET /of-its-own HTTP/1.1\" 200 1\x0a10.0.0.1 - - [x] \"forged" 299 1"#;
        assert!(rest.starts_with(request), "{own}");
        let answered = |line: &&String| line.contains("GET /forge-entries");
        assert_eq!(entries.iter().filter(answered).count(), 0, "{entries:#?}");
    }
}

#[test]
fn a_handler_of_wasi_http_is_cut_off_too() {
    let args = ["--log-rate=16", "--cpu-time=20", "--request-timeout=20"];
    let mut stage = Stage::with_args("proxy_handler", &args);
    let mut client = stage.request("/print?5000");
    stage.others_are_served();
    assert_eq!(client.response().text(), "printed\n");
    let (lines, _) = stage.server.end();
    let logged = lines
        .iter()
        .filter(|line| line.contains("a line of output"));
    let logged = logged.count();
    let missing: usize = lines.iter().filter_map(|line| dropped(line)).sum();
    // The other stream has a line of its own, which comes last.
    let own = lines.iter().filter(|line| line.contains("forged")).count();
    assert_eq!(logged + own + missing, 5001);
    assert!((1..3000).contains(&logged), "{logged}");
    // What the host says of requests is all there.
    let printed = |line: &String| line.contains("\"GET /print?5000 HTTP/1.1\" 200");
    assert!(lines.iter().any(printed));
}

#[test]
fn what_the_host_says_of_a_handler_is_counted_too() {
    let args = ["--log-rate=16", "--cpu-time=20", "--request-timeout=20"];
    let mut stage = Stage::with_args("proxy_handler", &args);
    let mut client = stage.request("/fetch-often?127.0.0.1:1/");
    assert_eq!(client.response().text(), "fetched\n");
    let (lines, _) = stage.server.end();
    let refused = "may send no requests to 127.0.0.1:1; grant it with --allow-outbound";
    let said = lines.iter().filter(|line| line.ends_with(refused)).count();
    let missing: usize = lines.iter().filter_map(|line| dropped(line)).sum();
    assert_eq!(said + missing, 2000);
    assert!((1..1500).contains(&said), "{said}");
}

#[test]
fn a_script_that_floods_the_log_is_cut_off_too() {
    let site = Scripts::new();
    site.sh(
        "flood",
        &format!("head -c 600000 /dev/zero | tr '\\0' x | fold -w 100 >&2\n{PLAIN}"),
    );
    let mut server = site.serve_with(&["--log-rate=16"]);
    assert_eq!(server.get("/cgi-bin/flood").status, 200);
    let (lines, _) = server.end();
    let flood = bytes_of(&lines, "xxxxxxxx");
    assert!((1..300_000).contains(&flood), "{flood} bytes");
    let missing: usize = lines.iter().filter_map(|line| dropped(line)).sum();
    let logged = lines.iter().filter(|line| line.contains("xxxxxxxx"));
    assert_eq!(logged.count() + missing, 6000);
}
