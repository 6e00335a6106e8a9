//! How long scripts run, and how many at once.

use super::hostile::{FOREVER, assert_hello, begun, request};
use crate::support::client::Client;
use crate::support::eventually;
use crate::support::scripts::{PLAIN, Scripts};
use crate::support::tree::pattern;

#[test]
fn a_script_that_never_ends_is_504_and_all_of_it_is_killed() {
    let scripts = Scripts::new();
    for (name, body) in [
        ("sleeps", format!("exec {FOREVER}")),
        ("spins", "while :; do :; done".to_owned()),
        (
            "forks",
            format!("{FOREVER} & (({FOREVER}) & {FOREVER}) & wait"),
        ),
        (
            "ignores",
            format!("trap '' TERM INT HUP PIPE; {FOREVER}; {FOREVER}"),
        ),
        ("stops", "kill -STOP $$".to_owned()),
        (
            "half-a-head",
            format!("printf 'Content-Type: te'; exec {FOREVER}"),
        ),
    ] {
        scripts.sh(name, &body);
    }
    let server = scripts.serve_with(&["--cgi-timeout", "0.5"]);
    let names = [
        "sleeps",
        "spins",
        "forks",
        "ignores",
        "stops",
        "half-a-head",
    ];
    let mut clients = names.map(|name| request(&server, &format!("/cgi-bin/{name}")));
    for (client, name) in clients.iter_mut().zip(names) {
        assert_eq!(client.response().status, 504, "{name}");
        server.wait_for_log(|line| line.contains(name) && !line.contains("GET /"));
    }
    assert_hello(&server);
    scripts.expect_nothing_left(&server);
}

/// The response has begun: all that is left is not to end it well.
#[test]
fn a_timeout_in_mid_response_cuts_it_off() {
    let scripts = Scripts::new();
    scripts.sh("stalls", &format!("{PLAIN}; echo first; exec {FOREVER}"));
    scripts.sh("endless", &format!("{PLAIN}; echo first; exec yes"));
    let server = scripts.serve_with(&["--cgi-timeout", "0.5"]);
    for name in ["stalls", "endless"] {
        let mut client = begun(&server, &format!("/cgi-bin/{name}"), 1);
        let received = client.rest();
        assert!(!received.ends_with(b"\r\n0\r\n\r\n"), "{name} ended well");
        scripts.expect_nothing_left(&server);
    }
}

/// Whatever the client does in the meantime.
#[test]
fn the_time_counts_from_the_start_whoever_is_slow() {
    let scripts = Scripts::new();
    scripts.sh("reads", &format!("{PLAIN}; cat >/dev/null; echo done"));
    scripts.sh("ignores-content", &format!("exec {FOREVER}"));
    let server = scripts.serve_with(&["--cgi-timeout", "0.5"]);
    let mut clients = ["reads", "ignores-content"].map(|name| {
        let mut client = server.connect();
        client.send(format!(
            "POST /cgi-bin/{name} HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\n"
        ));
        client.send(pattern(1000));
        client
    });
    for client in &mut clients {
        let answer = client.rest();
        assert!(!answer.ends_with(b"0\r\n\r\n"), "{}", answer.escape_ascii());
    }
    scripts.expect_nothing_left(&server);
}

#[test]
fn a_closed_output_does_not_stop_the_clock() {
    let scripts = Scripts::new();
    let head = r"printf 'Content-Type: text/plain\nContent-Length: 5\n\ndone\n'";
    scripts.sh(
        "goes-on",
        &format!("{head}; exec >&- 2>&-; {FOREVER} & wait"),
    );
    scripts.sh("says-nothing", &format!("exec >&- 2>&-; {FOREVER} & wait"));
    let server = scripts.serve_with(&["--cgi-timeout", "0.5"]);
    let _client = begun(&server, "/cgi-bin/goes-on", "done\n".len());
    let status = server.get("/cgi-bin/says-nothing").status;
    assert!(matches!(status, 502 | 504), "{status}");
    scripts.expect_nothing_left(&server);
}

/// Writes how many run while it does.
const COUNTS: &str = r#"
mkdir "$traces/running-$$"
set -- "$traces"/running-*
count=$#
rmdir "$traces/running-$$"
printf 'Content-Type: text/plain\n\n'
echo $count"#;

#[test]
fn two_hundred_at_once_run_eight_at_a_time() {
    let scripts = Scripts::new();
    scripts.sh("counts", COUNTS);
    let server = scripts.serve_with(&["--cgi-max", "8", "--queue-timeout", "60"]);
    let mut clients: Vec<_> = (0..200)
        .map(|_| request(&server, "/cgi-bin/counts"))
        .collect();
    let mut most = 0;
    for client in &mut clients {
        let response = client.response();
        assert_eq!(response.status, 200, "{response:?}");
        most = most.max(response.text().trim().parse::<u32>().unwrap());
    }
    assert!((1..=8).contains(&most), "{most} at once");
    drop(clients);
    scripts.expect_nothing_left(&server);
}

#[test]
fn two_hundred_that_vanish_leave_nothing() {
    let scripts = Scripts::new();
    scripts.sh("waits", &format!("{PLAIN}; echo first; {FOREVER} & wait"));
    let server = scripts.serve_with(&["--cgi-max", "8", "--queue-timeout", "60"]);
    assert_eq!(server.get("/cgi-bin/hello.sh").status, 200);
    let before = server.open_files();
    let mut clients: Vec<_> = (0..200)
        .map(|_| request(&server, "/cgi-bin/waits"))
        .collect();
    let mut running = 0;
    eventually("eight of them run", || {
        let pause = std::time::Duration::from_millis(1);
        let begun = clients.iter_mut().filter_map(|client| {
            let open = !client.hung_up_within(pause);
            (open && !client.buffered().is_empty()).then_some(())
        });
        running = begun.count();
        running >= 8
    });
    assert_eq!(running, 8);
    clients.into_iter().for_each(Client::reset);
    assert_eq!(server.get("/cgi-bin/hello.sh").text(), "hello\n");
    scripts.expect_nothing_left(&server);
    eventually("all descriptors are closed", || {
        server.open_files() <= before
    });
}

#[test]
fn without_a_free_place_it_is_503_and_when_to_come_back() {
    let scripts = Scripts::new();
    scripts.sh(
        "holds",
        &format!(r#"{PLAIN}; echo first; read -r go <"$traces/gate"; echo last"#),
    );
    let mut gate = scripts.gate("gate");
    let server = scripts.serve_with(&["--cgi-max", "1", "--queue-timeout", "0.1"]);
    let mut first = request(&server, "/cgi-bin/holds");
    first.wait_for("first\n");
    let response = server.get("/cgi-bin/hello.sh");
    assert_eq!(response.status, 503);
    assert!(
        response
            .required("Retry-After")
            .parse::<u32>()
            .is_ok_and(|seconds| seconds > 0)
    );
    // Files need no place.
    assert_eq!(server.get("/hello.txt").status, 200);
    gate.open();
    assert_eq!(first.response().text(), "first\nlast\n");
    eventually("the place is free again", || {
        server.get("/cgi-bin/hello.sh").status == 200
    });
    scripts.expect_nothing_left(&server);
}

#[test]
fn a_short_wait_for_a_place_is_no_error() {
    let scripts = Scripts::new();
    scripts.sh(
        "holds",
        &format!(r#"{PLAIN}; echo first; read -r go <"$traces/gate"; echo last"#),
    );
    let mut gate = scripts.gate("gate");
    let server = scripts.serve_with(&["--cgi-max", "1", "--queue-timeout", "20"]);
    let mut first = request(&server, "/cgi-bin/holds");
    first.wait_for("first\n");
    let mut waiting: Vec<_> = (0..5)
        .map(|_| request(&server, "/cgi-bin/hello.sh"))
        .collect();
    gate.open();
    for client in &mut waiting {
        assert_eq!(client.response().text(), "hello\n");
    }
    assert_eq!(first.response().text(), "first\nlast\n");
}

#[test]
fn a_server_that_stops_leaves_no_script() {
    let scripts = Scripts::new();
    for (name, trap) in [("quiet", ""), ("stubborn", "trap '' TERM;")] {
        scripts.sh(
            name,
            &format!("{trap} {PLAIN}; echo first; {FOREVER} & wait"),
        );
    }
    let mut server = scripts.serve_with(&["--shutdown-timeout", "0.3"]);
    let mut clients =
        ["quiet", "stubborn"].map(|name| request(&server, &format!("/cgi-bin/{name}")));
    for client in &mut clients {
        client.wait_for("first\n");
    }
    server.terminate();
    scripts.expect_nothing_left(&server);
}

#[test]
fn a_server_that_stops_lets_scripts_finish() {
    let scripts = Scripts::new();
    scripts.sh(
        "holds",
        &format!(r#"{PLAIN}; echo first; read -r go <"$traces/gate"; echo last"#),
    );
    let mut gate = scripts.gate("gate");
    let mut server = scripts.serve();
    let mut client = request(&server, "/cgi-bin/holds");
    client.wait_for("first\n");
    server.signal(rustix::process::Signal::TERM);
    eventually("nobody is let in", || {
        Client::try_connect(server.address).is_err()
    });
    gate.open();
    assert_eq!(client.response().text(), "first\nlast\n");
    assert!(server.wait().success());
    scripts.expect_nothing_left(&server);
}
