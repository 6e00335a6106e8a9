//! What sites' code keeps: a project's own, for all of its deploys.

use super::code::previews;
use crate::support::client::Response;
use crate::support::previews::{Deployed, Previews};
use crate::support::scripts::keepers_of_values;
use crate::support::{eventually, guests};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;

/// Deploys the example of votes, at `NAME.localhost`, as one of a project.
#[track_caller]
fn deploy(previews: &Previews, name: &str, project: &str, settings: &str) -> Deployed {
    let site = previews.site(name, &[("wasm-host.toml", settings)]);
    let component = guests::example("votes");
    fs::copy(component, site.join("handler.wasm")).expect("a copy");
    previews.deploy(&site, &["--alias", name, "--project", project])
}

const KEEPS: &str = "keyvalue = true\n";

#[track_caller]
fn vote(previews: &Previews, label: &str) -> Response {
    previews.server.exchange(format!(
        "POST / HTTP/1.1\r\nHost: {label}.localhost\r\nContent-Length: 7\r\n\r\nfor=tea"
    ))
}

#[track_caller]
fn votes(previews: &Previews, label: &str) -> String {
    let page = previews.text(label, "/");
    let (_, rest) = page.split_once(">tea</button> ").expect("it is there");
    rest.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn deploys_of_a_project_keep_the_same_and_others_see_nothing_of_it() {
    let previews = previews(&[]);
    deploy(&previews, "one", "shop", KEEPS);
    assert_eq!(vote(&previews, "one").status, 303);
    assert_eq!(vote(&previews, "one").status, 303);
    deploy(
        &previews,
        "two",
        "shop",
        &format!("# another deploy\n{KEEPS}"),
    );
    assert_eq!(votes(&previews, "two"), "2");
    assert_eq!(vote(&previews, "two").status, 303);
    assert_eq!(votes(&previews, "one"), "3");
    deploy(&previews, "other", "blog", KEEPS);
    assert_eq!(votes(&previews, "other"), "0");
    // Who doesn't ask for it has none.
    deploy(&previews, "without", "shop", "");
    assert_eq!(previews.get("without", "/").status, 500);
    let log = || previews.succeed(["previews", "logs", "without"]);
    eventually("it is said why", || {
        log().contains("no store of values was granted")
    });
}

#[test]
fn what_was_kept_outlives_the_server_and_goes_with_its_project() {
    let mut previews = previews(&[]);
    deploy(&previews, "one", "shop", KEEPS);
    deploy(&previews, "other", "blog", KEEPS);
    for label in ["one", "other"] {
        assert_eq!(vote(&previews, label).status, 303);
    }
    previews.server.signal(Signal::KILL);
    previews.server.wait();
    previews.restart_with(&["--code"]);
    assert_eq!(votes(&previews, "one"), "1");
    previews.succeed(["previews", "rm", "--project", "shop"]);
    deploy(&previews, "one", "shop", KEEPS);
    assert_eq!(votes(&previews, "one"), "0");
    assert_eq!(votes(&previews, "other"), "1");
}

#[test]
fn what_keeps_values_is_locked_down_and_missed_by_its_users_alone() {
    let previews = previews(&[]);
    deploy(&previews, "one", "shop", KEEPS);
    let still = previews.site("still", &[("index.html", "still")]);
    previews.deploy(&still, &["--alias", "still"]);
    assert_eq!(vote(&previews, "one").status, 303);
    let [keeper] = keepers_of_values(&previews.server)[..] else {
        panic!("there is one");
    };
    let tasks = fs::read_dir(format!("/proc/{keeper}/task")).expect("it lives");
    for task in tasks.flatten() {
        let status = fs::read_to_string(task.path().join("status")).unwrap_or_default();
        for line in ["NoNewPrivs:\t1\n", "Seccomp:\t2\n"] {
            assert!(status.contains(line), "{status}");
        }
    }
    let pid = Pid::from_raw(keeper.try_into().expect("a pid")).expect("a pid");
    kill_process(pid, Signal::KILL).expect("it lives");
    eventually("it is missed", || previews.get("one", "/").status == 500);
    assert_eq!(previews.text("still", "/"), "still");
}

#[test]
fn a_server_may_keep_nothing() {
    let previews = previews(&["--keyvalue-size", "0"]);
    deploy(&previews, "one", "shop", KEEPS);
    assert_eq!(previews.get("one", "/").status, 500);
    assert_eq!(keepers_of_values(&previews.server), [0; 0]);
}
