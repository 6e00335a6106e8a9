//! Trees with CGI scripts in them, and what scripts leave behind.

use super::eventually;
use super::server::{Builder, Server};
use super::skip::skipped;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A plain response's head, for a shell's printf.
pub(crate) const PLAIN: &str = r"printf 'Content-Type: text/plain\n\n'";

/// `root/` to serve, with scripts in it, and `traces/`, in which they can
/// write. Whoever the scripts run as can read all of it.
pub(crate) struct Scripts {
    temporary: TempDir,
}

impl Scripts {
    /// `hello.txt`, and `cgi-bin/hello.sh`, which says hello too.
    pub(crate) fn new() -> Self {
        let temporary = TempDir::new().expect("a temporary directory");
        let scripts = Self { temporary };
        allow(scripts.temporary.path(), 0o755);
        for (name, mode) in [("root", 0o755), ("traces", 0o777), ("outside", 0o755)] {
            let directory = scripts.temporary.path().join(name);
            fs::create_dir(&directory).expect("a new directory");
            allow(&directory, mode);
        }
        scripts.file("hello.txt", "hello, world\n");
        scripts.sh("hello.sh", &format!("{PLAIN}; echo hello"));
        scripts
    }

    /// A path beneath the root.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.temporary.path().join("root").join(name)
    }

    /// A path beside the root.
    pub(crate) fn outside(&self, name: &str) -> PathBuf {
        self.temporary.path().join("outside").join(name)
    }

    /// A file that scripts may write, `$traces/name` to them.
    pub(crate) fn trace(&self, name: &str) -> PathBuf {
        self.temporary.path().join("traces").join(name)
    }

    /// A file that isn't executable.
    pub(crate) fn file(&self, name: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        let parent = path.parent().expect("a path in the root");
        fs::create_dir_all(parent).expect("new directories");
        let within = |directory: &&Path| *directory != self.temporary.path();
        for directory in parent.ancestors().take_while(within) {
            allow(directory, 0o755);
        }
        fs::write(&path, contents).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        allow(&path, 0o644);
        self
    }

    /// An executable file.
    pub(crate) fn program(&self, name: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> &Self {
        self.file(&name, contents);
        allow(&self.path(name), 0o755);
        self
    }

    /// A shell script in `cgi-bin`.
    pub(crate) fn sh(&self, name: impl AsRef<Path>, body: &str) -> &Self {
        self.program(Path::new("cgi-bin").join(name), self.sh_source(body))
    }

    /// What [`Scripts::sh`] writes, for other places.
    pub(crate) fn sh_source(&self, body: &str) -> String {
        let traces = self.trace("");
        format!("#!/bin/sh\ntraces='{}'\n{body}\n", traces.display())
    }

    /// A Python script in `cgi-bin`; `false` (and says so) without Python.
    pub(crate) fn python(&self, name: &str, body: &str) -> bool {
        let source = format!("#!/usr/bin/env python3\nimport os, sys\n{body}\n");
        self.program(Path::new("cgi-bin").join(name), source);
        scripts_find("python3")
    }

    /// A place where scripts wait until they are let through, with
    /// `read -r go <"$traces/name"`.
    pub(crate) fn gate(&self, name: &str) -> Gate {
        let path = self.trace(name);
        let mode = Mode::from_raw_mode(0o666);
        mknodat(CWD, &path, FileType::Fifo, mode, 0).expect("a new FIFO");
        allow(&path, 0o666);
        // Both ways, so that opening waits for nobody.
        let fifo = File::options().read(true).write(true).open(&path);
        Gate(fifo.expect("a FIFO of our own"))
    }

    /// Waits until a script has written a whole line into a trace.
    #[track_caller]
    pub(crate) fn wait_for_trace(&self, name: &str) -> String {
        let mut contents = String::new();
        eventually(&format!("a script leaves the trace {name}"), || {
            contents = fs::read_to_string(self.trace(name)).unwrap_or_default();
            contents.ends_with('\n')
        });
        contents
    }

    #[track_caller]
    pub(crate) fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    #[track_caller]
    pub(crate) fn serve_with(&self, args: &[&str]) -> Server {
        self.server().args(args).start()
    }

    /// A server of these scripts that isn't started yet.
    pub(crate) fn server(&self) -> Builder {
        let server = Server::builder().directory(self.path(""));
        server.args(["--cgi"])
    }

    /// Waits until no process is left that a script was or has begun, and none
    /// that the server, its guard, its spawner or one of its keepers would have to reap.
    #[track_caller]
    pub(crate) fn expect_nothing_left(&self, server: &Server) {
        let mut before = String::new();
        eventually("all processes of scripts have gone", || {
            let mut left = processes();
            let mut own = vec![server.id()];
            // Guard, spawner, keepers.
            for _ in 0..3 {
                let deeper = left.iter().filter(|it| it.starts_scripts_for(&own));
                own.extend(deeper.map(|process| process.id).collect::<Vec<_>>());
            }
            // What waits to have components compiled; not who does it.
            let foreman = left.iter().find(|it| it.compiles_for(server.id()));
            own.extend(foreman.map(|process| process.id));
            left.retain(|process| {
                let child = own.contains(&process.parent);
                !own.contains(&process.id) && (child || self.has_begun(process))
            });
            // Shown if it never comes true.
            let description = format!("still there: {left:#?}");
            if !left.is_empty() && description != before {
                println!("{description}");
                before = description;
            }
            left.is_empty()
        });
    }

    /// Whether a process carries this tree's name: in its arguments, its
    /// environment or as its directory.
    fn has_begun(&self, process: &Process) -> bool {
        let marker = self.temporary.path().as_os_str().as_bytes();
        super::contains(&process.signs, marker)
    }
}

impl Drop for Scripts {
    /// What a failed test has left ends here.
    fn drop(&mut self) {
        for process in processes() {
            if self.has_begun(&process)
                && let Some(id) = Pid::from_raw(process.id.cast_signed())
            {
                let _ = kill_process(id, Signal::KILL);
            }
        }
    }
}

/// See [`Scripts::gate`].
pub(crate) struct Gate(File);

impl Gate {
    /// Lets one script through, now or when it comes.
    pub(crate) fn open(&mut self) {
        self.0.write_all(b"\n").expect("a FIFO has room");
    }
}

/// The process that starts a server's spawner, and another when that has died.
#[track_caller]
pub(crate) fn guard_of(server: &Server) -> u32 {
    child_that_starts_scripts(server.id(), "the server has a guard")
}

/// The process that starts a server's scripts.
#[track_caller]
pub(crate) fn spawner_of(server: &Server) -> u32 {
    child_that_starts_scripts(guard_of(server), "the server has a spawner")
}

#[track_caller]
fn child_that_starts_scripts(parent: u32, what: &str) -> u32 {
    let mut child = None;
    eventually(what, || {
        let processes = processes();
        child = processes
            .into_iter()
            .find(|it| it.starts_scripts_for(&[parent]));
        child.is_some()
    });
    child.map(|child| child.id).expect("it was found")
}

/// The process that has components compiled for a server.
pub(crate) fn foreman_of(server: &Server) -> Option<u32> {
    let mut processes = processes().into_iter();
    let foreman = processes.find(|process| process.compiles_for(server.id()))?;
    Some(foreman.id)
}

/// The processes that serve sites' code for a server of previews.
pub(crate) fn runners_of(server: &Server) -> Vec<u32> {
    let all = processes();
    let is_spawner = |process: &&Process| {
        process.parent == server.id() && process.signs.starts_with(b"wasm-host\0runner-spawner\0")
    };
    let Some(spawner) = all.iter().find(is_spawner) else {
        return Vec::new();
    };
    let is_runner = |process: &&Process| {
        process.parent == spawner.id && process.signs.starts_with(b"wasm-host\0runner\0")
    };
    all.iter()
        .filter(is_runner)
        .map(|process| process.id)
        .collect()
}

/// The processes that send requests of sites' code for a server of previews: one, or none.
pub(crate) fn senders_of(server: &Server) -> Vec<u32> {
    attendants_of(server, "outbound-sender")
}

/// The processes that keep values of sites' code for a server of previews: one, or none.
pub(crate) fn keepers_of_values(server: &Server) -> Vec<u32> {
    attendants_of(server, "keeper")
}

fn attendants_of(server: &Server, name: &str) -> Vec<u32> {
    let signs = format!("wasm-host\0{name}\0");
    let is_one = |process: &Process| {
        process.parent == server.id() && process.signs.starts_with(signs.as_bytes())
    };
    let attendants = processes().into_iter().filter(is_one);
    attendants.map(|attendant| attendant.id).collect()
}

/// The processes that compile a component for a server each.
pub(crate) fn workers_of(server: &Server) -> Vec<u32> {
    let foreman = foreman_of(server);
    let workers = processes().into_iter();
    let workers = workers.filter(|process| Some(process.parent) == foreman);
    workers.map(|worker| worker.id).collect()
}

/// The processes that a server's spawner has for scripts: one a script.
#[track_caller]
pub(crate) fn keepers_of(server: &Server) -> Vec<u32> {
    let spawner = [spawner_of(server)];
    let keepers = processes().into_iter();
    let keepers = keepers.filter(|process| process.starts_scripts_for(&spawner));
    keepers.map(|keeper| keeper.id).collect()
}

struct Process {
    id: u32,
    parent: u32,
    state: char,
    /// Arguments, environment and working directory.
    signs: Vec<u8>,
}

impl Process {
    /// Whether this is a guard, a spawner or a keeper, and the child of one of these. A
    /// spawner shows its guard's arguments before it has begun to be it, and a keeper its
    /// spawner's; one that has ended shows none.
    fn starts_scripts_for(&self, parents: &[u32]) -> bool {
        parents.contains(&self.parent) && self.signs.starts_with(b"wasm-host\0cgi-spawner\0")
    }

    fn compiles_for(&self, server: u32) -> bool {
        self.parent == server && self.signs.starts_with(b"wasm-host\0compiler\0")
    }
}

impl std::fmt::Debug for Process {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let signs = String::from_utf8_lossy(&self.signs).replace('\0', " ");
        let start: String = signs.chars().take(200).collect();
        let Self {
            id, parent, state, ..
        } = self;
        write!(formatter, "{id} (child of {parent}, {state}) {start}")
    }
}

/// All processes that may be looked at. Some end in the meantime.
fn processes() -> Vec<Process> {
    let entries = fs::read_dir("/proc").expect("Linux");
    let names = entries.map_while(Result::ok).map(|entry| entry.file_name());
    let ids = names.filter_map(|name| name.to_str()?.parse().ok());
    ids.filter_map(process).collect()
}

fn process(id: u32) -> Option<Process> {
    let directory = PathBuf::from(format!("/proc/{id}"));
    let stat = fs::read_to_string(directory.join("stat")).ok()?;
    // `id (name) state parent ...`; the name may have anything in it.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    let mut signs = fs::read(directory.join("cmdline")).unwrap_or_default();
    signs.extend(fs::read(directory.join("environ")).unwrap_or_default());
    let current = fs::read_link(directory.join("cwd")).unwrap_or_default();
    signs.extend(current.as_os_str().as_bytes());
    Some(Process {
        id,
        parent,
        state,
        signs,
    })
}

/// Sets a file's mode, whatever the umask.
pub(crate) fn allow(path: &Path, mode: u32) {
    let permissions = fs::Permissions::from_mode(mode);
    fs::set_permissions(path, permissions).expect("an owner may set permissions");
}

/// Whether scripts, whose PATH is short, can start `program`; prints
/// `skipped: …` if not.
#[track_caller]
pub(crate) fn scripts_find(program: impl AsRef<OsStr>) -> bool {
    let mut command = Command::new("/usr/bin/env");
    command.args(["-i", "PATH=/usr/local/bin:/usr/bin:/bin"]);
    command.arg(&program).arg("--version");
    let streams = command.stdin(Stdio::null()).stdout(Stdio::null());
    let found = streams.stderr(Stdio::null()).status();
    let found = found.is_ok_and(|status| status.success());
    if !found {
        skipped(&format!("scripts can't start {:?}", program.as_ref()));
    }
    found
}
