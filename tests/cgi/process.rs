//! What a script's process is given, and what it isn't.

use crate::support::only::Only;
use crate::support::scripts::{PLAIN, Scripts};
use crate::support::server::{BINARY, Server};
use crate::support::tools::available;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The server as another program starts it: `sh -c 'script' sh wasm-host ...`.
fn serve_from_shell(scripts: &Scripts, shell: &str) -> Server {
    Server::spawn(from_shell(scripts, shell, &[]))
}

fn from_shell(scripts: &Scripts, shell: &str, options: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", shell, "sh", BINARY, "serve", "--cgi"])
        .args(options)
        .args(["--bind", "127.0.0.1", "--directory"])
        .arg(scripts.path(""))
        .arg("0");
    command
}

/// The ids of `nobody`.
fn nobody() -> (String, String) {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let entry = users.lines().find(|entry| entry.starts_with("nobody:"));
    let fields: Vec<_> = entry.expect("a user nobody").split(':').collect();
    (fields[2].to_owned(), fields[3].to_owned())
}

/// The value of a line of `/proc/pid/status`.
#[track_caller]
fn status_line<'a>(status: &'a str, name: &str) -> Vec<&'a str> {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name} in {status}"))
        .split_whitespace()
        .collect()
}

#[test]
fn the_working_directory_is_the_scripts() {
    let scripts = Scripts::new();
    let body = format!("{PLAIN}; pwd -P; cat data.txt");
    scripts
        .sh("where.sh", &body)
        .file("cgi-bin/data.txt", "top");
    scripts.sh("sub/where.sh", &body);
    scripts.file("cgi-bin/sub/data.txt", "sub");
    let server = scripts.serve();
    for (directory, data) in [("cgi-bin", "top"), ("cgi-bin/sub", "sub")] {
        let path = scripts.path(directory).canonicalize().unwrap();
        let response = server.get(&format!("/{directory}/where.sh/info?query"));
        assert_eq!(response.text(), format!("{}\n{data}", path.display()));
    }
}

/// Not the query, which http.server passes on: <https://www.kb.cert.org/vuls/id/520827>
#[test]
fn the_only_argument_is_the_script() {
    let scripts = Scripts::new();
    scripts.sh("args", &format!(r#"{PLAIN}; printf '%s\n' "$#" "$0" "$@""#));
    let server = scripts.serve();
    for query in ["", "?", "?-s", "?a+b", "?a=b", "?--+-c+id", "/info?x"] {
        let response = server.get(&format!("/cgi-bin/args{query}"));
        let text = response.text();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!((lines.len(), lines[0]), (2, "0"), "{query}: {text}");
        assert!(lines[1].ends_with("/args") || lines[1] == "args", "{text}");
    }
}

#[test]
fn the_standard_streams_are_the_only_descriptors() {
    let scripts = Scripts::new();
    scripts.sh("open", &format!("{PLAIN}; ls /proc/self/fd"));
    // Two that the server itself inherits.
    let server = serve_from_shell(&scripts, "exec \"$@\" 7</etc/passwd 9>/dev/null");
    let mut busy = server.connect();
    busy.send("GET /hello.txt HTTP/1.1\r\nHo");
    for _ in 0..3 {
        // 3 is the directory that ls reads.
        assert_eq!(server.get("/cgi-bin/open").text(), "0\n1\n2\n3\n");
    }
}

#[test]
fn standard_input_and_output_are_no_socket() {
    let scripts = Scripts::new();
    let links = "readlink /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2";
    scripts.sh("links", &format!("{PLAIN}; {links}"));
    let server = scripts.serve();
    for request in [
        "GET /cgi-bin/links HTTP/1.1\r\nHost: test\r\n\r\n",
        "POST /cgi-bin/links HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nbody",
    ] {
        let text = server.exchange(request).text();
        let own = |line: &str| line.starts_with("pipe:") || line == "/dev/null";
        assert_eq!(text.lines().filter(|line| own(line)).count(), 3, "{text}");
    }
}

#[test]
fn a_broken_pipe_kills_as_usual() {
    const SIGPIPE: u64 = 1 << 12;
    let scripts = Scripts::new();
    scripts.sh("status", &format!("{PLAIN}; cat /proc/self/status"));
    let server = scripts.serve();
    let status = server.get("/cgi-bin/status").text();
    for name in ["SigIgn:", "SigBlk:"] {
        let mask = u64::from_str_radix(status_line(&status, name)[0], 16).unwrap();
        assert_eq!(mask & SIGPIPE, 0, "{name} {mask:x}");
    }
}

#[test]
fn each_script_leads_a_process_group_of_its_own() {
    let scripts = Scripts::new();
    // `id (name) state parent group ...`
    scripts.sh("group", &format!("{PLAIN}; echo $$; cat /proc/$$/stat"));
    let server = scripts.serve();
    let text = server.get("/cgi-bin/group").text();
    let (id, stat) = text.split_once('\n').unwrap();
    let group = stat.rsplit_once(") ").unwrap().1.split(' ').nth(2).unwrap();
    assert_eq!(group, id);
}

#[test]
fn roots_scripts_run_as_nobody_without_groups() {
    if !Only::AsRoot.applies() || !available("setpriv") {
        return;
    }
    let (user, group) = nobody();
    let scripts = Scripts::new();
    scripts.sh("status", &format!("{PLAIN}; cat /proc/self/status"));
    let server = serve_from_shell(&scripts, "exec setpriv --groups 4,24 \"$@\"");
    let status = server.get("/cgi-bin/status").text();
    assert_eq!(status_line(&status, "Uid:"), [user.as_str(); 4]);
    assert_eq!(status_line(&status, "Gid:"), [group.as_str(); 4]);
    let groups = status_line(&status, "Groups:");
    assert!(groups.iter().all(|member| *member == group), "{groups:?}");
    for set in ["CapPrm:", "CapEff:", "CapInh:", "CapAmb:"] {
        let capabilities = u64::from_str_radix(status_line(&status, set)[0], 16);
        assert_eq!(capabilities, Ok(0), "{set}");
    }
}

#[test]
fn other_users_scripts_run_as_themselves() {
    let scripts = Scripts::new();
    scripts.sh("status", &format!("{PLAIN}; cat /proc/self/status"));
    let (server, user) = if rustix::process::geteuid().is_root() {
        if !available("setpriv") {
            return;
        }
        let user = "12345";
        let program = program_for_others(&scripts);
        let shell = format!(
            "shift; exec setpriv --reuid {user} --regid {user} --clear-groups '{}' \"$@\"",
            program.display()
        );
        (serve_from_shell(&scripts, &shell), user.to_owned())
    } else {
        let user = rustix::process::geteuid().as_raw().to_string();
        (scripts.serve(), user)
    };
    let status = server.get("/cgi-bin/status").text();
    assert_eq!(status_line(&status, "Uid:"), [user.as_str(); 4]);
}

/// The program where every user can reach it: the target folder may lie in root's
/// own directory.
fn program_for_others(scripts: &Scripts) -> PathBuf {
    let program = scripts.outside("wasm-host");
    let linked = fs::hard_link(BINARY, &program);
    // Another file system may hold the temporary directory.
    linked
        .or_else(|_| fs::copy(BINARY, &program).map(drop))
        .unwrap();
    program
}

/// http.server goes on as root then. Who is locked down can't start scripts without
/// anybody to do it, and says so at the start.
#[test]
fn what_cannot_become_nobody_runs_no_script() {
    if !Only::AsRoot.applies() || !available("setpriv") {
        return;
    }
    let scripts = Scripts::new();
    scripts.sh("ran", r#"echo ran >"$traces/ran""#);
    let without = "--bounding-set -setuid,-setgid --inh-caps -setuid,-setgid";
    let shell = format!("exec setpriv {without} \"$@\"");
    let refused = from_shell(&scripts, &shell, &[]).output().unwrap();
    assert!(!refused.status.success());
    let message = String::from_utf8_lossy(&refused.stderr);
    assert!(message.contains("Operation not permitted"), "{message}");
    assert!(message.contains("give --no-lockdown"), "{message}");
    let server = Server::spawn(from_shell(&scripts, &shell, &["--no-lockdown"]));
    let status = server.get("/cgi-bin/ran").status;
    assert!(matches!(status, 403 | 502), "{status}");
    assert!(!scripts.trace("ran").exists(), "it ran as root");
    server.wait_for_log(|line| line.contains("cgi-bin/ran") && !line.contains("GET /"));
    assert_eq!(server.get("/hello.txt").status, 200);
}

#[test]
fn lines_on_standard_error_are_logged_with_the_scripts_name() {
    let scripts = Scripts::new();
    scripts.sh(
        "loud.sh",
        &format!(r"{PLAIN}; echo out; printf 'one\ntwo\033[31m\r\nunfinished' >&2"),
    );
    let server = scripts.serve();
    let response = server.get("/cgi-bin/loud.sh");
    assert_eq!((response.status, response.text().as_str()), (200, "out\n"));
    for text in ["one", "two", "unfinished"] {
        let ours = |line: &str| line.contains("loud.sh") && line.contains(text);
        let line = server.wait_for_log(|line| ours(line) && !line.contains("GET /"));
        assert!(!line.contains('\x1b'), "{line:?}");
    }
}

#[test]
fn a_script_that_fails_is_logged_and_its_response_kept() {
    let scripts = Scripts::new();
    scripts.sh("fails.sh", &format!("{PLAIN}; echo all of it; exit 77"));
    let server = scripts.serve();
    let response = server.get("/cgi-bin/fails.sh");
    assert_eq!(response.text(), "all of it\n");
    server.wait_for_log(|line| {
        line.contains("CGI script") && line.contains("exit") && line.contains("77")
    });
}
