//! The mistakes that people are likeliest to make, and every word of what they are told:
//! what was wrong, and what to type next.

use crate::support::only::Only;
use crate::support::server::{BINARY, Server};
use crate::support::tools::available;
use crate::support::tree::Tree;
use std::net::TcpListener;
use std::process::{Command, Stdio};

const HELP: &str = "\n\nFor more information, try '--help'.";

/// What was typed, the exit code, and what is said; HELP stands for where more is said.
const MISTAKES: &[(&[&str], i32, &str)] = &[
    (
        &["serve", "--directory", "nope", "0"],
        1,
        "error: cannot serve nope: No such file or directory (os error 2); give a readable directory with --directory",
    ),
    (
        &["serve", "--directory", "hello.txt", "0"],
        1,
        "error: cannot serve hello.txt: Not a directory (os error 20); give a readable directory with --directory",
    ),
    (
        &["serve", "70000"],
        2,
        "error: invalid value '70000' for '[PORT]': give a port number between 0 and 65535HELP",
    ),
    (
        &["serve", "dir"],
        2,
        "error: invalid value 'dir' for '[PORT]': it is a directory; give it as --directory dirHELP",
    ),
    (
        &["serve", "8000", "dir"],
        2,
        "error: unexpected argument 'dir' found\n\n  tip: a directory is given as --directory dirHELP",
    ),
    (
        &["serve", "--port", "8000"],
        2,
        "error: unexpected argument '--port' found\n\n  tip: the port has no name: wasm-host serve 8000HELP",
    ),
    (
        &["serve", "-p", "8000"],
        2,
        "error: invalid value '8000' for '--protocol <VERSION>'\n  [possible values: HTTP/1.0, HTTP/1.1]\n\n  tip: the port has no name: wasm-host serve 8000HELP",
    ),
    (
        &["serve", "--bind", "127.0.0.1:8000"],
        2,
        "error: invalid value '127.0.0.1:8000' for '--bind <ADDR>': give the port as an argument of its own: --bind 127.0.0.1 8000HELP",
    ),
    (
        &["serve", "--bind", "unix:nope/s"],
        1,
        "error: cannot listen on unix:nope/s: there is no directory nope; make it first",
    ),
    (
        &["serve", "--confg", "a.toml"],
        2,
        "error: unexpected argument '--confg' found\n\n  tip: a similar argument exists: '--config'\n\nUsage: wasm-host serve --config <FILE> [PORT]HELP",
    ),
    (
        &["serve", "--zzz"],
        2,
        "error: unexpected argument '--zzz' found\n\nUsage: wasm-host serve [OPTIONS] [PORT]HELP",
    ),
    (
        &["serve", "--config", "nope"],
        2,
        "error: cannot read the file of --config, nope: No such file or directory (os error 2); give a file that this user may read",
    ),
    (
        &["serve", "--config"],
        2,
        "error: a value is required for '--config <FILE>' but none was suppliedHELP",
    ),
    (
        &["serve", "--component", "nope.wasm", "--bind=127.0.0.1", "0"],
        1,
        "error: cannot read component nope.wasm: No such file or directory (os error 2); give the path of a component's file",
    ),
    (
        &["serve", "--component", "hello.txt", "--bind=127.0.0.1", "0"],
        1,
        "error: hello.txt is not a component: it isn't a WebAssembly binary; build one for wasm32-wasip2",
    ),
    (
        &[
            "serve",
            "--component",
            "module.wasm",
            "--bind=127.0.0.1",
            "0",
        ],
        1,
        "error: module.wasm is not a component: it is a core module; build it for wasm32-wasip2, or wrap it with `wasm-tools component new`",
    ),
    (
        &["serve", "--component", "dir", "--bind=127.0.0.1", "0"],
        1,
        "error: cannot read component dir: Is a directory (os error 21); give the path of a component's file",
    ),
    (
        &["serve", "--tls-cert", "nope.pem", "--bind=127.0.0.1", "0"],
        1,
        "error: cannot read the certificate nope.pem: No such file or directory (os error 2); give a file that this process's user may read",
    ),
    (
        &["serve", "--tls-key", "key.pem"],
        2,
        "error: the following required arguments were not provided:\n  --tls-cert <FILE>\n\nUsage: wasm-host serve --tls-cert <FILE> --tls-key <FILE> [PORT]HELP",
    ),
    (
        &["serve", "--memory", "64MB"],
        2,
        "error: invalid value '64MB' for '--memory <MIB>': give a whole number between 1 and 4096HELP",
    ),
    (
        &["serve", "--cpu-time", "5x"],
        2,
        "error: invalid value '5x' for '--cpu-time <TIME>': give a number of seconds, such as 30 or 0.5, or a time such as 500ms, 30s or 5mHELP",
    ),
    (
        &["serve", "--log-file", "/nope/log", "--bind=127.0.0.1", "0"],
        1,
        "error: cannot write the log to /nope/log: No such file or directory (os error 2); give a file in a directory that you may write to with --log-file",
    ),
    (
        &["serve", "--user", "no-such-user"],
        2,
        "error: invalid value 'no-such-user' for '--user <NAME[:GROUP]>': /etc/passwd has no user \"no-such-user\"; give the name of one that it has, as NAME or NAME:GROUPHELP",
    ),
    (
        &["serve", "--auth", "me:secret"],
        2,
        "error: invalid value 'not shown' for '--auth <USER:HASH>': this isn't a bcrypt or SHA-crypt hash; make one by `htpasswd -nB USER`HELP",
    ),
    (
        &["serve", "--spa", "--not-found", "x.html"],
        2,
        "error: the argument '--spa' cannot be used with '--not-found <FILE>'\n\nUsage: wasm-host serve --spa [PORT]HELP",
    ),
    (
        &["serve", "--admin", "0.0.0.0:9100"],
        1,
        "error: --admin 0.0.0.0:9100 is reached by other machines, which could read how much this server is used; give an address of this machine alone, such as 127.0.0.1:9100, or --admin-public if they may",
    ),
    (
        &["serve", "--admin", "9100"],
        2,
        "error: invalid value '9100' for '--admin <ADDR:PORT>': give an address of this machine with a port, such as 127.0.0.1:9100 or [::1]:9100, or a Unix socket as unix:PATHHELP",
    ),
    (
        &["servee"],
        2,
        "error: unrecognized subcommand 'servee'\n\n  tip: a similar subcommand exists: 'serve'\n\nUsage: wasm-host <COMMAND>HELP",
    ),
    (
        &["inspect", "nope"],
        1,
        "error: cannot read component nope: No such file or directory (os error 2); give the path of a component's file",
    ),
];

#[test]
fn each_is_told_what_to_type_next() {
    let tree = Tree::simple();
    tree.file("module.wasm", b"\0asm\x01\0\0\0");
    for (args, code, said) in MISTAKES {
        let mut command = Command::new(BINARY);
        command.args(*args).current_dir(&tree).stdin(Stdio::null());
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        let expected = said.replace("HELP", HELP);
        assert_eq!(text.trim_end(), expected, "{args:?}");
        assert_eq!(output.status.code(), Some(*code), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

/// By a program that is another's as well as by one of ours.
#[cfg(target_os = "linux")]
#[test]
fn whoever_has_the_port_is_named() {
    let here = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = here.local_addr().unwrap().port();
    let name = std::fs::read_to_string("/proc/self/comm").unwrap();
    let holder = format!("{} (pid {})", name.trim(), std::process::id());
    taken(port, &holder);
    drop(here);

    let tree = Tree::simple();
    let server = Server::serving(&tree);
    taken(server.port(), &format!("wasm-host (pid {})", server.id()));
}

/// Says who has a port: to who would serve there, and to who would tell operators.
#[track_caller]
fn taken(port: u16, holder: &str) {
    let address = format!("127.0.0.1:{port}");
    for (args, said) in [
        (
            vec![
                "serve",
                "--bind=127.0.0.1",
                address.split_once(':').unwrap().1,
            ],
            format!(
                "error: cannot listen on {address}: the port is used by {holder}; stop that, or choose another port, or 0 for any that is free\n"
            ),
        ),
        (
            vec!["serve", "--bind=127.0.0.1", "0", "--admin", &address],
            format!(
                "error: cannot listen on {address} for --admin: the port is used by {holder}; give another address or port\n"
            ),
        ),
    ] {
        let output = Command::new(BINARY).args(&args).output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), said);
        assert_eq!(output.status.code(), Some(1));
    }
}

/// As nobody may see whose the socket is, the advice is all there is.
#[test]
fn a_port_whose_user_cannot_be_seen_is_in_use() {
    let here = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = here.local_addr().unwrap().port();
    if !Only::AsRoot.applies() || !available("setpriv") {
        return;
    }
    let mut nobody = Command::new("setpriv");
    nobody.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    // What is built may lie where nobody else may look.
    let folder = tempfile::Builder::new()
        .prefix("wasm-host")
        .tempdir_in("/tmp")
        .unwrap();
    let copy = folder.path().join("wasm-host");
    std::fs::copy(BINARY, &copy).unwrap();
    crate::support::scripts::allow(folder.path(), 0o755);
    nobody
        .arg(&copy)
        .args(["serve", "-d", "/", "--bind=127.0.0.1"]);
    let output = nobody
        .arg(port.to_string())
        .current_dir("/")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let expected = format!(
        "error: cannot listen on 127.0.0.1:{port}: the port is in use; choose another, or 0 for any that is free\n"
    );
    assert_eq!(said, expected);
}

#[test]
fn a_certificate_and_a_key_that_do_not_match_are_told_apart() {
    use crate::support::certificates::Certificates;
    let certificates = Certificates::new();
    let one = certificates.issue("one", &["localhost"]);
    let two = certificates.issue("two", &["localhost"]);
    let ([certificate, _], [_, key]) = (one.args(), two.args());
    let tree = Tree::simple();
    let mut command = Command::new(BINARY);
    command.args(["serve", "--bind=127.0.0.1", "0"]);
    command.args([certificate, key]).current_dir(&tree);
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("doesn't belong to the certificate"), "{said}");
}

#[test]
fn scripts_that_are_nowhere_are_warned_of() {
    let tree = Tree::simple();
    let server = Server::builder().directory(&tree).args(["--cgi"]).start();
    server.wait_for_log(|line| {
        line.contains("there is no cgi-bin or htbin in")
            && line.ends_with("--cgi has no effect until then; name another with --cgi-directory")
    });
}
