//! What is refused before anything listens, and what hostile clients get.

use super::{LONG, Site, is_served, openssl, wait_for};
use crate::support::command_line::{fails_to_start, run, stderr};
use crate::support::pebble::Pebble;
use crate::support::tools::{python, startable, stdout};
use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use tempfile::TempDir;

#[test]
fn names_that_nobody_certifies_are_refused() {
    for (name, reason) in [
        ("*.example.com", "name each host"),
        ("192.0.2.1", "--tls-local"),
        ("::1", "--tls-local"),
        ("localhost", "--tls-local"),
        ("a.localhost", "--tls-local"),
        ("https://a.example", "isn't the name of a host"),
        ("", "isn't the name of a host"),
    ] {
        let output = run(["serve", &format!("--tls-acme={name}"), "0"]);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{name}: {message}");
        assert!(message.contains(reason), "{name}: {message}");
    }
    for args in [
        &["--tls-acme=a.example", "--tls-local"][..],
        &["--tls-acme=a.example", "--tls-cert=a.pem"],
        &["--tls-acme-email=a@b"],
        &["--tls-store=x"],
        &["--tls-acme=a.example", "--tls-acme-email=nobody"],
        &[
            "--tls-acme=a.example",
            "--tls-acme-directory=http://a.example/",
        ],
    ] {
        let output = run([&["serve"], args, &["0"]].concat());
        assert_eq!(
            output.status.code(),
            Some(2),
            "{args:?}: {}",
            stderr(&output)
        );
    }
}

/// A neighbour could have read the keys, or could do so.
#[test]
fn a_store_that_others_can_use_is_refused() {
    let folder = TempDir::new().unwrap();
    let store = folder.path().join("store");
    let arg = format!("--tls-store={}", store.display());
    let start = ["--tls-acme=a.example", &arg, "0"];
    DirBuilder::new().mode(0o700).create(&store).unwrap();
    for mode in [0o755, 0o710, 0o702] {
        fs::set_permissions(&store, Permissions::from_mode(mode)).unwrap();
        let message = fails_to_start(&start);
        assert!(
            message.contains(&format!("whose mode is {mode:o}")),
            "{message}"
        );
    }
    fs::set_permissions(&store, Permissions::from_mode(0o700)).unwrap();
    let own = store.join("acme-v02.api.letsencrypt.org_2fdirectory");
    DirBuilder::new().mode(0o700).create(&own).unwrap();
    let key = own.join("account.json");
    fs::write(&key, "{}").unwrap();
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    let message = fails_to_start(&start);
    assert!(
        message.contains("account.json, whose mode is 644"),
        "{message}"
    );
    assert!(message.contains("--tls-store"), "{message}");
}

#[test]
fn a_store_within_reach_of_clients_is_refused() {
    let site = TempDir::new().unwrap();
    let directory = format!("--directory={}", site.path().display());
    let store = format!("--tls-store={}", site.path().join("store").display());
    let message = fails_to_start(&["--tls-acme=a.example", &directory, &store, "0"]);
    assert!(
        message.contains("whoever is served could read it"),
        "{message}"
    );
    let file = site.path().join("file");
    fs::write(&file, "").unwrap();
    let store = format!("--tls-store={}", file.display());
    let message = fails_to_start(&["--tls-acme=a.example", &store, "0"]);
    assert!(message.contains("cannot make the folder"), "{message}");
    let roots = format!("--tls-acme-ca={}", file.display());
    let message = fails_to_start(&["--tls-acme=a.example", &roots, "0"]);
    assert!(
        message.contains("certificate of the authority in"),
        "{message}"
    );
}

/// The process is for the server alone.
#[test]
fn what_the_server_starts_is_for_nobody_else() {
    let output = run(["acme-agent"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("to start by itself"),
        "{}",
        stderr(&output)
    );
}

/// A client that asks for a file in the protocol of authorities.
const ASKS_IN_ITS_PROTOCOL: &str = r#"
import socket, ssl, sys
context = ssl._create_unverified_context()
context.set_alpn_protocols(["acme-tls/1", "x"])
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
stream = context.wrap_socket(connection, server_hostname="a.example")
answer = b""
try:
    stream.sendall(b"GET /hello.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    answer = stream.recv(100)
except (ConnectionError, ssl.SSLError):
    pass
print(stream.selected_alpn_protocol(), answer)
"#;

/// Whoever comes as an authority does is shown nothing when none is asked, and is never
/// served.
#[test]
fn who_comes_as_the_authority_is_served_nothing() {
    if !startable("openssl") {
        return;
    }
    let Some(pebble) = Pebble::start(LONG) else {
        return;
    };
    let site = Site::new();
    let server = site.serve(&pebble, "a.example");
    wait_for(&server, &["obtained a certificate for a.example"]);
    for name in ["a.example", "b.example", "localhost"] {
        let told = openssl(&server, name, &["-alpn", "acme-tls/1"]);
        assert!(!told.contains("BEGIN CERTIFICATE"), "{name}: {told}");
    }
    // Who offers more isn't one, and has chosen what isn't served.
    let port = server.port().to_string();
    let told = stdout(python(ASKS_IN_ITS_PROTOCOL).arg(port));
    assert_eq!(String::from_utf8_lossy(&told), "acme-tls/1 b''\n");
    let told = openssl(&server, "a.example", &["-alpn", "acme-tls/1,http/1.1"]);
    assert!(told.contains("ALPN protocol: http/1.1"), "{told}");
    is_served(&server, "a.example", &pebble.root());
}
