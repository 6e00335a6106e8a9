//! What systemd is told of the server, and the unit that the project comes with.

use crate::support::server::{BINARY, Builder, Server};
use crate::support::tools::available;
use crate::support::tree::Tree;
use crate::support::{PATIENCE, guests};
use rustix::process::Signal;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A site, and what systemd listens at.
struct Scene {
    tree: Tree,
    path: PathBuf,
    systemd: UnixDatagram,
}

impl Scene {
    fn new() -> Self {
        let tree = Tree::simple();
        let path = tree.outside("notify");
        let systemd = UnixDatagram::bind(&path).unwrap();
        Self {
            tree,
            path,
            systemd,
        }
    }

    fn server(&self) -> Builder {
        let server = Server::builder().directory(&self.tree);
        server.env("NOTIFY_SOCKET", &self.path)
    }
}

/// What is said next.
#[track_caller]
fn told(systemd: &UnixDatagram) -> String {
    systemd.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut message = [0; 4096];
    let length = systemd.recv(&mut message).expect("something is said");
    String::from_utf8(message[..length].to_vec()).unwrap()
}

#[test]
fn systemd_is_told_when_the_server_is_ready_and_when_it_stops() {
    let scene = Scene::new();
    let mut server = scene.server().start();
    assert_eq!(told(&scene.systemd), "READY=1\nSTATUS=Serving");
    assert_eq!(server.get("/hello.txt").status, 200);
    server.signal(Signal::TERM);
    let said = told(&scene.systemd);
    assert!(said.starts_with("STOPPING=1\n"), "{said}");
    assert_eq!(server.wait().code(), Some(0));
}

/// Nor does the lock-down keep it from that.
#[test]
fn an_abstract_socket_is_told() {
    let name = format!("wasm-host-test-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let systemd = UnixDatagram::bind_addr(&address).unwrap();
    let tree = Tree::simple();
    let _server = Server::builder()
        .directory(&tree)
        .env("NOTIFY_SOCKET", format!("@{name}"))
        .start();
    assert_eq!(told(&systemd), "READY=1\nSTATUS=Serving");
}

#[test]
fn a_reload_is_told_from_its_beginning_to_its_end() {
    let scene = Scene::new();
    let server = scene
        .server()
        .args(["--component"])
        .args([guests::component("hostile_handler")])
        .start();
    assert!(told(&scene.systemd).starts_with("READY=1\n"));
    server.signal(Signal::HUP);
    let said = told(&scene.systemd);
    let time = said.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
    assert!(time.parse::<u64>().unwrap() > 0, "{said}");
    assert!(told(&scene.systemd).starts_with("READY=1\n"));
    server.wait_for_log(|line| line.contains("reloaded: ") && line.contains("hostile_handler"));
}

/// And nothing of it, where nothing can be loaded anew.
#[test]
fn a_reload_of_nothing_ends_as_well() {
    let scene = Scene::new();
    let server = scene.server().start();
    assert!(told(&scene.systemd).starts_with("READY=1\n"));
    server.signal(Signal::HUP);
    assert!(told(&scene.systemd).starts_with("RELOADING=1\n"));
    assert!(told(&scene.systemd).starts_with("READY=1\n"));
}

#[test]
fn a_watchdog_is_told_again_and_again() {
    let scene = Scene::new();
    let server = scene.server().env("WATCHDOG_USEC", "1000000").start();
    assert!(told(&scene.systemd).starts_with("READY=1\n"));
    for _ in 0..3 {
        assert_eq!(told(&scene.systemd), "WATCHDOG=1");
    }
    assert_eq!(server.get("/hello.txt").status, 200);
}

/// As its parent's environment may be a process's.
#[test]
fn a_watchdog_of_another_process_is_not_told() {
    let scene = Scene::new();
    let mut server = scene
        .server()
        .env("WATCHDOG_USEC", "1000")
        .env("WATCHDOG_PID", "1")
        .start();
    assert!(told(&scene.systemd).starts_with("READY=1\n"));
    for _ in 0..20 {
        assert_eq!(server.get("/hello.txt").status, 200);
    }
    server.signal(Signal::TERM);
    assert!(told(&scene.systemd).starts_with("STOPPING=1\n"));
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn a_manager_that_cannot_be_told_is_no_reason_not_to_serve() {
    let tree = Tree::simple();
    for address in ["/no/such/socket", "vsock:2:1", "relative"] {
        let server = Server::builder()
            .directory(&tree)
            .env("NOTIFY_SOCKET", address)
            .start();
        server.wait_for_log(|line| line.contains("NOTIFY_SOCKET"));
        assert_eq!(server.get("/hello.txt").status, 200, "{address}");
    }
}

/// A unit of the project's, with the program under test in it.
fn unit(folder: &Tree, name: &str) -> std::path::PathBuf {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(repository.join("systemd").join(name)).unwrap();
    let text = text.replace("/usr/local/bin/wasm-host", BINARY);
    // The manual page isn't installed where tests run.
    let text = text.replace("Documentation=man:wasm-host-serve(1)\n", "");
    folder.file(name, text);
    folder.path(name)
}

#[test]
fn the_unit_is_as_closed_as_it_says() {
    if !available("systemd-analyze") {
        return;
    }
    let folder = Tree::empty();
    let service = unit(&folder, "wasm-host.service");
    let socket = unit(&folder, "wasm-host.socket");
    let mut analyze = Command::new("systemd-analyze");
    analyze.args(["security", "--offline=true", "--threshold=20"]);
    let output = analyze.arg(&service).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "its exposure is above 2.0: {said}");
    assert!(said.contains("Overall exposure level"), "{said}");

    let mut verify = Command::new("systemd-analyze");
    let output = verify.arg("verify").args([&service, &socket]).output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let about_ours = said.lines().filter(|line| line.contains("wasm-host"));
    assert_eq!(about_ours.collect::<Vec<_>>(), [""; 0]);
}
