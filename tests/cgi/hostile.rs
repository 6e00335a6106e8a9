//! Scripts that misbehave; others are served, and nothing stays behind.

use crate::support::client::Client;
use crate::support::contains;
use crate::support::eventually;
use crate::support::scripts::{PLAIN, Scripts};
use crate::support::server::Server;
use crate::support::tree::{MEGABYTE, pattern};

/// No test waits for as long as this.
pub(crate) const FOREVER: &str = "sleep 300";

#[track_caller]
pub(crate) fn request(server: &Server, target: &str) -> Client {
    let mut client = server.connect();
    client.send(format!("GET {target} HTTP/1.1\r\nHost: test\r\n\r\n"));
    client
}

/// The head of a request with so much content.
pub(crate) fn upload(target: &str, length: usize) -> String {
    format!("POST {target} HTTP/1.1\r\nHost: test\r\nContent-Length: {length}\r\n\r\n")
}

/// Scripts are served. Where they have little time, one that a busy machine begins too
/// late is 504, and another is asked for.
#[track_caller]
pub(crate) fn assert_hello(server: &Server) {
    assert_hello_of(server, "/cgi-bin/hello.sh");
}

/// [`assert_hello`] of another script.
#[track_caller]
pub(crate) fn assert_hello_of(server: &Server, target: &str) {
    let mut said = String::new();
    eventually("a script has its time", || {
        let response = server.get(target);
        said = response.text();
        response.status != 504
    });
    assert_eq!(said, "hello\n");
}

/// A client whose script has begun its answer with that much, where scripts have little
/// time: one that comes too late to it isn't meant.
#[track_caller]
pub(crate) fn begun(server: &Server, target: &str, length: usize) -> Client {
    let mut begun = None;
    eventually("a script begins in its time", || {
        let mut client = request(server, target);
        let head = client.try_response_head().expect("a head");
        assert!(matches!(head.status, 200 | 504), "{head:?}");
        if head.status == 200 && client.try_read_some(length).is_ok() {
            begun = Some(client);
        }
        begun.is_some()
    });
    begun.expect("it was waited for")
}

/// Others are served, and no process is left.
#[track_caller]
pub(crate) fn assert_well(scripts: &Scripts, server: &mut Server) {
    assert_hello(server);
    assert_eq!(server.get("/hello.txt").text(), "hello, world\n");
    scripts.expect_nothing_left(server);
    assert!(server.is_running());
}

#[test]
fn writing_much_before_reading_does_not_deadlock() {
    let scripts = Scripts::new();
    let body = format!("{PLAIN}; head -c 10485760 /dev/zero; cat | wc -c");
    scripts.sh("writes-first", &body);
    let mut server = scripts.serve();
    let mut client = server.connect();
    let content = pattern(10 * MEGABYTE);
    let head = upload("/cgi-bin/writes-first", content.len());
    let sent = client.send_in_background([head.as_bytes(), &content].concat());
    let response = client.response();
    assert_eq!(response.body.len(), 10 * MEGABYTE + "10485760\n".len());
    assert!(response.body.ends_with(b"\x0010485760\n"));
    sent.join().unwrap().unwrap();
    assert_well(&scripts, &mut server);
}

#[test]
fn a_script_that_never_reads_answers_all_the_same() {
    let scripts = Scripts::new();
    scripts.sh("never-reads", &format!("{PLAIN}; echo done"));
    scripts.sh("closes-stdin", &format!("exec 0<&-; {PLAIN}; echo done"));
    scripts.sh(
        "reads-some",
        &format!("{PLAIN}; head -c 5 >/dev/null; echo done"),
    );
    let mut server = scripts.serve();
    for name in ["never-reads", "closes-stdin", "reads-some"] {
        for length in [10, 100_000, 20 * MEGABYTE] {
            let mut client = server.connect();
            let head = upload(&format!("/cgi-bin/{name}"), length);
            let next = b"GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n".as_slice();
            // What isn't read must not become the next request.
            let content = b"GET /evil HTTP/1.1\r\n".repeat(length / 20 + 1);
            let sent = [head.as_bytes(), &content[..length], next].concat();
            let sending = client.send_in_background(sent);
            let response = client.response();
            assert_eq!(response.text(), "done\n", "{name}, {length}");
            let rest = client.try_response(false);
            let next = rest.map_or(200, |response| response.status);
            assert_eq!(next, 200, "{name}, {length}");
            drop(client);
            let _ = sending.join().unwrap();
        }
    }
    assert!(!server.log_lines().iter().any(|line| line.contains("/evil")));
    assert_well(&scripts, &mut server);
}

#[test]
fn a_child_that_holds_the_output_open_does_not_hold_up_the_response() {
    let scripts = Scripts::new();
    scripts.sh("forks", &format!("{PLAIN}; {FOREVER} & echo done"));
    scripts.sh(
        "detaches",
        &format!("{PLAIN}; setsid {FOREVER} & echo done"),
    );
    let mut server = scripts.serve();
    for length in ["", "Content-Length: 0\r\n"] {
        let mut client = server.connect();
        client.send(format!(
            "POST /cgi-bin/forks HTTP/1.1\r\nHost: test\r\n{length}\r\n"
        ));
        assert_eq!(client.response().text(), "done\n");
        assert_eq!(client.get("/hello.txt").status, 200);
    }
    assert_eq!(server.get("/cgi-bin/detaches").text(), "done\n");
    assert_well(&scripts, &mut server);
}

#[test]
fn closing_the_output_early_ends_the_response_and_not_the_script() {
    let scripts = Scripts::new();
    let head = r"printf 'Content-Type: text/plain\nContent-Length: 5\n\ndone\n'";
    for (name, head) in [("known", head), ("unknown", &format!("{PLAIN}; echo done"))] {
        let rest = r#"exec >&- 2>&-; read -r go <"$traces/gate"; echo on >"$traces/after""#;
        scripts.sh(name, &format!("{head}; {rest}"));
    }
    let mut gate = scripts.gate("gate");
    let mut server = scripts.serve();
    for name in ["known", "unknown"] {
        let mut client = request(&server, &format!("/cgi-bin/{name}"));
        client.wait_for("done\n");
        gate.open();
        assert_eq!(client.response().text(), "done\n", "{name}");
        scripts.wait_for_trace("after");
        std::fs::remove_file(scripts.trace("after")).unwrap();
    }
    assert_well(&scripts, &mut server);
}

#[test]
fn closing_the_output_without_a_head_is_502() {
    let scripts = Scripts::new();
    scripts.sh("closes", r#"exec >&-; echo on >"$traces/closed""#);
    let mut server = scripts.serve();
    assert_eq!(server.get("/cgi-bin/closes").status, 502);
    assert_well(&scripts, &mut server);
}

#[test]
fn a_head_without_end_is_502() {
    let scripts = Scripts::new();
    let megabyte = "head -c 1048576 /dev/zero | tr '\\0' x";
    scripts.sh(
        "long-line",
        &format!(r"printf 'X-Long: '; {megabyte}; printf '\n\nbody'"),
    );
    scripts.sh("long-name", &format!(r"{megabyte}; printf ': x\n\nbody'"));
    scripts.sh(
        "many-lines",
        r"yes 'X-Many: x' | head -n 100000; printf '\nbody'",
    );
    scripts.sh("endless", "yes 'X-Many: x'");
    let mut server = scripts.serve();
    for name in ["long-line", "long-name", "many-lines", "endless"] {
        let response = server.get(&format!("/cgi-bin/{name}"));
        assert_eq!(response.status, 502, "{name}");
        server.wait_for_log(|line| line.contains(name) && !line.contains("GET /"));
    }
    assert_well(&scripts, &mut server);
}

#[test]
fn a_script_killed_by_a_signal_is_502_or_cut_off_and_logged() {
    let scripts = Scripts::new();
    for signal in ["KILL", "SEGV", "TERM"] {
        scripts.sh(signal, &format!("kill -{signal} $$"));
        scripts.sh(
            format!("late-{signal}"),
            &format!("{PLAIN}; echo half; kill -{signal} $$"),
        );
    }
    let mut server = scripts.serve();
    for signal in ["KILL", "SEGV", "TERM"] {
        assert_eq!(server.get(&format!("/cgi-bin/{signal}")).status, 502);
        let mut client = request(&server, &format!("/cgi-bin/late-{signal}"));
        client.wait_for("half\n");
        server.wait_for_log(|line| {
            line.contains(&format!("late-{signal}")) && !line.contains("GET /")
        });
        server.wait_for_log(|line| line.contains("signal") && line.contains(signal));
    }
    assert_well(&scripts, &mut server);
}

#[test]
fn more_or_less_than_the_length_does_not_shift_the_next_response() {
    let scripts = Scripts::new();
    let head = r"printf 'Content-Type: text/plain\nContent-Length: 10\n\n'";
    scripts.sh("short", &format!("{head}; printf half"));
    let evil = r"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    scripts.sh("long", &format!("{head}; printf '0123456789{evil}'"));
    let mut server = scripts.serve();
    let mut client = request(&server, "/cgi-bin/short");
    let received = client.rest();
    assert!(
        received.ends_with(b"\r\n\r\nhalf"),
        "{}",
        received.escape_ascii()
    );
    let mut client = request(&server, "/cgi-bin/long");
    assert_eq!(client.response().text(), "0123456789");
    let _ = client.try_send("GET /hello.txt HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    assert!(!contains(&client.rest(), "evil"));
    assert_well(&scripts, &mut server);
}

#[test]
fn fields_about_the_connection_are_not_the_scripts_to_send() {
    let scripts = Scripts::new();
    let fields = [
        "Transfer-Encoding: chunked",
        "Connection: keep-alive, X-A",
        "Content-Length: 3\\nContent-Length: 5",
        "Content-Length: -1",
        "Content-Length: 5, 5",
        "Content-Length: five",
        "Transfer-Encoding: chunked\\nContent-Length: 3",
    ];
    for (index, field) in fields.iter().enumerate() {
        let text = format!(r"{field}\nContent-Type: text/plain\n\nhello");
        scripts.sh(index.to_string(), &format!("printf '{text}'"));
    }
    let mut server = scripts.serve();
    for (index, field) in fields.iter().enumerate() {
        let mut client = request(&server, &format!("/cgi-bin/{index}"));
        let response = client.response();
        let whole = response.status == 200 && "hello".starts_with(&response.text());
        assert!(whole || response.status == 502, "{field}: {response:?}");
        let mut after = Vec::new();
        if client
            .try_send("GET /hello.txt HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
            .is_ok()
        {
            after = client.rest();
        }
        assert!(
            after.is_empty() || after.starts_with(b"HTTP/1.1 200 OK\r\n"),
            "{field}"
        );
    }
    assert_well(&scripts, &mut server);
}

#[test]
fn a_script_may_be_removed_while_it_runs() {
    let scripts = Scripts::new();
    scripts.sh(
        "gone",
        &format!(r#"{PLAIN}; echo first; read -r go <"$traces/gate"; echo last"#),
    );
    let mut gate = scripts.gate("gate");
    let mut server = scripts.serve();
    let mut client = request(&server, "/cgi-bin/gone");
    client.wait_for("first\n");
    std::fs::remove_file(scripts.path("cgi-bin/gone")).unwrap();
    gate.open();
    assert_eq!(client.response().text(), "first\nlast\n");
    assert_eq!(server.get("/cgi-bin/gone").status, 404);
    assert_well(&scripts, &mut server);
}

#[test]
fn what_floods_the_log_is_read_and_bounded() {
    let scripts = Scripts::new();
    let body = format!("yes 'much to say' | head -c 20000000 >&2; {PLAIN}; echo done");
    scripts.sh("floods", &body);
    let mut server = scripts.serve();
    assert_eq!(server.get("/cgi-bin/floods").text(), "done\n");
    let logged: usize = server.log_lines().iter().map(String::len).sum();
    assert!(logged < 10_000_000, "{logged} bytes");
    assert_well(&scripts, &mut server);
}
