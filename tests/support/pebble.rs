//! An authority for tests: Let's Encrypt's own `pebble`, which speaks ACME, and looks
//! whether a name leads here. The names that it is asked about lead to a [`Door`], behind
//! which is the server.

use super::certificates::{Certificates, Pair};
use super::eventually;
use super::loopback::own_port;
use super::skip::skipped;
use super::tools::{curl, stdout};
use std::fs;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

/// An authority, which can be away.
pub(crate) struct Pebble {
    certificates: Certificates,
    pair: Pair,
    ports: Ports,
    /// How long what it issues is valid, in seconds.
    validity: u32,
    /// Where it looks.
    pub(crate) tls: Door,
    pub(crate) http: Door,
    processes: Vec<Child>,
}

/// Where it is asked, whenever it is there.
#[derive(Clone, Copy)]
struct Ports {
    acme: u16,
    management: u16,
    dns: u16,
    dns_management: u16,
}

/// A name that the authority never certifies.
pub(crate) const BLOCKED: &str = "blocked.example";

impl Pebble {
    /// One that is away still. None, and the reason printed: it isn't installed.
    #[track_caller]
    pub(crate) fn away(validity: u32) -> Option<Self> {
        // Neither has an end of its own, or says a version.
        let is_there = |program: &str| {
            let mut look = Command::new("sh");
            look.args(["-c", "command -v \"$0\" >/dev/null", program]);
            look.status().is_ok_and(|status| status.success())
        };
        if !["pebble", "pebble-challtestsrv"].into_iter().all(is_there) {
            skipped("pebble isn't installed");
            return None;
        }
        let certificates = Certificates::new();
        let pair = certificates.issue("pebble", &["localhost"]);
        let ports = Ports {
            acme: own_port(),
            management: own_port(),
            dns: own_port(),
            dns_management: own_port(),
        };
        Some(Self {
            certificates,
            pair,
            ports,
            validity,
            tls: Door::new(),
            http: Door::new(),
            processes: Vec::new(),
        })
    }

    /// One that is there.
    #[track_caller]
    pub(crate) fn start(validity: u32) -> Option<Self> {
        let mut pebble = Self::away(validity)?;
        pebble.come();
        Some(pebble)
    }

    /// Has it be there, with no memory of before.
    #[track_caller]
    pub(crate) fn come(&mut self) {
        let Ports {
            acme,
            management,
            dns,
            dns_management,
        } = self.ports;
        let here = |port| format!("127.0.0.1:{port}");
        let mut names = Command::new("pebble-challtestsrv");
        for nothing in ["-http01", "-https01", "-tlsalpn01", "-defaultIPv6"] {
            names.args([nothing, ""]);
        }
        names.args(["-dns01", &here(dns), "-management", &here(dns_management)]);
        let config = format!(
            r#"{{ "pebble": {{ "listenAddress": "{}", "managementListenAddress": "{}",
                "certificate": {:?}, "privateKey": {:?}, "httpPort": {}, "tlsPort": {},
                "domainBlocklist": [{BLOCKED:?}], "certificateValidityPeriod": {} }} }}"#,
            here(acme),
            here(management),
            self.pair.certificate,
            self.pair.key,
            self.http.port,
            self.tls.port,
            self.validity
        );
        let config = self.certificates.file("pebble.json", config);
        let mut pebble = Command::new("pebble");
        pebble
            .arg("-config")
            .arg(config)
            .args(["-dnsserver", &here(dns)])
            .env("PEBBLE_VA_NOSLEEP", "1")
            .env("PEBBLE_AUTHZREUSE", "0");
        for command in [&mut names, &mut pebble] {
            let command = command.stdout(Stdio::null()).stderr(Stdio::null());
            self.processes.push(command.spawn().expect("it starts"));
        }
        for port in [acme, management, dns] {
            eventually("the authority listens", || {
                TcpStream::connect(here(port)).is_ok()
            });
        }
    }

    /// Has it be away.
    pub(crate) fn leave(&mut self) {
        for mut process in self.processes.drain(..) {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// The options of a server that is to have certificates for those names from it.
    pub(crate) fn args(&self, names: &str, store: &std::path::Path) -> Vec<String> {
        vec![
            format!("--tls-acme={names}"),
            format!(
                "--tls-acme-directory=https://localhost:{}/dir",
                self.ports.acme
            ),
            format!("--tls-acme-ca={}", self.certificates.authority().display()),
            format!("--tls-store={}", store.display()),
        ]
    }

    /// What clients are to trust: it is another each time that it comes.
    #[track_caller]
    pub(crate) fn root(&self) -> PathBuf {
        let url = format!("https://localhost:{}/roots/0", self.ports.management);
        let authority = self.certificates.authority();
        let root = stdout(curl().arg("--cacert").arg(authority).arg(url));
        let path = self.certificates.path("root.pem");
        fs::write(&path, root).expect("a new file");
        path
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        self.leave();
    }
}

fn listen() -> TcpListener {
    TcpListener::bind(("127.0.0.1", 0)).expect("a free port")
}

/// A port that leads to another, once somebody says to which: it is there before the
/// server is, whose port nobody knows yet.
pub(crate) struct Door {
    pub(crate) port: u16,
    behind: Arc<Mutex<Option<SocketAddr>>>,
}

impl Door {
    fn new() -> Self {
        let listener = listen();
        let door = Self {
            port: listener.local_addr().expect("it has one").port(),
            behind: Arc::default(),
        };
        let behind = Arc::clone(&door.behind);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let there = *behind.lock().expect("nobody panics");
                if let Some(there) = there {
                    thread::spawn(move || lead(&client, there));
                }
            }
        });
        door
    }

    pub(crate) fn leads_to(&self, there: SocketAddr) {
        *self.behind.lock().expect("nobody panics") = Some(there);
    }
}

fn lead(client: &TcpStream, there: SocketAddr) -> io::Result<()> {
    let server = TcpStream::connect(there)?;
    let carry = |mut from: &TcpStream, mut to: &TcpStream| {
        let _: io::Result<u64> = io::copy(&mut from, &mut to);
        let _: io::Result<()> = to.shutdown(Shutdown::Write);
    };
    thread::scope(|scope| {
        scope.spawn(|| carry(client, &server));
        carry(&server, client);
    });
    Ok(())
}
