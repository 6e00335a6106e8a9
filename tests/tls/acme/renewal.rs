//! Certificates are renewed in time, and the old ones go on when they can't be.

use super::{LONG, Site, fetch, is_served, shown, try_now, wait_for};
use crate::support::eventually;
use crate::support::pebble::Pebble;
use crate::support::tools::startable;

/// Seconds for which a certificate is valid that is to be renewed within a test.
const SHORT: u32 = 18;

/// Clients have the new one without a pause, on the same server.
#[test]
fn a_certificate_is_renewed_before_its_end() {
    if !startable("openssl") {
        return;
    }
    let Some(pebble) = Pebble::start(SHORT) else {
        return;
    };
    let site = Site::new();
    let server = site.serve(&pebble, "a.example");
    wait_for(&server, &["obtained a certificate for a.example"]);
    let first = shown(&server, "a.example");
    assert!(first.contains("BEGIN"), "{first}");
    let root = pebble.root();
    eventually("it is renewed", || {
        // There is always one that is valid.
        is_served(&server, "a.example", &root);
        shown(&server, "a.example") != first
    });
    let kept = std::fs::read_to_string(site.kept("a.example.pem")).unwrap();
    let kept: String = kept.lines().collect();
    eventually("what is kept is what is shown", || {
        kept.contains(&shown(&server, "a.example"))
    });
}

#[test]
fn an_authority_that_is_away_at_the_start_is_asked_again() {
    if !startable("openssl") {
        return;
    }
    let Some(mut pebble) = Pebble::away(LONG) else {
        return;
    };
    let site = Site::new();
    let server = site.serve(&pebble, "a.example");
    let line = wait_for(
        &server,
        &["no certificate for a.example: cannot reach localhost:"],
    );
    assert!(
        line.contains("Connection refused") && line.contains("; trying again at 20"),
        "{line}"
    );
    assert!(line.contains("there is no certificate yet"), "{line}");
    // Its clients are refused meanwhile, and that is said once.
    for _ in 0..2 {
        let refused = shown(&server, "a.example");
        assert!(!refused.contains("BEGIN"), "{refused}");
    }
    wait_for(&server, &["a client comes for a.example"]);
    let lines = server.log_lines();
    let said = lines.iter().filter(|line| line.contains("a client comes"));
    assert_eq!(said.count(), 1, "{lines:?}");
    pebble.come();
    try_now(&server);
    wait_for(&server, &["obtained a certificate for a.example"]);
    is_served(&server, "a.example", &pebble.root());
}

/// The old one goes on, and the log says until when. The authority that comes back has
/// forgotten the account: another is made.
#[test]
fn an_authority_that_is_away_at_a_renewal_takes_nothing_away() {
    if !startable("openssl") {
        return;
    }
    let Some(mut pebble) = Pebble::start(SHORT) else {
        return;
    };
    let site = Site::new();
    let server = site.serve(&pebble, "a.example");
    wait_for(&server, &["obtained a certificate for a.example"]);
    let root = pebble.root();
    pebble.leave();
    let line = wait_for(&server, &["no certificate for a.example: cannot reach"]);
    assert!(line.contains("the one before goes on, until 20"), "{line}");
    assert!(line.contains("; trying again at 20"), "{line}");
    is_served(&server, "a.example", &root);
    let first = shown(&server, "a.example");
    eventually("it has expired", || {
        !fetch(&server, "a.example", &root).status.success()
    });
    try_now(&server);
    wait_for(&server, &["THE ONE BEFORE HAS EXPIRED"]);
    assert_eq!(
        shown(&server, "a.example"),
        first,
        "clients may go on at their risk"
    );
    let obtained = || {
        let lines = server.log_lines();
        lines
            .iter()
            .filter(|it| it.contains("obtained a certificate"))
            .count()
    };
    let before = obtained();
    pebble.come();
    try_now(&server);
    eventually("it is obtained again", || obtained() > before);
    is_served(&server, "a.example", &pebble.root());
}
