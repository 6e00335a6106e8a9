use crate::support::only::Only;
use crate::support::previews::Previews;
use rustix::process::Signal;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};

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

/// Root is needed for the port, and for nothing else.
#[test]
fn another_user_has_the_store() {
    if !Only::AsRoot.applies() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary directory");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("it is ours");
    let place = |name: &str| folder.path().join(name).display().to_string();
    let (store, token) = (place("a/store"), place("b/token"));
    let args = ["--user=nobody", "--store", &store, "--token-file", &token];
    let previews = Previews::start_with(&args);
    let site = previews.site("site", &[("index.html", "by nobody")]);
    previews.deploy(&site, &["--alias=a", "--token-file", &token]);
    assert_eq!(previews.text("a", "/"), "by nobody");
    let nobody = fs::metadata(&store).expect("a store").uid();
    assert_ne!(nobody, 0);
    for kept in ["a/store/projects", "a/store/local", "a"] {
        let owner = fs::metadata(folder.path().join(kept)).expect(kept).uid();
        assert_eq!(owner, nobody, "{kept}");
    }
    assert_eq!(fs::metadata(&token).expect("a token").uid(), 0);
}
