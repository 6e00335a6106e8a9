//! Sockets that systemd hands over (`sd_listen_fds(3)`), shown by `systemd-socket-activate`.

use crate::support::client::Client;
use crate::support::eventually;
use crate::support::loopback::own_address;
use crate::support::server::{BINARY, Builder, Server};
use crate::support::tools::available;
use crate::support::tree::Tree;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const ACTIVATE: &str = "systemd-socket-activate";

/// What systemd does for a service with a `.socket` unit: listens, and starts it at the
/// first connection.
struct Activated(Child);

impl Activated {
    /// With these to listen on, as `ListenStream=` takes them.
    #[track_caller]
    fn start(listen: &[&str], server: &Builder) -> Self {
        let mut command = Command::new(ACTIVATE);
        for place in listen {
            command.args(["--listen", place]);
        }
        Self::run(command.arg(BINARY).args(server.command().get_args()))
    }

    #[track_caller]
    fn run(command: &mut Command) -> Self {
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = quiet.stderr(Stdio::null()).spawn();
        Self(child.expect("it starts"))
    }
}

impl Drop for Activated {
    fn drop(&mut self) {
        // It becomes the server, and so is the process to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serving(tree: &Tree) -> Builder {
    let server = Server::builder().bind_default().without_port();
    server.directory(tree)
}

#[track_caller]
fn first_answer(connect: impl Fn() -> std::io::Result<Client>) -> String {
    let mut client = None;
    eventually("systemd listens", || {
        client = connect().ok();
        client.is_some()
    });
    client.unwrap().get("/hello.txt").text()
}

#[test]
fn tcp_and_unix_sockets_are_taken_without_being_asked_for() {
    if !available(ACTIVATE) {
        return;
    }
    let tree = Tree::simple();
    let path = tree.outside("s");
    let address = own_address();
    let listen = [&*address.to_string(), path.to_str().unwrap()];
    let _activated = Activated::start(&listen, &serving(&tree));
    // The first client starts the server, and is served.
    let by_tcp = first_answer(|| Client::try_connect(address));
    assert_eq!(by_tcp, "hello, world\n");
    let by_unix = first_answer(|| Client::try_connect_unix(&path));
    assert_eq!(by_unix, "hello, world\n");
}

/// The units of the page, without systemd.
#[test]
fn the_units_of_the_page_serve_a_site() {
    if !available(ACTIVATE) {
        return;
    }
    let tree = Tree::simple();
    let (path, address) = (tree.outside("s"), own_address());
    let directory: &Path = tree.as_ref();
    let listen: Vec<String> = of_unit("ListenStream=")
        .map(|place| match place {
            "80" => address.to_string(),
            "/run/site/http.sock" => path.display().to_string(),
            other => panic!("{other} is another"),
        })
        .collect();
    let start: Vec<_> = of_unit("ExecStart=").collect();
    let [command] = &start[..] else {
        panic!("there are several: {start:?}")
    };
    let arguments = command.split(' ').map(|word| match word {
        "/usr/local/bin/wasm-host" => BINARY.as_ref(),
        "/srv/site" => directory.as_os_str(),
        word => word.as_ref(),
    });
    let mut activate = Command::new(ACTIVATE);
    for place in &listen {
        activate.args(["--listen", place]);
    }
    let _activated = Activated::run(activate.args(arguments));
    let by_unix = first_answer(|| Client::try_connect_unix(&path));
    let by_tcp = first_answer(|| Client::try_connect(address));
    assert_eq!([by_unix, by_tcp], ["hello, world\n"; 2]);
}

/// The values of a directive in `host/LISTEN.md`.
fn of_unit(directive: &str) -> impl Iterator<Item = &'static str> {
    let page = include_str!("../host/LISTEN.md");
    page.lines()
        .filter_map(move |line| line.strip_prefix(directive))
}

/// systemd listens on after the server has gone, and so its file stays.
#[test]
fn a_socket_that_was_handed_over_is_not_removed() {
    if !available(ACTIVATE) {
        return;
    }
    let tree = Tree::simple();
    let path = tree.outside("s");
    let listen = [path.to_str().unwrap()];
    let mut activated = Activated::start(&listen, &serving(&tree).args(["--bind", "systemd"]));
    first_answer(|| Client::try_connect_unix(&path));
    let server = rustix::process::Pid::from_child(&activated.0);
    rustix::process::kill_process(server, rustix::process::Signal::TERM).unwrap();
    assert!(activated.0.wait().unwrap().success());
    assert!(path.symlink_metadata().unwrap().file_type().is_socket());
}

/// What `serve` says when a shell hands sockets over as systemd does: by number 3 and
/// the variables.
#[track_caller]
fn refusal(tree: &Tree, third: &str, variables: &str, args: &str) -> String {
    let directory: &Path = tree.as_ref();
    let script = format!(
        "{third} {variables} exec \"$0\" serve --directory '{}' {args}",
        directory.display()
    );
    let mut shell = Command::new("sh");
    let output = shell.args(["-c", &script, BINARY]).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{script}: {message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    message
}

#[test]
fn what_is_no_listening_stream_is_refused_in_a_line() {
    let tree = Tree::simple();
    let ours = "LISTEN_FDS=1 LISTEN_PID=$$";
    let message = refusal(&tree, "exec 3</dev/null;", ours, "");
    assert!(message.contains("number 1 of them"), "{message}");
    let message = refusal(&tree, "exec 3<&-;", ours, "");
    assert!(message.contains("number 1 of them"), "{message}");
    let message = refusal(&tree, "", "LISTEN_FDS=0 LISTEN_PID=$$", "");
    assert!(message.contains("there are none"), "{message}");
    // For another process, as a shell's child inherits them.
    for variables in ["", "LISTEN_FDS=1", "LISTEN_FDS=1 LISTEN_PID=1"] {
        let message = refusal(&tree, "", variables, "--bind systemd");
        assert!(message.contains("none for this process"), "{message}");
    }
    for args in ["--bind 127.0.0.1", "8000"] {
        let message = refusal(&tree, "exec 3</dev/null;", ours, args);
        assert!(
            message.contains("LISTEN_FDS") || message.contains("the port has no effect"),
            "{message}"
        );
    }
}

/// A connection that was accepted already (`Accept=yes`), and a socket of datagrams.
#[test]
fn sockets_of_other_kinds_are_refused() {
    if !available("python3") {
        return;
    }
    let tree = Tree::simple();
    let directory: &Path = tree.as_ref();
    for socket in [
        "a, b = socket.socketpair()",
        "a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); a.bind(('127.0.0.1', 0))",
        "a = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)",
        "a = socket.socket(); a.bind(('127.0.0.1', 0))",
    ] {
        let script = format!(
            "import os, socket, sys\n{socket}\nos.dup2(a.fileno(), 3)\n\
             os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))\n\
             os.execv(sys.argv[1], sys.argv[1:])"
        );
        let mut python = Command::new("python3");
        python.args(["-c", &script, BINARY, "serve", "--directory"]);
        let output = python.arg(directory).output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{socket}: {message}");
        assert!(message.contains("Accept=no"), "{socket}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}
