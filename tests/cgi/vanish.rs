//! Clients that vanish or stall while a script runs for them; others are served,
//! and nothing stays behind.

use super::hostile::{FOREVER, assert_well, request, upload};
use crate::support::eventually;
use crate::support::scripts::{PLAIN, Scripts};
use crate::support::server::Server;
use crate::support::tree::{MEGABYTE, pattern};

#[test]
fn a_client_that_vanishes_in_mid_upload_takes_the_script_along() {
    let scripts = Scripts::new();
    let body = format!("echo started >\"$traces/$QUERY_STRING\"; cat >/dev/null; {FOREVER}");
    scripts.sh("reads", &body);
    scripts.sh(
        "does-not",
        &format!("echo started >\"$traces/$QUERY_STRING\"; {FOREVER} & wait"),
    );
    let mut server = scripts.serve();
    for (number, name) in ["reads", "does-not", "reads", "does-not"]
        .iter()
        .enumerate()
    {
        let mut client = server.connect();
        client.send(upload(&format!("/cgi-bin/{name}?{number}"), 10 * MEGABYTE));
        client.send(pattern(1000));
        scripts.wait_for_trace(&number.to_string());
        if number < 2 {
            client.reset();
        } else {
            drop(client);
        }
    }
    assert_well(&scripts, &mut server);
}

#[test]
fn a_client_that_vanishes_in_mid_response_takes_the_script_along() {
    let scripts = Scripts::new();
    scripts.sh("quiet", &format!("{PLAIN}; echo first; {FOREVER} & wait"));
    scripts.sh(
        "stubborn",
        &format!("trap '' TERM PIPE; {PLAIN}; echo first; {FOREVER} & wait"),
    );
    scripts.sh("endless", &format!("{PLAIN}; yes first"));
    let mut server = scripts.serve();
    assert_eq!(server.get("/cgi-bin/hello.sh").status, 200);
    let before = server.open_files();
    for name in ["quiet", "stubborn", "endless"] {
        let mut client = request(&server, &format!("/cgi-bin/{name}"));
        client.wait_for("first\n");
        client.reset();
        scripts.expect_nothing_left(&server);
    }
    // What browsers do at first.
    for name in ["quiet", "endless"] {
        let mut client = request(&server, &format!("/cgi-bin/{name}"));
        client.wait_for("first\n");
        drop(client);
        scripts.expect_nothing_left(&server);
    }
    assert_well(&scripts, &mut server);
    eventually("all descriptors are closed", || {
        server.open_files() <= before
    });
}

#[test]
fn a_client_that_vanishes_before_the_head_takes_the_script_along() {
    let scripts = Scripts::new();
    scripts.sh(
        "silent",
        &format!("echo started >\"$traces/started\"; {FOREVER} & wait"),
    );
    let mut server = scripts.serve();
    let client = request(&server, "/cgi-bin/silent");
    scripts.wait_for_trace("started");
    client.reset();
    assert_well(&scripts, &mut server);
}

/// Waits until the server has seen so many scripts run, which it says with `-v`: a client
/// that closes its side before that may still want to read.
#[track_caller]
fn expect_seen_to_run(server: &Server, scripts: usize) {
    eventually("the server has seen it run", || {
        let lines = server.log_lines();
        let runs = |line: &&String| line.ends_with("a script runs");
        lines.iter().filter(runs).count() == scripts
    });
}

/// What it sent before stays unread, and must not hide that it has gone.
#[test]
fn a_client_that_vanishes_behind_a_second_request_takes_the_script_along() {
    let scripts = Scripts::new();
    scripts.sh(
        "silent",
        &format!("echo started >\"$traces/$QUERY_STRING\"; {FOREVER} & wait"),
    );
    scripts.sh("midway", &format!("{PLAIN}; echo first; {FOREVER} & wait"));
    let mut server = scripts.serve_with(&["-v"]);
    let next = "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n";
    for (before, way) in [(0, "reset"), (2, "close")] {
        let mut silent = request(&server, &format!("/cgi-bin/silent?{way}"));
        scripts.wait_for_trace(way);
        expect_seen_to_run(&server, before + 1);
        let mut midway = request(&server, "/cgi-bin/midway");
        midway.wait_for("first\n");
        // Once seen, and again.
        for client in [&mut silent, &mut midway] {
            client.send(next);
            client.send(next);
        }
        for client in [silent, midway] {
            match way {
                "reset" => client.reset(),
                _ => drop(client),
            }
        }
        scripts.expect_nothing_left(&server);
    }
    assert_well(&scripts, &mut server);
}

/// The end of what it sends is no end, if it came before the script did.
#[test]
fn a_client_that_has_said_all_it_has_to_say_is_answered() {
    let scripts = Scripts::new();
    scripts.sh(
        "holds",
        &format!(r#"read -r go <"$traces/gate"; {PLAIN}; echo last"#),
    );
    let mut gate = scripts.gate("gate");
    let server = scripts.serve_with(&["--cgi-max", "1", "--queue-timeout", "20"]);
    let first = request(&server, "/cgi-bin/holds");
    let mut clients = ["", "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n"].map(|next| {
        let mut client = request(&server, "/cgi-bin/hello.sh");
        client.send(next);
        client.finish_sending();
        client
    });
    gate.open();
    for client in &mut clients {
        assert_eq!(client.response().text(), "hello\n");
    }
    drop(first);
    scripts.expect_nothing_left(&server);
}

#[test]
fn a_slow_reader_slows_the_script_and_not_the_others() {
    let scripts = Scripts::new();
    scripts.sh("much", &format!("{PLAIN}; head -c 67108864 /dev/zero"));
    let mut server = scripts.serve_with(&["--threads", "1"]);
    let before = server.resident_kib();
    let mut slow = request(&server, "/cgi-bin/much");
    let head = slow.try_response_head().unwrap();
    for _ in 0..20 {
        assert_eq!(server.get("/cgi-bin/hello.sh").text(), "hello\n");
    }
    let grown = server.resident_kib().saturating_sub(before);
    assert!(grown < 32 * 1024, "{grown} KiB");
    assert_eq!(slow.read_body(&head).unwrap().len(), 64 * MEGABYTE);
    assert_well(&scripts, &mut server);
}

/// That a client leaves is no error of the server's.
#[test]
fn a_client_that_vanishes_is_not_logged_as_an_error() {
    let scripts = Scripts::new();
    let started = "echo started >\"$traces/$QUERY_STRING\"";
    scripts.sh("silent", &format!("{started}; {FOREVER} & wait"));
    scripts.sh("reads", &format!("{started}; cat >/dev/null; {FOREVER}"));
    scripts.sh("endless", &format!("{started}; {PLAIN}; yes"));
    let mut server = scripts.serve_with(&["-v"]);
    let content = [
        upload("/cgi-bin/reads?3", MEGABYTE).as_bytes(),
        &pattern(1000),
    ]
    .concat();
    let mut number = 0;
    for ending in ["reset", "close"] {
        for name in ["silent", "endless", "reads"] {
            number += 1;
            let mut client = match name {
                "reads" => server.connect(),
                _ => request(&server, &format!("/cgi-bin/{name}?{number}")),
            };
            if name == "reads" {
                client.send(&content);
                scripts.wait_for_trace("3");
                std::fs::remove_file(scripts.trace("3")).unwrap();
            } else {
                scripts.wait_for_trace(&number.to_string());
            }
            expect_seen_to_run(&server, number);
            match ending {
                "reset" => client.reset(),
                _ => drop(client),
            }
            scripts.expect_nothing_left(&server);
        }
    }
    server.wait_for_log(|line| line.contains("its client has gone"));
    for line in server.log_lines() {
        let ours =
            line.contains("gave no answer") || line.contains("script '") || line.contains(" 502 ");
        assert!(!ours, "{line}");
    }
    assert_well(&scripts, &mut server);
}
