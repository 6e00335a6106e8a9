//! Certificates that an authority issues: each test has an authority of its own.

mod issue; // obtained, kept, shown to clients
mod misuse; // what is refused before anything listens, and what hostile clients get
mod refusal;
mod renewal; // in time, and what goes on when it can't be // what the authority doesn't give

use crate::support::pebble::Pebble;
use crate::support::server::{Builder, Server};
use crate::support::tools::{curl, run, stdout};
use crate::support::tree::Tree;
use rustix::process::Signal;
use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;

/// So long that no test sees the end of it.
const LONG: u32 = 90 * 24 * 60 * 60;

/// A site, and where its server keeps certificates.
struct Site {
    tree: Tree,
    folder: TempDir,
}

impl Site {
    fn new() -> Self {
        Self {
            tree: Tree::simple(),
            folder: TempDir::new().unwrap(),
        }
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    fn builder(&self, pebble: &Pebble, names: &str) -> Builder {
        let args = pebble.args(names, &self.store());
        Server::builder().directory(&self.tree).args(args)
    }

    /// A server to which the authority's doors lead.
    #[track_caller]
    fn serve(&self, pebble: &Pebble, names: &str) -> Server {
        let server = self.builder(pebble, names).start();
        pebble.tls.leads_to(server.address);
        server
    }

    /// The only file of that name in the store.
    #[track_caller]
    fn kept(&self, name: &str) -> PathBuf {
        let folders = std::fs::read_dir(self.store()).unwrap();
        let mut folders: Vec<_> = folders.map(|it| it.unwrap().path()).collect();
        assert_eq!(folders.len(), 1, "{folders:?}");
        folders.remove(0).join(name)
    }
}

#[track_caller]
fn wait_for(server: &Server, parts: &[&str]) -> String {
    server.wait_for_log(|line| parts.iter().all(|part| line.contains(part)))
}

/// What a browser does that asks for a file of that name's site.
fn fetch(server: &Server, name: &str, root: &std::path::Path) -> Output {
    let port = server.port();
    run(curl()
        .args(["--resolve", &format!("{name}:{port}:127.0.0.1"), "--cacert"])
        .arg(root)
        .arg(format!("https://{name}:{port}/hello.txt")))
}

#[track_caller]
fn is_served(server: &Server, name: &str, root: &std::path::Path) {
    let output = fetch(server, name, root);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.stdout, b"hello, world\n", "{name}: {error}");
}

/// `openssl s_client` for that name, with those arguments.
fn openssl(server: &Server, name: &str, args: &[&str]) -> String {
    let connect = format!("127.0.0.1:{}", server.port());
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &connect, "-servername", name]);
    let output = run(command.args(args));
    let both = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&both).into_owned()
}

/// The certificate that clients of that name are shown, in PEM.
fn shown(server: &Server, name: &str) -> String {
    openssl(server, name, &[])
        .lines()
        .skip_while(|line| !line.contains("BEGIN CERTIFICATE"))
        .take_while(|line| !line.contains("END CERTIFICATE"))
        .collect()
}

/// For which names it is.
#[track_caller]
fn names_of(server: &Server, name: &str, folder: &Site) -> String {
    let path = folder.folder.path().join("shown.pem");
    std::fs::write(&path, openssl(server, name, &[])).unwrap();
    let args = ["x509", "-noout", "-ext", "subjectAltName", "-in"];
    let text = stdout(Command::new("openssl").args(args).arg(&path));
    String::from_utf8_lossy(&text).into_owned()
}

/// Has the server try now what has failed.
fn try_now(server: &Server) {
    server.signal(Signal::HUP);
    wait_for(server, &["tried again now"]);
}
