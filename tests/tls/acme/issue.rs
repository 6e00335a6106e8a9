//! Certificates are obtained, kept, and shown to clients.

use super::{LONG, Site, fetch, is_served, names_of, wait_for};
use crate::support::client::Client;
use crate::support::command_line::run;
use crate::support::pebble::Pebble;
use crate::support::tools::startable;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// In a handshake on the port that is served, by what the process keeps from the server.
#[test]
fn a_certificate_is_obtained_and_shown() {
    let Some(pebble) = Pebble::start(LONG) else {
        return;
    };
    let site = Site::new();
    let server = site.serve(&pebble, "a.example");
    wait_for(
        &server,
        &["obtaining a certificate for a.example from localhost:"],
    );
    wait_for(
        &server,
        &["obtained a certificate for a.example, valid until 20"],
    );
    let root = pebble.root();
    is_served(&server, "a.example", &root);
    let refused = fetch(&server, "b.example", &root);
    assert!(!refused.status.success(), "it is a.example's alone");
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(&site.store()), 0o700);
    for name in ["account.json", "a.example.pem", "lock"] {
        assert_eq!(mode(&site.kept(name)), 0o600, "{name}");
    }
    assert_eq!(mode(site.kept("lock").parent().unwrap()), 0o700);
}

/// The name leads here at the plain port alone, as behind a proxy that ends TLS itself.
#[test]
fn a_certificate_is_obtained_by_the_plain_port() {
    let Some(pebble) = Pebble::start(LONG) else {
        return;
    };
    let site = Site::new();
    let server = site.builder(&pebble, "a.example");
    let server = server.args(["--http-redirect=0"]).start();
    let line = server.wait_for_message(|line| line.starts_with("Redirecting http://"));
    let plain = line.trim_start_matches("Redirecting http://");
    let plain: SocketAddr = plain.split_once('/').unwrap().0.parse().unwrap();
    pebble.http.leads_to(plain);
    wait_for(&server, &["tls-alpn-01 failed", "; trying http-01"]);
    wait_for(&server, &["obtained a certificate for a.example"]);
    is_served(&server, "a.example", &pebble.root());
    // Who asks for something else there, or after that, is sent on.
    for token in ["", "x", "../..", "%2e%2e"] {
        let mut client = Client::connect(plain);
        let target = format!("/.well-known/acme-challenge/{token}");
        client.send(format!("GET {target} HTTP/1.1\r\nHost: a.example\r\n\r\n"));
        let response = client.final_response(false);
        assert_eq!(response.status, 301, "{token}: {}", response.text());
    }
}

#[test]
fn each_name_has_a_certificate_of_its_own() {
    if !startable("openssl") {
        return;
    }
    let Some(pebble) = Pebble::start(LONG) else {
        return;
    };
    let site = Site::new();
    let server = site.serve(&pebble, "a.example,B.example");
    for name in ["a.example", "b.example"] {
        wait_for(&server, &[&format!("obtained a certificate for {name},")]);
        let names = names_of(&server, name, &site);
        assert_eq!(names.matches("DNS:").count(), 1, "{names}");
        assert!(names.contains(&format!("DNS:{name}")), "{names}");
    }
    let names = names_of(&server, "c.example", &site);
    assert!(names.contains("DNS:a.example"), "the first: {names}");
}

/// With what is kept it serves at once, and asks nobody, who isn't there anyway.
#[test]
fn a_start_with_a_certificate_asks_nobody() {
    let Some(mut pebble) = Pebble::start(LONG) else {
        return;
    };
    let site = Site::new();
    let mut server = site.serve(&pebble, "a.example");
    wait_for(&server, &["obtained a certificate for a.example"]);
    let root = pebble.root();
    server.end();
    pebble.leave();
    let mut server = site.serve(&pebble, "a.example");
    is_served(&server, "a.example", &root);
    let (log, _) = server.end();
    let asks = |line: &String| line.contains("obtain") || line.contains("reach");
    assert!(!log.iter().any(asks), "{log:?}");
}

/// Two servers of one store have one order between them.
#[test]
fn who_has_the_same_store_uses_what_the_other_obtained() {
    let Some(pebble) = Pebble::start(LONG) else {
        return;
    };
    let site = Site::new();
    let first = site.serve(&pebble, "a.example");
    let second = site.builder(&pebble, "a.example").start();
    let root = pebble.root();
    let obtained = |line: &str| line.contains("obtained a certificate");
    first.wait_for_log(obtained);
    is_served(&first, "a.example", &root);
    crate::support::eventually("the second has it", || {
        fetch(&second, "a.example", &root).status.success()
    });
    assert!(!second.log_lines().iter().any(|line| obtained(line)));
}

/// What is damaged is said, and made anew.
#[test]
fn a_damaged_certificate_is_obtained_anew() {
    let Some(pebble) = Pebble::start(LONG) else {
        return;
    };
    let site = Site::new();
    let mut server = site.serve(&pebble, "a.example");
    wait_for(&server, &["obtained a certificate for a.example"]);
    server.end();
    fs::write(site.kept("a.example.pem"), "damaged").unwrap();
    let server = site.serve(&pebble, "a.example");
    wait_for(&server, &["a.example.pem can't be used"]);
    wait_for(&server, &["obtained a certificate for a.example"]);
    is_served(&server, "a.example", &pebble.root());
}

/// The process that obtains certificates has given up all else, like its server.
#[cfg(target_os = "linux")]
#[test]
fn what_speaks_to_the_authority_is_locked_down() {
    let Some(pebble) = Pebble::start(LONG) else {
        return;
    };
    let site = Site::new();
    let mut server = site.serve(&pebble, "a.example");
    wait_for(&server, &["obtained a certificate for a.example"]);
    let children = format!("/proc/{0}/task/{0}/children", server.id());
    let agent = fs::read_to_string(children).unwrap();
    let agent = format!("/proc/{}", agent.trim());
    let status = fs::read_to_string(format!("{agent}/status")).unwrap();
    for part in ["Seccomp:\t2", "NoNewPrivs:\t1"] {
        assert!(status.contains(part), "{part}: {status}");
    }
    assert!(fs::read(format!("{agent}/environ")).unwrap().is_empty());
    server.end();
    crate::support::eventually("it ends with its server", || !Path::new(&agent).exists());
}

/// For a user whom the server becomes: the folder is made for them.
#[test]
fn with_another_user_the_store_is_theirs() {
    if !crate::support::only::Only::AsRoot.applies() {
        return;
    }
    let Some(pebble) = Pebble::start(LONG) else {
        return;
    };
    let site = Site::new();
    let others = fs::Permissions::from_mode(0o755);
    fs::set_permissions(site.folder.path(), others.clone()).unwrap();
    fs::set_permissions(site.tree.path(""), others).unwrap();
    let server = site.builder(&pebble, "a.example");
    let server = server.args(["--user=nobody"]).start();
    pebble.tls.leads_to(server.address);
    wait_for(&server, &["obtained a certificate for a.example"]);
    let nobody = fs::metadata(site.kept("a.example.pem")).unwrap();
    assert_eq!(nobody.uid(), 65534);
    assert_eq!(fs::metadata(site.store()).unwrap().uid(), 65534);
    let message = run(["serve", "--tls-acme=a.example", "--user=nobody", "0"]);
    let message = crate::support::command_line::stderr(&message);
    assert!(message.contains("give one with --tls-store"), "{message}");
}
