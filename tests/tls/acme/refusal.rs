//! What the authority doesn't give: the log says why, in its words.

use super::{LONG, Site, is_served, shown, wait_for};
use crate::support::pebble::{BLOCKED, Pebble};
use crate::support::tools::startable;

/// A name that is refused holds up no other.
#[test]
fn a_name_that_is_refused_is_said() {
    if !startable("openssl") {
        return;
    }
    let Some(pebble) = Pebble::start(LONG) else {
        return;
    };
    let site = Site::new();
    let server = site.serve(&pebble, &format!("{BLOCKED},a.example"));
    let start = format!("no certificate for {BLOCKED}: the authority refuses (rejectedIdentifier)");
    let line = wait_for(&server, &[&start]);
    assert!(line.contains("; trying again at 20"), "{line}");
    wait_for(&server, &["obtained a certificate for a.example"]);
    is_served(&server, "a.example", &pebble.root());
    assert!(!shown(&server, BLOCKED).contains("BEGIN"));
}

/// Another server is where the name leads.
#[test]
fn a_name_that_leads_elsewhere_is_said() {
    let Some(pebble) = Pebble::start(LONG) else {
        return;
    };
    let site = Site::new();
    // The doors lead nowhere.
    let server = site.builder(&pebble, "a.example").start();
    let line = wait_for(
        &server,
        &["no certificate for a.example: tls-alpn-01 failed"],
    );
    let reason =
        "for which the authority connects to a.example at port 443: the authority refuses (";
    assert!(line.contains(reason), "{line}");
}
