//! The process that starts scripts: who outlives whom, and what scripts can't
//! reach of it.

use super::hostile::{FOREVER, assert_well, request};
use crate::support::client::Client;
use crate::support::eventually;
use crate::support::only::Only;
use crate::support::scripts::{PLAIN, Scripts, spawner_of};
use crate::support::server::{BINARY, Server};
use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

fn pid(id: u32) -> Pid {
    Pid::from_raw(id.cast_signed()).unwrap()
}

#[test]
fn a_server_that_is_killed_leaves_no_script() {
    let scripts = Scripts::new();
    scripts.sh("waits", &format!("{PLAIN}; echo first; {FOREVER} & wait"));
    scripts.sh(
        "stubborn",
        &format!("trap '' TERM INT HUP PIPE; {PLAIN}; echo first; {FOREVER}; {FOREVER}"),
    );
    let mut server = scripts.serve();
    let spawner = pid(spawner_of(&server));
    let mut clients =
        ["waits", "stubborn"].map(|name| request(&server, &format!("/cgi-bin/{name}")));
    for client in &mut clients {
        client.wait_for("first\n");
    }
    server.signal(Signal::KILL);
    server.wait();
    scripts.expect_nothing_left(&server);
    eventually("the spawner has gone", || {
        test_kill_process(spawner).is_err()
    });
}

#[test]
fn a_spawner_that_is_killed_costs_its_scripts_and_no_more() {
    let scripts = Scripts::new();
    for (name, trap) in [("silent", ""), ("stubborn", "trap '' TERM;")] {
        scripts.sh(
            name,
            &format!("{trap} echo started >\"$traces/{name}\"; {FOREVER} & wait"),
        );
    }
    scripts.sh("midway", &format!("{PLAIN}; echo first; {FOREVER} & wait"));
    let mut server = scripts.serve();
    let first = spawner_of(&server);
    let mut silent =
        ["silent", "stubborn"].map(|name| request(&server, &format!("/cgi-bin/{name}")));
    let mut midway = request(&server, "/cgi-bin/midway");
    midway.wait_for("first\n");
    scripts.wait_for_trace("silent");
    scripts.wait_for_trace("stubborn");
    kill_process(pid(first), Signal::KILL).unwrap();
    for client in &mut silent {
        assert_eq!(client.response().status, 502);
    }
    assert!(!midway.rest().ends_with(b"\r\n0\r\n\r\n"), "it ended well");
    // Without a next script, even.
    scripts.expect_nothing_left(&server);
    for _ in 0..3 {
        assert_eq!(server.get("/cgi-bin/hello.sh").text(), "hello\n");
    }
    assert_ne!(spawner_of(&server), first);
    assert_well(&scripts, &mut server);
}

#[test]
fn a_script_that_kills_the_spawner_is_run_once() {
    let scripts = Scripts::new();
    let body = format!("echo ran >>\"$traces/runs\"; kill -KILL $PPID; {FOREVER}");
    scripts.sh("kills", &body);
    let mut server = scripts.serve();
    assert_eq!(server.get("/cgi-bin/kills").status, 502);
    assert_eq!(scripts.wait_for_trace("runs"), "ran\n");
    assert_well(&scripts, &mut server);
}

/// It can be stopped by scripts, too, as it runs as they do.
#[test]
fn a_spawner_that_does_not_answer_is_replaced() {
    let scripts = Scripts::new();
    scripts.sh("stops", &format!("kill -STOP $PPID; exec {FOREVER}"));
    let mut server = scripts.serve_with(&["--cgi-timeout", "1"]);
    // Whether it was stopped before it could say that the script has started.
    let stopped = server.get("/cgi-bin/stops").status;
    assert!(matches!(stopped, 502 | 504), "{stopped}");
    eventually("scripts run again", || {
        server.get("/cgi-bin/hello.sh").status == 200
    });
    assert_well(&scripts, &mut server);
}

#[test]
fn nothing_of_the_spawner_is_a_scripts_to_read() {
    let scripts = Scripts::new();
    let looks = r#"
for file in mem environ maps fd/0 fd/1 fd/3 cwd/etc/passwd; do
    cat "/proc/$PPID/$file" >/dev/null 2>&1 && echo "$file"
done
echo end"#;
    scripts.sh("looks", &format!("{PLAIN}; {looks}"));
    let server = scripts.serve();
    let spawner = spawner_of(&server);
    assert_eq!(server.get("/cgi-bin/looks").text(), "end\n");
    if !Only::AsRoot.applies() {
        return;
    }
    let file = |name| std::fs::read_to_string(format!("/proc/{spawner}/{name}")).unwrap();
    assert_eq!(file("environ"), "");
    let status = file("status");
    let line = |name| status.lines().find(|line| line.starts_with(name)).unwrap();
    assert!(!line("Uid:").contains("\t0"), "{status}");
    assert!(line("CapPrm:").ends_with("\t0000000000000000"), "{status}");
}

#[test]
fn scripts_have_no_descriptor_of_each_other() {
    let scripts = Scripts::new();
    scripts.sh(
        "holds",
        &format!(r#"{PLAIN}; echo first; read -r go <"$traces/gate"; ls /proc/self/fd"#),
    );
    let mut gate = scripts.gate("gate");
    let server = scripts.serve();
    let mut clients: Vec<_> = (0..8)
        .map(|_| {
            let mut client = request(&server, "/cgi-bin/holds");
            client.wait_for("first\n");
            client
        })
        .collect();
    for _ in &clients {
        gate.open();
    }
    for client in &mut clients {
        // 3 is the directory that ls reads.
        assert_eq!(client.response().text(), "first\n0\n1\n2\n3\n");
    }
    scripts.expect_nothing_left(&server);
}

/// The order for such a script goes another way.
#[test]
fn a_long_environment_reaches_the_script() {
    let scripts = Scripts::new();
    scripts.sh(
        "length",
        &format!("{PLAIN}; cat; echo \"${{#LONG}} $LAST\""),
    );
    let long = format!("LONG={}", "x".repeat(100_000));
    let mut server = scripts.serve_with(&["--cgi-env", &long, "--cgi-env", "LAST=last"]);
    assert_eq!(server.get("/cgi-bin/length").text(), "100000 last\n");
    let post = "POST /cgi-bin/length HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nbody\n";
    assert_eq!(server.exchange(post).text(), "body\n100000 last\n");
    assert_eq!(server.get("/cgi-bin/missing").status, 404);
    assert_well(&scripts, &mut server);
}

#[test]
fn many_run_at_once() {
    let scripts = Scripts::new();
    scripts.sh(
        "echoes",
        &format!(r#"{PLAIN}; echo "$QUERY_STRING"; cat; read -r go <"$traces/gate"; echo last"#),
    );
    let mut gate = scripts.gate("gate");
    let mut server = scripts.serve_with(&["--cgi-max", "100"]);
    let mut clients: Vec<Client> = (0..100)
        .map(|number| {
            let mut client = server.connect();
            let content = format!("content {number}\n").repeat(number + 1);
            client.send(format!(
                "POST /cgi-bin/echoes?{number} HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\n\r\n{content}",
                content.len()
            ));
            client
        })
        .collect();
    for (number, client) in clients.iter_mut().enumerate() {
        client.wait_for(format!("content {number}\n"));
    }
    for _ in &clients {
        gate.open();
    }
    for (number, client) in clients.iter_mut().enumerate() {
        let content = format!("content {number}\n").repeat(number + 1);
        let expected = format!("{number}\n{content}last\n");
        assert_eq!(client.response().text(), expected);
    }
    drop(clients);
    assert_well(&scripts, &mut server);
}

/// Whoever starts them ends after a thousand, and others are there by then.
#[test]
fn many_run_one_after_the_other() {
    let scripts = Scripts::new();
    let mut server = scripts.serve();
    let mut client = server.connect();
    for number in 0..1100 {
        let text = client.get("/cgi-bin/hello.sh").text();
        assert_eq!(text, "hello\n", "{number}");
    }
    assert_well(&scripts, &mut server);
}

/// Ctrl-C reaches all of the terminal's foreground group.
#[test]
fn an_interrupt_of_the_group_lets_scripts_finish() {
    let scripts = Scripts::new();
    scripts.sh(
        "holds",
        &format!(r#"{PLAIN}; echo first; read -r go <"$traces/gate"; echo last"#),
    );
    let mut gate = scripts.gate("gate");
    let mut command = Command::new(BINARY);
    command
        .args(["serve", "--cgi", "--bind", "127.0.0.1", "--directory"])
        .arg(scripts.path(""))
        .arg("0")
        .process_group(0);
    let mut server = Server::spawn(command);
    let spawner = pid(spawner_of(&server));
    let mut client = request(&server, "/cgi-bin/holds");
    client.wait_for("first\n");
    // What a service manager sends to each.
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        kill_process(spawner, signal).unwrap();
    }
    kill_process_group(pid(server.id()), Signal::INT).unwrap();
    eventually("nobody is let in", || {
        Client::try_connect(server.address).is_err()
    });
    gate.open();
    assert_eq!(client.response().text(), "first\nlast\n");
    assert!(server.wait().success());
    scripts.expect_nothing_left(&server);
}

#[test]
fn signals_are_as_usual_for_scripts() {
    let scripts = Scripts::new();
    scripts.sh("status", &format!("{PLAIN}; grep ^Sig /proc/self/status"));
    let server = scripts.serve();
    let status = server.get("/cgi-bin/status").text();
    // What the spawner itself doesn't die of, or what Rust ignores. Others may
    // be ignored by whoever started the tests.
    let signals = [
        Signal::TERM,
        Signal::INT,
        Signal::HUP,
        Signal::QUIT,
        Signal::PIPE,
    ];
    for name in ["SigBlk:", "SigIgn:"] {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let mask = u64::from_str_radix(line.unwrap().trim(), 16).unwrap();
        for signal in signals {
            assert_eq!(mask & (1 << (signal.as_raw() - 1)), 0, "{name} {signal:?}");
        }
    }
}

#[test]
fn the_spawner_is_not_for_people() {
    let help = Command::new(BINARY).arg("--help").output().unwrap();
    assert!(!String::from_utf8_lossy(&help.stdout).contains("spawner"));
    let by_hand = Command::new(BINARY)
        .arg("cgi-spawner")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!by_hand.status.success());
    let said = String::from_utf8_lossy(&by_hand.stderr);
    assert!(said.contains("serve --cgi"), "{said}");
}
