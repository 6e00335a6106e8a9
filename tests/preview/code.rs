//! Sites with code: each in a process of its own, and what becomes of that.

use crate::support::client::Response;
use crate::support::eventually;
use crate::support::guests;
use crate::support::previews::{Deployed, Previews, request};
use crate::support::scripts::runners_of;
use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Previews that run code.
pub(super) fn previews(args: &[&str]) -> Previews {
    Previews::start_with(&[&["--code"], args].concat())
}

/// Deploys a component, with a page beside it that it can read.
#[track_caller]
pub(super) fn deploy(previews: &Previews, name: &str, component: &Path) -> Deployed {
    let site = previews.site(name, &[("hello.txt", "hello\n")]);
    fs::copy(component, site.join("handler.wasm")).expect("a copy");
    previews.deploy(&site, &["--alias", name])
}

fn runners(previews: &Previews) -> Vec<u32> {
    runners_of(&previews.server)
}

/// The one that there is.
#[track_caller]
fn runner(previews: &Previews) -> u32 {
    match runners(previews)[..] {
        [runner] => runner,
        ref runners => panic!("{runners:?}"),
    }
}

#[track_caller]
fn ok(response: &Response) -> String {
    assert_eq!(response.status, 200, "{response:?}");
    response.text()
}

#[test]
fn code_of_each_world_answers() {
    let previews = previews(&[]);
    for (name, component) in [
        ("own", "raw_handler"),
        ("sdk", "hostile_handler"),
        ("proxy", "proxy_handler"),
        ("service", "service_handler"),
    ] {
        let deployed = deploy(&previews, name, &guests::component(component));
        assert_eq!(runners(&previews).len(), 0, "nobody has asked for it");
        for label in [name, &deployed.id] {
            let response = previews.get(label, "/ok");
            assert_eq!(ok(&response), "ok\n", "{name}");
            assert_eq!(response.required("Wasm-Host-Deploy"), deployed.id);
            assert_eq!(response.required("X-Robots-Tag"), "noindex");
        }
        // Both names lead to one process.
        assert_eq!(runners(&previews).len(), 1, "{name}");
        previews.succeed(["previews", "rm", &deployed.id]);
        eventually("its process has ended", || runners(&previews).is_empty());
        assert_eq!(previews.get(name, "/ok").status, 404);
    }
}

/// A proxy in front sends requests of all over one connection.
#[test]
fn sites_with_and_without_code_share_a_connection() {
    let previews = previews(&[]);
    deploy(&previews, "own", &guests::component("raw_handler"));
    deploy(&previews, "proxy", &guests::component("proxy_handler"));
    let still = previews.site("still", &[("index.html", "still"), ("ok", "a file")]);
    previews.deploy(&still, &["--alias", "still"]);
    let mut client = previews.connect();
    for _ in 0..3 {
        assert_eq!(client.exchange(request("still", "/", "")).text(), "still");
        assert_eq!(client.exchange(request("own", "/ok", "")).text(), "ok\n");
        assert_eq!(
            client.exchange(request("still", "/ok", "")).text(),
            "a file"
        );
        let described = client.exchange(request("proxy", "/describe", "X-A: b\r\n"));
        assert!(described.text().contains("x-a"), "{described:?}");
        assert_eq!(client.exchange(request("nobody", "/", "")).status, 404);
    }
    let content = "x".repeat(100_000);
    client.send(format!(
        "POST /echo HTTP/1.1\r\nHost: proxy.localhost\r\nContent-Length: {}\r\n\r\n{content}",
        content.len()
    ));
    assert_eq!(ok(&client.response()), content);
    assert_eq!(client.exchange(request("still", "/", "")).text(), "still");
}

#[test]
fn code_knows_whose_a_request_is() {
    let previews = previews(&[]);
    deploy(&previews, "own", &guests::component("raw_handler"));
    let mut client = previews.connect();
    let who = ok(&client.exchange(request("own", "/who", "")));
    assert!(who.starts_with("127.0.0.1:"), "{who}");
    assert!(who.ends_with(" false"), "{who}");
    let log = previews.succeed(["previews", "logs", "own"]);
    assert!(log.contains("127.0.0.1 \"GET /who HTTP/1.1\" 200"), "{log}");
}

#[test]
fn a_process_of_its_own_is_locked_down() {
    let previews = previews(&[]);
    deploy(&previews, "one", &guests::component("hostile_handler"));
    ok(&previews.get("one", "/ok"));
    let pid = runner(&previews);
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).expect("it lives");
    for task in tasks.flatten() {
        let status = fs::read_to_string(task.path().join("status")).unwrap_or_default();
        for line in ["NoNewPrivs:\t1\n", "Seccomp:\t2\n"] {
            assert!(status.contains(line), "{status}");
        }
    }
    let environment = fs::read(format!("/proc/{pid}/environ"));
    assert_eq!(environment.expect("it lives"), b"", "it was given some");
    // Of the files, the site's own are all that it sees.
    let seen = ok(&previews.get("one", "/escape"));
    let done: Vec<_> = seen
        .lines()
        .filter(|line| line.ends_with(": done"))
        .collect();
    let inside = |line: &&&str| !line.contains("/hello.txt") && !line.contains("link");
    assert_eq!(done.iter().find(inside), None, "{seen}");
    assert!(seen.contains("open /hello.txt: done"), "{seen}");
    let written = ok(&previews.get("one", "/write"));
    let done: Vec<_> = written
        .lines()
        .filter(|line| line.ends_with(": done"))
        .collect();
    assert_eq!(done, ["read: done"], "{written}");
}

/// What a site says of its environment, its code has, and nothing else.
#[test]
fn variables_are_the_sites_own() {
    let previews = previews(&[]);
    let toml = "[env]\nGREETING = \"hello\"\nEMPTY = \"\"\n";
    let site = previews.site("site", &[("wasm-host.toml", toml)]);
    fs::copy(
        guests::component("proxy_handler"),
        site.join("handler.wasm"),
    )
    .expect("a copy");
    previews.deploy(&site, &["--alias", "site"]);
    let seen = ok(&previews.get("site", "/environment"));
    for variable in ["GREETING", "EMPTY"] {
        assert!(seen.contains(variable), "{seen}");
    }
    for foreign in ["PATH", "HOME", "XDG_DATA_HOME"] {
        assert!(!seen.contains(foreign), "{seen}");
    }
    let still = previews.site("still", &[("wasm-host.toml", toml), ("index.html", "")]);
    let said = previews.fail(["deploy", still.to_str().expect("text")]);
    assert!(said.contains("there is no handler.wasm"), "{said}");
}

#[test]
fn a_process_that_is_killed_is_started_again() {
    let previews = previews(&[]);
    deploy(&previews, "one", &guests::component("hostile_handler"));
    for _ in 0..3 {
        assert_eq!(ok(&previews.get("one", "/ok")), "ok\n");
        let pid = Pid::from_raw(runner(&previews).cast_signed()).expect("it is one");
        kill_process(pid, Signal::KILL).expect("it lives");
        eventually("it is dead", || runners(&previews).is_empty());
        // The server may not have heard of it yet: that request has no answer.
        eventually("it answers again", || {
            previews.get("one", "/ok").status == 200
        });
    }
}

#[test]
fn no_process_outlives_the_server() {
    let mut previews = previews(&[]);
    deploy(&previews, "one", &guests::component("hostile_handler"));
    for signal in [Signal::TERM, Signal::KILL] {
        ok(&previews.get("one", "/ok"));
        let running = runners(&previews);
        assert_eq!(running.len(), 1);
        previews.server.signal(signal);
        previews.server.wait();
        let lives = |pid: &u32| {
            let command = fs::read(format!("/proc/{pid}/cmdline"));
            command.is_ok_and(|command| command.starts_with(b"wasm-host\0runner\0"))
        };
        eventually("they are gone", || !running.iter().any(lives));
        previews.restart_with(&["--code"]);
    }
}

/// Who asks a site that has no process yet, and goes away at once, again and again, starts
/// one for all of that.
#[test]
fn who_goes_away_at_once_starts_no_more_than_one() {
    let previews = previews(&["--runners", "2"]);
    deploy(&previews, "one", &guests::component("hostile_handler"));
    let mut seen = BTreeSet::new();
    for _ in 0..40 {
        let mut client = previews.connect();
        client.send(request("one", "/ok", ""));
        client.reset();
        seen.extend(runners(&previews));
    }
    assert_eq!(ok(&previews.get("one", "/ok")), "ok\n");
    seen.insert(runner(&previews));
    assert_eq!(seen.len(), 1, "{seen:?}");
}

/// A process that does nothing any more, whatever it has become, gives way like any other.
#[test]
fn a_process_that_is_stopped_is_killed_when_it_has_to_go() {
    let previews = previews(&["--runner-idle", "300ms"]);
    deploy(&previews, "one", &guests::component("hostile_handler"));
    ok(&previews.get("one", "/ok"));
    let pid = Pid::from_raw(runner(&previews).cast_signed()).expect("it is one");
    kill_process(pid, Signal::STOP).expect("it lives");
    eventually("it is dead", || runners(&previews).is_empty());
    assert_eq!(ok(&previews.get("one", "/ok")), "ok\n");
}

#[test]
fn what_nobody_asks_is_stopped_and_started_again() {
    let previews = previews(&["--runner-idle", "200ms"]);
    deploy(&previews, "one", &guests::component("raw_handler"));
    for _ in 0..2 {
        assert_eq!(ok(&previews.get("one", "/ok")), "ok\n");
        eventually("it is stopped", || runners(&previews).is_empty());
    }
}

#[test]
fn the_longest_unused_gives_way_to_another() {
    let previews = previews(&["--runners", "2"]);
    for name in ["one", "two", "three"] {
        deploy(&previews, name, &guests::component("raw_handler"));
    }
    for name in ["one", "two", "three", "one", "two", "three"] {
        assert_eq!(ok(&previews.get(name, "/ok")), "ok\n", "{name}");
        assert!(runners(&previews).len() <= 3, "one may be about to end");
    }
    eventually("the third is gone", || runners(&previews).len() == 2);
}

/// Nobody who is being answered is cut off for somebody else.
#[test]
fn who_has_something_to_do_does_not_give_way() {
    let previews = previews(&["--runners", "1"]);
    deploy(&previews, "busy", &guests::component("hostile_handler"));
    deploy(&previews, "other", &guests::component("raw_handler"));
    let mut busy = previews.connect();
    busy.send(request("busy", "/hold", ""));
    busy.wait_for("held\n");
    let refused = previews.get("other", "/ok");
    assert_eq!(refused.status, 503, "{refused:?}");
    assert!(refused.required("Retry-After").parse::<u32>().is_ok());
    drop(busy);
    eventually("there is room", || {
        previews.get("other", "/ok").status == 200
    });
}

/// What was begun on the old one ends there.
#[test]
fn a_new_deploy_is_a_new_process() {
    let previews = previews(&[]);
    deploy(&previews, "site", &guests::component("hostile_handler"));
    let mut old = previews.connect();
    old.send(request("site", "/hold", ""));
    old.wait_for("held\n");
    let new = deploy(&previews, "site", &guests::component("raw_handler"));
    let response = previews.get("site", "/ok");
    assert_eq!(response.required("Wasm-Host-Deploy"), new.id);
    assert_eq!(runners(&previews).len(), 2);
    assert!(!old.hung_up_within(std::time::Duration::from_millis(1)));
}

/// The folders of sites with code are nobody's to read as files: neither theirs, nor those
/// that an alias had before.
#[test]
fn code_is_not_served_as_a_file() {
    let previews = previews(&[]);
    let old = deploy(&previews, "site", &guests::component("raw_handler"));
    let still = previews.site("site", &[("index.html", "still")]);
    previews.deploy(&still, &["--alias", "site"]);
    assert_eq!(previews.text("site", "/"), "still");
    let asset = "Sec-Fetch-Dest: script\r\n";
    for path in ["/handler.wasm", "/hello.txt"] {
        assert_eq!(previews.get_with("site", path, asset).status, 404, "{path}");
    }
    assert_ne!(previews.get(&old.id, "/handler.wasm").status, 200);
}
