//! A server of HTTPS, and clients that check its certificate.

use super::certificates::{Certificates, Pair};
use super::client::Client;
use super::server::{Builder, Server};
use super::tools::{curl, python, run, stdout};
use super::tree::Tree;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output};

/// A site at `localhost`, and who vouches for it.
pub(crate) struct Https {
    pub(crate) certificates: Certificates,
    pub(crate) pair: Pair,
    _tree: Tree,
    pub(crate) server: Server,
}

impl Https {
    #[track_caller]
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::built(|server| server.args(args))
    }

    /// With a server that is told more.
    #[track_caller]
    pub(crate) fn built(with: impl FnOnce(Builder) -> Builder) -> Self {
        let tree = Tree::simple();
        let directory = tree.path("");
        Self::of(tree, &directory, |_, server| with(server))
    }

    /// With another certificate.
    #[track_caller]
    pub(crate) fn with(
        certificates: Certificates,
        pair: Pair,
        with: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let tree = Tree::simple();
        let server = Server::builder().directory(&tree).args(pair.args());
        Self {
            server: with(server).start(),
            certificates,
            pair,
            _tree: tree,
        }
    }

    /// Of another directory, with what there are certificates for.
    #[track_caller]
    pub(crate) fn of(
        tree: Tree,
        directory: &Path,
        with: impl FnOnce(&Certificates, Builder) -> Builder,
    ) -> Self {
        let certificates = Certificates::new();
        let pair = certificates.issue("site", &["localhost", "127.0.0.1"]);
        let server = Server::builder().directory(directory).args(pair.args());
        let server = with(&certificates, server);
        Self {
            server: server.start(),
            certificates,
            pair,
            _tree: tree,
        }
    }

    pub(crate) fn url(&self, target: &str) -> String {
        format!("https://localhost:{}{target}", self.server.port())
    }

    /// `curl` that trusts the authority and finds each `NAME.test` here.
    pub(crate) fn curl(&self) -> Command {
        let mut command = curl();
        let here = format!("::127.0.0.1:{}", self.server.port());
        command
            .arg("--cacert")
            .arg(self.certificates.authority())
            .args(["--connect-to", &here]);
        command
    }

    /// The content of a target, over a connection of its own.
    #[track_caller]
    pub(crate) fn get(&self, target: &str) -> String {
        let content = stdout(self.curl().arg(self.url(target)));
        String::from_utf8_lossy(&content).into_owned()
    }

    #[track_caller]
    pub(crate) fn is_served(&self) {
        assert_eq!(self.get("/hello.txt"), "hello, world\n");
    }

    /// What Python prints that runs a script with `connect(name="localhost")`, which
    /// shakes hands on a new connection, and `request(stream, target="/hello.txt")`.
    #[track_caller]
    pub(crate) fn python(&self, script: &str) -> String {
        let whole = format!("{PRELUDE}\n{script}");
        let printed = stdout(
            python(&whole)
                .arg(self.server.port().to_string())
                .arg(self.certificates.authority()),
        );
        String::from_utf8_lossy(&printed).into_owned()
    }

    /// `openssl s_client` with these arguments, and nothing to send.
    #[track_caller]
    pub(crate) fn openssl(&self, args: &[&str]) -> Output {
        let connect = format!("127.0.0.1:{}", self.server.port());
        let mut command = Command::new("openssl");
        command
            .args(["s_client", "-connect", &connect, "-CAfile"])
            .arg(self.certificates.authority());
        run(command.args(args))
    }

    /// The port from which clients are sent on to this one.
    #[track_caller]
    pub(crate) fn redirect(&self) -> SocketAddr {
        let line = self
            .server
            .wait_for_message(|line| line.starts_with("Redirecting http://"));
        let address = line.strip_prefix("Redirecting http://");
        let address = address.and_then(|rest| rest.strip_suffix("/ to HTTPS ..."));
        let address = address.expect("the line has the address").parse();
        address.expect("an address and a port")
    }

    /// A client of that port.
    #[track_caller]
    pub(crate) fn in_clear(&self) -> Client {
        Client::connect(self.redirect())
    }
}

const PRELUDE: &str = r#"
import signal, socket, ssl, sys
signal.alarm(60)  # What waits for ever ends nevertheless.
port, authority = int(sys.argv[1]), sys.argv[2]
context = ssl.create_default_context(cafile=authority)

def connect(name="localhost", context=context, session=None):
    raw = socket.create_connection(("127.0.0.1", port), timeout=20)
    return context.wrap_socket(raw, server_hostname=name, session=session)

def request(stream, target="/hello.txt", close=True):
    last = "Connection: close\r\n" if close else ""
    stream.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n{last}\r\n".encode())
    if not close:
        return stream.recv(65536)
    answer = b""
    while piece := stream.recv(65536):
        answer += piece
    return answer
"#;
