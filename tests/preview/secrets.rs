//! Secrets that sites' code sends to others, or has itself.

use super::outbound::{Stage, policy, somebody, somebody_encrypted};
use crate::support::certificates::Certificates;
use crate::support::scripts::runners_of;
use crate::support::skip;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::process::{Command, Stdio};

#[track_caller]
fn typed(command: &mut Command, text: &str) -> std::process::Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(text.as_bytes()).expect("it is read");
    drop(input);
    child.wait_with_output().expect("it ends")
}

/// Sets a secret, whose value is typed.
#[track_caller]
fn set_secret(stage: &Stage, project: &str, name: &str, value: &str, hosts: &[&str]) -> String {
    let mut command = stage
        .previews
        .command(["previews", "secret", "set", project, name]);
    for host in hosts {
        command.args(["--for", host]);
    }
    let output = typed(&mut command, value);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Certificates of an authority that the operator names are believed.
fn trusting(certificates: &Certificates, hosts: &[String]) -> Stage {
    let roots = certificates.authority();
    Stage::new(&format!("roots = {roots:?}\n{}", policy(hosts)))
}

#[test]
fn a_secret_is_sent_to_whom_it_is_for_and_nobody_else_sees_it() {
    let friend = somebody_encrypted();
    let (stranger, _tree) = somebody();
    let port = friend.server.port();
    let there = format!("localhost:{port}");
    let hosts = [
        there.clone(),
        format!("127.0.0.1:{port}"),
        stranger.address.to_string(),
    ];
    let stage = trusting(&friend.certificates, &hosts);
    let said = set_secret(&stage, "site", "KEY", "a-value-that-is-hidden\n", &[&there]);
    assert_eq!(said, format!("KEY is set, and is sent to {there} alone\n"));
    set_secret(&stage, "site", "PLAIN", "a-value-that-is-plain", &[]);
    let asks = format!("secrets = [\"KEY\", \"PLAIN\"]\noutbound = {hosts:?}\n");
    stage.deploy("site", "proxy_handler", &asks);

    let environment = stage.previews.text("site", "/environment");
    assert!(
        environment.contains("KEY=wasm-host-secret-"),
        "{environment}"
    );
    assert!(
        environment.contains("PLAIN=a-value-that-is-plain\n"),
        "{environment}"
    );
    // It leaves the code's process as a placeholder.
    let answered = stage.fetch("site", &format!("KEY,https://{there}/ok"));
    assert_eq!(answered, "ok\n");
    let [runner] = runners_of(&stage.previews.server)[..] else {
        panic!("there is one runner");
    };
    let (hidden, plain) = (
        &b"a-value-that-is-hidden"[..],
        &b"a-value-that-is-plain"[..],
    );
    if let Some(found) = memory_has(runner, &[hidden, plain]) {
        assert_eq!(found, [false, true], "what the runner's memory has");
    }

    let received = stage.fetch("site", &format!("KEY,https://{there}/describe"));
    assert!(
        received.contains("authorization: Bearer a-value-that-is-hidden\n"),
        "{received}"
    );
    // The host is another one by its address, and the stranger always was.
    for url in [
        format!("KEY,https://127.0.0.1:{port}/describe"),
        format!("KEY,{}/describe", stranger.address),
    ] {
        let received = stage.fetch("site", &url);
        assert!(
            received.contains("authorization: Bearer wasm-host-secret-"),
            "{received}"
        );
    }

    let listed = stage
        .previews
        .succeed(["previews", "secret", "list", "site"]);
    assert!(
        listed.contains(&there) && !listed.contains("a-value"),
        "{listed}"
    );
    let told = stage
        .previews
        .api("GET", "/projects/site/secrets", "")
        .text();
    assert!(
        told.contains("PLAIN") && !told.contains("a-value"),
        "{told}"
    );
    let log = stage.previews.server.messages().join("\n");
    assert!(!log.contains("a-value"), "{log}");
}

/// Which of these texts are in a process's memory. None: this user may not look.
fn memory_has(process: u32, texts: &[&[u8]]) -> Option<Vec<bool>> {
    if !rustix::process::geteuid().is_root() {
        skip::skipped("only root reads the memory of others");
        return None;
    }
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).expect("it lives");
    let memory = File::open(format!("/proc/{process}/mem")).expect("it lives");
    let mut found = vec![false; texts.len()];
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let range = line
            .split(' ')
            .next()
            .and_then(|range| range.split_once('-'));
        let (from, to) = range.expect("a range");
        let number = |text| u64::from_str_radix(text, 16).expect("a number");
        let (mut from, to) = (number(from), number(to));
        // In pieces, which may not be there.
        while from < to {
            let mut piece = vec![0; usize::try_from((to - from).min(1 << 20)).expect("small")];
            let read = memory.read_at(&mut piece, from).unwrap_or(0);
            for (text, found) in texts.iter().zip(&mut found) {
                *found |= piece[..read]
                    .windows(text.len())
                    .any(|window| window == *text);
            }
            from += 1 << 20;
        }
    }
    Some(found)
}

#[test]
fn secrets_change_for_code_that_runs_and_go_with_their_project() {
    let stage = Stage::new("");
    let said = stage.refused("site", "secrets = [\"KEY\"]\n");
    assert!(
        said.contains("wasm-host.toml:1:12: secrets: site has no secret KEY"),
        "{said}"
    );
    assert!(
        said.contains("`wasm-host previews secret set site KEY`"),
        "{said}"
    );
    set_secret(&stage, "site", "KEY", "one", &[]);
    stage.deploy("site", "proxy_handler", "secrets = [\"KEY\"]\n");
    let environment = || stage.previews.text("site", "/environment");
    assert!(environment().contains("KEY=one\n"));
    set_secret(&stage, "site", "KEY", "two\r\n", &[]);
    assert!(environment().contains("KEY=two\n"));
    stage
        .previews
        .succeed(["previews", "secret", "rm", "site", "KEY"]);
    assert!(!environment().contains("KEY"));
    stage.log_has("site", "the secret KEY isn't there any more");
    let said = stage
        .previews
        .fail(["previews", "secret", "rm", "site", "KEY"]);
    assert!(
        said.contains("there is no secret KEY of the project site"),
        "{said}"
    );

    set_secret(&stage, "site", "KEY", "three", &[]);
    set_secret(&stage, "other", "KEY", "four", &[]);
    stage
        .previews
        .succeed(["previews", "rm", "--project", "site"]);
    let none = "there are no secrets";
    let list = |project| {
        stage
            .previews
            .succeed(["previews", "secret", "list", project])
    };
    assert!(list("site").contains(none) && list("other").contains("KEY"));
}

#[test]
fn what_can_be_no_secret_is_refused_in_one_line() {
    let stage = Stage::new("");
    let command = |args: &[&str]| {
        let secret = ["previews", "secret", "set"];
        stage.previews.command([&secret, args].concat())
    };
    for (args, value, said) in [
        (&["site", "A-B"][..], "x", "is no name of a variable"),
        (&["Site", "A"], "x", "is no project's name"),
        (
            &["site", "A", "--for", "https://a.example"],
            "x",
            "is not a host",
        ),
        (&["site", "A"], "\n", "the secret is empty"),
        (&["site", "A"], "a\0b", "there is a NUL in the secret"),
        (
            &["site", "A", "--for", "a.example"],
            "a\nb",
            "a line's end in the secret",
        ),
        (&["site", "A"], &"x".repeat(10_000), "8192 is the most"),
    ] {
        let output = typed(&mut command(args), value);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{args:?}");
        assert!(error.contains(said), "{args:?}: {error}");
        assert!(!error.contains("panicked"), "{error}");
    }
}
