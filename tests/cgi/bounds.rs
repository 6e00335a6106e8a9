//! How much of the machine a script may use, beside its time and its processes.

use super::hostile::{assert_well, request};
use crate::support::scripts::{PLAIN, Scripts, allow};
use crate::support::server::BINARY;
use crate::support::tree::MEGABYTE;
use std::fs;
use std::process::Command;

#[test]
fn bounds_are_as_the_owner_says_and_have_defaults() {
    let scripts = Scripts::new();
    scripts.sh("limits", &format!("{PLAIN}; cat /proc/self/limits"));
    let expected = |options: &[&str], limits: [&str; 5]| {
        let server = scripts.serve_with(options);
        let text = server.get("/cgi-bin/limits").text();
        for limit in limits {
            let line = text.lines().find(|line| {
                let words: Vec<_> = line.split_whitespace().collect();
                words.join(" ").starts_with(limit)
            });
            assert!(line.is_some(), "{limit} in {text}");
        }
    };
    let defaults = [
        "Max data size 1073741824 1073741824",
        "Max file size 1073741824 1073741824",
        "Max open files 1024 1024",
        "Max cpu time 60 61",
        "Max core file size 0 0",
    ];
    expected(&[], defaults);
    let options = [
        "--cgi-memory=64",
        "--cgi-file-size=2",
        "--cgi-open-files=100",
        "--cgi-cpu-time=5",
    ];
    let limits = [
        "Max data size 67108864 67108864",
        "Max file size 2097152 2097152",
        "Max open files 100 100",
        "Max cpu time 5 6",
        "Max core file size 0 0",
    ];
    expected(&options, limits);
}

/// So that what a script begins can always be killed.
#[test]
fn a_script_gains_no_privileges() {
    let scripts = Scripts::new();
    scripts.sh(
        "status",
        &format!("{PLAIN}; grep NoNewPrivs /proc/self/status; \"$traces/own-id\" -u"),
    );
    // A program of the server's user, and set-user-ID.
    let program = scripts.trace("own-id");
    fs::copy("/usr/bin/id", &program).unwrap();
    allow(&program, 0o4755);
    let server = scripts.serve();
    let text = server.get("/cgi-bin/status").text();
    let expected = match rustix::process::geteuid() {
        root if root.is_root() => "65534".to_owned(),
        own => own.as_raw().to_string(),
    };
    assert_eq!(text, format!("NoNewPrivs:\t1\n{expected}\n"));
}

#[test]
fn a_script_that_takes_memory_without_end_is_stopped() {
    let scripts = Scripts::new();
    let takes = "
import mmap
taken = []
try:
    while True:
        taken.append(bytearray(1 << 20))
except MemoryError:
    count = len(taken)
    del taken
    print('Content-Type: text/plain\\n')
    print(count)";
    if !scripts.python("takes", takes) {
        return;
    }
    let mut server = scripts.serve_with(&["--cgi-memory", "64"]);
    let taken = server.get("/cgi-bin/takes").text();
    let taken: u32 = taken.trim().parse().unwrap();
    assert!((1..64).contains(&taken), "{taken} MiB");
    assert_well(&scripts, &mut server);
}

#[test]
fn a_script_that_writes_without_end_is_stopped() {
    let scripts = Scripts::new();
    let fills = format!("cat /dev/zero >\"$traces/filled\"; {PLAIN}; echo $?");
    scripts.sh("fills", &fills);
    let mut server = scripts.serve_with(&["--cgi-file-size", "1"]);
    let status = server.get("/cgi-bin/fills");
    assert_eq!(status.status, 200, "{status:?}");
    let filled = fs::metadata(scripts.trace("filled")).unwrap().len();
    assert_eq!(filled, MEGABYTE as u64);
    assert_well(&scripts, &mut server);
}

#[test]
fn a_script_that_computes_without_end_is_502() {
    let scripts = Scripts::new();
    scripts.sh("spins", "while :; do :; done");
    let mut server = scripts.serve_with(&["--cgi-cpu-time", "1", "--cgi-timeout", "5m"]);
    let mut spins = request(&server, "/cgi-bin/spins");
    assert_eq!(spins.response().status, 502);
    server.wait_for_log(|line| line.contains("spins") && line.contains("SIGXCPU"));
    assert_well(&scripts, &mut server);
}

#[test]
fn bounds_with_which_nothing_runs_are_refused() {
    for (option, value) in [
        ("--cgi-memory", "15"),
        ("--cgi-processes", "0"),
        ("--cgi-open-files", "63"),
        ("--cgi-cpu-time", "0"),
        ("--cgi-file-size", "-1"),
    ] {
        let refused = Command::new(BINARY)
            .args(["serve", "--cgi", option, value, "0"])
            .output()
            .unwrap();
        assert_eq!(refused.status.code(), Some(2), "{option}");
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(said.contains(option), "{said}");
        assert!(said.contains("give a whole number between"), "{said}");
    }
}
