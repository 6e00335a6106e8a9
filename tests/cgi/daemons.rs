//! Processes that leave their script: nothing is left of them, however it ends.

use super::hostile::{FOREVER, assert_well, request};
use crate::support::client::Client;
use crate::support::eventually;
use crate::support::scripts::{PLAIN, Scripts, keepers_of, scripts_find, spawner_of};
use crate::support::server::Server;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

/// Has 30 daemons hold descriptor 9: each is of a session of its own, has lost its
/// parent, and knows neither its script's environment nor its directory.
const DAEMONS: &str = r#"
exec 9>"$traces/alive"
for each in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
    (cd /; setsid env -i setsid sh -c 'sleep 300 & trap "" TERM INT HUP; exec sleep 300' \
        >/dev/null 2>&1 </dev/null &)
done
echo started >"$traces/started""#;

/// Has processes hold descriptor 9 that fork and end without a pause: none is there for
/// long enough to be found and killed with ease. They are three at a time, and end by
/// themselves after a time that no test takes.
const FLEEING: &str = r"
import time
until = time.monotonic() + 120
alive = os.open(os.environ['X_TRACES'] + '/alive', os.O_WRONLY)
os.set_inheritable(alive, True)
for each in range(3):
    if os.fork() == 0:
        os.closerange(0, 3)
        while time.monotonic() < until:
            if os.fork():
                os._exit(0)
            os.setsid()
        os._exit(0)
with open(os.environ['X_TRACES'] + '/started', 'w') as trace:
    trace.write('started\n')
";

/// A pipe that whoever is to be gone holds open.
struct Held(File);

impl Held {
    fn new(scripts: &Scripts) -> Self {
        let path = scripts.trace("alive");
        let mode = Mode::from_raw_mode(0o666);
        mknodat(CWD, &path, FileType::Fifo, mode, 0).unwrap();
        crate::support::scripts::allow(&path, 0o666);
        let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let mut options = OpenOptions::new();
        Self(options.read(true).custom_flags(flags).open(path).unwrap())
    }

    /// Whether anybody has it open.
    fn is_held(&mut self) -> bool {
        match self.0.read(&mut [0]) {
            Ok(length) => length > 0,
            Err(error) => error.kind() == ErrorKind::WouldBlock,
        }
    }

    #[track_caller]
    fn expect_let_go(&mut self) {
        eventually("nobody is left who holds the pipe", || !self.is_held());
    }
}

/// How a script ends that has begun others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    ByItself,
    TimedOut,
    ClientLeaves,
    KeeperKilled,
    KeeperStopped,
    SpawnerKilled,
    SpawnerStopped,
    /// At once, so that neither sees to what the other leaves.
    SpawnerAndKeeperKilled,
    ServerStops,
    ServerKilled,
    /// So is its keeper stopped, by the script, which nobody then looks after.
    ServerKilledKeeperStopped,
}

const ENDS: [End; 11] = [
    End::ByItself,
    End::TimedOut,
    End::ClientLeaves,
    End::KeeperKilled,
    End::KeeperStopped,
    End::SpawnerKilled,
    End::SpawnerStopped,
    End::SpawnerAndKeeperKilled,
    End::ServerStops,
    End::ServerKilled,
    End::ServerKilledKeeperStopped,
];

fn pid(id: u32) -> Pid {
    Pid::from_raw(id.cast_signed()).unwrap()
}

fn signal(id: u32, signal: Signal) {
    kill_process(pid(id), signal).unwrap();
}

impl End {
    fn serve(self, scripts: &Scripts) -> Server {
        let traces = format!("X_TRACES={}", scripts.trace("").display());
        let timeout = match self {
            Self::TimedOut => "3s",
            _ => "30s",
        };
        scripts.serve_with(&[
            "--cgi-timeout",
            timeout,
            "--cgi-processes",
            "1000",
            "--shutdown-timeout",
            "0.3",
            "--cgi-env",
            &traces,
        ])
    }

    /// Has a script come to this end, which has begun by now.
    fn bring_about(self, server: &mut Server) {
        let busy = || keepers_of(server);
        match self {
            Self::ByItself | Self::TimedOut | Self::ClientLeaves => {}
            Self::KeeperKilled => busy().iter().for_each(|&id| signal(id, Signal::KILL)),
            Self::KeeperStopped => busy().iter().for_each(|&id| signal(id, Signal::STOP)),
            Self::SpawnerKilled => signal(spawner_of(server), Signal::KILL),
            Self::SpawnerStopped => signal(spawner_of(server), Signal::STOP),
            Self::SpawnerAndKeeperKilled => {
                let keepers = busy();
                signal(spawner_of(server), Signal::KILL);
                for id in keepers {
                    // An error: it has seen the spawner's end.
                    let _ = kill_process(pid(id), Signal::KILL);
                }
            }
            Self::ServerStops => server.signal(Signal::TERM),
            Self::ServerKilled => server.signal(Signal::KILL),
            Self::ServerKilledKeeperStopped => {
                // The spawner is stopped first, so that it doesn't see to the others, which
                // its guard's killing it may end meanwhile.
                let keepers = busy();
                signal(spawner_of(server), Signal::STOP);
                for id in keepers {
                    let _ = kill_process(pid(id), Signal::STOP);
                }
                server.signal(Signal::KILL);
            }
        }
    }

    fn is_the_servers(self) -> bool {
        matches!(
            self,
            Self::ServerStops | Self::ServerKilled | Self::ServerKilledKeeperStopped
        )
    }
}

/// A client whose script has begun others. On a busy machine its time may be over before
/// that, where that is short: then another is asked for.
#[track_caller]
fn has_begun_others(scripts: &Scripts, server: &Server, target: &str) -> Client {
    let mut client = request(server, target);
    eventually("a script has begun others", || {
        let is_over = client.hung_up_within(Duration::from_millis(1));
        let is_late = is_over || client.buffered().starts_with(b"HTTP/1.1 504 ");
        if is_late && !scripts.trace("started").exists() {
            client = request(server, target);
        }
        scripts.trace("started").exists()
    });
    scripts.wait_for_trace("started");
    client
}

/// Whatever a script begins is gone after it, whichever end it comes to.
#[track_caller]
fn nothing_is_left(scripts: &Scripts, name: &str) {
    let mut held = Held::new(scripts);
    for end in ENDS {
        let mut server = end.serve(scripts);
        let target = match end {
            End::ByItself => format!("/cgi-bin/{name}-ends"),
            _ => format!("/cgi-bin/{name}-stays"),
        };
        let client = has_begun_others(scripts, &server, &target);
        if end == End::ByItself {
            let mut client = client;
            assert_eq!(client.response().text(), "done\n", "{end:?}");
        } else if end == End::ClientLeaves {
            client.reset();
        } else {
            end.bring_about(&mut server);
        }
        println!("{name}: {end:?}");
        held.expect_let_go();
        if end.is_the_servers() {
            server.wait();
            scripts.expect_nothing_left(&server);
        } else {
            eventually("scripts run again", || {
                server.get("/cgi-bin/hello.sh").status == 200
            });
            assert_well(scripts, &mut server);
        }
        std::fs::remove_file(scripts.trace("started")).unwrap();
    }
}

#[test]
fn nothing_is_left_of_thirty_daemons() {
    let scripts = Scripts::new();
    scripts.sh("daemons-ends", &format!("{DAEMONS}\n{PLAIN}; echo done"));
    scripts.sh("daemons-stays", &format!("{DAEMONS}\nexec {FOREVER}"));
    nothing_is_left(&scripts, "daemons");
}

#[test]
fn nothing_is_left_of_what_forks_and_ends_without_a_pause() {
    let scripts = Scripts::new();
    let plain = r"print('Content-Type: text/plain\n\ndone')";
    let ends = format!("{FLEEING}{plain}");
    let stays = format!("{FLEEING}time.sleep(300)");
    if !scripts.python("fleeing-ends", &ends) || !scripts.python("fleeing-stays", &stays) {
        return;
    }
    nothing_is_left(&scripts, "fleeing");
}

/// 190 processes by one request, if nobody ends them before, and no others at their
/// expense. It isn't a bomb without end, which would take the machine down with a test
/// that fails.
#[test]
fn a_bomb_is_502_and_gone_while_others_are_served() {
    let scripts = Scripts::new();
    let bomb = r#"
exec 9>"$traces/alive"
echo started >"$traces/started"
more() {
    for each in 1 2; do
        [ "$1" -gt 0 ] && (more $(($1 - 1))) &
        setsid sleep 300 &
    done
    wait
}
more 5"#;
    scripts.sh("bomb", bomb);
    let mut held = Held::new(&scripts);
    let mut server = scripts.serve_with(&["--cgi-processes", "20"]);
    let mut bomb = request(&server, "/cgi-bin/bomb");
    scripts.wait_for_trace("started");
    assert_eq!(server.get("/cgi-bin/hello.sh").text(), "hello\n");
    assert_eq!(bomb.response().status, 502);
    server.wait_for_log(|line| line.contains("more processes than a script may be"));
    held.expect_let_go();
    assert_well(&scripts, &mut server);
}

/// Whose parent has ended is reaped while the script goes on, in its group or not.
#[test]
fn processes_that_have_ended_do_not_count() {
    let scripts = Scripts::new();
    let body = r#"
each=0
while [ $each -lt 300 ]; do
    each=$((each + 1))
    (true &)
    (setsid true &)
done
printf 'Content-Type: text/plain\n\n'; echo done"#;
    scripts.sh("many", body);
    let mut server = scripts.serve_with(&["--cgi-processes", "100"]);
    assert_eq!(server.get("/cgi-bin/many").text(), "done\n");
    assert_well(&scripts, &mut server);
}

/// As many as there may be are no bomb.
#[test]
fn a_script_of_several_processes_is_served() {
    let scripts = Scripts::new();
    let body = format!("{PLAIN}; seq 3 | sed s/^/x/ | sort -r | {{ sleep 0.2; cat; }}");
    scripts.sh("pipes", &body);
    if !scripts_find("sed") {
        return;
    }
    let mut server = scripts.serve_with(&["--cgi-processes", "8"]);
    assert_eq!(server.get("/cgi-bin/pipes").text(), "x3\nx2\nx1\n");
    assert_well(&scripts, &mut server);
}
