//! `--tls-local`: each local name has its certificate, of an authority that can vouch
//! for no other.

use super::trust::{Home, own_system};
use crate::support::chromium::Browser;
use crate::support::command_line::stderr;
use crate::support::server::{BINARY, Server};
use crate::support::skip::skipped;
use crate::support::tools::{available, curl, run, startable, stdout};
use crate::support::tree::Tree;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

fn start(tree: &Tree, home: &Path) -> Server {
    Server::builder()
        .directory(tree)
        .args(["--tls-local"])
        .env("HOME", home)
        .env("XDG_DATA_HOME", "")
        .start()
}

/// `curl` to that server, by whatever name, that trusts its authority.
fn trusting(server: &Server, home: &Path) -> Command {
    let mut command = curl();
    let here = format!("::127.0.0.1:{}", server.port());
    command
        .args(["--connect-to", &here, "--cacert"])
        .arg(home.join(".local/share/wasm-host/ca/cert.pem"));
    command
}

#[test]
fn each_local_name_is_accepted_and_no_other() {
    let (tree, home) = (Tree::simple(), TempDir::new().unwrap());
    let server = start(&tree, home.path());
    let get = |host: &str| {
        let url = format!("https://{host}:{}/hello.txt", server.port());
        run(trusting(&server, home.path()).arg(url))
    };
    for name in [
        "localhost",
        "127.0.0.1",
        "pr-7.localhost",
        "a.b.LOCALHOST",
        "shop.test",
    ] {
        let output = get(name);
        assert_eq!(
            output.stdout,
            b"hello, world\n",
            "{name}: {}",
            stderr(&output)
        );
    }
    for name in ["example.com", "localhost.example.com", "com"] {
        let output = get(name);
        assert!(
            stderr(&output).contains("alert access denied"),
            "{name}: {}",
            stderr(&output)
        );
    }
    // An address that isn't this machine's, by which nothing is asked for.
    let other = get("192.0.2.1");
    assert_eq!(other.status.code(), Some(60), "{}", stderr(&other));
    server.wait_for_log(|line| line.contains("wasm-host trust"));
}

#[test]
fn servers_that_start_at_once_have_one_authority() {
    let (tree, home) = (Tree::simple(), TempDir::new().unwrap());
    let servers: Vec<Server> = std::thread::scope(|scope| {
        let starts = || start(&tree, home.path());
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(starts)).collect();
        threads.into_iter().map(|it| it.join().unwrap()).collect()
    });
    for server in &servers {
        let url = format!("https://localhost:{}/hello.txt", server.port());
        assert_eq!(
            stdout(trusting(server, home.path()).arg(url)),
            b"hello, world\n"
        );
    }
}

/// Who steals the key signs for a bank, which nobody believes.
#[test]
fn a_stolen_authority_vouches_for_local_names_alone() {
    if !startable("openssl") {
        return;
    }
    let (tree, home) = (Tree::simple(), TempDir::new().unwrap());
    start(&tree, home.path());
    let folder = home.path().join(".local/share/wasm-host/ca");
    let forged = home.path().join("forged.pem");
    for (names, accepted) in [
        ("DNS:localhost", true),
        ("DNS:a.localhost,IP:127.0.0.9", true),
        ("DNS:bank.example", false),
        ("DNS:localhost,DNS:bank.example", false),
        ("IP:192.0.2.1", false),
    ] {
        stdout(
            Command::new("openssl")
                .args([
                    "req",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:P-256",
                ])
                .args([
                    "-nodes",
                    "-subj",
                    "/O=Forged",
                    "-keyout",
                    "/dev/null",
                    "-addext",
                ])
                .arg(format!("subjectAltName={names}"))
                .arg("-CA")
                .arg(folder.join("cert.pem"))
                .arg("-CAkey")
                .arg(folder.join("key.pem"))
                .arg("-out")
                .arg(&forged),
        );
        let mut verify = Command::new("openssl");
        let verify = verify
            .arg("verify")
            .arg("-CAfile")
            .arg(folder.join("cert.pem"));
        let verified = run(verify.arg(&forged));
        assert_eq!(
            verified.status.success(),
            accepted,
            "{names}: {}",
            stderr(&verified)
        );
        if !accepted {
            let said = stderr(&verified);
            assert!(
                said.contains("permitted subtree violation"),
                "{names}: {said}"
            );
        }
    }
}

#[test]
fn an_authority_that_others_can_read_is_not_used() {
    let (tree, home) = (Tree::simple(), TempDir::new().unwrap());
    start(&tree, home.path());
    let key = home.path().join(".local/share/wasm-host/ca/key.pem");
    let fails = |directory: &Path| {
        let mut command = Command::new(BINARY);
        command
            .args(["serve", "--tls-local", "-d"])
            .arg(directory)
            .arg("0");
        let output = run(command.env("HOME", home.path()).env("XDG_DATA_HOME", ""));
        assert_eq!(output.status.code(), Some(1));
        stderr(&output)
    };
    // Nor is it served, nor made where it would be.
    let said = fails(home.path());
    assert!(said.contains("serve another directory"), "{said}");
    let kept = home.path().join(".local");
    fs::rename(&kept, home.path().join("kept")).unwrap();
    let said = fails(home.path());
    assert!(said.contains("serve another directory"), "{said}");
    assert!(!kept.exists());
    fs::rename(home.path().join("kept"), &kept).unwrap();
    fs::set_permissions(&key, Permissions::from_mode(0o640)).unwrap();
    let said = fails(&tree.path(""));
    assert!(said.contains("others than its user may use"), "{said}");
}

/// Without any option that would have it accept what it shouldn't.
#[test]
fn chromium_accepts_it_once_it_is_trusted() {
    if !startable("certutil") || !available("chromium") {
        return;
    }
    let home = Home::new();
    let root = home.path("");
    let trust = |args: &[&str]| {
        // The system's authorities are others' affair.
        let mut command = if rustix::process::geteuid().is_root() {
            let mut command = own_system()?;
            command.arg(BINARY);
            command
        } else {
            Command::new(BINARY)
        };
        stdout(home.of(&mut command).arg("trust").args(args));
        Some(())
    };
    let tree = Tree::simple();
    let server = start(&tree, &root);
    let url = |host: &str| format!("https://{host}:{}/page.html", server.port());
    let refuses = || {
        let mut browser = Browser::start_at_home(&root).unwrap();
        for host in ["localhost", "pr-7.localhost", "127.0.0.1"] {
            let why = browser.fails_to_navigate(&url(host));
            assert_eq!(why, "net::ERR_CERT_AUTHORITY_INVALID", "{host}");
        }
    };
    refuses();
    if trust(&[]).is_none() {
        return skipped("root can't trust it here and leave the system alone");
    }
    {
        let mut browser = Browser::start_at_home(&root).unwrap();
        for host in ["localhost", "pr-7.localhost", "127.0.0.1"] {
            browser.navigate(&url(host));
            assert_eq!(browser.evaluate("document.title"), "page", "{host}");
            assert_eq!(browser.evaluate("isSecureContext"), true, "{host}");
        }
    }
    trust(&["--undo"]);
    refuses();
}
