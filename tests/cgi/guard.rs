//! The process that starts the spawner, and another in its place: the server can't, as
//! it is locked down.

use super::hostile::{FOREVER, assert_well, request};
use crate::support::eventually;
use crate::support::only::Only;
use crate::support::scripts::{PLAIN, Scripts, guard_of, scripts_find, spawner_of};
use crate::support::server::Server;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

fn pid(id: u32) -> Pid {
    Pid::from_raw(id.cast_signed()).unwrap()
}

/// Waits until a server has another spawner than it had.
#[track_caller]
fn expect_another_spawner(server: &Server, than: u32) {
    eventually("there is another spawner", || spawner_of(server) != than);
}

/// Also when nobody waits for it.
#[test]
fn a_spawner_that_is_killed_or_stopped_is_replaced_again_and_again() {
    let scripts = Scripts::new();
    scripts.sh("midway", &format!("{PLAIN}; echo first; {FOREVER} & wait"));
    let mut server = scripts.serve();
    let guard = guard_of(&server);
    for signal in [Signal::KILL, Signal::STOP, Signal::STOP, Signal::KILL] {
        let spawner = spawner_of(&server);
        let mut midway = request(&server, "/cgi-bin/midway");
        midway.wait_for("first\n");
        kill_process(pid(spawner), signal).unwrap();
        expect_another_spawner(&server, spawner);
        assert!(!midway.rest().ends_with(b"\r\n0\r\n\r\n"), "it ended well");
        assert_well(&scripts, &mut server);
    }
    assert_eq!(guard_of(&server), guard);
}

/// What the server sends while there is no spawner isn't lost.
#[test]
fn scripts_that_are_asked_for_meanwhile_run() {
    let scripts = Scripts::new();
    let mut server = scripts.serve();
    let guard = pid(guard_of(&server));
    let spawner = pid(spawner_of(&server));
    // So that nobody starts another yet.
    kill_process(guard, Signal::STOP).unwrap();
    kill_process(spawner, Signal::KILL).unwrap();
    let mut clients: Vec<_> = (0..8)
        .map(|_| request(&server, "/cgi-bin/hello.sh"))
        .collect();
    assert_eq!(server.get("/hello.txt").status, 200);
    kill_process(guard, Signal::CONT).unwrap();
    for client in &mut clients {
        assert_eq!(client.response().text(), "hello\n");
    }
    assert_well(&scripts, &mut server);
}

#[test]
fn a_server_that_is_killed_leaves_no_guard() {
    let scripts = Scripts::new();
    scripts.sh("midway", &format!("{PLAIN}; echo first; {FOREVER} & wait"));
    for stops_the_spawner in [false, true] {
        let mut server = scripts.serve();
        let guard = pid(guard_of(&server));
        let spawner = pid(spawner_of(&server));
        let mut midway = request(&server, "/cgi-bin/midway");
        midway.wait_for("first\n");
        if stops_the_spawner {
            kill_process(spawner, Signal::STOP).unwrap();
        }
        server.signal(Signal::KILL);
        server.wait();
        scripts.expect_nothing_left(&server);
        eventually("guard and spawner have gone", || {
            test_kill_process(guard).is_err() && test_kill_process(spawner).is_err()
        });
    }
}

/// As far as the server is root: it is another user's than they are.
#[test]
fn scripts_do_not_reach_the_guard() {
    if !Only::AsRoot.applies() {
        return;
    }
    let scripts = Scripts::new();
    let attacks = r#"
guard=$QUERY_STRING
for signal in KILL STOP TERM; do
    kill -$signal "$guard" 2>/dev/null && echo "$signal"
done
for file in mem environ maps fd/0 fd/1 cwd/etc/passwd; do
    cat "/proc/$guard/$file" >/dev/null 2>&1 && echo "$file"
done
echo end"#;
    scripts.sh("attacks", &format!("{PLAIN}; {attacks}"));
    for users in [&[][..], &["--cgi-users", "61100-61163"]] {
        let mut server = scripts.serve_with(users);
        let guard = guard_of(&server);
        let text = server.get(&format!("/cgi-bin/attacks?{guard}")).text();
        assert_eq!(text, "end\n", "{users:?}");
        let file = |name| std::fs::read_to_string(format!("/proc/{guard}/{name}")).unwrap();
        assert_eq!(file("environ"), "");
        let status = file("status");
        // CAP_KILL, CAP_SETGID, CAP_SETUID: capabilities(7).
        for name in ["CapPrm:", "CapEff:"] {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            assert_eq!(line.unwrap().trim(), "00000000000000e0", "{status}");
        }
        let spawner = spawner_of(&server);
        kill_process(pid(spawner), Signal::KILL).unwrap();
        expect_another_spawner(&server, spawner);
        assert_eq!(guard_of(&server), guard);
        assert_well(&scripts, &mut server);
    }
}

/// Else they reach it, as they reach the server: others are served all the same, and
/// nothing of a script stays for it.
#[test]
fn a_guard_that_scripts_kill_or_stop_leaves_nothing_of_them() {
    let scripts = Scripts::new();
    let attack = r#"kill -"${QUERY_STRING%-*}" "${QUERY_STRING#*-}""#;
    let stays = format!("echo first; setsid {FOREVER} & {FOREVER} & wait");
    scripts.sh("attacks", &format!("{attack}; {PLAIN}; {stays}"));
    let user: &[&str] = match Only::AsRoot.applies() {
        true => &["--user", "nobody"],
        false => &[],
    };
    for signal in ["KILL", "STOP"] {
        for kills_the_spawner in [false, true] {
            let mut server = scripts.serve_with(user);
            let guard = pid(guard_of(&server));
            let spawner = pid(spawner_of(&server));
            let target = format!("/cgi-bin/attacks?{signal}-{guard}");
            let mut attacks = request(&server, &target);
            attacks.wait_for("first\n");
            assert_eq!(server.get("/cgi-bin/hello.sh").text(), "hello\n");
            if kills_the_spawner {
                kill_process(spawner, Signal::KILL).unwrap();
                assert!(!attacks.rest().ends_with(b"\r\n0\r\n\r\n"));
                assert_eq!(server.get("/hello.txt").status, 200);
            }
            server.signal(Signal::KILL);
            server.wait();
            scripts.expect_nothing_left(&server);
            if signal == "STOP" && kills_the_spawner {
                // There is nobody left to wake it.
                let _ = kill_process(guard, Signal::CONT);
            }
            eventually("guard and spawner have gone", || {
                test_kill_process(guard).is_err() && test_kill_process(spawner).is_err()
            });
        }
    }
}

/// A process that has another stand still in a way that its parent isn't told: traced
/// (ptrace(2)), and waited for by nobody.
struct Tracer(Child);

impl Tracer {
    /// Python's process traces process `id` from here on.
    fn attach(id: u32) -> Self {
        let attach = format!(
            "import ctypes, signal
libc = ctypes.CDLL(None, use_errno=True)
assert libc.ptrace(16, {id}, None, None) == 0, ctypes.get_errno()
print('attached', flush=True)
signal.pause()"
        );
        let mut python = Command::new("python3")
            .args(["-c", &attach])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let stdout = python.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut said).unwrap();
        assert_eq!(said, "attached\n");
        Self(python)
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// It is neither dead nor stopped as far as its guard sees.
#[test]
fn a_spawner_that_is_silent_is_503_and_replaced() {
    // What isn't dumpable is root's to trace.
    if !Only::AsRoot.applies() || !scripts_find("python3") {
        return;
    }
    let scripts = Scripts::new();
    let mut server = scripts.serve();
    let spawner = spawner_of(&server);
    let tracer = Tracer::attach(spawner);
    let mut clients: Vec<_> = (0..4)
        .map(|_| request(&server, "/cgi-bin/hello.sh"))
        .collect();
    for client in &mut clients {
        assert_eq!(client.response().status, 503);
    }
    // Until then nobody else is told that it was killed.
    drop(tracer);
    expect_another_spawner(&server, spawner);
    assert_well(&scripts, &mut server);
}
