use crate::support::previews::Previews;
use rustix::process::Signal;

#[test]
fn what_is_deployed_outlives_a_server_that_is_killed() {
    let mut previews = Previews::start();
    let site = previews.site(
        "site",
        &[("index.html", "one"), ("big", &"x".repeat(300_000))],
    );
    let first = previews.deploy(&site, &["--alias", "a"]);
    let site = previews.site("site", &[("index.html", "two")]);
    let second = previews.deploy(&site, &["--alias", "a"]);
    previews.server.signal(Signal::KILL);
    previews.server.wait();
    previews.restart();
    assert_eq!(previews.text(&first.id, "/big").len(), 300_000);
    for (label, text) in [
        (&first.id, "one"),
        (&second.id, "two"),
        (&"a".to_owned(), "two"),
    ] {
        assert_eq!(previews.text(label, "/"), text);
    }
    assert_eq!(previews.server.terminate().code(), Some(0));
}

#[test]
fn a_second_server_on_a_store_says_so() {
    let previews = Previews::start();
    let output = previews.another().output().expect("it starts");
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains("error: another server"), "{error}");
    assert_eq!(error.matches("error").count(), 1, "{error}");
}
