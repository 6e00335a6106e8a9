//! `--user`: who the server is once it has its port, and what that user can't reach.

use crate::support::command_line::{fails_to_start, run, stderr};
use crate::support::only::Only;
use crate::support::scripts::{PLAIN, Scripts};
use crate::support::server::{BINARY, Server};
use crate::support::tools::available;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// What the log says to root.
const WARNING: &str = "running as root";

/// The users and groups of each thread of a server, as proc_pid_status(5) has them.
fn identities(server: &Server) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{}/task", server.id())).unwrap();
    let status = |task: fs::DirEntry| fs::read_to_string(task.path().join("status")).unwrap();
    let wanted = |line: &&str| {
        ["Uid:", "Gid:", "Groups:", "CapPrm:"]
            .iter()
            .any(|it| line.starts_with(it))
    };
    let identity = |status: String| status.lines().filter(wanted).collect::<Vec<_>>().join("\n");
    let mut all: Vec<_> = tasks.map(|task| identity(status(task.unwrap()))).collect();
    all.sort();
    all.dedup();
    all
}

#[test]
fn the_whole_process_is_that_user() {
    if !Only::AsRoot.applies() {
        return;
    }
    let scripts = Scripts::new();
    scripts.sh("who", &format!("{PLAIN}; id -u; id -g"));
    scripts.file("private.txt", "for root alone");
    fs::set_permissions(scripts.path("private.txt"), Permissions::from_mode(0o600)).unwrap();
    for lockdown in [&[][..], &["--no-lockdown"]] {
        let server = scripts
            .server()
            .args(["--user", "nobody:daemon"])
            .args(lockdown)
            .start();
        let identities = identities(&server);
        let [identity] = &identities[..] else {
            panic!("threads differ: {identities:?}")
        };
        assert!(
            identity.contains("Uid:\t65534\t65534\t65534\t65534"),
            "{identity}"
        );
        assert!(identity.contains("Gid:\t1\t1\t1\t1"), "{identity}");
        assert!(!identity.contains("Groups:\t0"), "{identity}");
        assert!(
            identity.ends_with("CapPrm:\t0000000000000000"),
            "{identity}"
        );
        assert_eq!(server.get("/hello.txt").text(), "hello, world\n");
        assert_eq!(server.get("/cgi-bin/who").text(), "65534\n1\n");
        assert_ne!(server.get("/private.txt").status, 200);
        assert!(!server.log_lines().iter().any(|line| line.contains(WARNING)));
    }
    // Where it is root, that is served.
    let server = scripts.serve();
    assert_eq!(server.get("/private.txt").status, 200);
    server.wait_for_log(|line| line.contains(WARNING));
    let log = server.log_lines();
    let warnings = log.iter().filter(|line| line.contains(WARNING));
    assert_eq!(warnings.count(), 1, "{log:?}");
}

#[test]
fn what_the_user_cannot_read_is_said_at_the_start() {
    if !Only::AsRoot.applies() {
        return;
    }
    let scripts = Scripts::new();
    let root = scripts.path("");
    let private = scripts.outside("private");
    fs::create_dir(&private).unwrap();
    fs::set_permissions(&private, Permissions::from_mode(0o700)).unwrap();
    let (root, private) = (root.to_str().unwrap(), private.to_str().unwrap());
    let user = ["--user", "nobody", "--bind", "127.0.0.1", "0"];
    let fails = |args: &[&str]| fails_to_start(&[&user[..], args].concat());
    let message = fails(&["-d", private]);
    assert!(
        message.contains(private) && message.contains("ermission denied"),
        "{message}"
    );
    let grant = format!("{private}::/data");
    let message = fails(&["-d", root, "--dir", &grant]);
    assert!(
        message.contains(private) && message.contains("ermission denied"),
        "{message}"
    );
    let log = format!("{private}/log");
    let message = fails(&["-d", root, "--log-file", &log]);
    assert!(message.contains("cannot write the log"), "{message}");

    // A log that it can write to, in a place where it can't make another.
    let log = scripts.outside("log");
    fs::write(&log, "").unwrap();
    fs::set_permissions(&log, Permissions::from_mode(0o666)).unwrap();
    let server = scripts
        .server()
        .args(["--user", "nobody", "--log-file"])
        .args([&log])
        .start();
    assert_eq!(server.get("/hello.txt").status, 200);
    crate::support::eventually("the log says so", || {
        fs::read_to_string(&log)
            .unwrap()
            .contains("after a rotation")
    });
}

#[test]
fn who_is_not_there_is_named() {
    for (user, named) in [
        ("no-such-user", "no-such-user"),
        ("root:no-such-group", "no-such-group"),
    ] {
        let output = run(["serve", "--user", user, "0"]);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(named), "{message}");
        assert!(
            message.contains("give the name of one that it has"),
            "{message}"
        );
    }
}

#[test]
fn only_root_becomes_another() {
    if !Only::AsRoot.applies() || !available("setpriv") {
        return;
    }
    let output = Command::new("setpriv")
        .args([
            "--reuid",
            "65534",
            "--regid",
            "65534",
            "--clear-groups",
            BINARY,
        ])
        .args(["serve", "--user", "daemon", "--bind", "127.0.0.1", "0"])
        .output()
        .unwrap();
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains("cannot become the user daemon"),
        "{message}"
    );
    assert!(message.contains("only root"), "{message}");
    assert_eq!(message.trim_end().lines().count(), 1, "{message}");
}
